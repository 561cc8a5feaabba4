"""Whether the property's days are the company's: visits are counted by the one, every other number by the other."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_YEAR = 366
"""Zones that agree in winter may part in summer."""


def told_of_days(property_id: str, theirs: str, ours: str, last: date) -> str:
    """A warning for as long as any day of the year up to `last` begins at another moment for the property; else empty."""
    days = (last - timedelta(days=back) for back in range(_YEAR))
    if theirs == ours or all(_begins_alike(day, theirs, ours) for day in days):
        return ""
    return (
        f"ga4: property {property_id} counts its days in {theirs}, the company in {ours}: visits near midnight stand on the day"
        " before or after. Set the property's time zone in Admin > Property details; Google changes only days to come."
    )


def _begins_alike(day: date, theirs: str, ours: str) -> bool:
    begins = datetime.combine(day, time(), ZoneInfo(theirs)).astimezone(ZoneInfo(ours))
    return begins.replace(tzinfo=None) == datetime.combine(day, time())
