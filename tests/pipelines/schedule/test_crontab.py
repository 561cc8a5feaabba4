"""A crontab line means what crontab means, also on the days with 25 and 23 hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pipelines.schedule.crontab import Crontab, CrontabError

BUDAPEST = "Europe/Budapest"


def local(line: str, first: str, last: str, zone: str = BUDAPEST) -> list[str]:
    """The moments between two local midnights, `day hour:minute+offset`."""
    begin, end = (datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)) for day in (first, last))
    found = Crontab(line, zone).between(begin - timedelta(seconds=1), end - timedelta(seconds=1))
    return [f"{slot.astimezone(ZoneInfo(zone)):%d %H:%M%z}" for slot in found]


def test_the_day_with_25_hours_has_a_daily_job_once() -> None:
    assert local("30 2 * * *", "2026-10-24", "2026-10-27") == ["24 02:30+0200", "25 02:30+0200", "26 02:30+0100"]


def test_the_day_with_23_hours_has_it_once_right_after_the_gap() -> None:
    assert local("30 2 * * *", "2026-03-28", "2026-03-31") == ["28 02:30+0100", "29 03:00+0200", "30 02:30+0200"]


def test_two_moments_that_the_gap_moves_to_the_same_one_are_one() -> None:
    assert local("0,30 2,3 * * *", "2026-03-29", "2026-03-30") == ["29 03:00+0200", "29 03:30+0200"]


def test_a_job_of_every_half_hour_follows_the_wall_through_the_repeated_hour() -> None:
    found = local("*/30 * * * *", "2026-10-25", "2026-10-26")
    assert len(found) == 50  # 25 hours
    assert found[4:8] == ["25 02:00+0200", "25 02:30+0200", "25 02:00+0100", "25 02:30+0100"]
    assert len(local("*/30 * * * *", "2026-03-29", "2026-03-30")) == 46


def test_woken_inside_the_repeated_hour_nothing_comes_again() -> None:
    second_time = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 02:15, for the second time
    assert Crontab("30 2 * * *", BUDAPEST).next(second_time) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "expected"), [("1", "23"), ("mon", "23"), ("0", "22"), ("7", "22"), ("SUN", "22")])
def test_days_of_the_week_are_crontabs(day: str, expected: str) -> None:
    # 22 November 2026 is a Sunday; APScheduler's from_crontab would take 1 for Tuesday
    assert local(f"0 6 * * {day}", "2026-11-20", "2026-11-25") == [f"{expected} 06:00+0100"]


def test_day_of_month_or_day_of_week_unless_one_is_a_star() -> None:
    assert [each[:2] for each in local("0 6 25 * mon", "2026-11-20", "2026-12-01")] == ["23", "25", "30"]
    assert [each[:2] for each in local("0 6 */25 * mon", "2026-11-01", "2027-01-01")] == []


@pytest.mark.parametrize("line", ["30 2 * * *", "*/20 * * * *", "0 */6 * * *", "15 6 * * mon-fri", "@hourly"])
@pytest.mark.parametrize("zone", [BUDAPEST, "America/New_York", "Australia/Lord_Howe", "UTC"])
def test_by_the_day_or_in_one_go_is_the_same_over_a_year(line: str, zone: str) -> None:
    crontab = Crontab(line, zone)
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    in_one_go = []
    for slot in crontab.after(begin):
        if slot > end:
            break
        in_one_go.append(slot)
    assert crontab.between(begin, end) == in_one_go
    assert all(earlier < later for earlier, later in pairwise(in_one_go))


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("15 6 * *", "has 4 fields"),
        ("0 15 6 * * *", "has 6 fields"),
        ("61 6 * * *", "a minute that"),
        ("0 6 * * sat-sun", "write sat,sun"),
        ("0 6 * * 8", "a day of week that"),
        ("0 6 30 2 *", "a day of month that"),
        ("@reboot", "no nickname"),
    ],
)
def test_what_cannot_be_read_is_explained(line: str, part: str) -> None:
    with pytest.raises(CrontabError, match=part):
        Crontab(line, "UTC")
