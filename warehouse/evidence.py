"""The rows behind a number, and the proof that they are: the number computed again from exactly those rows.

A named metric brings its evidence query and the expression over the evidence rows that gives its value (`_metrics.yml`). For SQL that a
mapping carries itself both are derived (`warehouse.derived_evidence`). Filters narrow the evidence as they narrow the metric.

The evidence hash names all rows, in any order: it goes into a frozen baseline, and shows later whether the past has changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

import duckdb
from sqlglot import exp

from okr_mappings.questions import FilterValue, MetricQuestion
from warehouse.deadline import time_limit
from warehouse.derived_evidence import derive
from warehouse.engine import Connection
from warehouse.errors import MetricContractError, MetricError
from warehouse.execute import (
    DEFAULT_SECONDS,
    N_DECIDED,
    N_LEAST,
    N_UNKNOWN,
    Binder,
    BoundQuery,
    NamedMetric,
    answer_bound,
)
from warehouse.filters import Marts, narrow, read_marts
from warehouse.guard import DIALECT, check
from warehouse.rows import read_one, read_rows

Cell = str | int | float | bool | date | None


class EvidencedMetric(NamedMetric, Protocol):
    """What evidence needs of `warehouse.catalog.Metric`."""

    @property
    def evidence_sql(self) -> str | None: ...

    @property
    def evidence_value(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """`rows` are the first of `total_rows`; `aggregate` is the number computed from all of them, `value` what the metric says.

    `equals_value` is False when the two differ: then the evidence explains something else than the number, and must not be shown as
    its proof. `evidence_hash` names all rows whatever their order.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total_rows: int
    value: float | None
    aggregate: float | None
    equals_value: bool
    evidence_hash: str
    query: BoundQuery


def evidence(
    con: Connection,
    catalog: Mapping[str, EvidencedMetric],
    question: MetricQuestion,
    limit: int = 100,
    *,
    seconds: float = DEFAULT_SECONDS,
) -> Evidence:
    """Raises MetricError when the metric has no number, or its rows cannot be told."""
    marts = read_marts(con)
    value = _value(con, Binder(catalog, marts).bind(question), seconds)
    rows = evidence_query(catalog, marts, question)
    aggregate = _value(con, _bind(_queries(catalog, marts, question)[1], catalog, marts, question), seconds)
    try:
        with time_limit(con, seconds):
            shown = read_rows(con, _SHOWN.format(rows.sql, int(limit)), rows.parameters)
            total = read_one(con, _TOTAL.format(rows.sql), rows.parameters) or {}
            columns = _columns(con, rows)
    except duckdb.Error as error:
        raise MetricContractError(f"the evidence cannot be read: {str(error).partition(chr(10))[0]}") from error
    return Evidence(
        columns=columns,
        rows=tuple(tuple(_cell(value) for value in row.values()) for row in shown),
        total_rows=int(str(total["total"])),
        value=value,
        aggregate=aggregate,
        equals_value=_same(value, aggregate),
        evidence_hash=str(total["hash"]),
        query=rows,
    )


def evidence_query(catalog: Mapping[str, EvidencedMetric], marts: Marts, question: MetricQuestion) -> BoundQuery:
    """The rows behind the question's number. Raises MetricError when they cannot be told."""
    if question.sql is None and question.metric not in catalog:
        raise MetricContractError(f"there is no metric named {question.metric}.")
    return _bind(_queries(catalog, marts, question)[0], catalog, marts, question)


def value_expression(catalog: Mapping[str, EvidencedMetric], marts: Marts, question: MetricQuestion) -> str:
    """What gives the number when it is applied to the evidence rows; several columns for a ratio. Raises MetricError."""
    metric = catalog.get(question.metric)
    if question.sql is None and metric is not None and metric.evidence_sql is not None:
        return metric.evidence_value
    if question.sql is None and metric is None:
        raise MetricContractError(f"there is no metric named {question.metric}.")
    applied = check(_queries(catalog, marts, question)[1], marts)
    columns = [column for column in applied.selects if column.alias_or_name not in _BESIDE_IT]
    return ", ".join(column.sql(dialect=DIALECT, comments=False) for column in columns)


_BESIDE_IT = (N_UNKNOWN, N_DECIDED, N_LEAST)
_SHOWN = "select * from (\n{}\n) as evidence order by all limit {}"
# Every row as text, hashed, in the order of the hashes: the same rows give the same name in whatever order they come.
_TOTAL = """
select count(*) as total, md5(coalesce(string_agg(row_hash, '' order by row_hash), '')) as hash
from (select md5(cast(evidence as varchar)) as row_hash from (
{}
) as evidence)
"""


def _queries(catalog: Mapping[str, EvidencedMetric], marts: Marts, question: MetricQuestion) -> tuple[str, str]:
    """The SQL of the rows, and the SQL that computes the number from them."""
    if question.sql is not None:
        return derive(check(question.sql, marts))
    metric = catalog[question.metric]
    if metric.evidence_sql is None:
        return derive(check(metric.sql, marts))
    value = f"select {metric.evidence_value} as metric_value from (\n{metric.evidence_sql}\n) as evidence"  # noqa: S608 - checked below
    return metric.evidence_sql, value


def _bind(sql: str, catalog: Mapping[str, EvidencedMetric], marts: Marts, question: MetricQuestion) -> BoundQuery:
    tree = check(sql, marts)
    filters: dict[str, FilterValue] = {}
    if question.sql is None:
        filters = narrow(tree, question.filters, catalog[question.metric].spec.dimensions, marts)
    window = {"window_start": question.window.start, "as_of": question.window.end}
    used = {placeholder.name for placeholder in tree.find_all(exp.Placeholder)}
    return BoundQuery(
        tree.sql(dialect=DIALECT, pretty=True), {**{k: v for k, v in window.items() if k in used}, **filters}
    )


def _value(con: Connection, bound: BoundQuery, seconds: float) -> float | None:
    answer = answer_bound(con, bound, seconds)
    if answer.error:
        raise MetricError(answer.error)
    return answer.value


def _columns(con: Connection, rows: BoundQuery) -> tuple[str, ...]:
    cursor = con.execute(_SHOWN.format(rows.sql, 0), rows.parameters)
    names = tuple(column[0] for column in cursor.description or ())
    cursor.fetchall()
    return names


def _cell(value: object) -> Cell:
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, str | int | float | bool | date):
        return value
    return str(value)


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
