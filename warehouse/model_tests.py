"""Unit tests of models, written as rows: what is given to the tables a model reads, and what must come out.

`models/tests/<model>.yml` in any home. `python -m warehouse.model_tests` runs them all. The model's own SQL text runs, on an
in-memory database in which every model exists and is empty; a test fills some tables and is rolled back afterwards. Columns that a
given row leaves out are null, and only the columns that the expected rows name are compared, in any order of rows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from warehouse.macros import install_macros
from warehouse.model_files import LAYERS, PACKAGED, Model, load_models
from warehouse.model_runner import build_models
from warehouse.raw_tables import RawTables, SourceDeclaration, load_sources
from warehouse.yaml_lines import line_of_text, load_yaml

TIME_ZONE, CURRENCY = "Europe/Budapest", "EUR"
APP_URLS = {"hubspot": "https://crm.example"}

Row = Mapping[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Case(_Strict):
    name: str
    given: dict[str, tuple[dict[str, Any], ...]]
    expect: tuple[dict[str, Any], ...]


class _File(_Strict):
    model: str
    tests: tuple[_Case, ...] = Field(min_length=1)


_TESTS_FILE = TypeAdapter(_File)


@dataclass(frozen=True, slots=True)
class ModelTest:
    """One test: `given` maps `schema.table` to rows; `where` is `file:line`."""

    model: str
    name: str
    given: Mapping[str, Sequence[Row]]
    expect: Sequence[Row]
    where: str


def load_model_tests(homes: Sequence[Path] = PACKAGED) -> list[ModelTest]:
    """Every test of every home; DescriptionError names what is wrong in a file."""
    paths = [path for home in homes for path in sorted((home / "models" / "tests").glob("*.yml"))]
    return [test for path in paths for test in _tests_in(path)]


def empty_warehouse(homes: Sequence[Path] = PACKAGED) -> tuple[duckdb.DuckDBPyConnection, dict[str, Model]]:
    """An in-memory database with every raw table and every model, all without rows."""
    con = duckdb.connect()
    models, sources = load_models(homes), load_sources(homes)
    for schema in LAYERS:
        con.execute(f"create schema {schema}")
    for source in sources.values():
        _create_raw_tables(con, source)
    install_macros(con, TIME_ZONE, CURRENCY, APP_URLS)
    build_models(con, models, RawTables(con, sources))
    return con, models


def run_model_test(con: duckdb.DuckDBPyConnection, model: Model, test: ModelTest) -> list[str]:
    """What differs, one line per row; nothing when the test passes. `con` comes from `empty_warehouse` and stays as it was."""
    con.execute("begin transaction")
    try:
        for table, rows in test.given.items():
            _fill(con, table, rows)
        con.execute(f"create temp table actual as {model.sql}")
        return list(_differences(con, test.expect))
    except duckdb.Error as error:
        return [str(error)]
    finally:
        con.execute("rollback")


def _create_raw_tables(con: duckdb.DuckDBPyConnection, source: SourceDeclaration) -> None:
    con.execute(f"create schema raw_{source.name}")
    for table, columns in source.tables.items():
        described = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        con.execute(f"create table raw_{source.name}.{table} ({described})")


def _fill(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    """Put a table with these rows in the place of the (empty) view or table."""
    con.execute(f"create or replace temp table shape as from {table} limit 0")
    kind = "table" if table.startswith(("raw_", "marts.")) else "view"
    con.execute(f"drop {kind} {table}")
    con.execute(f"create table {table} as from shape")
    _insert(con, table, rows)


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        con.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))  # noqa: S608 - our own YAML


def _differences(con: duckdb.DuckDBPyConnection, expect: Sequence[Row]) -> Iterator[str]:
    columns = list(dict.fromkeys(name for row in expect for name in row)) or ["*"]
    names = ", ".join(columns)
    con.execute(f"create temp table expected as select {names} from actual limit 0")  # noqa: S608 - our own YAML
    _insert(con, "expected", expect)
    for label, left, right in (("missing", "expected", "actual"), ("unexpected", "actual", "expected")):
        cursor = con.execute(f"select {names} from {left} except all select {names} from {right} order by all")  # noqa: S608
        found = [column[0] for column in cursor.description or ()]
        for row in cursor.fetchall():
            yield f"{label}: {', '.join(f'{name}={value!r}' for name, value in zip(found, row, strict=True))}"


def _tests_in(path: Path) -> Iterator[ModelTest]:
    file = load_yaml(path, _TESTS_FILE)
    for case in file.tests:
        yield ModelTest(
            file.model, case.name, case.given, case.expect, f"{path}:{line_of_text(path, f'name: {case.name}')}"
        )


def main(arguments: Sequence[str]) -> int:
    """Run every test of the package and of the homes named; 1 when one fails."""
    homes = (*PACKAGED, *map(Path, arguments))
    con, models = empty_warehouse(homes)
    tests = load_model_tests(homes)
    failed = 0
    for test in tests:
        if differences := run_model_test(con, models[test.model], test):
            failed += 1
            sys.stdout.write("\n  ".join([f"{test.where}: {test.model}: {test.name}", *differences]) + "\n")
    sys.stdout.write(f"{len(tests) - failed} of {len(tests)} model tests passed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
