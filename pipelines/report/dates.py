"""Days and moments as people write them, in the company's time zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def short_day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def full_day(day: date) -> str:
    return f"{short_day(day)} {day.year}"


def day_range(start: date, end: date) -> str:
    first = short_day(start) if start.year == end.year else full_day(start)
    return f"{first} – {full_day(end)}"


def zone(name: str) -> ZoneInfo:
    """The named zone, or UTC: a report with a misspelt zone is better than none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def moment(at: datetime, time_zone: str) -> str:
    local = at.astimezone(zone(time_zone))
    return f"{full_day(local.date())}, {local:%H:%M}"


def through(at: datetime | None, time_zone: str) -> str:
    """Up to when data is known. A moment at midnight closes the day before, so it reads as that day without a clock time."""
    if at is None:
        return "never loaded"
    local = at.astimezone(zone(time_zone))
    if local.time() == time(0, 0):
        return full_day(local.date() - timedelta(days=1))
    return f"{full_day(local.date())}, {local:%H:%M}"


def covered(at: datetime, time_zone: str) -> date:
    """The last day of which anything is known."""
    local = at.astimezone(zone(time_zone))
    return local.date() - timedelta(days=1) if local.time() == time(0, 0) else local.date()


def through_day(at: datetime, time_zone: str) -> str:
    return short_day(covered(at, time_zone))
