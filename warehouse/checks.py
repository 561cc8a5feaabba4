"""Whether the built models keep the promises of their descriptions.

Every model: its columns are the described ones. Every mart: its key is unique and never null; a view's key is only checked where
its columns say so, because a view is computed anew for each look at it. Every column: what `checks` says. A broken promise is one
`CheckResult` with the number of rows that break it and a few of them; a promise that holds is one with none. All SQL here is put
together from names that the YAML's patterns allow; values are bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from warehouse.descriptions import ColumnCheck
from warehouse.errors import CheckError, ModelError
from warehouse.model_files import Model

SAMPLE = 3


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One promise of one model. `column` is empty or names several where the promise is about the row; `severity` is error or warn.

    `broken` counts the rows that break it (0: it holds), `sample` shows the first of them as text. `alarm` is what the rows are, where
    the promise is that there are none.
    """

    model: str
    column: str
    check: str
    severity: str
    broken: int
    sample: tuple[str, ...] = ()
    alarm: str = ""

    def __str__(self) -> str:
        if self.alarm:
            return f"{self.alarm}: {self.broken} (see {self.model})"
        where = f"{self.model}.{self.column}" if self.column else self.model
        rows = f"; for example {' | '.join(self.sample)}" if self.sample else ""
        return f"{where}: {self.check} is broken {self.broken} times{rows}"


@dataclass(frozen=True, slots=True)
class _Promise:
    """A promise as the query that finds what breaks it."""

    model: str
    column: str
    check: str
    severity: str
    breakers: str
    parameters: tuple[str, ...] = ()
    alarm: str = ""


def run_checks(con: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> tuple[CheckResult, ...]:
    """The outcome of every promise of every model, in the order of the models."""
    return tuple(result for model in models for result in _results(con, model))


def raise_if_broken(results: Iterable[CheckResult]) -> None:
    """CheckError that lists all broken promises of severity `error`; nothing when there is none."""
    broken = [str(result) for result in results if result.broken and result.severity == "error"]
    if broken:
        raise CheckError(
            "The models broke their promises; the previous tables stay.\n" + "\n".join(f"- {line}" for line in broken)
        )


def _results(con: duckdb.DuckDBPyConnection, model: Model) -> Iterator[CheckResult]:
    columns = _column_results(con, model)
    yield columns
    if not columns.broken:
        yield from (_judge(con, promise) for promise in _promises(model))


def _column_results(con: duckdb.DuckDBPyConnection, model: Model) -> CheckResult:
    built = {row[0] for row in con.execute(f"describe {model.name}").fetchall()}
    described = {column.name for column in model.description.columns}
    wrong = [f"{name} is not described" for name in sorted(built - described)]
    wrong += [f"{name} is described but not built" for name in sorted(described - built)]
    return CheckResult(model.name, "", "columns as described", "error", len(wrong), tuple(wrong))


def _promises(model: Model) -> Iterator[_Promise]:
    if alarm := model.description.alarm:
        yield _Promise(model.name, "", "no rows", "warn", _select("*", model.name, "true"), alarm=alarm)
    if model.kind == "table":
        yield _unique(model.name, model.description.key, "error")
        for name in model.description.key:
            yield _not_null(model.name, name, "error")
    for column in model.description.columns:
        for check in column.checks:
            yield from _promises_of_column(model.name, column.name, check)


def _promises_of_column(model: str, column: str, check: ColumnCheck) -> Iterator[_Promise]:
    if check.not_null:
        yield _not_null(model, column, check.severity)
    if check.unique:
        yield _unique(model, (column,), check.severity)
    if check.accepted_values:
        marks = ", ".join("?" for _ in check.accepted_values)
        breakers = _select(column, model, f"{column} is not null and {column} not in ({marks})")
        yield _Promise(model, column, "accepted_values", check.severity, breakers, check.accepted_values)
    if check.relationships:
        target, target_column = check.relationships.to.rsplit(".", 1)
        others = _select(target_column, target, f"{target_column} is not null")
        breakers = _select(column, model, f"{column} is not null and {column} not in ({others})")
        yield _Promise(model, column, f"relationship to {check.relationships.to}", check.severity, breakers)


def _not_null(model: str, column: str, severity: str) -> _Promise:
    return _Promise(model, column, "not_null", severity, _select("*", model, f"{column} is null"))


def _unique(model: str, columns: tuple[str, ...], severity: str) -> _Promise:
    names = ", ".join(columns)
    rows = _select(f"{names}, count(*) as rows", model, f"{columns[0]} is not null")
    return _Promise(model, names, "unique", severity, f"{rows} group by {names} having count(*) > 1")


def _select(what: str, table: str, condition: str) -> str:
    return f"select {what} from {table} where {condition}"  # noqa: S608


def _judge(con: duckdb.DuckDBPyConnection, promise: _Promise) -> CheckResult:
    try:
        count = con.execute(_select("count(*)", f"({promise.breakers})", "true"), list(promise.parameters)).fetchone()
        broken = int(count[0]) if count else 0
        sample = _sample(con, promise) if broken else ()
    except duckdb.Error as error:
        raise ModelError(f"{promise.model}.{promise.column}: {promise.check} cannot be checked: {error}") from error
    return CheckResult(promise.model, promise.column, promise.check, promise.severity, broken, sample, promise.alarm)


def _sample(con: duckdb.DuckDBPyConnection, promise: _Promise) -> tuple[str, ...]:
    cursor = con.execute(f"{promise.breakers} order by all limit {SAMPLE}", list(promise.parameters))
    names = [column[0] for column in cursor.description or ()]
    return tuple(
        ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in cursor.fetchall()
    )
