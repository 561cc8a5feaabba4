"""What each key result meant, and since when: definitions as runs met them, and the fields that changed between two of them.

A definition is stored when it differs from the one stored last, so going back to an old one is a change like any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from okr_mappings.definition import Definition, field_changes
from okr_mappings.document import Plain
from warehouse.engine import Connection
from warehouse.rows import Row, insert_rows, read_count, read_rows
from warehouse.transaction import transaction


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition as one run met it; `as_of` is the first day that counted under it."""

    key_result_id: str
    title: str
    definition: Definition
    mapping_hash: str
    sql_hash: str
    mapping_path: str
    mapping_line: int
    as_of: date


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    key_result_id: str
    definition: Definition
    mapping_hash: str
    sql_hash: str
    as_of: date


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """One field, dated; `as_of` is the first day that counts under the new definition."""

    cycle_id: str
    key_result_id: str
    title: str
    as_of: date
    field: str
    old: str
    new: str
    old_definition: str
    new_definition: str
    mapping_path: str
    mapping_line: int
    run_id: str
    detected_at: datetime


def record_definitions(con: Connection, cycle_id: str, found: Sequence[Defined], run_id: str, now: datetime) -> int:
    """Store what is new and the changes against what was there; returns how many definitions changed."""
    known = {each.key_result_id: each for each in definitions(con, cycle_id)}  # the last one per key result stays
    new = [each for each in found if _hash_of(known.get(each.key_result_id)) != each.definition.definition_hash]
    about: dict[str, object] = {"cycle_id": cycle_id, "run_id": run_id}
    changes = [row for each in new for row in _changes(known.get(each.key_result_id), each)]
    with transaction(con):
        _append(con, "definitions", [{**about, **_row(each), "first_seen_at": now} for each in new], _DEFINITION)
        _append(con, "definition_changes", [{**about, **row, "detected_at": now} for row in changes], _CHANGE)
    return len({row["key_result_id"] for row in changes})


def definitions(con: Connection, cycle_id: str, key_result_id: str | None = None) -> list[StoredDefinition]:
    """Oldest first."""
    rows = read_rows(
        con,
        "select * from okr.definitions where cycle_id = $cycle and ($key is null or key_result_id = $key) order by seq",
        {"cycle": cycle_id, "key": key_result_id},
    )
    return [_stored(row) for row in rows]


def definition_changes(
    con: Connection, cycle_id: str | None = None, key_result_id: str | None = None
) -> list[DefinitionChange]:
    """Oldest first; of one cycle or of all."""
    rows = read_rows(
        con,
        "select * exclude (seq) from okr.definition_changes where ($cycle is null or cycle_id = $cycle)"
        " and ($key is null or key_result_id = $key) order by seq",
        {"cycle": cycle_id, "key": key_result_id},
    )
    return [DefinitionChange(**row) for row in rows]  # type: ignore[arg-type]


def _hash_of(stored: StoredDefinition | None) -> str:
    return stored.definition.definition_hash if stored else ""


def _row(defined: Defined) -> dict[str, object]:
    return {
        "key_result_id": defined.key_result_id,
        "definition_hash": defined.definition.definition_hash,
        "value_hash": defined.definition.value_hash,
        "mapping_hash": defined.mapping_hash,
        "sql_hash": defined.sql_hash,
        "content": json.dumps(defined.definition.content, ensure_ascii=False),
        "as_of": defined.as_of,
    }


def _changes(old: StoredDefinition | None, new: Defined) -> list[dict[str, object]]:
    if old is None:
        return []
    about = {
        "key_result_id": new.key_result_id,
        "title": new.title,
        "as_of": new.as_of,
        "old_definition": old.definition.definition_hash,
        "new_definition": new.definition.definition_hash,
        "mapping_path": new.mapping_path,
        "mapping_line": new.mapping_line,
    }
    fields = field_changes(old.definition.content, new.definition.content)
    return [{**about, "field": each.field, "old": each.old, "new": each.new} for each in fields]


def _append(con: Connection, table: str, rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    seq = read_count(con, f"select coalesce(max(seq), 0) from okr.{table}")  # noqa: S608 - one of two names above
    numbered = [{**row, "seq": seq + place} for place, row in enumerate(rows, start=1)]
    insert_rows(con, f"okr.{table}", numbered, {**columns, "seq": "int"})


def _stored(row: Row) -> StoredDefinition:
    content: dict[str, Plain] = json.loads(str(row["content"]))
    as_of = row["as_of"]
    assert isinstance(as_of, date)  # noqa: S101 - the column's type
    return StoredDefinition(
        str(row["key_result_id"]),
        Definition(content, str(row["definition_hash"]), str(row["value_hash"])),
        str(row["mapping_hash"]),
        str(row["sql_hash"]),
        as_of,
    )


_TEXT = ("cycle_id", "key_result_id", "run_id")
_DEFINITION = {
    **dict.fromkeys((*_TEXT, "definition_hash", "value_hash", "mapping_hash", "sql_hash", "content"), "str"),
    "as_of": "date",
    "first_seen_at": "datetime",
}
_CHANGE = {
    **dict.fromkeys(
        (*_TEXT, "title", "field", "old", "new", "old_definition", "new_definition", "mapping_path"), "str"
    ),
    "as_of": "date",
    "mapping_line": "int",
    "detected_at": "datetime",
}
