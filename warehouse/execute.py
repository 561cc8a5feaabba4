"""Answering metric questions: from a question to SQL with bound values, and from a row to a number or a reason.

One question failing leaves the others unharmed: whatever goes wrong becomes the one-sentence `error` of its own answer. Nothing is
read here but the question, the catalogue and the database; the clock plays no part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol

import duckdb
from sqlglot import exp

from okr_mappings.metric import MetricSpec
from okr_mappings.questions import FilterValue, MetricAnswer, MetricQuestion
from warehouse.deadline import time_limit
from warehouse.engine import Connection
from warehouse.errors import MetricContractError, MetricError
from warehouse.filters import Marts, narrow, read_marts
from warehouse.guard import DIALECT, check

DEFAULT_SECONDS = 30.0
VALUE, NUMERATOR, DENOMINATOR, N, N_UNKNOWN = "metric_value", "numerator", "denominator", "n", "n_unknown"
N_DECIDED, N_LEAST = "n_decided", "n_least"
NO_ROW = "the SQL returned no row instead of one."
SEVERAL_ROWS = "the SQL returned more than one row instead of one."
_RESULT_COLUMNS = frozenset({VALUE, NUMERATOR, DENOMINATOR, N, N_UNKNOWN, N_DECIDED, N_LEAST})


class NamedMetric(Protocol):
    """What answering needs of `warehouse.catalog.Metric`."""

    @property
    def spec(self) -> MetricSpec: ...

    @property
    def sql(self) -> str: ...


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """SQL and the values of its named parameters: exactly what runs, and what `okr explain` prints."""

    sql: str
    parameters: dict[str, FilterValue | date]

    @property
    def key(self) -> tuple[object, ...]:
        return (self.sql, *sorted((name, type(value).__name__, value) for name, value in self.parameters.items()))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A question's checked syntax tree with its filters inside; the window is still `$window_start` and `$as_of`."""

    tree: exp.Query
    filter_values: dict[str, FilterValue]


class Binder:
    """Turns questions into SQL against one state of the marts; the same SQL and filters are parsed once."""

    def __init__(self, catalog: Mapping[str, NamedMetric], marts: Marts) -> None:
        self._catalog = catalog
        self._marts = marts
        self._narrowed: dict[tuple[str, str], Narrowed] = {}
        self._texts: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}

    def narrowed(self, question: MetricQuestion) -> Narrowed:
        """Raises MetricError; the tree is shared, so copy it before changing it."""
        sql, dimensions = self._source(question)
        key = (sql, repr(question.filters))  # by repr, because True and 1 are equal and mean different things
        if key not in self._narrowed:
            tree = check(sql, self._marts)
            _check_contract(tree)
            self._narrowed[key] = Narrowed(tree, narrow(tree, question.filters, dimensions, self._marts))
        return self._narrowed[key]

    def bind(self, question: MetricQuestion) -> BoundQuery:
        """Raises MetricError."""
        narrowed = self.narrowed(question)
        key = (self._source(question)[0], repr(question.filters))
        if key not in self._texts:
            names = frozenset(placeholder.name for placeholder in narrowed.tree.find_all(exp.Placeholder))
            self._texts[key] = (narrowed.tree.sql(dialect=DIALECT, pretty=True), names)
        text, names = self._texts[key]
        window = {"window_start": question.window.start, "as_of": question.window.end}
        return BoundQuery(text, {**{k: v for k, v in window.items() if k in names}, **narrowed.filter_values})

    def _source(self, question: MetricQuestion) -> tuple[str, tuple[str, ...]]:
        if question.sql is not None:
            if question.filters:
                raise MetricContractError("a key result with SQL of its own filters in that SQL, not beside it.")
            return question.sql, ()
        metric = self._catalog.get(question.metric)
        if metric is None:
            raise MetricContractError(f"there is no metric named {question.metric}. Known are: {_some(self._catalog)}.")
        return metric.sql, metric.spec.dimensions


def answer(
    con: Connection,
    catalog: Mapping[str, NamedMetric],
    questions: Sequence[MetricQuestion],
    *,
    seconds: float = DEFAULT_SECONDS,
) -> list[MetricAnswer]:
    """One answer per question, in order. Each query may take `seconds`; identical SQL with identical values runs once."""
    binder = Binder(catalog, read_marts(con))
    known: dict[tuple[object, ...], MetricAnswer] = {}
    answers = []
    for question in questions:
        try:
            bound = binder.bind(question)
        except MetricError as error:
            answers.append(MetricAnswer(None, error=str(error)))
            continue
        if bound.key not in known:
            known[bound.key] = answer_bound(con, bound, seconds)
        answers.append(known[bound.key])
    return answers


def bound_sql(con: Connection, catalog: Mapping[str, NamedMetric], question: MetricQuestion) -> BoundQuery:
    """What would run for one question. Raises MetricError."""
    return Binder(catalog, read_marts(con)).bind(question)


def answer_bound(con: Connection, bound: BoundQuery, seconds: float = DEFAULT_SECONDS) -> MetricAnswer:
    """Run one bound query; whatever goes wrong is the answer's `error`."""
    try:
        with time_limit(con, seconds):
            cursor = con.execute(bound.sql, bound.parameters)
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchmany(2)
        return read_answer(names, rows)
    except MetricError as error:
        return MetricAnswer(None, error=str(error))
    except duckdb.Error as error:
        return MetricAnswer(None, error=f"the database refused the SQL: {str(error).partition(chr(10))[0]}")


def read_answer(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> MetricAnswer:
    """One row becomes an answer: `metric_value`, or `numerator` and `denominator`; and what `n...` says. Raises MetricContractError."""
    check_columns(names)
    if len(rows) != 1:
        raise MetricContractError(SEVERAL_ROWS if rows else NO_ROW)
    numbers = {name: number(name, value) for name, value in zip(names, rows[0], strict=True)}
    numerator, denominator, count = numbers.get(NUMERATOR), numbers.get(DENOMINATOR), numbers.get(N)
    value = numbers.get(VALUE)
    if VALUE not in numbers and numerator is not None and denominator:
        value = numerator / denominator
    if count == 0 or denominator == 0:
        value = None  # nothing to compute from is not zero
    decided = numbers.get(N_DECIDED)
    found = MetricAnswer(
        value,
        numerator,
        denominator,
        None if count is None else round(count),
        n_unknown=round(numbers.get(N_UNKNOWN) or 0),
        n_decided=None if decided is None else round(decided),
        n_least=round(numbers.get(N_LEAST) or 0),
    )
    return replace(found, value=None) if found.is_withheld else found


def check_columns(names: Sequence[str]) -> None:
    """Raises MetricContractError unless the columns are those of a metric."""
    found = set(names)
    if len(found) != len(names) or found - _RESULT_COLUMNS or not (VALUE in found or {NUMERATOR, DENOMINATOR} <= found):
        raise MetricContractError(
            f"the SQL returns {', '.join(names) or 'nothing'}. A metric returns metric_value, or numerator and denominator,"
            " and may add n, n_unknown, n_decided and n_least."
        )


def number(name: str, value: object) -> float | None:
    """A database value as a double; NULL stays None. Raises MetricContractError for what is no finite number."""
    if value is None:
        return None
    if not isinstance(value, bool | int | float | Decimal):
        raise MetricContractError(f"{name} is {value!r}, which is not a number.")
    result = float(value)
    if not math.isfinite(result):
        raise MetricContractError(f"{name} is {result}, which is not a number that can be reported.")
    return result


def _check_contract(tree: exp.Query) -> None:
    names = tree.named_selects
    if "*" not in names:
        check_columns(names)
    if not any(placeholder.name == "as_of" for placeholder in tree.find_all(exp.Placeholder)):
        raise MetricContractError("the SQL does not use $as_of, so it would give today's number for every day.")


def _some(catalog: Mapping[str, NamedMetric]) -> str:
    names = sorted(catalog)
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "") if names else "none"
