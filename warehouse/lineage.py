"""Which sources stand behind a number: from SQL through marts, intermediate and staging down to `raw_<source>`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

import sqlglot

from warehouse.catalog import Metric
from warehouse.filters import Filters, facts_among
from warehouse.model_files import Model, load_models, tables_of_text


def sources_of(
    sql_or_metric: str | Metric, models: dict[str, Model] | None = None, filters: Filters = ()
) -> frozenset[str]:
    """The sources (`hubspot`, `ga4`) that a query or a metric depends on, however many models lie between."""
    return frozenset(_source(table) for table in raw_tables_of(sql_or_metric, models, filters))


def raw_tables_of(
    sql_or_metric: str | Metric, models: dict[str, Model] | None = None, filters: Filters = ()
) -> frozenset[str]:
    """The raw tables (`raw_hubspot.deals`) behind a query or a metric. `models` are the packaged ones unless given.

    What a key result filters on narrows them where a mart's column says so (`comes_from`): followers on LinkedIn do not rest on X. Only
    where the source of every value asked for is known; and only what is reached through the narrowed mart.
    """
    sql = sql_or_metric if isinstance(sql_or_metric, str) else sql_or_metric.sql
    known = _packaged() if models is None else models
    read = _tables(sql)
    facts = facts_among(read)
    found: set[str] = set()
    for table in read:
        left_out = _left_out(known[table], filters) if table in facts and table in known else frozenset()
        found |= {raw for raw in _raw_behind(table, known) if _source(raw) not in left_out}
    return frozenset(found)


def _raw_behind(table: str, known: Mapping[str, Model]) -> Iterator[str]:
    waiting, seen = [table], set[str]()
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            waiting.extend(known[each].reads if each in known else ())
    return (each for each in seen if each.startswith("raw_"))


def _left_out(mart: Model, filters: Filters) -> frozenset[str]:
    """Sources that bring rows with other values only."""
    columns = {column.name: column.comes_from for column in mart.description.columns}
    found: set[str] = set()
    for dimension, values in filters:
        origins = columns.get(dimension, {})
        if values and all(value in origins for value in values):
            found |= set(origins.values()) - {origins[str(value)] for value in values}
    return frozenset(found)


def _source(raw_table: str) -> str:
    return raw_table.partition(".")[0].removeprefix("raw_")


@cache
def unions() -> tuple[frozenset[str], ...]:
    """Raw tables whose rows stand side by side in one model: without one of them the others are still whole."""
    models = _packaged()
    return tuple(
        frozenset(raw for table in model.reads for raw in _raw_behind(table, models))
        for model in models.values()
        if _has_union(model.sql)
    )


def _has_union(sql: str) -> bool:
    """Parsed only where one of the words is there at all."""
    if not re.search(r"union|intersect|except", sql, flags=re.IGNORECASE):
        return False
    return sqlglot.parse_one(sql, dialect="duckdb").find(sqlglot.exp.SetOperation) is not None


@lru_cache(maxsize=1024)
def _tables(sql: str) -> frozenset[str]:
    return tables_of_text(sql)


@cache
def _packaged() -> dict[str, Model]:
    return load_models()
