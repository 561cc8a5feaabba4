"""How far a key result should be by a given day: section 5 of the semantics.

Every function returns a share of the way from baseline to target, 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from okr_mappings.calendar import DAY, Cycle, Period


class Curve(StrEnum):
    """The shape of expected progress over the cycle."""

    LINEAR = "linear"
    PHASED = "phased"
    SEASONAL = "seasonal"


@dataclass(frozen=True, slots=True)
class Point:
    """By the end of `day`, `share` of the way."""

    day: date
    share: float


@dataclass(frozen=True, slots=True)
class Expected:
    """`points` only for a phased curve, in order of their days."""

    curve: Curve = Curve.LINEAR
    points: tuple[Point, ...] = ()


def linear(cycle: Cycle, as_of: date) -> float:
    return cycle.elapsed(as_of)


def phased(points: Sequence[Point], cycle: Cycle, as_of: date) -> float:
    """Straight lines between the points; from 0 on the day before the cycle, to 1 on its last day unless a point says otherwise."""
    stops = [Point(cycle.start - DAY, 0.0), *points]
    if stops[-1].day < cycle.end:
        stops.append(Point(cycle.end, 1.0))
    if as_of <= stops[0].day:
        return 0.0
    for before, after in pairwise(stops):
        if as_of <= after.day:
            way = (as_of - before.day).days / (after.day - before.day).days
            return before.share + (after.share - before.share) * way
    return stops[-1].share


def seasonal(by_the_same_day: float | None, over_the_whole_cycle: float | None, before_it: float = 0.0) -> float | None:
    """The share of last year's way that lay behind by the same day; None where last year had no way to go, or no history.

    `before_it` is the level on the day before last year's cycle, 0 for a sum.
    """
    if by_the_same_day is None or over_the_whole_cycle is None or over_the_whole_cycle == before_it:
        return None
    return max(0.0, min(1.0, (by_the_same_day - before_it) / (over_the_whole_cycle - before_it)))


def recurring(periods: Sequence[Period], as_of: date) -> float:
    """Sub-periods elapsed of all, the running one by its days."""
    return sum(_elapsed(period, as_of) for period in periods) / len(periods)


def _elapsed(period: Period, as_of: date) -> float:
    days = (period.end - period.start).days + 1
    return max(0.0, min(1.0, ((as_of - period.start).days + 1) / days))


def milestone(due_days: Sequence[date], as_of: date) -> float:
    """The share of steps whose due date has passed: a step due today is expected tomorrow."""
    return sum(due < as_of for due in due_days) / len(due_days)
