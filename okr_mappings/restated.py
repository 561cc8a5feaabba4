"""When is a reported number restated: the past days whose value, computed again, is another one.

Floats are compared with a tolerance, because the order of a sum's rows moves its last digits. A day that was reported without a
number was not reported, so it cannot be restated; a number that is gone now is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ReportedDay:
    """What one snapshot said of its own day; `snapshot_id` names it."""

    day: date
    value: float
    snapshot_id: str
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class RestatedDay:
    """`now` is None where the day has no number any more; `difference` is 0 when it came back to what was reported."""

    reported: ReportedDay
    now: float | None

    @property
    def difference(self) -> float | None:
        return None if self.now is None else subtract(self.now, self.reported.value)


@dataclass(frozen=True, slots=True)
class RestatedDays:
    """One key result's settled days that differ today, and the largest of their differences, with its sign (None: a number is gone).

    `provisional` counts the days that had been announced as provisional: they are expected to move.
    """

    days: int = 0
    largest: float | None = None
    provisional: int = 0


def differs(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > TOLERANCE * max(1.0, abs(one), abs(other))


def subtract(one: float, other: float) -> float:
    """In decimal, so that 0.3 - 0.1 is 0.2; never minus zero."""
    if not differs(one, other):
        return 0.0
    return float(Decimal(repr(one)) - Decimal(repr(other)))


def newly_restated(
    reported: Iterable[ReportedDay], now: Mapping[date, float | None], known: Mapping[date, float | None]
) -> tuple[RestatedDay, ...]:
    """The days that have something to tell: another value than was last known of them, at first what was reported.

    Days that `now` does not have are not judged. A day that is back at its reported value is told too, once.
    """
    return tuple(
        RestatedDay(each, now[each.day])
        for each in reported
        if each.day in now and differs(now[each.day], known.get(each.day, each.value))
    )


def summary(days: Sequence[tuple[float | None, bool]]) -> RestatedDays:
    """From (difference, was provisional) of every day that differs now."""
    settled = [difference for difference, provisional in days if not provisional]
    known = [difference for difference in settled if difference is not None]
    gone = len(known) < len(settled)
    largest = None if gone or not known else max(known, key=lambda each: (abs(each), each))
    return RestatedDays(len(settled), largest, len(days) - len(settled))
