"""The ledger of runs, and the claim on a due time.

The scheduler only wakes the process; whether a slot (the planned moment of a schedule) is still to be done is decided here, by a
row that exists or not. Two processes, a missed night or a clock set back then cannot run a slot twice or lose it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from warehouse.engine import Connection
from warehouse.rows import read_one, read_rows
from warehouse.transaction import transaction

RUNNING, SUCCEEDED, FAILED, KILLED = "running", "succeeded", "failed", "killed"

Detail = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution; `finished_at` is None while it runs, or when it was killed and nobody has noticed yet."""

    run_id: str
    command: str
    as_of: date | None
    started_at: datetime
    finished_at: datetime | None
    state: str
    detail: Detail
    schedule: str | None = None
    slot: datetime | None = None


def start_run(con: Connection, run_id: str, command: str, as_of: date | None, now: datetime) -> None:
    """Note the beginning. Whoever calls holds the run lock, so a run still marked as running was killed: it is marked so."""
    with transaction(con):
        con.execute(
            "update okr.runs set state = $killed, finished_at = $now where state = $running",
            {"killed": KILLED, "running": RUNNING, "now": now},
        )
        con.execute(
            "insert into okr.runs (run_id, command, as_of, started_at, state, detail)"
            " values ($run_id, $command, $as_of, $now, $running, '{}')",
            {"run_id": run_id, "command": command, "as_of": as_of, "now": now, "running": RUNNING},
        )


def finish_run(con: Connection, run_id: str, state: str, now: datetime, detail: Detail | None = None) -> None:
    con.execute(
        "update okr.runs set state = $state, finished_at = $now, detail = $detail where run_id = $run_id",
        {"state": state, "now": now, "detail": json.dumps(dict(detail or {}), sort_keys=True), "run_id": run_id},
    )


def claim_slot(con: Connection, run_id: str, schedule: str, slot: datetime) -> bool:
    """Tie a started run to a planned moment; False when another run that was not killed has it already."""
    with transaction(con):
        taken = read_one(
            con,
            "select 1 from okr.runs where schedule = $schedule and slot = $slot and state <> $killed and run_id <> $run_id",
            {"schedule": schedule, "slot": slot, "killed": KILLED, "run_id": run_id},
        )
        if taken is None:
            con.execute(
                "update okr.runs set schedule = $schedule, slot = $slot where run_id = $run_id",
                {"schedule": schedule, "slot": slot, "run_id": run_id},
            )
    return taken is None


def last_slot(con: Connection, schedule: str) -> datetime | None:
    """The newest planned moment of a schedule that was done or is being done."""
    row = read_one(
        con,
        "select max(slot) as slot from okr.runs where schedule = $schedule and state <> $killed",
        {"schedule": schedule, "killed": KILLED},
    )
    slot = row["slot"] if row else None
    return slot if isinstance(slot, datetime) else None


def recent_runs(con: Connection, limit: int = 20) -> list[Run]:
    """Newest first."""
    rows = read_rows(con, "select * from okr.runs order by started_at desc, run_id desc limit $limit", {"limit": limit})
    return [Run(**{**row, "detail": json.loads(str(row["detail"]))}) for row in rows]
