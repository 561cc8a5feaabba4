"""Moments as the sandbox stores them: whole milliseconds since 1970 in UTC, and how vendors write them.

`NONE_MS` stands for "no moment" in arrays of moments.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Longs = NDArray[np.int64]

NONE_MS = int(np.iinfo(np.int64).min)
MS_PER_HOUR = 3_600_000
MS_PER_DAY = 24 * MS_PER_HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime | str | int) -> int:
    """From a datetime with a zone, an ISO text with a zone, or milliseconds as they are."""
    if isinstance(moment, int):
        return moment
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {moment.isoformat()}")
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def iso(ms: int) -> str:
    """As HubSpot writes it: 2026-10-01T08:30:00.000Z; it drops zero milliseconds, as HubSpot also does at times."""
    moment = _EPOCH + timedelta(milliseconds=ms)
    text = moment.isoformat(timespec="milliseconds" if ms % 1000 else "seconds")
    return text[:-6] + "Z"


def day_number(day: date) -> int:
    """Days since 1970, the unit of all stored dates."""
    return day.toordinal() - _EPOCH.toordinal()


def from_day_number(number: int) -> date:
    return date.fromordinal(int(number) + _EPOCH.toordinal())
