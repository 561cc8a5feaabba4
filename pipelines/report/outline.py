"""A document in reading order, and the few figures that sum a cycle up. Shared by the report and the terminal.

Nothing is ever left out: a key result whose objective or team is unknown still gets a place, under its id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from okr_mappings.snapshot import ObjectiveProgress, ProgressDocument, Snapshot, SourceFreshness
from okr_mappings.words import SourceState, Status
from pipelines.languages import count, marked, say, wording

GOOD = (Status.ACHIEVED, Status.ON_TRACK)
TROUBLE = (Status.OFF_TRACK, Status.MISSED, Status.AT_RISK, Status.STALE, Status.NO_DATA)
READING_ORDER = (
    Status.ACHIEVED,
    Status.ON_TRACK,
    Status.AT_RISK,
    Status.OFF_TRACK,
    Status.MISSED,
    Status.STALE,
    Status.NO_DATA,
    Status.TOO_EARLY,
    Status.NOT_STARTED,
)
COUNTED = {
    Status.ACHIEVED: marked("%(count)s achieved"),
    Status.ON_TRACK: marked("%(count)s on track"),
    Status.AT_RISK: marked("%(count)s at risk"),
    Status.OFF_TRACK: marked("%(count)s off track"),
    Status.MISSED: marked("%(count)s missed"),
    Status.STALE: marked("%(count)s stale"),
    Status.NO_DATA: marked("%(count)s no data"),
    Status.TOO_EARLY: marked("%(count)s too early"),
    Status.NOT_STARTED: marked("%(count)s not started"),
}


@dataclass(frozen=True, slots=True)
class ObjectiveGroup:
    """An objective with its key results; `objective` is None for key results that name one the document does not have."""

    objective_id: str
    objective: ObjectiveProgress | None
    key_results: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True)
class TeamGroup:
    team_id: str
    name: str
    objectives: tuple[ObjectiveGroup, ...]

    @property
    def key_results(self) -> tuple[Snapshot, ...]:
        return tuple(key_result for group in self.objectives for key_result in group.key_results)


@dataclass(frozen=True, slots=True)
class Elapsed:
    """`day` of `days`, both counted in whole days; 0 before the cycle, `days` after it."""

    day: int
    days: int

    @property
    def share(self) -> float:
        return self.day / self.days


@dataclass(frozen=True, slots=True)
class SourceConcern:
    """A source that is not fresh, and the key results that rest on it."""

    source: SourceFreshness
    key_results: tuple[Snapshot, ...]


def outline(document: ProgressDocument) -> tuple[TeamGroup, ...]:
    by_team: dict[str, list[ObjectiveGroup]] = {team.team_id: [] for team in document.teams}
    for group in _objective_groups(document):
        team_id = group.objective.team_id if group.objective else group.key_results[0].team_id
        by_team.setdefault(team_id, []).append(group)
    names = {team.team_id: team.name for team in document.teams}
    return tuple(
        TeamGroup(team_id, names.get(team_id) or team_id or say("No team"), tuple(groups))
        for team_id, groups in by_team.items()
        if groups
    )


def _objective_groups(document: ProgressDocument) -> list[ObjectiveGroup]:
    by_objective: dict[str, list[Snapshot]] = {}
    for key_result in document.key_results:
        by_objective.setdefault(key_result.objective_id, []).append(key_result)
    groups = []
    for objective in document.objectives:
        found = by_objective.pop(objective.objective_id, [])
        groups.append(ObjectiveGroup(objective.objective_id, objective, _in_listed_order(objective, found)))
    orphans = [ObjectiveGroup(objective_id, None, tuple(found)) for objective_id, found in by_objective.items()]
    return groups + orphans


def _in_listed_order(objective: ObjectiveProgress, found: list[Snapshot]) -> tuple[Snapshot, ...]:
    place = {key_result_id: index for index, key_result_id in enumerate(objective.key_result_ids)}
    return tuple(sorted(found, key=lambda key_result: place.get(key_result.key_result_id, len(place))))


def tally(key_results: Iterable[Snapshot]) -> dict[Status, int]:
    """How many have each status, in reading order, without the statuses that nobody has."""
    counts = Counter(key_result.status for key_result in key_results)
    return {status: counts[status] for status in READING_ORDER if counts[status]}


def headline(document: ProgressDocument) -> str:
    """The state of the cycle in one line: `6 of 14 on track (1 achieved), 2 stale, 1 too early, 3 days restated`."""
    if not document.key_results:
        return say("No key results yet")
    counts = tally(document.key_results)
    others = [counted(status, number) for status, number in counts.items() if status not in GOOD]
    days = restated_days(document)
    restated = [count("%(count)s day restated", "%(count)s days restated", days)] if days else []
    return listed([leading_count(counts), *others, *restated])


def restated_days(document: ProgressDocument) -> int:
    """Days whose settled report is another number now, over all key results."""
    return sum(each.days for each in document.restatements.values())


def listed(items: Sequence[str]) -> str:
    """`one, other, third`, with the comma of the language."""
    found = items[0] if items else ""
    for item in items[1:]:
        found = say("%(one)s, %(two)s", one=found, two=item)
    return found


def lead(document: ProgressDocument) -> str:
    """The shortest true answer: `6 of 14 on track`."""
    if not document.key_results:
        return say("No key results yet")
    return _leading(*_good(tally(document.key_results)))


def leading_count(counts: dict[Status, int]) -> str:
    """The good ones first. Once nothing is merely on track any more (the cycle is over), the word is `achieved`."""
    total, achieved, on_track = _good(counts)
    found = _leading(total, achieved, on_track)
    if not (achieved and on_track):
        return found
    return say("%(text)s (%(number)s achieved)", text=found, number=wording().whole(achieved))


def _good(counts: dict[Status, int]) -> tuple[int, int, int]:
    return sum(counts.values()), counts.get(Status.ACHIEVED, 0), counts.get(Status.ON_TRACK, 0)


def _leading(total: int, achieved: int, on_track: int) -> str:
    if achieved and not on_track:
        return say("%(number)s of %(total)s achieved", number=wording().whole(achieved), total=wording().whole(total))
    good = wording().whole(achieved + on_track)
    return say("%(number)s of %(total)s on track", number=good, total=wording().whole(total))


def counted(status: Status, number: int) -> str:
    """`2 stale`: whole messages, because a language may bend the word after its number."""
    return say(COUNTED[status], count=wording().whole(number))


def elapsed(document: ProgressDocument) -> Elapsed:
    days = max((document.cycle_end - document.cycle_start).days + 1, 1)
    return Elapsed(min(max((document.as_of - document.cycle_start).days + 1, 0), days), days)


def concerns(document: ProgressDocument) -> tuple[SourceConcern, ...]:
    """Sources that are not fresh, the worst first. Late ones are named too: they turn stale next."""
    gravity = (SourceState.FAILED, SourceState.NEVER, SourceState.STALE, SourceState.LATE)
    unfresh = sorted((s for s in document.sources if s.state in gravity), key=lambda s: gravity.index(s.state))
    return tuple(SourceConcern(source, _resting_on(source, document)) for source in unfresh)


def _resting_on(source: SourceFreshness, document: ProgressDocument) -> tuple[Snapshot, ...]:
    return tuple(k for k in document.key_results if any(s.source == source.source for s in k.sources))


def needing_attention(document: ProgressDocument) -> tuple[Snapshot, ...]:
    """Key results a reader should open first: the gravest status, then the furthest behind what was expected."""
    troubled = (key_result for key_result in document.key_results if key_result.status in TROUBLE)
    return tuple(sorted(troubled, key=lambda k: (TROUBLE.index(k.status), (k.progress or 0.0) - (k.expected or 0.0))))
