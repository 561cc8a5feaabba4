"""Reads the setting `digest`: a day of the week and a time, or off."""

from __future__ import annotations

import re

from connectors.delivering.settings import TrackerSettings
from connectors.messenger import WeeklyTime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT = "mon 06:00"
_WRITTEN = re.compile(r"([a-z]{3})[a-z]* +([01]?\d|2[0-3]):([0-5]\d)")


def weekly_time(given: TrackerSettings, name: str = "digest") -> WeeklyTime | None:
    """`mon 06:00` by default; None for `off`."""
    text = given.text(name).lower() or DEFAULT
    if text == "off":
        return None
    found = _WRITTEN.fullmatch(text)
    if found is None or found[1] not in DAYS:
        raise given.fault(name, f"is {text!r}. Write a day and a time like {DEFAULT}, or off.")
    return WeeklyTime(DAYS.index(found[1]), int(found[2]), int(found[3]))
