"""Marts in memory, empty but for the rows that a test puts in; the product's own SQL answers questions about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.engine import Connection
from warehouse.errors import FixtureError
from warehouse.filters import read_marts
from warehouse.model_runner import transform

SCHEMA = "marts"


@contextmanager
def empty_marts(homes: Sequence[Path], time_zone: str, currency: str) -> Iterator[Connection]:
    """Every mart of every home, built from raw tables without rows; nothing outside can be reached from it."""
    with duckdb.connect(":memory:") as con:
        con.execute("set TimeZone = 'UTC'")
        transform(con, time_zone, currency, homes=homes)
        con.execute("set enable_external_access = false")
        yield con


def columns_of(con: Connection) -> dict[str, tuple[str, ...]]:
    """The marts by name, without their schema."""
    return {name.removeprefix(f"{SCHEMA}."): tuple(columns) for name, columns in read_marts(con, SCHEMA).items()}


@contextmanager
def rows_in(con: Connection, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> Iterator[None]:
    """The rows are there inside the block and gone after it. FixtureError names the row that does not fit its mart.

    No transaction: in DuckDB one failing query would end it, and every question after it would fail too.
    """
    try:
        for mart, each in rows.items():
            for number, row in enumerate(each):
                _insert(con, mart, number, row)
        yield
    finally:
        for mart in rows:
            con.execute(f'delete from {SCHEMA}."{mart}"')  # noqa: S608 - names were checked against the marts


def _insert(con: Connection, mart: str, number: int, row: Mapping[str, object]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    values = f"({names}) values ({marks})" if row else "default values"
    try:
        con.execute(f'insert into {SCHEMA}."{mart}" {values}', list(row.values()))
    except duckdb.Error as error:
        raise FixtureError(mart, number, str(error).partition("\n")[0]) from error
