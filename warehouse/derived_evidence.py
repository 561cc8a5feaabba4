"""From a metric's SQL to the SQL of its rows, where that is possible without guessing.

`select sum(a) / count(*) as metric_value from t where w` counts the rows `select * from t where w`, and applied to those rows its
own expressions give the number again. The same holds whatever stands in WITH, FROM and WHERE. It does not hold for grouping,
for windows and set operations in the outermost SELECT, nor for scalar subqueries in its columns: there the rows are refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from warehouse.errors import MetricContractError
from warehouse.guard import DIALECT
from warehouse.vocabulary import AGGREGATES

_BEYOND_ROWS = ("group", "having", "qualify", "windows", "distinct")
_ROWS = "evidence"


def derive(query: exp.Query) -> tuple[str, str]:
    """The SQL of the rows, and the SQL that computes the metric from them. Raises MetricContractError."""
    if not isinstance(query, exp.Select) or any(query.args.get(name) for name in _BEYOND_ROWS) or _has_nested(query):
        raise MetricContractError(
            "the rows behind this SQL cannot be derived from it. Make it a named metric that declares its evidence."
        )
    rows = query.copy()
    expressions = [expression.copy() for expression in query.expressions]
    aggregates = [node for expression in expressions for node in expression.find_all(*AGGREGATES)]
    if aggregates:
        rows.set("order", None)
        rows.set("limit", None)
        rows.set("offset", None)
    columns = _columns_read(expressions)
    rows.set("expressions", _selected(query, columns))
    _push_down_filter(rows, aggregates)
    named = {key: alias for key, alias in columns.items() if query.args.get("joins")}
    applied = exp.select(*(_renamed(expression, named) for expression in expressions)).from_(
        rows.copy().subquery(_ROWS)
    )
    return rows.sql(dialect=DIALECT, comments=False), applied.sql(dialect=DIALECT, comments=False)


def _has_nested(query: exp.Select) -> bool:
    return any(expression.find(exp.Query, exp.Window, exp.Exists) for expression in query.expressions)


def _columns_read(expressions: Sequence[exp.Expr]) -> dict[tuple[str, str], str]:
    """(table, column) -> the name it gets among the evidence columns: its own, unless two tables share it."""
    keys = [(column.table, column.name) for expression in expressions for column in expression.find_all(exp.Column)]
    names = [name for _, name in dict.fromkeys(keys)]
    return {(table, name): name if names.count(name) == 1 else f"{table}_{name}" for table, name in keys}


def _selected(query: exp.Select, columns: dict[tuple[str, str], str]) -> list[exp.Expr]:
    if not query.args.get("joins"):
        return [exp.Star()]
    if not columns:
        first = query.args["from_"].this
        return [exp.column(exp.Star(), table=first.alias_or_name)]
    return [exp.alias_(exp.column(name, table=table or None), alias) for (table, name), alias in columns.items()]


def _renamed(expression: exp.Expr, names: dict[tuple[str, str], str]) -> exp.Expr:
    """Columns by the names they have among the evidence columns; a table's own name means nothing there."""

    def rename(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            return exp.column(names.get((node.table, node.name), node.name))
        return node

    return expression.transform(rename)


def _push_down_filter(rows: exp.Select, aggregates: Sequence[exp.Expr]) -> None:
    """With a single aggregate, rows that its FILTER or its NULLs leave out are no evidence."""
    if len(aggregates) != 1:
        return
    aggregate = aggregates[0]
    if isinstance(aggregate.parent, exp.Filter):
        rows.where(aggregate.parent.expression.this.copy(), copy=False)
    counted = aggregate.this
    if isinstance(aggregate, exp.Count) and isinstance(counted, exp.Column):
        rows.where(exp.Not(this=exp.Is(this=counted.copy(), expression=exp.Null())), copy=False)
