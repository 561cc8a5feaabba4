"""Which sources stand behind a number: from SQL through marts, intermediate and staging down to `raw_<source>`."""

from __future__ import annotations

from functools import cache

import sqlglot

from warehouse.catalog import Metric
from warehouse.model_files import Model, load_models, tables_in


def sources_of(sql_or_metric: str | Metric, models: dict[str, Model] | None = None) -> frozenset[str]:
    """The sources (`hubspot`, `ga4`) that a query or a metric depends on, however many models lie between."""
    return frozenset(table.split(".")[0].removeprefix("raw_") for table in raw_tables_of(sql_or_metric, models))


def raw_tables_of(sql_or_metric: str | Metric, models: dict[str, Model] | None = None) -> frozenset[str]:
    """The raw tables (`raw_hubspot.deals`) behind a query or a metric. `models` are the packaged ones unless given."""
    sql = sql_or_metric if isinstance(sql_or_metric, str) else sql_or_metric.sql
    known = _packaged() if models is None else models
    waiting, seen = list(tables_in(sqlglot.parse_one(sql, dialect="duckdb"))), set[str]()
    while waiting:
        table = waiting.pop()
        if table not in seen:
            seen.add(table)
            waiting.extend(known[table].reads if table in known else ())
    return frozenset(table for table in seen if table.startswith("raw_"))


@cache
def unions() -> tuple[frozenset[str], ...]:
    """Raw tables whose rows stand side by side in one model: without one of them the others are still whole."""
    return tuple(
        raw_tables_of(model.sql)
        for model in _packaged().values()
        if sqlglot.parse_one(model.sql, dialect="duckdb").find(sqlglot.exp.SetOperation)
    )


@cache
def _packaged() -> dict[str, Model]:
    return load_models()
