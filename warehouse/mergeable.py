"""Taking a metric apart into numbers that can be added up later: what it counts and sums (atoms), of which rows (slices), and the rest.

`select count(*) filter (where customer_date <= $as_of) as numerator, count(*) as denominator from marts.fct_leads where created_date
between $window_start and $as_of` becomes two atoms, each a count over a slice, and the columns `a0` and `a1`. Atoms come from one scan for
many questions (`cells`); the columns, which are SQL over the atoms, are computed by the database again, so no rule of its arithmetic is
repeated here. Not obvious:

* A row counts on day t when every birth is over: `created_date <= $as_of` is the birth `created_date`. A condition that ends, such as
  `end_date is null or end_date >= $as_of`, is taken as "all of them minus those whose end is over": the end is one more birth.
* `country = 'Hungary'` in the SQL is treated like a filter on `country`, so that key results that differ in it share a scan.
* Anything else (joins, medians, several tables, grouping) gives None, and the metric is executed as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlglot import exp

from okr_mappings.questions import FilterValue
from warehouse.filters import Marts
from warehouse.guard import DIALECT
from warehouse.moments import Bound, Death, Moment, Start, time_bound
from warehouse.vocabulary import AGGREGATES

_CLAUSES = {"expressions", "from_", "where"}
_OPAQUE = (exp.Query, exp.Window, exp.Star, exp.Placeholder)
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})


class AtomKind(StrEnum):
    COUNT = "count"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of one table: all `conditions` hold, all `births` are over by `$as_of`, and `start` is not before `$window_start`."""

    table: str
    conditions: tuple[str, ...] = ()
    start: Moment | None = None
    births: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Atom:
    """One aggregate over a slice. `argument` and `condition` are SQL, or empty for "of rows" and "all of them"."""

    kind: AtomKind
    rows: Slice
    argument: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a metric as SQL over `a0`, `a1`, ... (its atoms), `window_start` and `as_of`.

    `exact` are the atoms that are subtracted from each other, which is safe for whole numbers only.
    """

    atoms: tuple[Atom, ...]
    columns: tuple[tuple[str, str], ...]
    exact: frozenset[int]


@dataclass(frozen=True, slots=True)
class Mergeable:
    """A metric taken apart; `chosen` are the equalities on columns that were found in its SQL."""

    shape: Shape
    table: str
    chosen: tuple[tuple[str, frozenset[FilterValue]], ...]


def take_apart(query: exp.Query, marts: Marts) -> Mergeable | None:
    """`query` has passed `guard.check` and is left as it is."""
    try:
        return _Dissection(query.copy(), marts).result()
    except _NotMergeableError:
        return None


def choice_type(kind: str) -> type[FilterValue] | None:
    """The Python type whose equality is that of the column type; None when it is not safe to say."""
    if kind in _INTEGERS:
        return int
    return {"VARCHAR": str, "BOOLEAN": bool}.get(kind)


class _NotMergeableError(Exception):
    """Executed as it stands."""


class _Dissection:
    def __init__(self, query: exp.Query, marts: Marts) -> None:
        self._query = query
        self._table, self._alias, self._types = _only_table(query, marts)
        self._atoms: dict[Atom, int] = {}
        self._exact: set[int] = set()
        self._chosen: dict[str, frozenset[FilterValue]] = {}

    def result(self) -> Mergeable:
        for column in list(self._query.find_all(exp.Column)):
            self._resolve(column)
        where = self._query.args.get("where")
        plain, bounds = self._sorted(where.this if where else None, may_choose=True)
        rows = Slice(self._table, plain)
        columns = tuple(self._column(item, rows, bounds) for item in self._query.selects)
        if not self._atoms:
            raise _NotMergeableError  # one row per row of the table, not one
        shape = Shape(tuple(self._atoms), columns, frozenset(self._exact))
        return Mergeable(shape, self._table, tuple(sorted(self._chosen.items())))

    def _resolve(self, column: exp.Column) -> None:
        """Every column by its own quoted name: there is but one table."""
        names = {name.lower(): name for name in self._types}
        if column.name.lower() not in names or column.table.lower() not in ("", self._alias):
            raise _NotMergeableError
        column.replace(exp.column(names[column.name.lower()], quoted=True))

    def _sorted(self, condition: exp.Expr | None, *, may_choose: bool = False) -> tuple[tuple[str, ...], list[Bound]]:
        """The conditions that stay, and those on time; equalities go to `chosen`."""
        plain, bounds = [], []
        for part in conjuncts(condition) if condition else ():
            found = time_bound(part, self._types)
            choice = self._choice(part) if may_choose else None
            if found:
                bounds += found
            elif choice:
                column, values = choice
                self._chosen[column] = self._chosen.get(column, values) & values
            else:
                plain.append(_text(part, *_OPAQUE))
        return tuple(sorted(plain)), bounds

    def _choice(self, part: exp.Expr) -> tuple[str, frozenset[FilterValue]] | None:
        if isinstance(part, exp.EQ) and isinstance(part.left, exp.Column):
            column, values = part.left, [part.right]
        elif isinstance(part, exp.In) and isinstance(part.this, exp.Column) and part.expressions:
            column, values = part.this, part.expressions
        else:
            return None
        if self._types[column.name] != "VARCHAR" or not all(
            isinstance(value, exp.Literal) and value.is_string for value in values
        ):
            return None
        return column.name, frozenset(value.this for value in values)

    def _column(self, item: exp.Expr, rows: Slice, bounds: list[Bound]) -> tuple[str, str]:
        body = exp.Paren(this=item.unalias().copy())
        for node in list(_aggregates(body)):
            node.replace(self._merged(node, rows, bounds))
        for placeholder in list(body.find_all(exp.Placeholder)):
            placeholder.replace(exp.column(placeholder.name))
        if body.find(exp.Query, exp.Window, exp.Star) or any(
            column.args["this"].quoted for column in body.find_all(exp.Column)
        ):
            raise _NotMergeableError
        return item.alias_or_name, body.sql(dialect=DIALECT)

    def _merged(self, node: exp.Expr, rows: Slice, bounds: list[Bound]) -> exp.Expr:
        """What stands for one aggregate in the SQL over the atoms."""
        is_filtered = isinstance(node, exp.Filter)
        call = node.this if is_filtered else node
        plain, within = self._sorted(node.expression.this if is_filtered else None)
        kind, argument = _call(call)
        context = _Context(rows, [*bounds, *within], plain)
        if kind in (AtomKind.COUNT, AtomKind.DISTINCT):
            return self._atom(kind, argument, context)
        count = self._atom(AtomKind.COUNT, argument, context)
        if isinstance(call, exp.Avg):
            # the plus refuses what cannot be averaged: DuckDB adds booleans up, but has no average of them
            total = self._atom(AtomKind.SUM, f"+({argument})", context)
            return exp.Paren(this=exp.Div(this=exp.cast(total, "double"), expression=exp.func("nullif", count, "0")))
        merged = self._atom(kind, argument, context)
        return exp.Paren(this=exp.Case().when(exp.GT(this=count, expression=exp.Literal.number(0)), merged))

    def _atom(self, kind: AtomKind, argument: str, context: _Context) -> exp.Expr:
        deaths = [bound for bound in context.bounds if isinstance(bound, Death)]
        if not deaths:
            return self._named(Atom(kind, context.slice(), argument, context.condition()))
        if len(deaths) > 1 or kind not in (AtomKind.COUNT, AtomKind.SUM):
            raise _NotMergeableError
        alive = replace(context, bounds=[bound for bound in context.bounds if bound is not deaths[0]])
        over = replace(alive, bounds=[*alive.bounds, deaths[0].moment])
        if not deaths[0].or_null:
            alive = replace(alive, plain=(*alive.plain, f'"{deaths[0].moment.column}" IS NOT NULL'))
        pair = [Atom(kind, each.slice(), argument, each.condition()) for each in (alive, over)]
        minuend, subtrahend = (self._named(atom) for atom in pair)
        self._exact |= {self._atoms[atom] for atom in pair}
        return exp.Paren(this=exp.Sub(this=minuend, expression=subtrahend))

    def _named(self, atom: Atom) -> exp.Expr:
        return exp.column(f"a{self._atoms.setdefault(atom, len(self._atoms))}")


@dataclass(frozen=True, slots=True)
class _Context:
    """Where an aggregate stands: its rows, all bounds of time on them, and what its FILTER says besides."""

    rows: Slice
    bounds: list[Bound]
    plain: tuple[str, ...]

    def slice(self) -> Slice:
        starts = {bound.moment for bound in self.bounds if isinstance(bound, Start)}
        births = {bound for bound in self.bounds if isinstance(bound, Moment)}
        if len(starts) > 1:
            raise _NotMergeableError
        return replace(self.rows, start=next(iter(starts), None), births=tuple(sorted(births)))

    def condition(self) -> str:
        return " AND ".join(f"({part})" for part in sorted(self.plain))


def conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that all must hold, brackets taken off."""
    if isinstance(condition, exp.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    elif isinstance(condition, exp.Paren):
        yield from conjuncts(condition.this)
    else:
        yield condition


def _only_table(query: exp.Query, marts: Marts) -> tuple[str, str, Mapping[str, str]]:
    """Its name, the name it goes by in the query, and the types of its columns."""
    tables = list(query.find_all(exp.Table))
    plain = isinstance(query, exp.Select) and not {key for key, value in query.args.items() if value} - _CLAUSES
    if not plain or len(tables) != 1 or sum(1 for _ in query.find_all(exp.Query)) != 1:
        raise _NotMergeableError
    name = f"{tables[0].db}.{tables[0].name}"
    if name not in marts or {key for key, value in tables[0].args.items() if value} - {"this", "db", "alias"}:
        raise _NotMergeableError
    return name, tables[0].alias_or_name.lower(), marts[name]


def _aggregates(body: exp.Expr) -> Iterator[exp.Expr]:
    """The outermost nodes that stand for an aggregate, its FILTER included."""
    for node in body.walk(prune=lambda each: isinstance(each, exp.Filter) or type(each) in AGGREGATES):
        if isinstance(node, exp.Filter) or type(node) in AGGREGATES:
            yield node


def _call(call: exp.Expr) -> tuple[AtomKind, str]:
    argument = call.this
    others = {key for key, value in call.args.items() if value} - {"this", "big_int"}
    if others or not isinstance(call, exp.Count | exp.Sum | exp.Avg | exp.Min | exp.Max):
        raise _NotMergeableError
    if isinstance(call, exp.Count) and isinstance(argument, exp.Star):
        return AtomKind.COUNT, ""
    if isinstance(call, exp.Count) and isinstance(argument, exp.Distinct):
        if len(argument.expressions) != 1:
            raise _NotMergeableError
        return AtomKind.DISTINCT, _text(argument.expressions[0], exp.Tuple, *_OPAQUE)
    kinds = {exp.Count: AtomKind.COUNT, exp.Min: AtomKind.MIN, exp.Max: AtomKind.MAX}
    return kinds.get(type(call), AtomKind.SUM), _text(argument, exp.Distinct, *_OPAQUE)


def _text(node: exp.Expr, *refused: type[exp.Expr]) -> str:
    if node.find(*refused) or any(type(each) in AGGREGATES for each in node.walk()):
        raise _NotMergeableError
    return node.sql(dialect=DIALECT)
