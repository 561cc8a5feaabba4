"""From a question to what the fast path computes: the metric taken apart, and the values that its filters and its SQL allow.

Reading SQL costs a millisecond, so what came out is kept for the life of the process, by a hash of the SQL and of the table it reads.
Questions that differ only in the values of their filters share one reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from okr_mappings.questions import FilterValue, MetricQuestion
from warehouse.errors import MetricError
from warehouse.execute import Binder, NamedMetric
from warehouse.filters import Marts
from warehouse.mergeable import Mergeable, Shape, choice_type, take_apart
from warehouse.sweep import Choice

_MOST_KEPT = 500_000
_KEPT: dict[bytes, Mergeable | None] = {}
_SHAPES: dict[Shape, Shape] = {}


def forget() -> None:
    """Read everything anew, for measuring."""
    _KEPT.clear()
    _SHAPES.clear()


@dataclass(frozen=True, slots=True)
class Recipe:
    """`shape` is one object for all equal shapes; `choice` has the allowed values of each of `columns`."""

    shape: Shape
    columns: tuple[str, ...]
    choice: Choice


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is common to all questions on one metric with filters on the same columns."""

    mergeable: Mergeable
    columns: tuple[str, ...]
    types: tuple[type[FilterValue], ...]


class Definitions:
    """Recipes against one state of the marts."""

    def __init__(self, catalog: Mapping[str, NamedMetric], marts: Marts) -> None:
        self._catalog = catalog
        self._marts = marts
        self._marts_text = repr(sorted((table, list(columns.items())) for table, columns in marts.items()))
        self._plans: dict[tuple[str, str | None, tuple[str, ...]], _Plan | None] = {}

    def recipe(self, question: MetricQuestion) -> Recipe | None:
        """None when the question does not merge, or is wrong in any way."""
        key = (question.metric, question.sql, tuple(column for column, _ in question.filters))
        if key not in self._plans:
            self._plans[key] = self._plan(question)
        plan = self._plans[key]
        if plan is None:
            return None
        choice = _choice(plan, question)
        return Recipe(plan.mergeable.shape, plan.columns, choice) if choice is not None else None

    def _plan(self, question: MetricQuestion) -> _Plan | None:
        mergeable = self._mergeable(question)
        if mergeable is None:
            return None
        filtered = [column for column, _ in question.filters]
        types = self._marts[mergeable.table]
        declared = self._catalog[question.metric].spec.dimensions if question.sql is None else ()
        if not set(filtered) <= set(declared) & types.keys():
            return None
        columns = tuple(sorted({*filtered, *(column for column, _ in mergeable.chosen)}))
        kinds = [choice_type(types[column]) for column in columns]
        return _Plan(mergeable, columns, tuple(kind for kind in kinds if kind)) if None not in kinds else None

    def _mergeable(self, question: MetricQuestion) -> Mergeable | None:
        metric = self._catalog.get(question.metric)
        sql = question.sql if question.sql is not None else metric.sql if metric else ""
        digest = hashlib.blake2b(f"{sql}\0{self._marts_text}".encode(), digest_size=16).digest()
        if digest not in _KEPT:
            if len(_KEPT) >= _MOST_KEPT:
                _KEPT.clear()
            _KEPT[digest] = self._read(question)
        return _KEPT[digest]

    def _read(self, question: MetricQuestion) -> Mergeable | None:
        unfiltered = MetricQuestion("", "", question.metric, question.window, question.sql)
        try:
            tree = (
                Binder(self._catalog, self._marts).narrowed(unfiltered).tree
            )  # a binder of its own, as binders keep trees
            found = take_apart(tree, self._marts)
        except MetricError:
            return None
        if found is None:
            return None
        return Mergeable(_SHAPES.setdefault(found.shape, found.shape), found.table, found.chosen)


def _choice(plan: _Plan, question: MetricQuestion) -> Choice | None:
    """The values allowed by all filters on a column and by the SQL; None when there are none, or of another type than the column."""
    allowed: dict[str, frozenset[FilterValue]] = dict(plan.mergeable.chosen)
    for column, values in question.filters:
        kind = plan.types[plan.columns.index(column)]
        if any(type(value) is not kind for value in values):
            return None
        allowed[column] = allowed.get(column, frozenset(values)) & frozenset(values)
    if not all(allowed.values()):
        return None
    return tuple(tuple(sorted(allowed[column], key=str)) for column in plan.columns)
