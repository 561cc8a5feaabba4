"""Rows in and out of DuckDB.

In: many at once go through one Arrow table, because thousands of INSERT statements take seconds in DuckDB 2.0. Out: moments come back
with pytz's UTC, while the rest of the program compares with `datetime.UTC`. A result must be read to its end before the connection
does anything else (`ResourceInUseException`), hence `read_one` and no bare `fetchone`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from warehouse.engine import Connection

Row = Mapping[str, object]

_ARROW = {
    "date": pa.date32(),
    "datetime": pa.timestamp("us", "UTC"),
    "float": pa.float64(),
    "int": pa.int64(),
    "bool": pa.bool_(),
}


def arrow_table(rows: Sequence[Row], columns: Mapping[str, str]) -> pa.Table:
    """`columns` names each column's Python type; what is not a date, a moment, a number or a boolean is text."""
    schema = pa.schema([(name, _ARROW.get(kind, pa.string())) for name, kind in columns.items()])
    arrays = [pa.array([row.get(field.name) for row in rows], type=field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def insert_rows(con: Connection, table: str, rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    """`table` is a name written in this package, never one from outside."""
    if not rows:
        return
    con.register("incoming_rows", arrow_table(rows, columns))
    try:
        con.execute(f"insert into {table} by name select * from incoming_rows")  # noqa: S608
    finally:
        con.unregister("incoming_rows")


def read_rows(con: Connection, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, object]]:
    """All rows by column name, moments in UTC."""
    cursor = con.execute(sql, dict(parameters or {}))
    names = [column[0] for column in cursor.description or ()]
    return [{name: _utc(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _utc(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def read_one(con: Connection, sql: str, parameters: Mapping[str, object] | None = None) -> dict[str, object] | None:
    """The first row, or None."""
    rows = read_rows(con, sql, parameters)
    return rows[0] if rows else None


def read_count(con: Connection, sql: str, parameters: Mapping[str, object] | None = None) -> int:
    """The first column of the first row as a whole number; 0 where there is none."""
    row = read_one(con, sql, parameters)
    return int(str(next(iter(row.values())))) if row else 0
