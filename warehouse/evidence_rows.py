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
        with time_limit(con, seconds):
            evidence = con.sql(f"select * from (\n{query.sql}\n) limit {most_rows + 1}", params=query.parameters)  # noqa: S608 - guarded
            rows = _table(evidence.query("evidence", _FINGERPRINTS.format(_key_of(evidence))))
    except (MetricError, duckdb.Error):
        return None
    return rows if rows.num_rows <= most_rows else None


def _table(relation: duckdb.DuckDBPyRelation | None) -> pa.Table:
    assert relation is not None  # noqa: S101 - only for statements that are no queries
    return relation.to_arrow_table()


def has_key(columns: Sequence[str]) -> bool:
    """Whether the first column names a record; else a row is told by its texts and days."""
    return columns[0].endswith(("_key", "_id"))


def _key_of(evidence: duckdb.DuckDBPyRelation) -> str:
    """The first column where it is a key by its name, else every text and day: `2026-11-10 · Organic Search`."""
    named = list(zip(evidence.columns, (str(kind) for kind in evidence.types), strict=True))
    first = named[:1]
    told = first if has_key(evidence.columns) else [each for each in named if each[1] in ("VARCHAR", "DATE")] or first
    listed = ", ".join('"' + name.replace('"', '""') + '"' for name, _ in told)
    return f"concat_ws(' · ', {listed})"


_FINGERPRINTS = """
with fingerprints as (
    select {} as row_key, left(md5(cast(evidence as varchar)), 16) as row_hash from evidence
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
    """Note the rows of today's report. A day before the latest remembered one is left alone; the latest may be told again."""
    with transaction(con):
        for each in found:
            about: dict[str, object] = {"cycle": cycle_id, "key": each.key_result_id, "hash": each.value_hash}
            newest = read_one(con, f"select max(as_of) as day from okr.evidence_days where {_ABOUT}", about)  # noqa: S608
            last = newest["day"] if newest else None
            if isinstance(last, date) and last > each.as_of:
                continue
            _remember_one(con, {**about, "day": each.as_of}, each)


def _remember_one(con: Connection, about: Mapping[str, object], each: Remembered) -> None:
    con.register("rows_now", each.rows)
    try:
        for statement in _REMEMBER:
            con.execute(statement, {name: value for name, value in about.items() if f"${name}" in statement})
    finally:
        con.unregister("rows_now")


# What left is closed on the reported day before this one, and what came in is opened; told again, this day's own rows go first.
_REMEMBER = (  # S608: constants of this module
    f"delete from okr.evidence_rows where {_ABOUT} and first_as_of = $day",  # noqa: S608
    f"""
    update okr.evidence_rows set last_as_of = (select max(as_of) from okr.evidence_days where {_ABOUT} and as_of < $day)
    where {_ABOUT} and last_as_of is null
        and (row_key, row_hash) not in (select (row_key, row_hash) from rows_now)
    """,  # noqa: S608
    f"""
    insert into okr.evidence_rows
    select $cycle, $key, $hash, rows_now.row_key, rows_now.row_hash, $day, null from rows_now
    where (row_key, row_hash) not in (
        select (row_key, row_hash) from okr.evidence_rows where {_ABOUT} and last_as_of is null
    )
    """,  # noqa: S608
    f"delete from okr.evidence_days where {_ABOUT} and as_of = $day",  # noqa: S608
    "insert into okr.evidence_days select $cycle, $key, $hash, $day, count(*) from rows_now",
)
