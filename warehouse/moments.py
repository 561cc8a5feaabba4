"""Conditions on time, in one form: a day of a row, moved by a number of days, against `$as_of` or `$window_start`.

`closed_date < $as_of + interval 1 day`, `$as_of >= closed_date` and `closed_date <= $as_of` all are the moment `closed_date`. Only
columns of type DATE are read this way: whole days keep their order when they are moved, moments inside a day would not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

_AS_OF, _WINDOW_START = "as_of", "window_start"
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """The day `column` plus `shift` days. On its own as a bound: the row counts from that day on."""

    column: str
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Death:
    """The row counts until the day before `moment`; with `or_null` also when there is no such day."""

    moment: Moment
    or_null: bool


@dataclass(frozen=True, slots=True)
class Start:
    """The row counts in windows that start on `moment` or earlier."""

    moment: Moment


Bound = Moment | Death | Start


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    shift: int
    is_column: bool


def time_bound(condition: exp.Expr, types: Mapping[str, str]) -> list[Bound] | None:
    """The bounds that one condition comes to, or None when it is not about a day and a parameter."""
    if isinstance(condition, exp.Between) and not condition.args.get("symmetric"):
        low = _comparison(exp.GTE(this=condition.this, expression=condition.args["low"]), types)
        high = _comparison(exp.LTE(this=condition.this, expression=condition.args["high"]), types)
        return [low, high] if low and high else None
    if isinstance(condition, exp.Or):
        return _until(condition, types)
    found = _comparison(condition, types)
    return [found] if found else None


def _until(condition: exp.Or, types: Mapping[str, str]) -> list[Bound] | None:
    """`end is null or end >= $as_of`, either way round."""
    left, right = condition.left.unnest(), condition.right.unnest()
    for missing, other in ((left, right), (right, left)):
        if isinstance(missing, exp.Is) and isinstance(missing.expression, exp.Null):
            bound = _comparison(other, types)
            if isinstance(bound, Death) and missing.this == exp.column(bound.moment.column, quoted=True):
                return [Death(bound.moment, or_null=True)]
    return None


def _comparison(condition: exp.Expr, types: Mapping[str, str]) -> Bound | None:
    if not isinstance(condition, exp.LT | exp.LTE | exp.GT | exp.GTE):
        return None
    left, right = _side(condition.left, types), _side(condition.right, types)
    if left is None or right is None or left.is_column == right.is_column:
        return None
    operator = type(condition) if left.is_column else _MIRRORED[type(condition)]
    column, parameter = (left, right) if left.is_column else (right, left)
    return _bound(Moment(column.name, column.shift - parameter.shift), operator, parameter.name)


def _bound(moment: Moment, operator: type[exp.Expr], parameter: str) -> Bound | None:
    later = Moment(moment.column, moment.shift + 1)
    if parameter == _AS_OF:
        if operator in (exp.LT, exp.LTE):
            return later if operator is exp.LT else moment
        return Death(later if operator is exp.GTE else moment, or_null=False)
    if parameter == _WINDOW_START and operator in (exp.GT, exp.GTE):
        return Start(moment if operator is exp.GTE else Moment(moment.column, moment.shift - 1))
    return None


def _side(node: exp.Expr, types: Mapping[str, str]) -> _Side | None:
    node = node.unnest()
    if isinstance(node, exp.Column):
        return _Side(node.name, 0, is_column=True) if types.get(node.name) == "DATE" else None
    if isinstance(node, exp.Placeholder):
        return _Side(node.name, 0, is_column=False)
    if isinstance(node, exp.Cast) and node.is_type("date"):
        return _side(node.this, types)
    if isinstance(node, exp.Add | exp.Sub):
        inner, days = _side(node.left, types), _days(node.right)
        if inner is not None and days is not None:
            return _Side(inner.name, inner.shift + (days if isinstance(node, exp.Add) else -days), inner.is_column)
    return None


def _days(node: exp.Expr) -> int | None:
    """Whole days: `interval 7 day`, `interval '7' day`, or the number 7."""
    node = node.unnest()
    if isinstance(node, exp.Interval):
        return _whole(node.this) if node.unit is not None and node.unit.name.upper() in ("DAY", "DAYS") else None
    return _whole(node) if isinstance(node, exp.Literal) and not node.is_string else None


def _whole(node: exp.Expr | None) -> int | None:
    return int(node.this) if isinstance(node, exp.Literal) and str(node.this).isdigit() else None
