"""Reading and appending snapshots. What was reported is never rewritten; appending also fills the outbox, all in one transaction.

A snapshot whose content equals the latest stored one of the same (cycle, key result, as_of) is skipped, so a run may be repeated.
The outbox is looked at all the same: a tracker that was set up since then still gets what was stored before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from okr_mappings.snapshot import OBSERVED, DayValue, Snapshot
from okr_mappings.words import Status
from warehouse.delivery_store import Queued, queue_deliveries
from warehouse.engine import Connection
from warehouse.rows import Row, insert_rows, read_count, read_rows
from warehouse.snapshot_rows import content_name, from_row, snapshot_columns, to_row
from warehouse.transaction import transaction

_EXTRA = {"seq": "int", "content_hash": "str"}


@dataclass(frozen=True, slots=True)
class Appended:
    """How many snapshots were new, how many were already known, and how many deliveries they gave rise to."""

    appended: int
    unchanged: int
    queued: int


@dataclass(frozen=True, slots=True)
class LastGood:
    """The newest value that rested on complete data."""

    value: float
    as_of: date


@dataclass(frozen=True, slots=True)
class _Stored:
    snapshot: Snapshot
    seq: int
    content: str
    is_new: bool


def append_snapshots(
    con: Connection, snapshots: Sequence[Snapshot], trackers: Collection[str], now: datetime
) -> Appended:
    """Store what is new and queue it for every tracker, or nothing at all."""
    with transaction(con):
        stored = _number(con, snapshots)
        new = [item for item in stored if item.is_new]
        _insert(con, new)
        queued = queue_deliveries(con, [Queued(item.snapshot, item.seq) for item in stored], trackers, now)
    return Appended(len(new), len(stored) - len(new), queued)


def latest(con: Connection, cycle_id: str) -> list[Snapshot]:
    """The newest snapshot of every key result of the cycle, ordered by key result id."""
    return _read(con, "select * from okr.progress where cycle_id = $cycle order by key_result_id", {"cycle": cycle_id})


def history(con: Connection, cycle_id: str, key_result_id: str | None = None) -> list[Snapshot]:
    """As reported: the newest snapshot per day, oldest day first; of one key result or of all."""
    return _read(
        con,
        "select * from okr.progress_history where cycle_id = $cycle and ($key is null or key_result_id = $key)"
        " order by key_result_id, as_of",
        {"cycle": cycle_id, "key": key_result_id},
    )


def last_good(con: Connection, cycle_id: str, as_of: date) -> dict[str, LastGood]:
    """Per key result the newest value up to `as_of` that a run observed and that was neither stale nor missing nor an error.

    The day itself counts: a source that fails at noon does not take away what the morning's run saw.
    """
    rows = con.execute(
        "select key_result_id, value, as_of from okr.snapshots"
        " where cycle_id = $cycle and as_of <= $as_of and value is not null and error = '' and status not in ($stale, $no_data)"
        " and observation = $observed"
        " qualify row_number() over (partition by key_result_id order by as_of desc, seq desc) = 1",
        {
            "cycle": cycle_id,
            "as_of": as_of,
            "stale": str(Status.STALE),
            "no_data": str(Status.NO_DATA),
            "observed": OBSERVED,
        },
    ).fetchall()
    return {str(key): LastGood(float(value), day) for key, value, day in rows}


def replace_daily_values(con: Connection, cycle_id: str, series: Mapping[str, Sequence[DayValue]], run_id: str) -> None:
    """The reconstructed daily series of a cycle; the previous run's is dropped, reported snapshots stay."""
    columns = {"cycle_id": "str", "key_result_id": "str", "day": "date", "value": "float", "run_id": "str"}
    rows: list[Row] = [
        {"cycle_id": cycle_id, "key_result_id": key, "day": point.day, "value": point.value, "run_id": run_id}
        for key, points in series.items()
        for point in points
    ]
    with transaction(con):
        con.execute("delete from okr.daily_values where cycle_id = $cycle", {"cycle": cycle_id})
        insert_rows(con, "okr.daily_values", rows, columns)


def daily_values(con: Connection, cycle_id: str) -> dict[str, tuple[DayValue, ...]]:
    """Per key result its reconstructed values, oldest day first."""
    rows = con.execute(
        "select key_result_id, day, value from okr.daily_values where cycle_id = $cycle order by key_result_id, day",
        {"cycle": cycle_id},
    ).fetchall()
    series: dict[str, list[DayValue]] = {}
    for key, day, value in rows:
        series.setdefault(key, []).append(DayValue(day, value))
    return {key: tuple(points) for key, points in series.items()}


def _number(con: Connection, snapshots: Sequence[Snapshot]) -> list[_Stored]:
    """Each snapshot with its place in the order of appending: a new one, or that of the equal one already stored."""
    known = _latest_contents(con, {(snapshot.cycle_id, snapshot.as_of) for snapshot in snapshots})
    seq = read_count(con, "select coalesce(max(seq), 0) from okr.snapshots")
    stored = []
    for snapshot in snapshots:
        key = (snapshot.cycle_id, snapshot.key_result_id, snapshot.as_of)
        content = content_name(snapshot)
        known_content, known_seq = known.get(key, ("", 0))
        is_new = content != known_content
        if is_new:
            seq += 1
            known[key] = (content, seq)
        stored.append(_Stored(snapshot, seq if is_new else known_seq, content, is_new))
    return stored


def _latest_contents(con: Connection, days: set[tuple[str, date]]) -> dict[tuple[str, str, date], tuple[str, int]]:
    known: dict[tuple[str, str, date], tuple[str, int]] = {}
    for cycle_id, as_of in days:
        rows = con.execute(
            "select key_result_id, content_hash, seq from okr.progress_history where cycle_id = $cycle and as_of = $as_of",
            {"cycle": cycle_id, "as_of": as_of},
        ).fetchall()
        known.update({(cycle_id, key, as_of): (content, seq) for key, content, seq in rows})
    return known


def _insert(con: Connection, new: Sequence[_Stored]) -> None:
    rows = [{**to_row(item.snapshot), "seq": item.seq, "content_hash": item.content} for item in new]
    insert_rows(con, "okr.snapshots", rows, {**snapshot_columns(), **_EXTRA})


def _read(con: Connection, sql: str, parameters: Mapping[str, object]) -> list[Snapshot]:
    return [from_row(row) for row in read_rows(con, sql, parameters)]
