"""What the models expect of the raw tables, and what they read where a raw table is absent or short of a column.

`models/staging/_sources.yml` declares per source how old its data may be and which columns staging reads. A source that was
never loaded has no tables at all; a column that the vendor added later is not there yet. So that models always build, such a
reference is replaced, inside the staging view only, by a subquery in which what is missing is null (and, where the whole table
is missing, there are no rows). Nothing is ever created in a raw schema: that is dlt's. The next transform after the table has
appeared reads it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import duckdb
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationInfo, field_validator
from sqlglot import exp, parse_one

from warehouse.model_files import PACKAGED
from warehouse.yaml_lines import load_yaml


@dataclass(frozen=True, slots=True)
class SourceDeclaration:
    """One source: how people call it, when its data is late or stale, how long it keeps moving, and the columns read.

    `tables` maps a raw table to its columns and their DuckDB types. `ages` holds (warn_after, error_after) of tables that arrive
    more rarely than the source as a whole: a monthly report is not late after two days.
    """

    name: str
    label: str
    warn_after: timedelta
    error_after: timedelta
    settle: timedelta
    tables: dict[str, dict[str, str]]
    ages: dict[str, tuple[timedelta, timedelta]] = field(default_factory=dict)


_Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")]
# as DuckDB itself writes them, so that a declared type can be compared with the table's
_TYPES = r"varchar|boolean|integer|bigint|double|date|timestamp|timestamp with time zone|decimal\(\d+,\d+\)"
_Type = Annotated[str, Field(pattern=f"^({_TYPES})$")]


class _Ages(BaseModel):
    model_config = ConfigDict(extra="forbid")

    warn_after_hours: float = Field(gt=0)
    error_after_hours: float = Field(gt=0)


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: str
    warn_after_hours: float = Field(gt=0)
    error_after_hours: float = Field(gt=0)
    settle_hours: float = Field(ge=0)
    ages: dict[_Name, _Ages] = {}
    tables: dict[_Name, dict[_Name, _Type]]

    @field_validator("error_after_hours")
    @classmethod
    def _late_comes_before_stale(cls, hours: float, info: ValidationInfo) -> float:
        if hours < info.data.get("warn_after_hours", 0):
            raise ValueError("must not be less than warn_after_hours")
        return hours


_SOURCES = TypeAdapter(dict[_Name, _Source])


def load_sources(homes: Sequence[Path] = PACKAGED) -> dict[str, SourceDeclaration]:
    """Every declared source by name; DescriptionError names every mistake with its line.

    A later home may add tables, with ages of their own, to a source that an earlier one declares; what that one says of itself holds.
    """
    sources: dict[str, SourceDeclaration] = {}
    for path in (home / "models" / "staging" / "_sources.yml" for home in homes):
        for name, source in load_yaml(path, _SOURCES).items() if path.exists() else ():
            added = _declaration(name, source)
            known = sources.get(name)
            sources[name] = _extended(known, added) if known else added
    return sources


def _extended(known: SourceDeclaration, added: SourceDeclaration) -> SourceDeclaration:
    ages = {table: age for table, age in added.ages.items() if table not in known.tables}
    return replace(known, tables={**known.tables, **added.tables}, ages={**known.ages, **ages})


def _declaration(name: str, source: _Source) -> SourceDeclaration:
    return SourceDeclaration(
        name=name,
        label=source.label,
        warn_after=timedelta(hours=source.warn_after_hours),
        error_after=timedelta(hours=source.error_after_hours),
        settle=timedelta(hours=source.settle_hours),
        tables=source.tables,
        ages={
            table: (timedelta(hours=age.warn_after_hours), timedelta(hours=age.error_after_hours))
            for table, age in source.ages.items()
        },
    )


class RawTables:
    """The raw tables of one database beside what is declared; rewrites the SQL of staging models where they differ."""

    def __init__(self, con: duckdb.DuckDBPyConnection, sources: dict[str, SourceDeclaration]) -> None:
        self._declared = {
            f"raw_{source.name}.{table}": columns
            for source in sources.values()
            for table, columns in source.tables.items()
        }
        self._actual = _columns_in(con)

    def complete(self, sql: str, reads: frozenset[str]) -> str:
        """`sql` itself when every raw table it reads is as declared; else the same with stand-ins."""
        short = {
            name: columns for name, columns in self._declared.items() if name in reads and not self._is_complete(name)
        }
        if not short:
            return sql
        tree = parse_one(sql, dialect="duckdb")
        for table in list(tree.find_all(exp.Table)):
            name = f"{table.db}.{table.name}"
            if name in short:
                stand_in = parse_one(self._stand_in(name), dialect="duckdb", into=exp.Select)
                table.replace(stand_in.subquery(table.alias_or_name))
        return tree.sql(dialect="duckdb", pretty=True)

    def _is_complete(self, name: str) -> bool:
        actual = self._actual.get(name, {})
        return all(actual.get(column) == type_ for column, type_ in self._declared[name].items())

    def _stand_in(self, name: str) -> str:
        actual = self._actual.get(name)
        columns = ", ".join(
            _column(column, type_, (actual or {}).get(column)) for column, type_ in self._declared[name].items()
        )
        rows = f"from {name}" if actual else "where false"
        return f"select {columns} {rows}"


def _column(name: str, declared: str, actual: str | None) -> str:
    if actual is None:
        return f'cast(null as {declared}) as "{name}"'
    if actual == declared:
        return f'"{name}"'
    # a naive timestamp is UTC everywhere in this product, whatever the session's time zone says
    zone = " at time zone 'UTC'" if (declared, actual) == ("timestamp with time zone", "timestamp") else ""
    return f'cast("{name}"{zone} as {declared}) as "{name}"'


def _columns_in(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    rows = con.execute(
        "select schema_name || '.' || table_name, column_name, lower(data_type) from duckdb_columns()"
        " where starts_with(schema_name, 'raw_') and database_name = current_database()"
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, type_ in rows:
        tables.setdefault(table, {})[column] = type_
    return tables
