"""What was reported, for readers who follow: from a place on, by day, and which days there are.

`seq` is the order in which snapshots were appended, so that whoever has seen everything up to one place asks for what came after it and
misses nothing, also not what a later run said of an earlier day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from okr_mappings.snapshot import Snapshot
from warehouse.engine import Connection
from warehouse.rows import read_rows
from warehouse.snapshot_rows import from_row


@dataclass(frozen=True, slots=True)
class Numbered:
    """A snapshot and its place in the order of appending."""

    seq: int
    snapshot: Snapshot


def snapshots_since(con: Connection, seq: int, limit: int, teams: Collection[str] | None = None) -> list[Numbered]:
    """The first `limit` after that place, of every cycle; of all teams, or of those."""
    rows = read_rows(
        con,
        "select * from okr.snapshots where seq > $seq"
        " and ($teams::varchar[] is null or team_id in (select unnest($teams::varchar[]))) order by seq limit $limit",
        {"seq": seq, "limit": limit, "teams": None if teams is None else sorted(teams)},
    )
    return [Numbered(int(str(row["seq"])), from_row(row)) for row in rows]


def reported_days(con: Connection, cycle_id: str) -> list[date]:
    """Every day of the cycle of which there is a report, oldest first."""
    rows = con.execute(
        "select distinct as_of from okr.progress_history where cycle_id = $cycle order by as_of", {"cycle": cycle_id}
    ).fetchall()
    return [day for (day,) in rows]


def reported_on(con: Connection, cycle_id: str, day: date) -> list[Snapshot]:
    """What stands as the report of that day, ordered by key result id."""
    rows = read_rows(
        con,
        "select * from okr.progress_history where cycle_id = $cycle and as_of = $day order by key_result_id",
        {"cycle": cycle_id, "day": day},
    )
    return [from_row(row) for row in rows]
