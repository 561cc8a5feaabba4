"""Cycles and the periods inside and around them; all dates are company-local and both ends are included.

A fiscal year carries the calendar year in which it ENDS, unless the company says otherwise: with `fiscal_year_start_month: 7`,
FY2026 runs from 2025-07-01 to 2026-06-30. Weeks are ISO weeks: Monday to Sunday. A sub-period cut by the cycle's edge keeps the
share of its days that lie inside, by which its target is pro-rated.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from okr_mappings.questions import Window

DAY = timedelta(days=1)
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Every(StrEnum):
    """How often a `recurring` key result starts anew."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class NamedAfter(StrEnum):
    """Which calendar year names a fiscal year that spans two."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """When a company's year starts and what it is called; the default is the calendar year."""

    start_month: int = 1
    named_after: NamedAfter = NamedAfter.END

    def first_day(self, year: int) -> date:
        """The first day of the fiscal year called `year`."""
        starts_before = self.start_month > 1 and self.named_after is NamedAfter.END
        return date(year - 1 if starts_before else year, self.start_month, 1)


@dataclass(frozen=True, slots=True)
class Cycle:
    """One OKR period, both days included. `fiscal_start_month` says where its quarters begin."""

    id: str
    label: str
    start: date
    end: date
    fiscal_start_month: int = 1

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)

    def day_number(self, as_of: date) -> int:
        """How many of the cycle's days are over at the end of `as_of`: 0 before it, `days` after it."""
        return max(0, min(self.days, (as_of - self.start).days + 1))

    def elapsed(self, as_of: date) -> float:
        return self.day_number(as_of) / self.days

    def last_day(self, as_of: date) -> date:
        """The last day that counts at `as_of`: never after the cycle's end."""
        return min(as_of, self.end)

    def has_started(self, as_of: date) -> bool:
        return as_of >= self.start

    def is_over(self, as_of: date) -> bool:
        """True from the cycle's last day on, since `as_of` is a whole day, included."""
        return as_of >= self.end


@dataclass(frozen=True, slots=True)
class Period:
    """One sub-period as far as it lies in the cycle; `share` is the part of its calendar days that do."""

    label: str
    start: date
    end: date
    share: float


_SHORTHAND = re.compile(
    r"^(?P<fiscal>FY)?(?P<year>\d{4})(-(?P<part>Q[1-4]|H[12]|0[1-9]|1[0-2]))?$"
)  # FY2026-Q1, 2026-11


def cycle_from_shorthand(text: str, fiscal: FiscalYear = FiscalYear()) -> Cycle | None:
    """`2026`, `2026-H2`, `2026-Q4`, `2026-11`, `FY2026`, `FY2026-H1`, `FY2026-Q1`; None for anything else."""
    match = _SHORTHAND.match(text.strip().upper())
    if match is None:
        return None
    year, part = int(match["year"]), match["part"] or ""
    if match["fiscal"] and part and part[0] not in "QH":
        return None
    first = fiscal.first_day(year) if match["fiscal"] else date(year, 1, 1)
    skip, length = _months_of(part)
    start = add_months(first, skip)
    return Cycle(
        match[0], _label(match["fiscal"] or "", year, part), start, add_months(start, length) - DAY, fiscal.start_month
    )


def _months_of(part: str) -> tuple[int, int]:
    """Months to skip from the year's first day, and months the part lasts."""
    if not part:
        return 0, 12
    if part[0] == "Q":
        return 3 * (int(part[1]) - 1), 3
    if part[0] == "H":
        return 6 * (int(part[1]) - 1), 6
    return int(part) - 1, 1


def _label(fiscal: str, year: int, part: str) -> str:
    if fiscal:
        return f"FY{year} {part}".strip()
    if part.isdigit():
        return f"{MONTHS[int(part) - 1]} {year}"
    return f"{part} {year}".strip()


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later (earlier when negative), or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def previous_cycle(cycle: Cycle) -> Window:
    """The cycle before: as many whole months where the cycle consists of whole months, otherwise as many days."""
    after = cycle.end + DAY
    end = cycle.start - DAY
    if after.day == cycle.start.day and cycle.start.day <= 28:
        months = (after.year - cycle.start.year) * 12 + after.month - cycle.start.month
        return Window(add_months(cycle.start, -months), end)
    return Window(cycle.start - timedelta(days=cycle.days), end)


def same_cycle_last_year(cycle: Cycle) -> Window:
    """The same dates a year before; shifting the day AFTER the end lets a February keep its 29th."""
    return Window(add_months(cycle.start, -12), add_months(cycle.end + DAY, -12) - DAY)


def same_day_last_year(cycle: Cycle, day: date) -> date:
    """The same date a year before (29 February becomes the 28th); the last day answers to the last day."""
    return same_cycle_last_year(cycle).end if day >= cycle.end else add_months(day, -12)


def sub_periods(cycle: Cycle, every: Every) -> tuple[Period, ...]:
    """The weeks, months or quarters of a cycle in order, the first and the last cut at its edges."""
    periods: list[Period] = []
    day = cycle.start
    while day <= cycle.end:
        whole = _whole_period(day, every, cycle.fiscal_start_month)
        end = min(whole.end, cycle.end)
        share = ((end - day).days + 1) / ((whole.end - whole.start).days + 1)
        periods.append(Period(_period_label(whole, every), day, end, share))
        day = end + DAY
    return tuple(periods)


def _whole_period(day: date, every: Every, fiscal_start_month: int) -> Window:
    if every is Every.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Window(monday, monday + timedelta(days=6))
    first = day.replace(day=1)
    if every is Every.MONTH:
        return Window(first, add_months(first, 1) - DAY)
    start = add_months(first, -((day.month - fiscal_start_month) % 3))
    return Window(start, add_months(start, 3) - DAY)


def _period_label(whole: Window, every: Every) -> str:
    if every is Every.WEEK:
        year, week, _ = whole.start.isocalendar()
        return f"{year}-W{week:02d}"
    if every is Every.MONTH:
        return f"{MONTHS[whole.start.month - 1]} {whole.start.year}"
    if whole.start.month % 3 == 1:
        return f"Q{(whole.start.month + 2) // 3} {whole.start.year}"
    return f"{MONTHS[whole.start.month - 1][:3]}-{MONTHS[whole.end.month - 1][:3]} {whole.end.year}"
