"""What became of every planned moment: `okr.slots`, one row per (schedule, slot), which decides what is still to be done.

A slot without a row is undecided. Claiming it inserts the row, which the primary key lets one process do; a slot whose run died or
failed as a whole may be claimed again, as often as the caller allows. Nothing here knows a clock or a crontab line.

    undecided -> running -> done | failed | crashed        failed, crashed -> running
    undecided -> skipped                                   skipped -> undecided (only when decided by a clock that was wrong)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from warehouse.engine import Connection
from warehouse.rows import insert_rows, read_one, read_rows
from warehouse.transaction import transaction

RUNNING, DONE, FAILED, CRASHED, SKIPPED = "running", "done", "failed", "crashed", "skipped"

_COLUMNS = {
    **dict.fromkeys(("schedule", "state", "run_id", "note"), "str"),
    **dict.fromkeys(("slot", "decided_at", "finished_at"), "datetime"),
    **dict.fromkeys(("attempts", "exit_code"), "int"),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One planned moment (UTC). `exit_code` is what the run ended with; None while it runs and when it never said."""

    schedule: str
    slot: datetime
    state: str
    run_id: str | None
    attempts: int
    exit_code: int | None
    note: str
    decided_at: datetime
    finished_at: datetime | None


def settle_definition(con: Connection, schedule: str, definition: str, now: datetime) -> datetime:
    """Since when the schedule counts as it is: slots up to then are not its own. A `since` ahead of the clock was noted by a wrong one."""
    with transaction(con):
        known = read_one(con, "select * from okr.schedules where schedule = $schedule", {"schedule": schedule})
        since = known["since"] if known else None
        if known and known["definition"] == definition and isinstance(since, datetime) and since <= now:
            return since
        con.execute(
            "insert into okr.schedules values ($schedule, $definition, $now)"
            " on conflict (schedule) do update set definition = excluded.definition, since = excluded.since",
            {"schedule": schedule, "definition": definition, "now": now},
        )
    return now


def slots_of(con: Connection, schedule: str, after: datetime) -> list[Slot]:
    """The decided slots later than `after`, in order."""
    rows = read_rows(
        con,
        "select * from okr.slots where schedule = $schedule and slot > $after order by slot",
        {"schedule": schedule, "after": after},
    )
    return [_slot(row) for row in rows]


def recent_slots(con: Connection, limit: int) -> list[Slot]:
    """Newest first, of every schedule."""
    return [_slot(row) for row in read_rows(con, "select * from okr.slots order by slot desc limit $n", {"n": limit})]


def claim_slot(
    con: Connection, run_id: str, schedule: str, slot: datetime, now: datetime, *, most_attempts: int = 1
) -> bool:
    """Tie a started run to a planned moment; False when it is decided already, or was tried often enough."""
    with transaction(con):
        found = read_one(
            con,
            "select * from okr.slots where schedule = $schedule and slot = $slot",
            {"schedule": schedule, "slot": slot},
        )
        known = _slot(found) if found else None
        if known and known.run_id != run_id and not _may_be_tried(known, most_attempts):
            return False
        if known is None or known.run_id != run_id:
            _claim(con, run_id, schedule, slot, now)
        con.execute(
            "update okr.runs set schedule = $schedule, slot = $slot where run_id = $run_id",
            {"schedule": schedule, "slot": slot, "run_id": run_id},
        )
    return True


def _may_be_tried(known: Slot, most_attempts: int) -> bool:
    return known.state in (CRASHED, FAILED) and known.attempts < most_attempts


def _claim(con: Connection, run_id: str, schedule: str, slot: datetime, now: datetime) -> None:
    con.execute(
        "insert into okr.slots values ($schedule, $slot, $running, $run_id, 1, null, '', $now, null)"
        " on conflict (schedule, slot) do update set state = excluded.state, run_id = excluded.run_id,"
        " attempts = okr.slots.attempts + 1, exit_code = null, note = '', decided_at = excluded.decided_at, finished_at = null",
        {"schedule": schedule, "slot": slot, "running": RUNNING, "run_id": run_id, "now": now},
    )


def note_failed_start(
    con: Connection, schedule: str, slot: datetime, now: datetime, *, exit_code: int, note: str
) -> None:
    """A run that ended before it claimed its slot: that was an attempt too, or it would be tried for ever.

    A negative exit code is the signal that killed it.
    """
    con.execute(
        "insert into okr.slots values ($schedule, $slot, $failed, null, 1, $code, $note, $now, $now)"
        " on conflict (schedule, slot) do update set state = excluded.state, attempts = okr.slots.attempts + 1,"
        " exit_code = excluded.exit_code, note = excluded.note, decided_at = excluded.decided_at, finished_at = excluded.finished_at",
        {
            "schedule": schedule,
            "slot": slot,
            "failed": CRASHED if exit_code < 0 else FAILED,
            "code": exit_code,
            "note": note,
            "now": now,
        },
    )


def skip_slots(con: Connection, schedule: str, reasons: Mapping[datetime, str], now: datetime) -> None:
    """Decide that these will not be run, and say why."""
    rows = [
        {"schedule": schedule, "slot": slot, "state": SKIPPED, "attempts": 0, "note": why, "decided_at": now}
        for slot, why in reasons.items()
    ]
    insert_rows(con, "okr.slots", rows, _COLUMNS)


def forget_slots(con: Connection, schedule: str, slots: Sequence[datetime]) -> None:
    """Make skipped ones undecided again."""
    con.execute(
        "delete from okr.slots where schedule = $schedule and state = $skipped and slot in (select unnest($slots::timestamptz[]))",
        {"schedule": schedule, "skipped": SKIPPED, "slots": list(slots)},
    )


def end_slot(con: Connection, run_id: str, state: str, exit_code: int | None, now: datetime) -> None:
    """Inside the transaction that ends the run."""
    con.execute(
        "update okr.slots set state = $state, exit_code = $code, finished_at = $now where run_id = $run_id and state = $running",
        {"state": state, "code": exit_code, "now": now, "run_id": run_id, "running": RUNNING},
    )


def bury_slots(con: Connection, now: datetime) -> None:
    """Whoever holds the run lock knows that no run is alive: what is still running died."""
    con.execute(
        "update okr.slots set state = $crashed, note = 'the run was killed', finished_at = $now where state = $running",
        {"crashed": CRASHED, "now": now, "running": RUNNING},
    )


def _slot(row: Mapping[str, object]) -> Slot:
    return Slot(**{name: row[name] for name in Slot.__slots__})  # type: ignore[arg-type]
