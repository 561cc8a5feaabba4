"""When things happen at the example company: growth, seasons, weekends, Hungarian public holidays, working hours.

All days are company-local (Europe/Budapest), all moments UTC milliseconds.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.company.moments import MS_PER_HOUR, Longs, day_number, to_ms

FIRST_DAY = date(2024, 11, 1)
LAST_DAY = date(2026, 11, 21)
AFTERMATH_DAYS = 14
"""So long something still happens after the last day, when the clock is moved on."""
ZONE = ZoneInfo("Europe/Budapest")
YEARLY_GROWTH = 1.25

Floats = NDArray[np.float64]

_MONTH = (0.98, 1.0, 1.06, 1.02, 1.0, 0.95, 0.82, 0.78, 1.08, 1.12, 1.1, 0.8)
_FIXED_HOLIDAYS = ((1, 1), (3, 15), (5, 1), (8, 20), (10, 23), (11, 1), (12, 24), (12, 25), (12, 26))
_HOURS = np.array([1, 0.6, 0.4, 0.3, 0.4, 1, 2, 4, 8, 10, 10, 9, 7, 8, 9, 9, 8, 6, 4, 4, 4, 4, 3, 2])


def days(after: int = 0) -> list[date]:
    """From the first to the last day, both included, and `after` days more."""
    return [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1 + after)]


def midnights() -> Longs:
    """The moment each day begins, and one more: the end of the last."""
    every = [*days(), LAST_DAY + timedelta(days=1)]
    return np.array([to_ms(datetime.combine(day, time(), ZONE)) for day in every], dtype=np.int64)


def end_ms() -> int:
    """The moment after which nothing has happened yet."""
    return int(midnights()[-1])


def easter(year: int) -> date:
    """Sunday of the Gregorian calendar (the anonymous algorithm)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def is_holiday(day: date) -> bool:
    moving = (easter(day.year) + timedelta(days=offset) for offset in (-2, 1, 50))
    return (day.month, day.day) in _FIXED_HOLIDAYS or day in moving


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and not is_holiday(day)


def busyness(*, weekend: float, holiday: float, growth: float = YEARLY_GROWTH, after: int = 0) -> Floats:
    """A weight per day: growth over the years, seasons, weekends, holidays, and the quiet weeks at Christmas."""

    def weight(day: date) -> float:
        years = (day - FIRST_DAY).days / 365.25
        value = float(growth**years) * _MONTH[day.month - 1]
        if is_holiday(day):
            value *= holiday
        elif day.weekday() >= 5:
            value *= weekend
        return value * (0.5 if (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 3) else 1.0)

    return np.array([weight(day) for day in days(after)])


def moments(rng: np.random.Generator, count: int, weights: Floats) -> Longs:
    """`count` moments, ascending, on days drawn by weight and at hours drawn by habit."""
    day = rng.choice(len(weights), count, p=weights / weights.sum())
    return np.sort(at_some_hour(rng, day))


def at_some_hour(rng: np.random.Generator, day: NDArray[np.int64]) -> Longs:
    """A moment on each of the days (numbered from the first), never after the day's end, not even when clocks change."""
    hour = rng.choice(24, len(day), p=_HOURS / _HOURS.sum())
    begin = midnights()
    moment = begin[day] + hour * MS_PER_HOUR + rng.integers(0, MS_PER_HOUR, len(day))
    return np.asarray(np.minimum(moment, begin[day + 1] - 1), dtype=np.int64)


def day_index(day: date) -> int:
    """Days since the first."""
    return day_number(day) - day_number(FIRST_DAY)
