"""Daily visits of the example's web site by channel, as they will finally be, and as they look while still settling.

Google Analytics restates recent days: a day's visits trickle in for about two days, and a few are "Unassigned" first and
move to their channel later, so that a row disappears again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_IS_FINAL_AFTER = timedelta(hours=60)
_SETTLING = (
    (timedelta(hours=12), 0.91),
    (timedelta(hours=24), 0.95),
    (timedelta(hours=36), 0.975),
    (DAY_IS_FINAL_AFTER, 0.99),
)
UNASSIGNED = "Unassigned"
_UNASSIGNED_UNTIL = timedelta(hours=36)
_UNASSIGNED_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """One day and default channel group."""

    day: date
    channel: str
    sessions: int
    engaged_sessions: int = 0
    key_events: int = 0
    new_users: int = 0
    users: int = 0

    def with_numbers(self, numbers: Mapping[str, int]) -> TrafficRow:
        """With some of sessions, engaged_sessions, key_events, new_users and users replaced."""
        known = {"sessions": self.sessions, "engaged_sessions": self.engaged_sessions, "key_events": self.key_events}
        known |= {"new_users": self.new_users, "users": self.users}
        if unknown := set(numbers) - set(known):
            raise ValueError(f"no such numbers of traffic: {', '.join(sorted(unknown))}")
        return TrafficRow(self.day, self.channel, **(known | dict(numbers)))

    def scaled(self, share: float) -> TrafficRow:
        return replace(
            self,
            sessions=int(self.sessions * share),
            engaged_sessions=int(self.engaged_sessions * share),
            key_events=int(self.key_events * share),
            new_users=int(self.new_users * share),
            users=int(self.users * share),
        )


def settled_share(day: date, now: datetime, zone: ZoneInfo) -> float:
    """How much of the day's final numbers is known at `now`: 0 before it begins, 1 when it is final."""
    begin = datetime.combine(day, time(), zone)
    age = now - begin - timedelta(days=1)
    if age < timedelta():
        return max(0.0, (now - begin - timedelta(hours=4)) / timedelta(days=1) * 0.9)
    return next((share for limit, share in _SETTLING if age < limit), 1.0)


class Traffic:
    """Final numbers by (day, channel). A number restated by hand is shown as it is, settled or not."""

    def __init__(self, rows: Iterable[TrafficRow] = (), *, settles: bool = True) -> None:
        self._rows = {(row.day, row.channel): row for row in rows}
        self._restated: set[tuple[date, str]] = set()
        self.settles = settles

    def __iter__(self) -> Iterator[TrafficRow]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def restate(self, row: TrafficRow) -> None:
        self._rows[row.day, row.channel] = row
        self._restated.add((row.day, row.channel))

    def remove(self, day: date, channel: str) -> None:
        del self._rows[day, channel]

    def seen(self, now: datetime, zone: ZoneInfo) -> Iterator[TrafficRow]:
        """What a report at `now` counts; days not begun are absent."""
        recent = (now - DAY_IS_FINAL_AFTER - timedelta(days=2)).date()
        for row in self._rows.values():
            if not self.settles or row.day < recent or (row.day, row.channel) in self._restated:
                yield row
            else:
                yield from _settling(row, now, zone)


def _settling(row: TrafficRow, now: datetime, zone: ZoneInfo) -> Iterator[TrafficRow]:
    share = settled_share(row.day, now, zone)
    known = row.scaled(share)
    if known.sessions == 0:
        return
    age = now - datetime.combine(row.day, time(), zone) - timedelta(days=1)
    loose = int(known.sessions * _UNASSIGNED_SHARE) if age < _UNASSIGNED_UNTIL else 0
    yield replace(known, sessions=known.sessions - loose)
    if loose:
        yield TrafficRow(row.day, UNASSIGNED, loose, users=loose)
