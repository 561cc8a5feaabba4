"""A lost warehouse: what this product remembers comes back from the published copy, before a run could overwrite the last copy of it.

Facts come again from the vendors; reported numbers and frozen baselines do not. So when a warehouse has no schema `okr` (the file was
deleted, a disk was replaced) and a published copy lies beside it, the tables of `okr` are copied back: all of them or none, in one
transaction. Killed halfway, the next start finds no schema and begins again.

What the copy cannot give: what happened after it was published (deliveries of that run are due again, which their trackers take without
harm), and the fingerprints of rows. Days of evidence without their rows would make every row look added, so they stay away too.
A source's last load is history, but its rows are gone: each source counts as failed until it is loaded again, never as fresh over empty
tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from warehouse.engine import Connection
from warehouse.errors import WarehouseError
from warehouse.okr_schema import build_tables, create_schema, version_of
from warehouse.rows import read_count, read_one
from warehouse.transaction import transaction

_COPY = "remembered_copy"
_LOST = "the warehouse was lost and has not been filled from this source again"
# table -> the one without which it means nothing
_NEEDS = {"evidence_days": "evidence_rows"}


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came back; `last_day` is the newest day that was reported."""

    copy: Path
    snapshots: int
    baselines: int
    last_day: date | None

    @property
    def line(self) -> str:
        until = f", reported up to {self.last_day}" if self.last_day else ""
        return (
            f"the warehouse was lost: {self.snapshots:,} snapshots{until} and {self.baselines:,} frozen baselines"
            f" came back from {self.copy.name}"
        )


def ready_schema(con: Connection, published_path: Path, run_id: str, now: datetime) -> Recovered | None:
    """Bring `okr` to this program's version, out of the published copy where the warehouse has none. None when nothing was lost.

    Raises WarehouseError when the copy cannot be read: starting afresh would overwrite it.
    """
    recovered = None
    if not _has_schema(con) and published_path.exists():
        recovered = _recover(con, published_path, run_id, now)
    create_schema(con)
    return recovered


def _has_schema(con: Connection, database: str | None = None) -> bool:
    return bool(
        read_count(
            con,
            "select count(*) from duckdb_tables() where schema_name = 'okr' and table_name = 'schema_version'"
            " and database_name = coalesce($database, current_database())",
            {"database": database},
        )
    )


def _recover(con: Connection, copy: Path, run_id: str, now: datetime) -> Recovered | None:
    quoted = str(copy).replace("'", "''")
    try:
        con.execute(f"attach '{quoted}' as {_COPY} (read_only)")
        try:
            if not _has_schema(con, _COPY):
                return None
            with transaction(con):
                _copy_back(con)
                _mark_sources(con, run_id, now)
                return _told(con, copy)
        finally:
            con.execute(f"detach {_COPY}")
    except duckdb.Error as error:
        raise WarehouseError(
            f"{copy}: the warehouse is gone and this copy of what was reported cannot be read back:"
            f" {str(error).partition(chr(10))[0]}. Put a backup in its place, or move it away to start without a past."
        ) from error


def _copy_back(con: Connection) -> None:
    """In the copy's own version; the migrations of later versions follow as they would have."""
    con.execute("create schema if not exists okr")
    build_tables(con, version_of(con, f"{_COPY}.okr"))
    theirs, ours = _tables(con, _COPY), _tables(con, None)
    for name in sorted((theirs & ours) - {"schema_version"}):
        if _NEEDS.get(name, name) in theirs:
            # by name: CREATE TABLE AS has lost constraints, not columns; rowids keep the order of appending
            con.execute(f"insert into okr.{name} by name select * from {_COPY}.okr.{name}")  # noqa: S608 - our own tables


def _tables(con: Connection, database: str | None) -> set[str]:
    found = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'okr'"
        " and database_name = coalesce($database, current_database())",
        {"database": database},
    ).fetchall()
    return {str(name) for (name,) in found}


def _mark_sources(con: Connection, run_id: str, now: datetime) -> None:
    con.execute(
        "insert into okr.source_loads (run_id, source, started_at, finished_at, success, rows, requests, error, warnings)"
        " select distinct $run_id, source, $now, $now, false, 0, 0, source || ': ' || $why, '[]' from okr.source_loads",
        {"run_id": run_id, "now": now, "why": _LOST},
    )


def _told(con: Connection, copy: Path) -> Recovered:
    newest = (read_one(con, "select max(as_of) as day from okr.snapshots") or {}).get("day")
    return Recovered(
        copy,
        read_count(con, "select count(*) from okr.snapshots"),
        read_count(con, "select count(*) from okr.baselines"),
        newest if isinstance(newest, date) else None,
    )
