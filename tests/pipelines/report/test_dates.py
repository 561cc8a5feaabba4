"""Days as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pipelines.report.dates import day_range, moment, through, through_day

BUDAPEST = "Europe/Budapest"


def test_midnight_closes_the_day_before() -> None:
    # Budapest is UTC+1 in November and UTC+2 in July
    assert through(datetime(2026, 11, 21, 23, 0, tzinfo=UTC), BUDAPEST) == "21 Nov 2026"
    assert through(datetime(2026, 7, 20, 22, 0, tzinfo=UTC), BUDAPEST) == "20 Jul 2026"
    assert through_day(datetime(2026, 11, 21, 23, 0, tzinfo=UTC), BUDAPEST) == "21 Nov"


def test_any_other_moment_keeps_its_clock_time() -> None:
    assert through(datetime(2026, 11, 21, 13, 5, tzinfo=UTC), BUDAPEST) == "21 Nov 2026, 14:05"
    assert moment(datetime(2026, 11, 22, 5, 0, tzinfo=UTC), BUDAPEST) == "22 Nov 2026, 06:00"


def test_never_and_nowhere() -> None:
    assert through(None, BUDAPEST) == "never loaded"
    assert moment(datetime(2026, 11, 22, 5, 0, tzinfo=UTC), "Mars/Olympus") == "22 Nov 2026, 05:00"


def test_a_range_names_the_year_once_unless_there_are_two() -> None:
    assert day_range(date(2026, 10, 1), date(2026, 12, 31)) == "1 Oct – 31 Dec 2026"
    assert day_range(date(2026, 11, 1), date(2027, 1, 31)) == "1 Nov 2026 – 31 Jan 2027"
