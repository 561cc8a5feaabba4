"""Cycles, fiscal years, ISO weeks and the year before."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_mappings.calendar import (
    Cycle,
    Every,
    FiscalYear,
    NamedAfter,
    add_months,
    cycle_from_shorthand,
    previous_cycle,
    same_cycle_last_year,
    same_day_last_year,
    sub_periods,
)
from okr_mappings.questions import Window

Q4 = Cycle("2026-Q4", "Q4 2026", date(2026, 10, 1), date(2026, 12, 31))
JULY = FiscalYear(7)
JULY_BY_START = FiscalYear(7, NamedAfter.START)


def window(start: str, end: str) -> Window:
    return Window(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("text", "fiscal", "start", "end", "label"),
    [
        ("2026", FiscalYear(), "2026-01-01", "2026-12-31", "2026"),
        ("2026-H2", FiscalYear(), "2026-07-01", "2026-12-31", "H2 2026"),
        ("2026-Q4", FiscalYear(), "2026-10-01", "2026-12-31", "Q4 2026"),
        ("2026-11", FiscalYear(), "2026-11-01", "2026-11-30", "November 2026"),
        ("2028-02", FiscalYear(), "2028-02-01", "2028-02-29", "February 2028"),
        # without FY a quarter is a calendar quarter, whatever the company's year
        ("2026-Q1", JULY, "2026-01-01", "2026-03-31", "Q1 2026"),
        # the year from July 2025 to June 2026 ends in 2026
        ("FY2026", JULY, "2025-07-01", "2026-06-30", "FY2026"),
        ("FY2026-Q1", JULY, "2025-07-01", "2025-09-30", "FY2026 Q1"),
        ("FY2026-H2", JULY, "2026-01-01", "2026-06-30", "FY2026 H2"),
        ("FY2026-Q1", JULY_BY_START, "2026-07-01", "2026-09-30", "FY2026 Q1"),
        ("FY2026-Q1", FiscalYear(), "2026-01-01", "2026-03-31", "FY2026 Q1"),
        ("fy2026-q1", FiscalYear(), "2026-01-01", "2026-03-31", "FY2026 Q1"),
    ],
)
def test_shorthand(text: str, fiscal: FiscalYear, start: str, end: str, label: str) -> None:
    cycle = cycle_from_shorthand(text, fiscal)
    assert cycle is not None
    assert (cycle.window, cycle.label) == (window(start, end), label)


@pytest.mark.parametrize("text", ["", "2026-Q5", "2026-13", "FY2026-11", "Q4", "2026-W40", "next quarter"])
def test_what_is_no_shorthand(text: str) -> None:
    assert cycle_from_shorthand(text) is None


def test_days() -> None:
    # October 31 + November 30 + December 31 = 92; 21 November is day 31 + 21 = 52
    assert Q4.days == 92
    assert Q4.day_number(date(2026, 11, 21)) == 52
    assert Q4.elapsed(date(2026, 11, 21)) == 52 / 92
    assert Q4.day_number(date(2026, 9, 30)) == 0
    assert Q4.day_number(date(2027, 2, 1)) == 92
    assert not Q4.has_started(date(2026, 9, 30))
    assert Q4.is_over(date(2026, 12, 31))
    assert not Q4.is_over(date(2026, 12, 30))


@pytest.mark.parametrize(
    ("cycle", "before", "year_ago"),
    [
        (("2026-10-01", "2026-12-31"), ("2026-07-01", "2026-09-30"), ("2025-10-01", "2025-12-31")),
        (("2026-01-01", "2026-12-31"), ("2025-01-01", "2025-12-31"), ("2025-01-01", "2025-12-31")),
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2025-03-01", "2025-03-31")),
        # last year's February had 29 days
        (("2029-02-01", "2029-02-28"), ("2029-01-01", "2029-01-31"), ("2028-02-01", "2028-02-29")),
        (("2028-02-01", "2028-02-29"), ("2028-01-01", "2028-01-31"), ("2027-02-01", "2027-02-28")),
        # whole months from the 15th to the 14th
        (("2026-10-15", "2027-01-14"), ("2026-07-15", "2026-10-14"), ("2025-10-15", "2026-01-14")),
        # six weeks: 42 days, so the 42 days before
        (("2026-10-05", "2026-11-15"), ("2026-08-24", "2026-10-04"), ("2025-10-05", "2025-11-15")),
    ],
)
def test_the_cycle_before_and_the_year_before(
    cycle: tuple[str, str], before: tuple[str, str], year_ago: tuple[str, str]
) -> None:
    start, end = (date.fromisoformat(day) for day in cycle)
    assert previous_cycle(Cycle("x", "x", start, end)) == window(*before)
    assert same_cycle_last_year(Cycle("x", "x", start, end)) == window(*year_ago)


def test_same_day_last_year() -> None:
    assert same_day_last_year(Q4, date(2026, 11, 21)) == date(2025, 11, 21)
    leap = Cycle("2028-Q1", "", date(2028, 1, 1), date(2028, 3, 31))
    assert same_day_last_year(leap, date(2028, 2, 29)) == date(2027, 2, 28)
    february = Cycle("2029-02", "", date(2029, 2, 1), date(2029, 2, 28))
    assert same_day_last_year(february, date(2029, 2, 28)) == date(2028, 2, 29)


def test_weeks_are_cut_at_the_edges() -> None:
    # 1 October 2026 is a Thursday: its ISO week 40 has 4 of 7 days in the cycle; 28-31 December are 4 days of week 53
    weeks = sub_periods(Q4, Every.WEEK)
    assert (weeks[0].label, weeks[0].start, weeks[0].end, weeks[0].share) == (
        "2026-W40",
        date(2026, 10, 1),
        date(2026, 10, 4),
        4 / 7,
    )
    assert (weeks[1].label, weeks[1].share) == ("2026-W41", 1.0)
    assert (weeks[-1].label, weeks[-1].end, weeks[-1].share) == ("2026-W53", date(2026, 12, 31), 4 / 7)
    assert len(weeks) == 14  # 4 days + 12 weeks of 7 (5 October to 27 December) + 4 days = 92


def test_months_and_quarters() -> None:
    assert [month.label for month in sub_periods(Q4, Every.MONTH)] == ["October 2026", "November 2026", "December 2026"]
    # from 16 October: 16 of 31 days of October
    late = Cycle("x", "x", date(2026, 10, 16), date(2026, 12, 31))
    assert sub_periods(late, Every.MONTH)[0].share == 16 / 31
    assert [quarter.label for quarter in sub_periods(cycle_from_shorthand("2026") or Q4, Every.QUARTER)] == [
        "Q1 2026", "Q2 2026", "Q3 2026", "Q4 2026",
    ]  # fmt: skip
    fiscal = cycle_from_shorthand("FY2026", FiscalYear(2))  # February 2025 to January 2026
    assert fiscal is not None
    assert [quarter.label for quarter in sub_periods(fiscal, Every.QUARTER)] == [
        "Feb-Apr 2025", "May-Jul 2025", "Aug-Oct 2025", "Nov-Jan 2026",
    ]  # fmt: skip


def test_adding_months_keeps_to_the_month() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)


days = st.dates(date(2000, 3, 1), date(2090, 1, 1))


@given(days, st.integers(0, 800), st.sampled_from(Every))
def test_sub_periods_tile_the_cycle(start: date, length: int, every: Every) -> None:
    cycle = Cycle("x", "x", start, start + timedelta(days=length))
    periods = sub_periods(cycle, every)
    assert periods[0].start == cycle.start
    assert periods[-1].end == cycle.end
    assert all(after.start == before.end + timedelta(days=1) for before, after in itertools.pairwise(periods))
    assert all(0 < period.share <= 1 for period in periods)
    assert all(period.share == 1 for period in periods[1:-1])


@given(days, st.integers(0, 800))
def test_the_cycle_before_ends_where_this_one_starts(start: date, length: int) -> None:
    cycle = Cycle("x", "x", start, start + timedelta(days=length))
    before = previous_cycle(cycle)
    assert before.end + timedelta(days=1) == cycle.start
    assert before.start <= before.end
