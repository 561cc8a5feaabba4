"""Which records made a reported number change afterwards: rows added, removed or changed since it was reported.

With each snapshot the rows behind it are remembered as fingerprints (a key and a hash, nothing personal), only for the last
reported day of each key result. The next run asks for the rows of that same day again and compares. `okr.restatements` shows
the counts beside the old and the new value; the daily series alone can tell that a number moved, but not why.

A key result whose evidence has more than MOST_ROWS rows, or cannot be derived, is left out: its restatement shows values only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

import duckdb

from okr_mappings.questions import MetricQuestion
from warehouse.deadline import time_limit
from warehouse.engine import Connection
from warehouse.errors import MetricError
from warehouse.evidence import EvidencedMetric, evidence_query
from warehouse.execute import DEFAULT_SECONDS
from warehouse.filters import Marts
from warehouse.rows import Row, insert_rows, read_rows
from warehouse.transaction import transaction

MOST_ROWS = 20_000

Fingerprints = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Remembered:
    """The rows behind one key result's last reported value; `definition` names what was asked
    (SQL, filters): rows are compared only while it stays the same."""

    as_of: date
    definition: str
    rows: Fingerprints


@dataclass(frozen=True, slots=True)
class RowChanges:
    """What happened to the rows of one reported day since."""

    key_result_id: str
    day: date
    added: int
    removed: int
    changed: int

    @property
    def any(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def fingerprints(
    con: Connection,
    catalog: Mapping[str, EvidencedMetric],
    marts: Marts,
    question: MetricQuestion,
    *,
    seconds: float = DEFAULT_SECONDS,
) -> Fingerprints | None:
    """Hash by row key: the first evidence column and, where several rows share it, their number. None where there is no telling."""
    try:
        query = evidence_query(catalog, marts, question)
        with time_limit(con, seconds):
            rows = read_rows(con, _ROWS.format(query.sql, MOST_ROWS + 1), query.parameters)
    except (MetricError, duckdb.Error):
        return None
    if len(rows) > MOST_ROWS:
        return None
    seen: dict[str, int] = {}
    found = {}
    for row in rows:
        key = str(row["row_key"])
        seen[key] = seen.get(key, 0) + 1
        found[f"{key}#{seen[key]}"] = str(row["row_hash"])
    return found


# The alias renames the first column only.
_ROWS = """
select row_key, md5(cast(evidence as varchar)) as row_hash
from (
{}
) as evidence(row_key)
order by row_key, row_hash
limit {}
"""


def compare(key_result_id: str, before: Remembered, now: Fingerprints) -> RowChanges:
    common = before.rows.keys() & now.keys()
    return RowChanges(
        key_result_id,
        before.as_of,
        added=len(now.keys() - common),
        removed=len(before.rows.keys() - common),
        changed=sum(before.rows[key] != now[key] for key in common),
    )


def remembered(con: Connection, cycle_id: str) -> dict[str, Remembered]:
    """By key result id."""
    rows = read_rows(con, "select * from okr.evidence_rows where cycle_id = $cycle", {"cycle": cycle_id})
    found: dict[str, tuple[date, str, dict[str, str]]] = {}
    for row in rows:
        as_of = row["as_of"]
        assert isinstance(as_of, date)  # noqa: S101 - the column's type
        entry = found.setdefault(str(row["key_result_id"]), (as_of, str(row["definition"]), {}))
        if row["row_key"] is not None:
            entry[2][str(row["row_key"])] = str(row["row_hash"])
    return {key: Remembered(*entry) for key, entry in found.items()}


def remember(
    con: Connection,
    cycle_id: str,
    found: Mapping[str, Remembered],
    changes: Sequence[RowChanges],
    run_id: str,
    now: datetime,
) -> None:
    """Note what changed since the last report, and what this report rests on, in one transaction.

    A key result that is not in `found` keeps what is remembered of it. An empty set of rows is remembered too: as one row without a key.
    """
    rows: list[Row] = []
    for key, entry in found.items():
        about = {
            "cycle_id": cycle_id,
            "key_result_id": key,
            "as_of": entry.as_of,
            "definition": entry.definition,
            "run_id": run_id,
        }
        rows += [{**about, "row_key": row_key, "row_hash": row_hash} for row_key, row_hash in entry.rows.items()] or [
            about
        ]
    with transaction(con):
        con.execute(
            "delete from okr.evidence_rows where cycle_id = $cycle and key_result_id in (select unnest($keys))",
            {"cycle": cycle_id, "keys": list(found)},
        )
        insert_rows(con, "okr.evidence_rows", rows, _EVIDENCE_COLUMNS)
        detected = {"cycle_id": cycle_id, "run_id": run_id, "detected_at": now}
        insert_rows(
            con,
            "okr.row_changes",
            [{**asdict(change), **detected} for change in changes if change.any],
            _CHANGE_COLUMNS,
        )


_EVIDENCE_COLUMNS = {
    **dict.fromkeys(("cycle_id", "key_result_id", "definition", "row_key", "row_hash", "run_id"), "str"),
    "as_of": "date",
}
_CHANGE_COLUMNS = {
    **dict.fromkeys(("cycle_id", "key_result_id", "run_id"), "str"),
    **dict.fromkeys(("added", "removed", "changed"), "int"),
    "day": "date",
    "detected_at": "datetime",
}
