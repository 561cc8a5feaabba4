"""What a projection starts from: how a value comes about day by day, which earlier windows to read, and why there may be nothing to do.

The first and the last answer need the snapshot only; the windows are asked of the warehouse by the snapshot job.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from okr_mappings.calendar import Cycle
from okr_mappings.mappings import KeyResult
from okr_mappings.questions import Window
from okr_mappings.snapshot import DayValue, Snapshot
from okr_mappings.status import is_too_early
from okr_mappings.words import Kind, Status

DAYS_BACK = 730


class Course(StrEnum):
    """A flow is summed, a gauge is read, a window is recomputed from its rows; the words are those of the kind calibrated with it."""

    FLOW = "total"
    GAUGE = "level"
    WINDOW = "ratio"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The windows to ask for, one per day: of one day, up to the day, or as long as the cycle is old. `wholes` are those that last a whole
    cycle, or the same again for a trailing window."""

    days: tuple[Window, ...]
    wholes: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What came back for `Wanted`, a number per day, the last one of `until`. `problem` says why there is nothing."""

    until: date
    days: tuple[DayValue, ...] = ()
    wholes: tuple[DayValue, ...] = ()
    problem: str = ""


def course_of(key_result: KeyResult) -> Course | None:
    """None for what has no course to follow. A range with a metric that can be read as a level, and without a window, is read."""
    if key_result.by_hand or key_result.kind in (Kind.RECURRING, Kind.MILESTONE):
        return None
    if key_result.kind is Kind.TOTAL:
        return Course.FLOW
    if key_result.kind is Kind.LEVEL:
        return Course.GAUGE
    is_read = key_result.metric is not None and Kind.LEVEL in key_result.metric.kinds
    return Course.GAUGE if key_result.kind is Kind.RANGE and is_read else Course.WINDOW


def windows_wanted(key_result: KeyResult, cycle: Cycle, until: date) -> Wanted:
    """For the DAYS_BACK days that end with `until`, which lies in the cycle."""
    days = [until - timedelta(days=back) for back in range(DAYS_BACK - 1, -1, -1)]
    course = course_of(key_result)
    if course is Course.FLOW:
        return Wanted(_ending(days, 1))
    if course is Course.GAUGE:
        return Wanted(tuple(Window(days[0], day) for day in days))
    parts = _ending(days, key_result.window_days or cycle.day_number(until))
    return Wanted(parts, _ending(days, cycle.days) if key_result.window_days is None else parts)


def is_worth_reading(key_result: KeyResult, cycle: Cycle, as_of: date) -> bool:
    """Whether a projection may come of its earlier days; what the snapshot adds to that is in `why_not`."""
    running = cycle.has_started(as_of) and not cycle.is_over(as_of) and not is_too_early(cycle, as_of)
    return running and course_of(key_result) is not None


def why_not(key_result: KeyResult, snapshot: Snapshot, cycle: Cycle) -> str:
    """The reason for which nothing is projected whatever the past was; empty where there is none."""
    if key_result.by_hand or key_result.kind is Kind.MILESTONE:
        return "kept by hand or step by step, so there is no daily course to follow"
    if key_result.kind is Kind.RECURRING:
        return "every sub-period starts anew, so there is no single value at the end"
    if not cycle.has_started(snapshot.as_of) or cycle.is_over(snapshot.as_of):
        return "the cycle is not running"
    if snapshot.status in (Status.STALE, Status.NO_DATA) or snapshot.value is None:
        return "there is no value of today to start from"
    if is_too_early(cycle, snapshot.as_of):
        return "it is too early in the cycle"
    return "there are too few answers so far" if snapshot.status is Status.TOO_EARLY else ""


def _ending(days: list[date], length: int) -> tuple[Window, ...]:
    return tuple(Window(day - timedelta(days=length - 1), day) for day in days)
