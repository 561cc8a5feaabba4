"""The baseline of a gauge that nobody read before the cycle began: its first observation inside it.

Followers cannot be fetched for the past. Who begins to count them on 5 October has no number for 30 September; growth is then counted from
the fifth, and the snapshot says so (`parameters["baseline_day"]` and the reason). A gauge alone has this: for a sum or a ratio, days that
are missing are not there at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from okr_mappings.goals import BaselineFrom
from okr_mappings.mappings import KeyResult
from okr_mappings.plan import baseline_role
from okr_mappings.questions import MetricAnswer
from okr_mappings.snapshot import DayValue
from okr_mappings.words import Kind


def first_observation(
    key_result: KeyResult, answers: Mapping[str, MetricAnswer], history: Sequence[DayValue]
) -> DayValue | None:
    """None where the baseline has a number of its own, where its question failed, and where nothing was observed yet.

    `history` are the values of the cycle's days, in order.
    """
    asked = answers.get(baseline_role(key_result) or "")
    is_measured = key_result.baseline is not None and key_result.baseline.source is BaselineFrom.MEASURED
    if key_result.kind is not Kind.LEVEL or not is_measured or asked is None or asked.error or asked.value is not None:
        return None
    return next((day for day in history if day.value is not None), None)
