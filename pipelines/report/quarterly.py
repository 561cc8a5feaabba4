"""The quarterly page: the objectives as a tree of what supports what, graded 0.0 to 1.0, hit or missed, with the lessons.

A key result is hit when it is achieved and missed when the cycle is over without that; until then it is open. What supports several
objectives stands under the first of them and is only named under the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from okr_mappings.snapshot import ObjectiveProgress, ProgressDocument, Snapshot
from okr_mappings.words import Status
from pipelines.languages import marked, say, wording
from pipelines.report.key_result import Row
from pipelines.report.outline import listed

HIT, MISSED, OPEN = marked("hit"), marked("missed"), marked("open")
CLASSES = {HIT: "hit", MISSED: "missed", OPEN: "running"}


@dataclass(frozen=True, slots=True)
class Graded:
    row: Row
    grade: str
    outcome: str
    outcome_class: str
    lessons: str


@dataclass(frozen=True, slots=True)
class Branch:
    """An objective with its key results and the objectives that support it; `again` names those that stand elsewhere."""

    objective: ObjectiveProgress
    team: str
    grade: str
    status: str
    key_results: tuple[Graded, ...]
    supporting: tuple[Branch, ...] = ()
    again: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tree:
    document: ProgressDocument
    rows: Mapping[str, Row]
    over: bool
    placed: set[str] = field(default_factory=set)

    def branch(self, objective: ObjectiveProgress) -> Branch:
        self.placed.add(objective.objective_id)
        children = [each for each in self.document.objectives if objective.objective_id in each.supports]
        elsewhere = tuple(each.title for each in children if each.objective_id in self.placed)
        supporting = tuple(self.branch(each) for each in children if each.objective_id not in self.placed)
        own = [each for each in self.document.key_results if each.objective_id == objective.objective_id]
        names = {team.team_id: team.name for team in self.document.teams}
        return Branch(
            objective=objective,
            team=names.get(objective.team_id, objective.team_id),
            grade=grade(objective.score),
            status=wording().status(objective.status),
            key_results=tuple(graded(each, self.rows[each.key_result_id], over=self.over) for each in own),
            supporting=supporting,
            again=elsewhere,
        )


def tree(document: ProgressDocument, rows: Mapping[str, Row]) -> tuple[Branch, ...]:
    """From the objectives that support nothing that is shown; nothing is left out, whatever supports what."""
    shown = {each.objective_id for each in document.objectives}
    grown = _Tree(document, rows, document.as_of >= document.cycle_end)
    roots = [each for each in document.objectives if not shown & set(each.supports)]
    branches = [grown.branch(each) for each in roots]
    rest = [each for each in document.objectives if each.objective_id not in grown.placed]
    while rest:
        branches.append(grown.branch(rest[0]))
        rest = [each for each in rest if each.objective_id not in grown.placed]
    homeless = {each.objective_id: each for each in document.key_results if each.objective_id not in shown}
    return (*branches, *(grown.branch(_unknown_objective(each)) for each in homeless.values()))


def _unknown_objective(key_result: Snapshot) -> ObjectiveProgress:
    """For key results whose objective the document does not have; it has no grade."""
    return ObjectiveProgress(
        cycle_id=key_result.cycle_id,
        objective_id=key_result.objective_id,
        title=key_result.objective_id or say("No objective"),
        team_id=key_result.team_id,
        owner="",
        supports=(),
        score=None,
        expected=None,
        status=Status.NO_DATA,
        counted=0,
        total=0,
        key_result_ids=(),
    )


def graded(key_result: Snapshot, row: Row, *, over: bool) -> Graded:
    word = HIT if key_result.status is Status.ACHIEVED else MISSED if over else OPEN
    return Graded(row, grade(key_result.score), say(word), CLASSES[word], row.background.lessons)


def grade(score: float | None) -> str:
    """One decimal, as grades are spoken of; a grade short of 1 is never rounded up to it."""
    if score is None:
        return wording().score(None)
    shown = 0.9 if 0.9 < score < 1 - 1e-9 else score
    return wording().score(round(shown, 1))[:-1]  # the second decimal of a tenth is a zero


def summary(document: ProgressDocument) -> str:
    """`4 of 21 hit, 3 missed, 14 open`."""
    over = document.as_of >= document.cycle_end
    hit = sum(each.status is Status.ACHIEVED for each in document.key_results)
    rest = len(document.key_results) - hit
    found = [say("%(number)s of %(total)s hit", number=wording().whole(hit), total=wording().whole(hit + rest))]
    if rest:
        number = wording().whole(rest)
        found.append(say("%(count)s missed", count=number) if over else say("%(count)s open", count=number))
    return listed(found)
