"""Which numbers a key result needs at an `as_of`: windows and their roles.

| role | window |
|---|---|
| `value` | cycle start (or N days back, for a trailing window) to as_of; for a recurring one the running sub-period |
| `sub_period:<n>` | the n-th sub-period, counted from 1, for those that are over |
| `baseline` | measured: what `value` was on the day before the cycle starts |
| `previous_cycle`, `same_cycle_last_year` | the whole of that cycle, or the last N days of it for a trailing window |
| `seasonal:1`, `seasonal:2`, `seasonal:3` | last year: up to the same day, the whole cycle, and for a level the day before it started |

A `measured` baseline asks the same question on the last day of the previous cycle. For a level that is the last observation before the
cycle, for a total or a cycle-to-date ratio it comes to the whole previous cycle. A level's metric reads the last observation at or before
the end of its window. Key results kept by hand ask nothing, and so do those of a cycle that has not started.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from okr_mappings.calendar import (
    DAY,
    Cycle,
    Period,
    previous_cycle,
    same_cycle_last_year,
    same_day_last_year,
    sub_periods,
)
from okr_mappings.expected import Curve
from okr_mappings.goals import BaselineFrom
from okr_mappings.mappings import KeyResult
from okr_mappings.questions import MetricQuestion, Window
from okr_mappings.words import Kind

VALUE = "value"
SEASONAL_SAME_DAY, SEASONAL_WHOLE, SEASONAL_BEFORE = "seasonal:1", "seasonal:2", "seasonal:3"
BASELINE_ROLES = {
    BaselineFrom.MEASURED: "baseline",
    BaselineFrom.PREVIOUS_CYCLE: "previous_cycle",
    BaselineFrom.SAME_CYCLE_LAST_YEAR: "same_cycle_last_year",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The sub-periods of a recurring key result that have begun; the last one is the running one."""

    periods: tuple[Period, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        finished = tuple(sub_period_role(number) for number in range(1, len(self.periods)))
        return (*finished, VALUE)


def questions(key_result: KeyResult, cycle: Cycle, as_of: date) -> tuple[MetricQuestion, ...]:
    """Every number wanted, each role once; after the cycle's end the questions of its last day."""
    if key_result.by_hand or not cycle.has_started(as_of):
        return ()
    windows = dict(_windows(key_result, cycle, cycle.last_day(as_of)))
    return tuple(_question(key_result, role, window) for role, window in windows.items())


def baseline_role(key_result: KeyResult) -> str | None:
    """The role whose answer is the baseline, to be frozen at its first success; None for a number or none."""
    return BASELINE_ROLES.get(key_result.baseline.source) if key_result.baseline else None


def value_window(key_result: KeyResult, cycle: Cycle, day: date) -> Window:
    """The window whose number is the value at the end of `day`."""
    if key_result.every is not None:
        running = begun(key_result, cycle, day).periods[-1]
        return Window(running.start, day)
    return _ending(key_result, cycle.window, day)


def begun(key_result: KeyResult, cycle: Cycle, day: date) -> Asked:
    periods = sub_periods(cycle, key_result.every) if key_result.every else ()
    return Asked(tuple(period for period in periods if period.start <= day))


def sub_period_role(number: int) -> str:
    """Counted from 1."""
    return f"sub_period:{number}"


def baseline_window(key_result: KeyResult, cycle: Cycle) -> Window | None:
    """The window behind a baseline that is asked of the warehouse."""
    source = key_result.baseline.source if key_result.baseline else BaselineFrom.NUMBER
    if source is BaselineFrom.NUMBER:
        return None
    whole = same_cycle_last_year(cycle) if source is BaselineFrom.SAME_CYCLE_LAST_YEAR else previous_cycle(cycle)
    return _ending(key_result, whole, whole.end)


def _windows(key_result: KeyResult, cycle: Cycle, day: date) -> Iterator[tuple[str, Window]]:
    if key_result.kind is Kind.RECURRING:
        asked = begun(key_result, cycle, day)
        finished = zip(asked.roles, asked.periods[:-1], strict=False)
        yield from ((role, Window(period.start, period.end)) for role, period in finished)
    yield VALUE, value_window(key_result, cycle, day)
    role, window = baseline_role(key_result), baseline_window(key_result, cycle)
    if role is not None and window is not None:
        yield role, window
    if key_result.expected.curve is Curve.SEASONAL:
        yield from _seasonal(key_result, cycle, day)


def _seasonal(key_result: KeyResult, cycle: Cycle, day: date) -> Iterator[tuple[str, Window]]:
    last_year = same_cycle_last_year(cycle)
    yield SEASONAL_SAME_DAY, Window(last_year.start, same_day_last_year(cycle, day))
    yield SEASONAL_WHOLE, last_year
    if key_result.kind is Kind.LEVEL:
        before = last_year.start - DAY
        yield SEASONAL_BEFORE, Window(before, before)


def _ending(key_result: KeyResult, whole: Window, end: date) -> Window:
    if key_result.window_days is None:
        return Window(whole.start, end)
    return Window(end - timedelta(days=key_result.window_days - 1), end)


def _question(key_result: KeyResult, role: str, window: Window) -> MetricQuestion:
    return MetricQuestion(key_result.id, role, key_result.metric_name, window, key_result.sql, key_result.filters)
