"""A past day computed later: what may be said of it, and what may not.

A number that depends on dated facts can be reconstructed: leads by their dates, deals by theirs. It is what is known of the day now,
not what was known then, and says so. A gauge cannot be read in hindsight before its first observation, and a metric whose marts know only
the present has no past at all.
"""

from __future__ import annotations

from dataclasses import replace

from okr_mappings.identity import seal
from okr_mappings.mappings import KeyResult
from okr_mappings.snapshot import NOT_RECONSTRUCTABLE, RECONSTRUCTED, Snapshot
from okr_mappings.words import Kind, Status

GAUGES = (Kind.LEVEL, Kind.RANGE)


def reconstructed(snapshot: Snapshot, key_result: KeyResult) -> Snapshot:
    """The snapshot of a past day, marked, without a projection: nobody could have known what is known now."""
    why = why_not(snapshot, key_result)
    found = _emptied(snapshot, why) if why else replace(snapshot, observation=RECONSTRUCTED)
    return seal(
        replace(
            found, projected_p10=None, projected_p50=None, projected_p90=None, probability=None, projection_method=None
        )
    )


def why_not(snapshot: Snapshot, key_result: KeyResult) -> str:
    """The reason for which the day has no number, as a sentence; empty where it has one."""
    if key_result.metric is not None and not key_result.metric.keeps_history:
        return f"{key_result.metric.label} is only known as it stands now, so it cannot be computed for a past day."
    if snapshot.value is None and snapshot.kind in GAUGES and not key_result.by_hand and not snapshot.error:
        return "There is no observation at or before this day."
    return ""


def _emptied(snapshot: Snapshot, why: str) -> Snapshot:
    return replace(
        snapshot,
        value=None,
        numerator=None,
        denominator=None,
        n=None,
        interval_low=None,
        interval_high=None,
        progress=None,
        score=None,
        sub_periods=(),
        formula="",
        status=Status.NO_DATA,
        reason=why,
        observation=NOT_RECONSTRUCTABLE,
    )
