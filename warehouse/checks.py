"""Whether the built models keep the promises of their descriptions.

Every model: its columns are the described ones. Every mart: its key is unique and never null; a view's key is only checked where
its columns say so, because a view is computed anew for each look at it. Every column: what `checks` says. A broken promise is one
`CheckResult` with the number of rows that break it and a few of them; a promise that holds is one with none. All SQL here is put
together from names that the YAML's patterns allow; values are bound.

The promises of a model are counted by one statement, and those about single rows in one pass over them: most of a check's time goes
into understanding its SQL, and a view is computed for every statement that looks at it. Relationships are looked at one by one, because
they may name what is not there, and after a mistake a transaction answers nothing more: not even which promise it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    """A promise as the query that finds what breaks it; `condition` is what its rows meet, where each row can be told by itself."""

    model: str
    column: str
    check: str
    severity: str
    breakers: str
    parameters: tuple[str, ...] = ()
    alarm: str = ""
    condition: str = ""
    names_another: bool = False

    @property
    def count(self) -> str:
        """How many break it, as a column of a statement about the model."""
        if self.condition:
            return f"count(*) filter (where {self.condition})"
        return f"({_select('count(*)', f'({self.breakers})', 'true')})"


def run_checks(con: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> tuple[CheckResult, ...]:
    """The outcome of every promise of every model, in the order of the models."""
    built = _built_columns(con)
    return tuple(result for model in models for result in _results(con, model, built.get(model.name, set())))


def raise_if_broken(results: Iterable[CheckResult]) -> None:
    """CheckError that lists all broken promises of severity `error`; nothing when there is none."""
    broken = [str(result) for result in results if result.broken and result.severity == "error"]
    if broken:
        raise CheckError(
            "The models broke their promises; the previous tables stay.\n" + "\n".join(f"- {line}" for line in broken)
        )


def _results(con: duckdb.DuckDBPyConnection, model: Model, built: set[str]) -> Iterator[CheckResult]:
    columns = _column_result(model, built)
    yield columns
    if not columns.broken:
        promises = list(_promises(model))
        broken = _counts(con, model.name, promises)
        yield from (_result(con, promise, broken[promise]) for promise in promises)


def _built_columns(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    built: dict[str, set[str]] = {}
    for table, column in con.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() where database_name = current_database()"
    ).fetchall():
        built.setdefault(table, set()).add(column)
    return built


def _column_result(model: Model, built: set[str]) -> CheckResult:
    described = {column.name for column in model.description.columns}
    wrong = [f"{name} is not described" for name in sorted(built - described)]
    wrong += [f"{name} is described but not built" for name in sorted(described - built)]
    return CheckResult(model.name, "", "columns as described", "error", len(wrong), tuple(wrong))


def _promises(model: Model) -> Iterator[_Promise]:
    if alarm := model.description.alarm:
        yield _Promise(model.name, "", "no rows", "warn", _select("*", model.name, "true"), (), alarm, "true")
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
        wrong = f"{column} is not null and {column} not in ({marks})"
        breakers = _select(column, model, wrong)
        yield _Promise(model, column, "accepted_values", check.severity, breakers, check.accepted_values, "", wrong)
    if check.relationships:
        target, target_column = check.relationships.to.rsplit(".", 1)
        others = _select(target_column, target, f"{target_column} is not null")
        breakers = _select(column, model, f"{column} is not null and {column} not in ({others})")
        to = f"relationship to {check.relationships.to}"
        yield _Promise(model, column, to, check.severity, breakers, names_another=True)


def _not_null(model: str, column: str, severity: str) -> _Promise:
    wrong = f"{column} is null"
    return _Promise(model, column, "not_null", severity, _select("*", model, wrong), condition=wrong)


def _unique(model: str, columns: tuple[str, ...], severity: str) -> _Promise:
    names = ", ".join(columns)
    rows = _select(f"{names}, count(*) as rows", model, f"{columns[0]} is not null")
    return _Promise(model, names, "unique", severity, f"{rows} group by {names} having count(*) > 1")


def _select(what: str, table: str, condition: str) -> str:
    return f"select {what} from {table} where {condition}"  # noqa: S608


def _counts(con: duckdb.DuckDBPyConnection, model: str, promises: Sequence[_Promise]) -> dict[_Promise, int]:
    """By how many rows each promise is broken."""
    together = [promise for promise in promises if not promise.names_another]
    apart = [[promise] for promise in promises if promise.names_another]
    return {
        promise: count
        for group in ([together] if together else []) + apart
        for promise, count in zip(group, _counted(con, model, group), strict=True)
    }


def _uncheckable(promises: Sequence[_Promise], error: duckdb.Error) -> ModelError:
    where = ", ".join(sorted({promise.column for promise in promises if promise.column}))
    what = ", ".join(dict.fromkeys(promise.check for promise in promises))
    return ModelError(f"{promises[0].model}.{where}: {what} cannot be checked: {error}")


def _counted(con: duckdb.DuckDBPyConnection, model: str, promises: Sequence[_Promise]) -> list[int]:
    parameters = [value for promise in promises for value in promise.parameters]
    columns = ", ".join(promise.count for promise in promises)
    together = any(promise.condition for promise in promises)
    try:
        row = con.execute(_select(columns, model, "true") if together else f"select {columns}", parameters).fetchone()
    except duckdb.Error as error:
        raise _uncheckable(promises, error) from error
    return [int(count) for count in row or ()]


def _result(con: duckdb.DuckDBPyConnection, promise: _Promise, broken: int) -> CheckResult:
    try:
        sample = _sample(con, promise) if broken else ()
    except duckdb.Error as error:
        raise _uncheckable([promise], error) from error
    return CheckResult(promise.model, promise.column, promise.check, promise.severity, broken, sample, promise.alarm)


def _sample(con: duckdb.DuckDBPyConnection, promise: _Promise) -> tuple[str, ...]:
    cursor = con.execute(f"{promise.breakers} order by all limit {SAMPLE}", list(promise.parameters))
    names = [column[0] for column in cursor.description or ()]
    return tuple(
        ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in cursor.fetchall()
    )
