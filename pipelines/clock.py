"""The only place that reads the clock. Everything else is told the moment and the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def today(moment: datetime, time_zone: str) -> date:
    """The day that is running in the company's time zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def last_complete_day(moment: datetime, time_zone: str) -> date:
    """Yesterday in the company's time zone: the default `as_of`, because a day still running would change its number hourly."""
    return today(moment, time_zone) - timedelta(days=1)
