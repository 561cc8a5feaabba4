"""The value of every key result at the end of every day of its cycle so far, with the windows that its snapshots have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from okr_mappings.mappings import CyclePlan, KeyResult
from okr_mappings.plan import VALUE, questions, value_window
from okr_mappings.snapshot import DayValue
from warehouse import history
from warehouse.catalog import Metric
from warehouse.engine import Connection


def daily_series(
    con: Connection, catalog: Mapping[str, Metric], plan: CyclePlan, as_of: date
) -> dict[str, tuple[DayValue, ...]]:
    """By key result id, from the cycle's first day to `as_of`, as what is loaded now has it: what was reported is in the snapshots."""
    if not plan.cycle.has_started(as_of):
        return {}
    days = _days(plan.cycle.start, plan.cycle.last_day(as_of))
    asked = [each for each in plan.key_results if not each.by_hand]
    requests = [_request(each, plan, days) for each in asked]
    found = history.daily_series(con, catalog, requests)
    computed = {each.id: series.values for each, series in zip(asked, found, strict=True)}
    return computed | {each.id: _by_hand(each, days) for each in plan.key_results if each.by_hand}


def _request(key_result: KeyResult, plan: CyclePlan, days: list[date]) -> history.SeriesRequest:
    value = next(each for each in questions(key_result, plan.cycle, days[-1]) if each.role == VALUE)
    return history.SeriesRequest(value, tuple(value_window(key_result, plan.cycle, day) for day in days))


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
