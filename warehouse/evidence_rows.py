"""Which rows stood behind a number when it was reported: their fingerprints, and what became of them since.

A fingerprint is a key (a column named so, else the texts and days of the row; numbered where rows share it) and a hash. Stored is not a
set per day but each row with the first and the last reported day that had it, so that a quarter of daily reports costs little more
than one. `okr.evidence_days` says of which days the rows are known.

A key result with more than `most_rows` rows, or without evidence, is left out: of its restatements only values are known.
Fingerprints travel as Arrow tables from the guarded connection, on which people's SQL runs, to the writing one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from okr_mappings.questions import MetricQuestion
from warehouse.deadline import time_limit
from warehouse.engine import Connection
from warehouse.errors import MetricError
from warehouse.evidence import EvidencedMetric, evidence_query
from warehouse.execute import BoundQuery
from warehouse.filters import Marts
from warehouse.rows import read_one, read_rows
from warehouse.transaction import transaction

MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class Remembered:
    """The rows behind one key result's value at `as_of`, under the definition that `value_hash` names."""

    key_result_id: str
    value_hash: str
    as_of: date
    rows: pa.Table


@dataclass(frozen=True, slots=True)
class RecordChanges:
    """What happened to the records of one reported day since: how many, and the keys of the first of each."""

    added: int
    removed: int
    changed: int
    keys: Mapping[str, Sequence[str]]


def fingerprints(
    con: Connection,
    catalog: Mapping[str, EvidencedMetric],
    marts: Marts,
    question: MetricQuestion,
    *,
    most_rows: int,
    seconds: float,
) -> pa.Table | None:
    """Columns row_key and row_hash. None where there are too many rows, or no telling which they are."""
    try:
        query = evidence_query(catalog, marts, question)
        metric = catalog.get(question.metric)
        columns = metric.spec.evidence_columns if question.sql is None and metric is not None else ()
        with time_limit(con, seconds):
            key = _quoted(columns[:1]) if columns and has_key(columns) else _key_of(con, query)
            rows = con.execute(_FINGERPRINTS.format(query.sql, most_rows + 1, key), query.parameters).fetchall()
    except (MetricError, duckdb.Error):
        return None
    if len(rows) > most_rows:
        return None
    return pa.table({
        "row_key": pa.array([key for key, _ in rows], pa.string()),
        "row_hash": pa.array([row_hash for _, row_hash in rows], pa.string()),
    })  # fmt: skip


def has_key(columns: Sequence[str]) -> bool:
    """Whether the first column names a record; else a row is told by its texts and days."""
    return columns[0].endswith(("_key", "_id"))


def _key_of(con: Connection, query: BoundQuery) -> str:
    """Every text and day where no column is a key by its name: `2026-11-10 · Organic Search`."""
    shape = con.sql(f"select * from (\n{query.sql}\n) limit 0", params=query.parameters)  # noqa: S608 - guarded
    if has_key(shape.columns):
        return _quoted(shape.columns[:1])
    kinds = zip(shape.columns, (str(kind) for kind in shape.types), strict=True)
    return _quoted([name for name, kind in kinds if kind in ("VARCHAR", "DATE")] or shape.columns[:1])


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join('"' + name.replace('"', '""') + '"' for name in columns)


_FINGERPRINTS = """
with evidence as (
    select * from (
{}
) limit {}
),
fingerprints as (
    select concat_ws(' · ', {}) as row_key, left(md5(cast(evidence as varchar)), 16) as row_hash from evidence
),
numbered as (
    select *, row_number() over (partition by row_key order by row_hash) as place from fingerprints
)
select if(place = 1, row_key, row_key || '#' || place) as row_key, row_hash from numbered
"""


def record_changes(
    con: Connection, cycle_id: str, key_result_id: str, value_hash: str, day: date, now: pa.Table
) -> RecordChanges | None:
    """The rows of `day` as they were reported against those behind it `now`; None when they were not remembered."""
    about = {"cycle": cycle_id, "key": key_result_id, "hash": value_hash, "day": day}
    if read_one(con, f"select 1 from okr.evidence_days where {_ABOUT} and as_of = $day", about) is None:  # noqa: S608
        return None
    con.register("rows_now", now)
    try:
        rows = read_rows(con, _COMPARE, about)
    finally:
        con.unregister("rows_now")
    counts = {str(row["what"]): int(str(row["count"])) for row in rows}
    keys = {str(row["what"]): list(row["keys"]) for row in rows if row["keys"]}  # type: ignore[call-overload]
    return RecordChanges(counts.get("added", 0), counts.get("removed", 0), counts.get("changed", 0), keys)


_ABOUT = "cycle_id = $cycle and key_result_id = $key and value_hash = $hash"
_COMPARE = f"""
with reported as (
    select row_key, row_hash from okr.evidence_rows
    where {_ABOUT} and first_as_of <= $day and (last_as_of is null or last_as_of >= $day)
),
compared as (
    select
        coalesce(reported.row_key, rows_now.row_key) as row_key,
        case when reported.row_key is null then 'added' when rows_now.row_key is null then 'removed' else 'changed' end as what
    from reported
    full outer join rows_now on rows_now.row_key = reported.row_key
    where reported.row_hash is distinct from rows_now.row_hash
)
select what, count(*) as count, list(row_key order by row_key)[1:{MOST_KEYS}] as keys from compared group by what
"""  # noqa: S608 - constants of this module


def remember(con: Connection, cycle_id: str, found: Sequence[Remembered]) -> None:
    """Note the rows of today's report. A day before the latest remembered one is left alone; the latest may be told again.

    All key results in five statements: one by one, 1,250 of them took ten seconds.
    """
    for day in sorted({each.as_of for each in found}):
        newest = _newest(con, cycle_id)
        told = [
            each
            for each in found
            if each.as_of == day and newest.get((each.key_result_id, each.value_hash), date.min) <= day
        ]
        if told:
            _remember(con, {"cycle": cycle_id, "day": day}, told)


def _newest(con: Connection, cycle_id: str) -> dict[tuple[str, str], date]:
    rows = con.execute(
        "select key_result_id, value_hash, max(as_of) from okr.evidence_days where cycle_id = $cycle group by all",
        {"cycle": cycle_id},
    ).fetchall()
    return {(key, value_hash): day for key, value_hash, day in rows}


def _remember(con: Connection, about: Mapping[str, object], told: Sequence[Remembered]) -> None:
    con.register("rows_now", pa.concat_tables([_named(each) for each in told]))
    con.register("told", pa.table({
        "key_result_id": [each.key_result_id for each in told],
        "value_hash": [each.value_hash for each in told],
        "rows": [each.rows.num_rows for each in told],
    }))  # fmt: skip
    try:
        with transaction(con):
            for statement in _REMEMBER:
                con.execute(statement, dict(about))
    finally:
        con.unregister("rows_now")
        con.unregister("told")


def _named(each: Remembered) -> pa.Table:
    """With the columns that tell whose rows they are."""
    count = each.rows.num_rows
    columns = {
        "key_result_id": pa.array([each.key_result_id] * count, pa.string()),
        "value_hash": pa.array([each.value_hash] * count, pa.string()),
        **{name: each.rows.column(name).cast(pa.string()) for name in ("row_key", "row_hash")},
    }
    return pa.table(columns)


_IS_TOLD = "cycle_id = $cycle and (key_result_id, value_hash) in (select (key_result_id, value_hash) from told)"
_ROW = "(key_result_id, value_hash, row_key, row_hash)"
# What left is closed on the reported day before this one, and what came in is opened; told again, this day's own rows go first.
_REMEMBER = (
    f"delete from okr.evidence_rows where {_IS_TOLD} and first_as_of = $day",  # noqa: S608 - constants of this module
    f"""
    update okr.evidence_rows as closed
    set last_as_of = (
        select max(as_of) from okr.evidence_days as days
        where days.cycle_id = closed.cycle_id and days.key_result_id = closed.key_result_id
            and days.value_hash = closed.value_hash and days.as_of < $day
    )
    where {_IS_TOLD} and last_as_of is null and {_ROW} not in (select {_ROW} from rows_now)
    """,  # noqa: S608
    f"""
    insert into okr.evidence_rows
    select $cycle, key_result_id, value_hash, row_key, row_hash, $day, null from rows_now
    where {_ROW} not in (select {_ROW} from okr.evidence_rows where {_IS_TOLD} and last_as_of is null)
    """,  # noqa: S608
    f"delete from okr.evidence_days where {_IS_TOLD} and as_of = $day",  # noqa: S608
    """
    insert into okr.evidence_days (cycle_id, key_result_id, value_hash, as_of, rows)
    select $cycle, key_result_id, value_hash, $day, rows from told
    """,
)
