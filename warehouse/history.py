"""A metric at the end of each of many days, in ONE execution: its SQL joined laterally to a spine of days.

`$as_of` becomes the spine's day, `$window_start` the start of that day's window (or stays a parameter where all days share it). Joined
this way a condition such as `observed_date <= spine.day` has no lower bound for the scan, so the bounds of the whole spine are added as
conditions of their own ("the box"): for `x <= $as_of` also `x <= <last day>`. They follow from the ones that are there, so they change no
result.

The join is only an optimisation, and is treated like one: the first and the last day are also asked directly, and when they differ, or the
join fails or takes too long (gauges over tens of millions of rows), every day is asked on its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import duckdb
from sqlglot import exp

from okr_mappings.questions import FilterValue, MetricQuestion, Window
from okr_mappings.snapshot import DayValue
from warehouse.deadline import time_limit
from warehouse.engine import Connection
from warehouse.errors import MetricError, MetricTimeoutError
from warehouse.execute import NO_ROW, Binder, NamedMetric, answer_bound, read_answer
from warehouse.filters import read_marts
from warehouse.guard import DIALECT

JOIN_SECONDS = 10.0
DAYS_SECONDS = 60.0
_SPINE = "day_spine"
_SOURCES = {"as_of": ("day", "days"), "window_start": ("window_start", "window_starts")}
_COMPARISONS = (exp.LT, exp.LTE, exp.GT, exp.GTE)
# `$as_of + interval 1 day` and casts keep the order of days, so the bounds of the spine bound them too.
_KEEPS_ORDER = (
    exp.Placeholder,
    exp.Cast,
    exp.Paren,
    exp.Add,
    exp.Sub,
    exp.Interval,
    exp.Literal,
    exp.Var,
    exp.DataType,
)


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """One series: what is asked on each day is `question` with that day's window instead of its own."""

    question: MetricQuestion
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """The values by day, or none and the reason."""

    values: tuple[DayValue, ...]
    error: str = ""


def cumulative_windows(start: date, first: date, last: date) -> tuple[Window, ...]:
    """For every day from `first` to `last` the window from `start` to that day."""
    return tuple(Window(start, day) for day in _days(first, last))


def trailing_windows(length: int, first: date, last: date) -> tuple[Window, ...]:
    """For every day from `first` to `last` the `length` days that end with it."""
    return tuple(Window(day - timedelta(days=length - 1), day) for day in _days(first, last))


def daily_series(
    con: Connection,
    catalog: Mapping[str, NamedMetric],
    requests: Sequence[SeriesRequest],
    *,
    join_seconds: float = JOIN_SECONDS,
    days_seconds: float = DAYS_SECONDS,
) -> list[Series]:
    """One series per request, in order; equal requests are computed once. What fails becomes that series' `error`."""
    historian = Historian(con, Binder(catalog, read_marts(con)), join_seconds, days_seconds)
    known: dict[tuple[object, ...], Series] = {}
    series = []
    for request in requests:
        key = (repr(replace(request.question, key_result_id="", role="")), request.windows)
        if key not in known:
            known[key] = historian.series(request)
        series.append(known[key])
    return series


def daily_values(
    con: Connection, catalog: Mapping[str, NamedMetric], question: MetricQuestion, windows: Sequence[Window]
) -> list[DayValue]:
    """The question's number at the end of each window, of which the ends ascend. Raises MetricError."""
    return Historian(con, Binder(catalog, read_marts(con))).values(SeriesRequest(question, tuple(windows)))


class Historian:
    """Computes series against one state of the marts, and remembers which SQL is better asked day by day."""

    def __init__(
        self, con: Connection, binder: Binder, join_seconds: float = JOIN_SECONDS, days_seconds: float = DAYS_SECONDS
    ) -> None:
        self._con = con
        self._binder = binder
        self._join_seconds = join_seconds
        self._days_seconds = days_seconds
        self._unjoinable: set[tuple[str, str | None]] = set()

    def series(self, request: SeriesRequest) -> Series:
        try:
            return Series(tuple(self.values(request)))
        except MetricError as error:
            return Series((), str(error))

    def values(self, request: SeriesRequest) -> list[DayValue]:
        """Raises MetricError. A day on which the SQL returns no row has no value; elsewhere that is an error."""
        windows = request.windows
        ends = [
            self._single(request.question, window, self._join_seconds)
            for window in dict.fromkeys((*windows[:1], *windows[-1:]))
        ]
        if len(windows) <= 2:
            return ends
        source = (request.question.metric, request.question.sql)
        if source not in self._unjoinable:
            joined = self._by_join(request)
            if joined and all(_agree(one, other) for one, other in zip((joined[0], joined[-1]), ends, strict=True)):
                return joined
            self._unjoinable.add(source)
        return self.by_single_days(request)

    def by_single_days(self, request: SeriesRequest) -> list[DayValue]:
        """One execution per day; all of them together may take `days_seconds`. Raises MetricError."""
        deadline = time.monotonic() + self._days_seconds
        values = []
        for window in request.windows:
            left = deadline - time.monotonic()
            if left <= 0:
                raise MetricTimeoutError(f"the daily history was stopped after {self._days_seconds:g} s.")
            values.append(self._single(request.question, window, left))
        return values

    def _single(self, question: MetricQuestion, window: Window, seconds: float) -> DayValue:
        answer = answer_bound(self._con, self._binder.bind(replace(question, window=window)), seconds)
        if answer.error and answer.error != NO_ROW:
            raise MetricError(answer.error)
        return DayValue(window.end, answer.value)

    def _by_join(self, request: SeriesRequest) -> list[DayValue]:
        """Empty when the join is too slow, or DuckDB cannot do it, or days are missing from it. Raises MetricError."""
        narrowed = self._binder.narrowed(request.question)
        sql, parameters = _joined(narrowed.tree, narrowed.filter_values, request.windows)
        try:
            with time_limit(self._con, self._join_seconds):
                cursor = self._con.execute(sql, parameters)
                names = [column[0] for column in cursor.description or ()][1:]
                rows = cursor.fetchall()
        except (MetricTimeoutError, duckdb.Error):
            return []
        if [row[0] for row in rows] != [window.end for window in request.windows]:
            return []
        return [DayValue(row[0], read_answer(names, [row[1:]]).value) for row in rows]


def _joined(
    tree: exp.Query, filter_values: Mapping[str, FilterValue], windows: Sequence[Window]
) -> tuple[str, dict[str, object]]:
    """The metric's SQL as the right side of a lateral join to the spine, and what to bind."""
    starts, days = [window.start for window in windows], [window.end for window in windows]
    correlated = {"as_of"} if len(set(starts)) == 1 else {"as_of", "window_start"}
    body = tree.copy()
    box = _add_box(body, correlated)
    for placeholder in list(body.find_all(exp.Placeholder)):
        if placeholder.name in correlated:
            placeholder.replace(exp.column(_SOURCES[placeholder.name][0], table=_SPINE))
    bounds = {"as_of": (min(days), max(days)), "window_start": (min(starts), max(starts))}
    bound: dict[str, object] = {"days": days, "window_starts": starts, **filter_values}
    bound |= {f"{end}_{name}": bounds[name][end == "last"] for end, name in box}
    if any(placeholder.name == "window_start" for placeholder in body.find_all(exp.Placeholder)):
        bound["window_start"] = starts[0]
    sql = (
        f"select {_SPINE}.day, answer.*\n"
        f"from (select unnest($days) as day, unnest($window_starts) as window_start) as {_SPINE}\n"
        f"left join lateral (\n{body.sql(dialect=DIALECT)}\n) as answer on true\n"
        f"order by {_SPINE}.day"
    )
    return sql, bound


def _add_box(body: exp.Query, correlated: set[str]) -> set[tuple[str, str]]:
    """Add the bounds that follow from comparisons with a correlated parameter; returns (first or last, parameter) of those used."""
    used: set[tuple[str, str]] = set()
    for where in list(body.find_all(exp.Where)):
        if isinstance(where.parent, exp.Filter):
            continue
        for condition in list(_conjuncts(where.this)):
            for bound, end, name in _bounds(condition, correlated):
                where.set("this", exp.and_(where.this, bound))
                used.add((end, name))
    return used


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    elif isinstance(condition, exp.Paren):
        yield from _conjuncts(condition.this)
    else:
        yield condition


def _bounds(condition: exp.Expr, correlated: set[str]) -> Iterator[tuple[exp.Expr, str, str]]:
    if isinstance(condition, exp.Between):
        low, high = condition.args["low"], condition.args["high"]
        yield from _bounds(exp.GTE(this=condition.this.copy(), expression=low.copy()), correlated)
        yield from _bounds(exp.LTE(this=condition.this.copy(), expression=high.copy()), correlated)
        return
    if not isinstance(condition, _COMPARISONS):
        return
    left, right = _placeholder_of(condition.left), _placeholder_of(condition.right)
    found = [side for side in (left, right) if side is not None and side.name in correlated]
    other = condition.right if left in found else condition.left
    if len(found) != 1 or other.find(exp.Placeholder):
        return
    upper = isinstance(condition, exp.LT | exp.LTE) == (right in found)
    end, name = ("last" if upper else "first"), found[0].name
    bound = condition.copy()
    for placeholder in bound.find_all(exp.Placeholder):
        placeholder.set("this", f"{end}_{name}")
    yield bound, end, name


def _placeholder_of(side: exp.Expr) -> exp.Placeholder | None:
    """The parameter that a side is made of, when it is nothing but that parameter moved by a constant."""
    nodes = list(side.walk())
    placeholders = [node for node in nodes if isinstance(node, exp.Placeholder)]
    if len(placeholders) != 1 or not all(isinstance(node, _KEEPS_ORDER) for node in nodes):
        return None
    subtracted = any(isinstance(node, exp.Sub) and placeholders[0] in list(node.right.walk()) for node in nodes)
    return None if subtracted else placeholders[0]


def _agree(one: DayValue, other: DayValue) -> bool:
    if one.value is None or other.value is None:
        return one.value is other.value
    return math.isclose(one.value, other.value, rel_tol=1e-9, abs_tol=1e-12)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))
