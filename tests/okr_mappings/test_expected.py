"""How far it should be by now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_mappings import expected
from okr_mappings.calendar import Cycle, Every, sub_periods
from okr_mappings.expected import Point

Q4 = Cycle("2026-Q4", "Q4 2026", date(2026, 10, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("as_of", "share"),
    [("2026-09-30", 0), ("2026-10-01", 1 / 92), ("2026-11-15", 46 / 92), ("2026-12-31", 1), ("2027-03-01", 1)],
)
def test_linear(as_of: str, share: float) -> None:
    assert expected.linear(Q4, date.fromisoformat(as_of)) == share


@pytest.mark.parametrize(
    ("as_of", "share"),
    [
        ("2026-09-30", 0.0),
        ("2026-10-31", 0.25),
        ("2026-11-15", 0.40),  # 15 of 30 days from 0.25 to 0.55
        ("2026-11-30", 0.55),
        ("2026-12-31", 1.0),  # no point says otherwise
        ("2027-01-31", 1.0),
    ],
)
def test_phased(as_of: str, share: float) -> None:
    points = (Point(date(2026, 10, 31), 0.25), Point(date(2026, 11, 30), 0.55))
    assert expected.phased(points, Q4, date.fromisoformat(as_of)) == pytest.approx(share)


def test_phased_may_end_below_the_whole_way() -> None:
    assert expected.phased((Point(date(2026, 12, 31), 0.8),), Q4, date(2027, 1, 5)) == 0.8


@pytest.mark.parametrize(
    ("by_the_day", "whole", "before", "share"),
    [
        (300, 1000, 0, 0.3),
        (1100, 1400, 1000, 0.25),  # a level: 100 of the 400 it grew
        (None, 1000, 0, None),
        (300, None, 0, None),
        (0, 0, 0, None),  # no way to go last year
        (1200, 1000, 0, 1.0),  # credit notes later in the cycle
        (-5, 100, 0, 0.0),
    ],
)
def test_seasonal(by_the_day: float | None, whole: float | None, before: float, share: float | None) -> None:
    assert expected.seasonal(by_the_day, whole, before) == share


def test_recurring() -> None:
    months = sub_periods(Q4, Every.MONTH)
    # October is over, 21 of 30 days of November: (1 + 0.7 + 0) / 3
    assert expected.recurring(months, date(2026, 11, 21)) == pytest.approx(1.7 / 3)


def test_milestone() -> None:
    due = [date(2026, 10, 15), date(2026, 11, 21), date(2026, 12, 10)]
    # the step due today has not passed
    assert expected.milestone(due, date(2026, 11, 21)) == pytest.approx(1 / 3)
    assert expected.milestone(due, date(2026, 11, 22)) == pytest.approx(2 / 3)


@given(st.dates(date(2026, 9, 1), date(2027, 1, 31)), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_expected_is_a_share_and_never_falls(as_of: date, steps: list[float]) -> None:
    points = tuple(
        Point(date(2026, 10, 10) + timedelta(days=9 * place), share) for place, share in enumerate(sorted(steps))
    )
    today, tomorrow = (expected.phased(points, Q4, day) for day in (as_of, as_of + timedelta(days=1)))
    assert 0 <= today <= tomorrow + 1e-12 <= 1 + 2e-12
    assert expected.linear(Q4, as_of) <= expected.linear(Q4, as_of + timedelta(days=1))
    weeks = sub_periods(Q4, Every.WEEK)
    assert 0 <= expected.recurring(weeks, as_of) <= expected.recurring(weeks, as_of + timedelta(days=1)) <= 1 + 1e-12
