"""Free SQL on the published copy, for analysts: read-only, and every mistake of theirs is one plain message."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.engine import open_published
from warehouse.errors import WarehouseError


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as Python values, in the order of `columns`."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


def ask(published: Path, sql: str) -> Table:
    """WarehouseError with DuckDB's own words when the SQL is wrong."""
    with open_published(published) as con:
        try:
            cursor = con.execute(sql)
            return Table(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())
        except duckdb.Error as error:
            raise WarehouseError(f"the published database answered: {error}") from error
