"""What a crontab line means: the moments it names, in UTC, for a time zone with daylight saving.

Names and numbers mean what crontab(5) means: Sunday is 0 and 7, a day matches when day of month OR day of week does unless one of them
begins with a star. (APScheduler counts Monday as 0, so its `from_crontab` is off by one.) Clock changes follow Debian's cron: a line
that names an hour and a minute happens once on the day with 25 hours (the first time) and once on the day with 23 (right after the
gap); a line with `*` in one of the two follows the clock on the wall, so `*/30 * * * *` happens in both of the repeated hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = ("minute", "hour", "day of month", "month", "day of week")


class CrontabError(ValueError):
    """The line cannot be read; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Crontab:
    """A crontab line and the zone whose clock it follows."""

    line: str
    time_zone: str

    def __post_init__(self) -> None:
        _checked(self.line)

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The moments later than `moment`, in order, each once, in UTC."""
        last = moment.astimezone(UTC)
        for local in CronSim(_NICKNAMES.get(self.line.strip(), self.line), moment.astimezone(ZoneInfo(self.time_zone))):
            # where the clock repeats or skips an hour, cronsim may name a moment that was before, or twice
            if (found := local.astimezone(UTC)) > last:
                last = found
                yield found

    def next(self, moment: datetime) -> datetime | None:
        """The first moment later than `moment`; None when there is none within fifty years."""
        return next(self.after(moment), None)

    def between(self, after: datetime, until: datetime) -> list[datetime]:
        """The moments later than `after` and not later than `until`. Remembered by the day: the same month is asked for at every look."""
        first, last = after.astimezone(UTC).date(), until.astimezone(UTC).date()
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return [slot for day in days for slot in _of_day(self, day) if after < slot <= until]

    def per_day(self) -> int:
        """How many there are on a busy day, to the order of magnitude; at least 1."""
        start = datetime(2026, 1, 5, tzinfo=UTC)
        return max(1, len(self.between(start, start + timedelta(days=7))) // 5)


@lru_cache(maxsize=1024)
def _of_day(crontab: Crontab, day: date) -> tuple[datetime, ...]:
    """The moments of one day of UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = []
    for slot in crontab.after(midnight - timedelta(seconds=1)):
        if slot >= midnight + timedelta(days=1):
            break
        found.append(slot)
    return tuple(found)


def _checked(line: str) -> None:
    text = line.strip()
    if text.startswith("@"):
        if text not in _NICKNAMES:
            raise CrontabError(f"{text!r} is no nickname of a schedule. Known: {', '.join(_NICKNAMES)}")
        return
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise CrontabError(f"{line!r} has {len(fields)} fields; a crontab line has five: {', '.join(_FIELDS)}")
    try:
        named = next(CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)), None)
    except CronSimError as error:
        raise CrontabError(_explained(line, fields, str(error))) from error
    if named is None:
        raise CrontabError(f"{line!r} names no day of the next fifty years")


def _explained(line: str, fields: list[str], said: str) -> str:
    """What is wrong, and the mistake people make with weeks that end on Sunday."""
    wrong = said.removeprefix("Bad ").replace("-", " ")
    hint = ""
    if wrong == "day of week" and "-" in fields[4]:
        hint = ". A range must not run over the week's end, where Sunday is 0 and 7: write sat,sun instead of sat-sun"
    return f"{line!r} has a {wrong} that crontab does not know{hint}"
