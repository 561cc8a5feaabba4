"""Days and moments as people write them, in the company's time zone and in the language being spoken."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from okr_mappings.wording import ENGLISH
from pipelines.languages import say, wording


def short_day(day: date) -> str:
    return wording().short_day(day)


def full_day(day: date) -> str:
    return wording().full_day(day)


def day_range(start: date, end: date) -> str:
    """The year is said once only where it stands at the end of a date."""
    same_year = start.year == end.year and wording() is ENGLISH
    first = short_day(start) if same_year else full_day(start)
    return f"{first} – {full_day(end)}"


def zone(name: str) -> ZoneInfo:
    """The named zone, or UTC: a report with a misspelt zone is better than none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def moment(at: datetime, time_zone: str) -> str:
    return wording().moment(at.astimezone(zone(time_zone)))


def through(at: datetime | None, time_zone: str) -> str:
    """Up to when data is known. A moment at midnight closes the day before, so it reads as that day without a clock time."""
    if at is None:
        return say("never loaded")
    local = at.astimezone(zone(time_zone))
    if local.time() == time(0, 0):
        return full_day(local.date() - timedelta(days=1))
    return wording().moment(local)


def covered(at: datetime, time_zone: str) -> date:
    """The last day of which anything is known."""
    local = at.astimezone(zone(time_zone))
    return local.date() - timedelta(days=1) if local.time() == time(0, 0) else local.date()


def through_day(at: datetime, time_zone: str) -> str:
    return short_day(covered(at, time_zone))
