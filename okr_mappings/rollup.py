"""Objectives from their key results and from the objectives that support them.

An objective's score is the weighted mean of clamped scores, so that one over-achiever hides no laggard. A supporting objective counts
once, with its own weight, beside the key results. What has no score (`no_data`, `stale`, not started) is left out of the mean and counted
beside it; weight 0 leaves out altogether. An objective is achieved when everything in it is.

A score needs to rest on something: the known share of the weight is carried through the tree (a supporting objective that knows half of
its weight brings half of its own), and below ENOUGH the objective is `stale` or `no_data`, whatever the little that is known says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from okr_mappings.mappings import CyclePlan, Objective
from okr_mappings.snapshot import ObjectiveProgress, Snapshot
from okr_mappings.status import DIGITS, Thresholds, standing_short
from okr_mappings.words import Status

# the known share of the weight from which on an objective may have a colour
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that counts towards an objective; `score` is None where it has none. `known` is the share of it that has a number."""

    weight: float
    score: float | None
    expected: float | None
    status: Status
    known: float


def roll_up(plan: CyclePlan, snapshots: Iterable[Snapshot], as_of: date) -> tuple[ObjectiveProgress, ...]:
    """One per objective, in the order of the files. A key result without a snapshot counts as one without a number."""
    tree = _Tree(plan, {each.key_result_id: each for each in snapshots}, as_of)
    return tuple(tree.progress(objective) for objective in plan.objectives)


@dataclass(slots=True)
class _Tree:
    plan: CyclePlan
    snapshots: Mapping[str, Snapshot]
    as_of: date
    known: dict[str, ObjectiveProgress] = field(default_factory=dict)
    children: dict[str, list[Objective]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for objective in self.plan.objectives:
            for parent in dict.fromkeys(objective.supports):
                self.children.setdefault(parent, []).append(objective)

    def progress(self, objective: Objective) -> ObjectiveProgress:
        """Loading has refused circles, so this ends."""
        if objective.id not in self.known:
            self.known[objective.id] = self._computed(objective)
        return self.known[objective.id]

    def _computed(self, objective: Objective) -> ObjectiveProgress:
        parts = [part for part in self._parts(objective) if part.weight > 0]
        counted = [part for part in parts if part.score is not None]
        score = mean([(part.score, part.weight) for part in counted])
        expected = mean([(part.expected, part.weight) for part in counted])
        known = mean([(part.known, part.weight) for part in parts]) or 0.0
        status = self._status(parts, known, score, expected, objective.thresholds)
        return ObjectiveProgress(
            cycle_id=self.plan.cycle.id,
            objective_id=objective.id,
            title=objective.title,
            team_id=objective.team_id,
            owner=objective.owner,
            supports=objective.supports,
            score=score,
            expected=expected,
            status=status,
            counted=len(counted),
            total=len(parts),
            key_result_ids=tuple(key_result.id for key_result in objective.key_results),
            known_share=known,
            lessons=objective.lessons,
        )

    def _parts(self, objective: Objective) -> list[Part]:
        own = [self._key_result_part(key_result.id, key_result.weight) for key_result in objective.key_results]
        supporting = [
            _objective_part(self.progress(child), child.weight) for child in self.children.get(objective.id, ())
        ]
        return own + supporting

    def _key_result_part(self, key_result_id: str, weight: float) -> Part:
        snapshot = self.snapshots.get(key_result_id)
        if snapshot is None:
            return Part(weight, None, None, Status.NO_DATA, 0.0)
        known = 0.0 if snapshot.score is None else 1.0
        return Part(weight, snapshot.score, snapshot.expected, snapshot.status, known)

    def _status(
        self,
        parts: Sequence[Part],
        known: float,
        score: float | None,
        expected: float | None,
        thresholds: Thresholds,
    ) -> Status:
        if not self.plan.cycle.has_started(self.as_of):
            return Status.NOT_STARTED
        if score is None or expected is None or round(known, DIGITS) < ENOUGH:
            return Status.STALE if any(part.status is Status.STALE for part in parts) else Status.NO_DATA
        if all(part.status is Status.ACHIEVED for part in parts):
            return Status.ACHIEVED
        return standing_short(score, expected, thresholds, self.plan.cycle, self.as_of)


def _objective_part(progress: ObjectiveProgress, weight: float) -> Part:
    return Part(weight, progress.score, progress.expected, progress.status, progress.known_share)


def mean(pairs: Sequence[tuple[float | None, float]]) -> float | None:
    """Weighted; None of nothing, and None as soon as one number is missing."""
    total = sum(weight for _, weight in pairs)
    if total == 0 or any(number is None for number, _ in pairs):
        return None
    return sum((number or 0.0) * weight for number, weight in pairs) / total
