"""`okr deliveries` and `okr redeliver`: what reached which tracker, and another try for what was refused."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pipelines import clock
from pipelines.errors import SettingsError
from pipelines.exit_codes import ExitCode
from pipelines.jobs.track import switched_off
from pipelines.ledger import open_ledger, zone_of
from pipelines.run import execute
from pipelines.settings import Settings
from warehouse.delivery_log import StoredDelivery, recent_deliveries
from warehouse.delivery_store import delivery_counts, requeue_permanent
from warehouse.engine import RunLock, open_warehouse
from warehouse.notice_store import requeue_notices, switch_on
from warehouse.okr_schema import create_schema

WORDS = {
    "retriable": "to be tried again",
    "permanent": "refused",
    "superseded": "replaced by newer",
    "pending": "waiting",
}


@dataclass(frozen=True)
class Listed:
    """`counts` are of all deliveries ever, `deliveries` the last ones."""

    counts: Mapping[str, Mapping[str, int]]
    deliveries: tuple[StoredDelivery, ...]
    zone: str
    note: str
    off: tuple[str, ...] = ()

    def as_json(self) -> str:
        """For programs; moments in UTC."""
        content = {
            "note": self.note,
            "switched_off": self.off,
            "counts": self.counts,
            "deliveries": [asdict(each) for each in self.deliveries],
        }
        return json.dumps(content, default=str, indent=2)

    def as_text(self) -> str:
        """For people: the sum of each tracker, then a line per delivery."""
        sums = [
            f"{tracker}: {', '.join(f'{number} {WORDS.get(state, state)}' for state, number in states.items())}"
            for tracker, states in self.counts.items()
        ]
        lines = [self._line(each) for each in self.deliveries]
        parts = [*([self.note] if self.note else []), *self.off, *(sums or ["Nothing was owed to any tracker yet."])]
        return "\n".join([*parts, *([""] if lines else []), *lines])

    def _line(self, each: StoredDelivery) -> str:
        tries = f" after {each.attempts} tries" if each.attempts > 1 else ""
        again = f", next try {self._local(each.next_attempt_at)}" if each.next_attempt_at else ""
        why = f": {each.last_error or each.told}" if each.last_error or each.told else ""
        state = WORDS.get(each.state, each.state)
        return f"{self._local(each.updated_at)}  {each.tracker}  {each.key_result_id} of {each.as_of}  {state}{tries}{again}{why}"

    def _local(self, moment: datetime) -> str:
        return f"{moment.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M}"


def deliveries(settings: Settings, last: int, *, failed: bool) -> Listed:
    """Raises WarehouseError before the first run."""
    zone = zone_of(settings)
    with open_ledger(settings) as (con, note):
        off = tuple(switched_off(con, settings).values())
        return Listed(delivery_counts(con), tuple(recent_deliveries(con, last, failed=failed)), zone, note, off)


def redeliver(settings: Settings, tracker: str | None) -> tuple[str, ExitCode]:
    """Queue what was refused or waits for its next try, and send it; the line for people, and the exit code of the sending."""
    if tracker is not None and tracker not in settings.trackers:
        near = difflib.get_close_matches(tracker, settings.trackers, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Configured: {', '.join(settings.trackers) or 'none'}."
        raise SettingsError(f"no tracker {tracker!r} is configured. {hint}")
    names = [tracker] if tracker else sorted(settings.trackers)
    with (
        RunLock(settings.data_dir, wait_seconds=settings.lock_wait_seconds),
        open_warehouse(settings.warehouse_path, wait_seconds=settings.lock_wait_seconds) as con,
    ):
        create_schema(con)
        now = clock.now()
        on = [name for name in names if switch_on(con, name)]
        queued = {
            name: requeue_permanent(con, name, now, also_waiting=True)
            + requeue_notices(con, name, now, also_waiting=True)
            for name in names
        }
    told = ", ".join(f"{number} for {name}" for name, number in queued.items())
    if not any(queued.values()) and not on:
        return f"Nothing was refused, and nothing waits for another try ({told}).", ExitCode.OK
    outcome = execute(settings, ("track",))
    return "\n".join([f"Tried again: {told}.", *outcome.lines, *outcome.problems]), outcome.exit_code
