"""The transform: raw tables -> staging -> intermediate -> marts, with the shared functions and the metrics, in ONE transaction.

Whoever is killed in the middle, or breaks a check at the end, leaves the database as it was. Models that are no longer on disk
are dropped. Descriptions become comments of the tables and columns, so that they travel with the published copy.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.catalog import install_metrics, load_catalog
from warehouse.checks import CheckResult, raise_if_broken, run_checks
from warehouse.errors import ModelError
from warehouse.macros import install_macros
from warehouse.model_files import LAYERS, PACKAGED, Model, load_models
from warehouse.raw_tables import RawTables, load_sources

SCHEMAS = (*LAYERS, "metrics")


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """One model as it was built; `rows` is None for a view, which holds none."""

    name: str
    kind: str
    rows: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class TransformResult:
    """What a transform built and found. `checks` has every promise that was looked at, broken warnings included."""

    models: tuple[BuiltModel, ...]
    checks: tuple[CheckResult, ...]
    metrics: tuple[str, ...]
    dropped: tuple[str, ...]
    seconds: float

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        return tuple(check for check in self.checks if check.broken)


def transform(
    con: duckdb.DuckDBPyConnection,
    time_zone: str,
    currency: str,
    *,
    app_urls: Mapping[str, str] | None = None,
    homes: Sequence[Path] = PACKAGED,
    on_model: Callable[[str, int, int], None] | None = None,
) -> TransformResult:
    """Rebuild everything from what is in the raw tables; running it twice changes nothing.

    `con` must be a writing connection outside a transaction. `app_urls` maps a source to where its record pages live
    (`{"hubspot": "https://app.hubspot.com/contacts/<account id>"}`); without it the marts' record links are null.
    `homes` are folders with `models/` and `metrics/`, the package's own first. `on_model(name, number, of)` is told before
    each model. Raises DescriptionError, ModelError or CheckError; then nothing has changed.
    """
    started = time.perf_counter()
    models = load_models(homes)
    catalog = load_catalog(homes=homes, models=models, currency=currency)
    con.execute("begin transaction")
    try:
        for schema in SCHEMAS:
            con.execute(f"create schema if not exists {schema}")
        install_macros(con, time_zone, currency, app_urls)
        dropped = _drop_stale(con, models)
        built = build_models(con, models, RawTables(con, load_sources(homes)), on_model)
        checks = run_checks(con, models.values())
        raise_if_broken(checks)
        dropped += install_metrics(con, catalog)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return TransformResult(built, checks, tuple(catalog), dropped, time.perf_counter() - started)


def build_models(
    con: duckdb.DuckDBPyConnection,
    models: Mapping[str, Model],
    raw: RawTables,
    on_model: Callable[[str, int, int], None] | None = None,
) -> tuple[BuiltModel, ...]:
    """Build the models in their order, without checks, in the caller's transaction; schemas and shared functions must be there."""
    built = []
    for number, model in enumerate(models.values(), start=1):
        if on_model:
            on_model(model.name, number, len(models))
        built.append(_build(con, model, raw.complete(model.sql, model.reads)))
        _comment(con, model)
    return tuple(built)


def _build(con: duckdb.DuckDBPyConnection, model: Model, sql: str) -> BuiltModel:
    started = time.perf_counter()
    try:
        counted = con.execute(f"create or replace {model.kind} {model.name} as\n{sql}").fetchone()
    except duckdb.Error as error:
        raise ModelError(_explain(model, sql, error)) from error
    rows = int(counted[0]) if model.kind == "table" and counted else None
    return BuiltModel(model.name, model.kind, rows, time.perf_counter() - started)


def _explain(model: Model, sql: str, error: duckdb.Error) -> str:
    """File, line and DuckDB's words. The line is only known while the SQL is the file's own, not one with stand-ins."""
    words = str(error).strip()
    found = re.search(r"^LINE (\d+):", words, flags=re.MULTILINE)
    line = int(found[1]) - 1 if found and sql == model.sql else 1
    return f"{model.path}:{line}: {words}"


def _comment(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    con.execute(f"comment on {model.kind} {model.name} is {_text(model.description.description)}")
    if model.kind == "table":
        built = {row[0] for row in con.execute(f"describe {model.name}").fetchall()}
        for column in model.description.columns:
            if column.name in built:
                con.execute(f"comment on column {model.name}.{column.name} is {_text(column.description)}")


def _drop_stale(con: duckdb.DuckDBPyConnection, models: dict[str, Model]) -> tuple[str, ...]:
    """Drop what earlier transforms built and no file makes any more, and what changed between view and table."""
    rows = con.execute(
        "select table_schema || '.' || table_name, case table_type when 'VIEW' then 'view' else 'table' end"
        " from information_schema.tables where table_catalog = current_database() and table_schema in ('staging', 'intermediate', 'marts')"
    ).fetchall()
    stale = sorted((name, kind) for name, kind in rows if name not in models or models[name].kind != kind)
    for name, kind in stale:
        con.execute(f"drop {kind} {name}")
    return tuple(name for name, _ in stale)


def _text(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"
