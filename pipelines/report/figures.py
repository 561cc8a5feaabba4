"""Which figures of a key result are shown, for the report and the terminal alike; how a figure is written is
for the language being spoken to say."""

from __future__ import annotations

import math

from okr_mappings.snapshot import ProgressDocument, Snapshot
from okr_mappings.words import Kind, Status
from pipelines.languages import wording


def usable(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def shown_value(key_result: Snapshot) -> tuple[float | None, bool]:
    """The value, or the last good one where there is none; and whether what is shown is old."""
    if usable(key_result.value):
        return key_result.value, key_result.status is Status.STALE
    return key_result.last_good_value, usable(key_result.last_good_value)


def written_value(key_result: Snapshot) -> str:
    return wording().value(shown_value(key_result)[0], key_result.unit)


def bare_value(key_result: Snapshot) -> str:
    """The value without the noun that the target beside it carries: `214`, then `350 leads`."""
    value, unit = shown_value(key_result)[0], key_result.unit
    has_target = key_result.target is not None or key_result.target_high is not None
    return wording().amount(value, unit) if has_target else wording().value(value, unit)


def aim(key_result: Snapshot) -> str:
    return wording().target(key_result.kind, key_result.target, key_result.target_high, key_result.unit)


def bounds(key_result: Snapshot) -> tuple[float | None, float | None]:
    """What a `range` must stay within, both ends allowed; a missing end is open. Nothing for any other kind."""
    return (key_result.target, key_result.target_high) if key_result.kind is Kind.RANGE else (None, None)


def restated_mark(key_result: Snapshot, document: ProgressDocument) -> tuple[str, ...]:
    """`3 days restated, largest -4`; nothing while what was reported still stands."""
    restated = document.restatements.get(key_result.key_result_id)
    said = wording().restated(restated, key_result.unit) if restated else ""
    return (said,) if said else ()
