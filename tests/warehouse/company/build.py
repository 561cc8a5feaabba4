"""Puts the made-up company of raw.yml into the raw tables of a database, as the sources would have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import yaml

from warehouse.raw_tables import load_sources

FOLDER = Path(__file__).parent
TIME_ZONE, CURRENCY = "Europe/Budapest", "EUR"


def read_yaml(name: str) -> dict[str, Any]:
    data = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def insert_company(con: duckdb.DuckDBPyConnection) -> None:
    """Tables that the company has rows for; the others stay absent, as before a source's first load."""
    insert_more(con, "raw.yml")


def insert_more(con: duckdb.DuckDBPyConnection, file: str) -> None:
    """The rows of another file, into tables that are there or not."""
    sources = load_sources()
    for table, rows in read_yaml(file).items():
        schema, name = table.split(".")
        columns = sources[schema.removeprefix("raw_")].tables[name]
        con.execute(f"create schema if not exists {schema}")
        described = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        con.execute(f"create table if not exists {table} ({described}, _dlt_load_id varchar)")
        insert_rows(con, table, rows)


def insert_rows(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        con.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))
