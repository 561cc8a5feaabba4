"""The sandbox's own clock: it stands still until somebody sets or advances it, so that every run gives the same answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

DEMO_NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
"""Early on the day after the example's last day, 2026-11-21."""


class SandboxClock:
    """A moment in UTC that tests and the demo move by hand; all threads of the server see the same one."""

    def __init__(self, now: datetime = DEMO_NOW) -> None:
        self._lock = threading.Lock()
        self._now = _utc(now)
        self._watchers: list[Callable[[], None]] = []

    def watch(self, watcher: Callable[[], None]) -> None:
        """`watcher` is called after each move, on the thread that moved the clock."""
        self._watchers.append(watcher)

    def now(self) -> datetime:
        return self._now

    def now_ms(self) -> int:
        """Milliseconds since 1970, the unit of all stored moments."""
        return round(self._now.timestamp() * 1000)

    def set(self, now: datetime) -> None:
        with self._lock:
            self._now = _utc(now)
        self._tell()

    def advance(self, **duration: float) -> None:
        """Same words as `timedelta`: `advance(hours=1)`, `advance(seconds=30)`."""
        with self._lock:
            self._now += timedelta(**duration)
        self._tell()

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()

    def http_date(self) -> str:
        return format_datetime(self._now.replace(microsecond=0), usegmt=True)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"the sandbox's clock needs a moment with a time zone, not {moment.isoformat()}")
    return moment.astimezone(UTC)
