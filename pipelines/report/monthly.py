"""The monthly page for those who lead: how every team stands, where it is stuck, which targets changed, what was restated.

A bottleneck is what holds others back: an objective behind its path that other objectives are waiting for through `supports`, a source
that is not fresh with everything resting on it, and the key results farthest behind what is expected of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from okr_mappings.rollup import mean
from okr_mappings.snapshot import ObjectiveProgress, ProgressDocument, Snapshot
from okr_mappings.words import Status
from pipelines.languages import count, marked, say, wording
from pipelines.report.dates import full_day, through
from pipelines.report.figures import usable
from pipelines.report.key_result import Row
from pipelines.report.outline import GOOD, TeamGroup, concerns, outline, tally

MONTH = timedelta(days=31)
MOST = 8
BEHIND = (Status.OFF_TRACK, Status.AT_RISK, Status.MISSED)
FIELDS = {
    "target": marked("target"),
    "baseline": marked("baseline"),
    "weight": marked("weight"),
    "sql": marked("SQL"),
    "filters": marked("filters"),
    "kind": marked("kind"),
    "metric": marked("metric"),
}


@dataclass(frozen=True, slots=True)
class TeamStanding:
    name: str
    key_results: str
    good: str
    behind: str
    unknown: str
    score: str
    stack: Markup


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """`row` leads to the key result, where it is one; otherwise `title` names the objective or the source."""

    title: str
    text: str
    status: str
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class TargetMove:
    row: Row
    day: str
    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RestatedLine:
    row: Row
    text: str
    size: float


def standings(document: ProgressDocument, stacks: Mapping[str, Markup]) -> tuple[TeamStanding, ...]:
    return tuple(_standing(team, stacks[team.team_id]) for team in outline(document) if team.key_results)


def _standing(team: TeamGroup, stack: Markup) -> TeamStanding:
    counts = tally(team.key_results)
    score = mean([(each.score, each.weight) for each in team.key_results if each.score is not None])
    return TeamStanding(
        name=team.name,
        key_results=wording().whole(len(team.key_results)),
        good=wording().whole(sum(counts.get(status, 0) for status in GOOD)),
        behind=wording().whole(sum(counts.get(status, 0) for status in BEHIND)),
        unknown=wording().whole(counts.get(Status.STALE, 0) + counts.get(Status.NO_DATA, 0)),
        score=wording().score(score),
        stack=stack,
    )


def bottlenecks(document: ProgressDocument, rows: Mapping[str, Row]) -> tuple[Bottleneck, ...]:
    return (*_waited_for(document), *_sources(document), *_farthest_behind(document.key_results, rows))


def _waited_for(document: ProgressDocument) -> list[Bottleneck]:
    """Objectives behind their path that carry others, those that carry most first."""
    titles = {each.objective_id: each.title for each in document.objectives}
    held = [each for each in document.objectives if each.status in BEHIND and any(p in titles for p in each.supports)]
    found = []
    for each in sorted(held, key=lambda each: (-len(each.supports), each.score or 0.0))[:MOST]:
        above = ", ".join(titles[parent] for parent in each.supports if parent in titles)
        found.append(Bottleneck(each.title, _holding(each, above), each.status.value))
    return found


def _holding(objective: ObjectiveProgress, above: str) -> str:
    score, expected = wording().score(objective.score), wording().score(objective.expected)
    return say(
        "%(score)s where %(expected)s is expected; holds back: %(objectives)s",
        score=score,
        expected=expected,
        objectives=above,
    )


def _sources(document: ProgressDocument) -> list[Bottleneck]:
    found = []
    for concern in concerns(document):
        if concern.key_results:
            text = count(
                "%(count)s key result waits for it; data through %(day)s",
                "%(count)s key results wait for it; data through %(day)s",
                len(concern.key_results),
                day=through(concern.source.data_through, document.time_zone),
            )
            found.append(Bottleneck(concern.source.source, text, Status.STALE.value))
    return found


def _farthest_behind(key_results: tuple[Snapshot, ...], rows: Mapping[str, Row]) -> list[Bottleneck]:
    behind = [each for each in key_results if each.status in BEHIND and usable(each.progress) and usable(each.expected)]
    behind.sort(key=lambda each: -((each.expected or 0.0) - (each.progress or 0.0)))
    return [Bottleneck(each.title, _gap(each), each.status.value, rows[each.key_result_id]) for each in behind[:MOST]]


def _gap(key_result: Snapshot) -> str:
    way, expected = wording().share(key_result.progress), wording().share(key_result.expected)
    text = say("%(way)s of the way where %(expected)s is expected", way=way, expected=expected)
    if not usable(key_result.probability):
        return text
    return say("%(text)s; chance of the target %(chance)s", text=text, chance=wording().share(key_result.probability))


def changed(document: ProgressDocument, rows: Mapping[str, Row]) -> tuple[TargetMove, ...]:
    """Changes of the last month, newest first: targets with their numbers, other fields of a definition as they are written."""
    found: list[tuple[object, TargetMove]] = []
    for each in document.key_results:
        row, first = rows[each.key_result_id], each.as_of - MONTH
        for move in row.background.target_changes:
            if move.day > first:
                old, new = (wording().value(number, each.unit) for number in (move.old, move.new))
                found.append((move.day, TargetMove(row, full_day(move.day), say("target"), old, new)))
        for change in row.background.changes:
            if change.day > first and change.field != "target":
                what = say(FIELDS[change.field]) if change.field in FIELDS else change.field
                found.append((change.day, TargetMove(row, full_day(change.day), what, change.old, change.new)))
    found.sort(key=lambda pair: str(pair[0]), reverse=True)
    return tuple(move for _, move in found)


def restated(document: ProgressDocument, rows: Mapping[str, Row]) -> tuple[RestatedLine, ...]:
    """The largest first, measured by the way from baseline to target; a number that is gone before all others."""
    found = []
    for each in document.key_results:
        days = document.restatements.get(each.key_result_id)
        if days and (text := wording().restated(days, each.unit)):
            way = abs((each.target or 0.0) - (each.baseline or 0.0)) or 1.0
            size = float("inf") if days.largest is None else abs(days.largest) / way
            found.append(RestatedLine(rows[each.key_result_id], text, size))
    return tuple(sorted(found, key=lambda line: -line.size)[:MOST])
