"""What was reported and is another number now: an append-only log, one row each time a day's number moved again.

`okr.restatements` shows each day's last entry while it differs from the report. A day that came back is logged with a difference of 0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from okr_mappings.restated import ReportedDay, RestatedDay, RestatedDays, summary
from okr_mappings.snapshot import OBSERVED
from warehouse.engine import Connection
from warehouse.evidence_rows import RecordChanges
from warehouse.rows import insert_rows, read_count, read_rows
from warehouse.transaction import transaction

VALUE, BASELINE = "value", "baseline"


@dataclass(frozen=True, slots=True)
class ReportedValue:
    """A reported day and what it was reported under."""

    key_result_id: str
    day: ReportedDay
    mapping_hash: str
    sql_hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One number that moved; `records` is None where the rows of that day were not remembered or not compared."""

    key_result_id: str
    what: str
    restated: RestatedDay
    records: RecordChanges | None = None


@dataclass(frozen=True, slots=True)
class Restatement:
    """One line of `okr.restatements`."""

    cycle_id: str
    key_result_id: str
    title: str
    what: str
    day: date
    unit: str
    reported_value: float
    value_now: float | None
    difference: float | None
    was_provisional: bool
    records_added: int | None
    records_removed: int | None
    records_changed: int | None
    records: Mapping[str, Sequence[str]]
    first_run_id: str
    first_seen_at: datetime
    last_run_id: str
    last_seen_at: datetime


def reported_values(con: Connection, cycle_id: str, before: date) -> list[ReportedValue]:
    """Of every observed day before `before` that was reported with a number, the latest report."""
    rows = con.execute(
        "select key_result_id, as_of, value, snapshot_id, provisional, mapping_hash, sql_hash from okr.progress_history"
        " where cycle_id = $cycle and as_of < $before and value is not null and observation = $observed"
        " order by key_result_id, as_of",
        {"cycle": cycle_id, "before": before, "observed": OBSERVED},
    ).fetchall()
    return [
        ReportedValue(key, ReportedDay(day, value, snapshot_id, provisional), mapping_hash, sql_hash)
        for key, day, value, snapshot_id, provisional, mapping_hash, sql_hash in rows
    ]


def last_known(con: Connection, cycle_id: str) -> dict[tuple[str, str, date, str], float | None]:
    """By key result, what, day and the report it is measured against: the number that was logged last."""
    rows = con.execute(
        "select key_result_id, what, day, snapshot_id, value_now from okr.restatement_log where cycle_id = $cycle order by seq",
        {"cycle": cycle_id},
    ).fetchall()
    return {(key, what, day, snapshot_id): value for key, what, day, snapshot_id, value in rows}


def log_restatements(con: Connection, cycle_id: str, entries: Sequence[Entry], run_id: str, now: datetime) -> None:
    seq = read_count(con, "select coalesce(max(seq), 0) from okr.restatement_log")
    about = {"cycle_id": cycle_id, "run_id": run_id, "detected_at": now}
    rows = [{**about, "seq": seq + place, **_row(entry)} for place, entry in enumerate(entries, start=1)]
    with transaction(con):
        insert_rows(con, "okr.restatement_log", rows, _COLUMNS)


def restatements(con: Connection, cycle_id: str, key_result_id: str | None = None) -> list[Restatement]:
    """What differs now, by key result, oldest day first."""
    rows = read_rows(
        con,
        "select * from okr.restatements where cycle_id = $cycle and ($key is null or key_result_id = $key)"
        " order by key_result_id, day",
        {"cycle": cycle_id, "key": key_result_id},
    )
    found = [{**row, "title": row["title"] or "", "unit": row["unit"] or ""} for row in rows]
    return [Restatement(**{**row, "records": json.loads(str(row["records"] or "{}"))}) for row in found]


def restated_days(con: Connection, cycle_id: str) -> dict[str, RestatedDays]:
    """Per key result, for those that have any."""
    found: dict[str, list[tuple[float | None, bool]]] = {}
    for each in restatements(con, cycle_id):
        if each.what == VALUE:
            found.setdefault(each.key_result_id, []).append((each.difference, each.was_provisional))
    return {key: summary(days) for key, days in found.items()}


def _row(entry: Entry) -> dict[str, object]:
    restated, records = entry.restated, entry.records
    return {
        "key_result_id": entry.key_result_id,
        "what": entry.what,
        "day": restated.reported.day,
        "snapshot_id": restated.reported.snapshot_id,
        "reported_value": restated.reported.value,
        "was_provisional": restated.reported.provisional,
        "value_now": restated.now,
        "difference": restated.difference,
        "records_added": records.added if records else None,
        "records_removed": records.removed if records else None,
        "records_changed": records.changed if records else None,
        "records": json.dumps(records.keys, ensure_ascii=False) if records else None,
    }


_COLUMNS = {
    **dict.fromkeys(("cycle_id", "key_result_id", "what", "snapshot_id", "records", "run_id"), "str"),
    **dict.fromkeys(("seq", "records_added", "records_removed", "records_changed"), "int"),
    **dict.fromkeys(("reported_value", "value_now", "difference"), "float"),
    "was_provisional": "bool",
    "day": "date",
    "detected_at": "datetime",
}
