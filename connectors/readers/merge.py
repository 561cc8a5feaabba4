"""What a load replaces: always `merge` by `delete-insert`, with the rows to delete spelled out.

dlt keeps hints from run to run: a scope given once ("everything") would also rule the next load that brings ten rows, and
empty the table. So every resource states its scope on every run, one of the three below. Deleting and inserting happen in
one transaction, and within a load the newest row of a primary key stays, so no row is lost or doubled by a repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def replacing(condition: str) -> Any:
    """Rows for which the SQL `condition` holds make room for the loaded ones."""
    return {"disposition": "merge", "strategy": "delete-insert", "destination_scope": condition}


def replacing_everything() -> Any:
    """The table afterwards holds exactly what was loaded."""
    return replacing("1 = 1")


def replacing_same(key: Sequence[str]) -> Any:
    """Rows with the same `key` as a loaded row make room; the others stay."""
    return replacing(same_key(key))


def same_key(key: Sequence[str]) -> str:
    """SQL that holds for rows whose `key` is among the loaded ones."""
    if len(key) == 1:
        return f'"{key[0]}" IN (SELECT "{key[0]}" FROM {{staging_table}})'  # noqa: S608 - our own column names
    pairs = " AND ".join(f'loaded."{column}" = {{table}}."{column}"' for column in key)
    return f"EXISTS (SELECT 1 FROM {{staging_table}} AS loaded WHERE {pairs})"  # noqa: S608


def literal(value: str) -> str:
    """An SQL string, safe also against dlt's `format` placeholders."""
    return "'" + value.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"
