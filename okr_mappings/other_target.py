"""How a key result would stand at a stored snapshot if it aimed at another number: both statuses of a target that was changed.

Everything else is taken from the snapshot, not asked again: its value, its baseline, its expected share, its sub-periods. So with the
snapshot's own target the snapshot's own status comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from okr_mappings.assess import assess
from okr_mappings.definition import Content
from okr_mappings.expected import Curve, Expected, Point
from okr_mappings.goals import Baseline, BaselineFrom, Target, TargetForm
from okr_mappings.mappings import KeyResult, with_target
from okr_mappings.observed import Observed, RunContext, Subject
from okr_mappings.plan import VALUE, begun
from okr_mappings.questions import MetricAnswer
from okr_mappings.snapshot import Snapshot
from okr_mappings.trust import CHECK_INS
from okr_mappings.words import Kind


def under_target(subject: Subject, snapshot: Snapshot, target: float) -> Snapshot:
    """The snapshot under another target; its status and progress are what differs."""
    key_result = with_target(_pinned(subject.key_result, snapshot), target)
    observed = Observed(
        answers=_answers(subject, snapshot),
        sources=tuple(source for source in snapshot.sources if source.source != CHECK_INS),
        sql=snapshot.sql,
        sql_hash=snapshot.sql_hash,
    )
    run = RunContext(snapshot.run_id, snapshot.computed_at)
    return assess(replace(subject, key_result=key_result), observed, snapshot.as_of, run)


def target_of(content: Content, baseline: float | None) -> float | None:
    """The number that a stored definition aims at."""
    given = cast("Mapping[str, object] | None", content.get("target"))
    if given is None:
        return None
    target = Target(TargetForm(str(given["form"])), float(str(given["amount"])), str(given["text"]))
    return target.resolve(baseline)


def _pinned(key_result: KeyResult, snapshot: Snapshot) -> KeyResult:
    found = key_result
    if snapshot.baseline is not None:
        found = replace(found, baseline=Baseline(BaselineFrom.NUMBER, snapshot.baseline))
    if snapshot.expected is not None and key_result.kind in (Kind.TOTAL, Kind.LEVEL, Kind.RATIO):
        day = min(snapshot.as_of, snapshot.cycle_end)
        found = replace(found, expected=Expected(Curve.PHASED, (Point(day, snapshot.expected),)))
    return found


def _answers(subject: Subject, snapshot: Snapshot) -> dict[str, MetricAnswer]:
    value = MetricAnswer(snapshot.value, snapshot.numerator, snapshot.denominator, snapshot.n, snapshot.error)
    if snapshot.kind is not Kind.RECURRING or not snapshot.sub_periods:
        return {VALUE: value}
    roles = begun(subject.key_result, subject.cycle, snapshot.as_of).roles
    values = (MetricAnswer(period.value) for period in snapshot.sub_periods)
    return {**dict(zip(roles, values, strict=False)), VALUE: value}
