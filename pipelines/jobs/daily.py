"""The value of every key result at the end of every day of its cycle so far, with the windows that its snapshots have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from okr_mappings.mappings import CyclePlan, KeyResult
from okr_mappings.plan import VALUE, questions, value_window
from okr_mappings.snapshot import DayValue
from warehouse.history import Series, SeriesRequest


def series_wanted(plan: CyclePlan, as_of: date) -> list[SeriesRequest]:
    """One request per key result that is asked of the warehouse, from the cycle's first day to `as_of`."""
    days = _days_so_far(plan, as_of)
    return [_request(each, plan, days) for each in _asked(plan)] if days else []


def by_key_result(plan: CyclePlan, as_of: date, found: Sequence[Series]) -> dict[str, tuple[DayValue, ...]]:
    """What `series_wanted` brought and what is kept by hand, by key result id.

    This is the past as what is loaded now has it: what was reported is in the snapshots.
    """
    days = _days_so_far(plan, as_of)
    if not days:
        return {}
    computed = {each.id: series.values for each, series in zip(_asked(plan), found, strict=True)}
    return computed | {each.id: _by_hand(each, days) for each in plan.key_results if each.by_hand}


def _asked(plan: CyclePlan) -> list[KeyResult]:
    return [each for each in plan.key_results if not each.by_hand]


def _days_so_far(plan: CyclePlan, as_of: date) -> list[date]:
    return _days(plan.cycle.start, plan.cycle.last_day(as_of)) if plan.cycle.has_started(as_of) else []


def _request(key_result: KeyResult, plan: CyclePlan, days: list[date]) -> SeriesRequest:
    value = next(each for each in questions(key_result, plan.cycle, days[-1]) if each.role == VALUE)
    return SeriesRequest(value, tuple(value_window(key_result, plan.cycle, day) for day in days))


def _by_hand(key_result: KeyResult, days: list[date]) -> tuple[DayValue, ...]:
    """A check-in holds until the next one; before the first there is no number. Steps count when they are done."""
    if key_result.steps:
        done = [step.done for step in key_result.steps if step.done]
        return tuple(DayValue(day, float(sum(each <= day for each in done))) for day in days)
    return tuple(DayValue(day, _checked_in(key_result, day)) for day in days)


def _checked_in(key_result: KeyResult, day: date) -> float | None:
    values = [check_in.value for check_in in key_result.check_ins if check_in.day <= day]
    return values[-1] if values else None


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
