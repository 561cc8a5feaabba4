"""The ledger of runs: every execution, also the ones that failed or were killed.

The slot that a run was for (the planned moment of a schedule) is decided in `warehouse.slot_store`; a run and its slot end in one
transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from warehouse.engine import Connection
from warehouse.rows import read_rows
from warehouse.slot_store import DONE, bury_slots, end_slot
from warehouse.slot_store import FAILED as SLOT_FAILED
from warehouse.transaction import transaction

RUNNING, SUCCEEDED, FAILED, KILLED = "running", "succeeded", "failed", "killed"
NOT_NEEDED = "not needed"  # its slot was done by another run

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
        _bury(con, now)
        con.execute(
            "insert into okr.runs (run_id, command, as_of, started_at, state, detail)"
            " values ($run_id, $command, $as_of, $now, $running, '{}')",
            {"run_id": run_id, "command": command, "as_of": as_of, "now": now, "running": RUNNING},
        )


def finish_run(con: Connection, run_id: str, state: str, now: datetime, detail: Detail | None = None) -> None:
    """Note the end, of the run and of the slot it was for; `detail["exit_code"]` is what the shell was told."""
    facts = dict(detail or {})
    code = facts.get("exit_code")
    with transaction(con):
        con.execute(
            "update okr.runs set state = $state, finished_at = $now, detail = $detail where run_id = $run_id",
            {"state": state, "now": now, "detail": json.dumps(facts, sort_keys=True), "run_id": run_id},
        )
        end_slot(con, run_id, DONE if state == SUCCEEDED else SLOT_FAILED, code if isinstance(code, int) else None, now)


def bury_dead(con: Connection, now: datetime) -> None:
    """Whoever calls holds the run lock, so no run is alive: what is still marked as running was killed."""
    with transaction(con):
        _bury(con, now)


def _bury(con: Connection, now: datetime) -> None:
    con.execute(
        "update okr.runs set state = $killed, finished_at = $now where state = $running",
        {"killed": KILLED, "running": RUNNING, "now": now},
    )
    bury_slots(con, now)


def last_success(con: Connection, command: str = "run") -> datetime | None:
    """When a run of that command last ended well."""
    rows = read_rows(
        con,
        "select max(finished_at) as moment from okr.runs where state = $succeeded and command = $command",
        {"succeeded": SUCCEEDED, "command": command},
    )
    moment = rows[0]["moment"]
    return moment if isinstance(moment, datetime) else None


def recent_runs(con: Connection, limit: int = 20) -> list[Run]:
    """Newest first."""
    rows = read_rows(con, "select * from okr.runs order by started_at desc, run_id desc limit $limit", {"limit": limit})
    return [Run(**{**row, "detail": json.loads(str(row["detail"]))}) for row in rows]
