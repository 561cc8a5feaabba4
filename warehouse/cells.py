"""Cells: one scan of a slice of a table, grouped by time and by the values asked for, with partial counts, sums, minima and maxima.

Time is cut at the days that some question names, and of a column only the values that some question names are told apart (the rest is
code 0). So the number of cells depends on what is asked and hardly on the size of the table. Codes:

* `starts`: how many of the asked window starts are not after the row's start; the row is inside the window of start i when that is > i.
* `ends`: the first of the asked window ends by which all births of the row are over; it is inside the windows of that end and later ones.
* whole numbers and decimals are kept as 64-bit integers (decimals times a power of ten), so adding them up is exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from okr_mappings.questions import FilterValue
from warehouse.engine import Connection
from warehouse.mergeable import Atom, AtomKind, Slice
from warehouse.moments import Moment

MOST_CELLS = 5_000_000
_MOST_SCALE = 15
_SAFE_TOTAL = 2.0**62
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "HUGEINT"})
_EXTREMES = (AtomKind.MIN, AtomKind.MAX)
_FLOATS = frozenset({"FLOAT", "DOUBLE"})
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")  # "DECIMAL(38,2)"

Numbers = NDArray[np.generic]
Codes = NDArray[np.int64]


class StepAsideError(Exception):
    """The fast path cannot promise the same number here; the metrics are executed as they stand."""


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What one scan has to tell apart. A distinct count has a scan of its own, as its column becomes one more key."""

    rows: Slice
    atoms: tuple[Atom, ...]
    choices: tuple[tuple[str, tuple[FilterValue, ...]], ...]
    starts: tuple[date, ...]
    ends: tuple[date, ...]

    @property
    def distinct(self) -> Atom | None:
        return self.atoms[0] if self.atoms[0].kind is AtomKind.DISTINCT else None


@dataclass(frozen=True, slots=True)
class Partial:
    """How an atom is fetched and what it is afterwards: `sql` in the scan, `back` around the merged number gives DuckDB's own type."""

    sql: str
    back: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Cells:
    """One row per cell in every array. `members` are the codes of a distinct count's values."""

    request: ScanRequest
    starts: Codes
    ends: Codes
    codes: Mapping[str, Codes]
    numbers: Mapping[Atom, Numbers]
    partials: Mapping[Atom, Partial]
    members: Codes | None = None

    def code_of(self, column: str) -> dict[FilterValue, int]:
        return {value: code for code, value in enumerate(dict(self.request.choices)[column], start=1)}


def scan(con: Connection, request: ScanRequest) -> Cells:
    """Raises StepAsideError, or whatever the database says."""
    if request.distinct:
        partials = {request.distinct: Partial("", "cast({} as bigint)", is_whole=True)}
    else:
        partials = dict(zip(request.atoms, _partials(con, request), strict=True))
    statement = _Statement(request, partials)
    found = con.execute(f"{statement.text()} limit {MOST_CELLS + 1}", statement.parameters).fetchnumpy()
    size = len(next(iter(found.values())))
    if size > MOST_CELLS:
        raise StepAsideError

    def codes(name: str, otherwise: int) -> Codes:
        return found[name].astype(np.int64) if name in found else np.full(size, otherwise, dtype=np.int64)

    return Cells(
        request,
        codes("starts", 1),
        codes("ends", 0),
        {column: codes(f"choice_{index}", 0) for index, (column, _) in enumerate(request.choices)},
        {} if request.distinct else {a: _filled(a, found[f"p{i}"]) for i, a in enumerate(request.atoms)},
        partials,
        codes("member", 0) if request.distinct else None,
    )


def _partials(con: Connection, request: ScanRequest) -> Iterator[Partial]:
    calls = [_call(atom) for atom in request.atoms]
    described = con.execute(f"select {', '.join(calls)} from {request.rows.table} limit 0").description or []  # noqa: S608
    for call, column in zip(calls, described, strict=True):
        yield _partial(call, str(column[1]))


def _call(atom: Atom) -> str:
    call = f"{atom.kind}({atom.argument or '*'})"
    return f"{call} filter (where {atom.condition})" if atom.condition else call


def _partial(call: str, kind: str) -> Partial:
    if kind in _INTEGERS:
        return Partial(f"cast({call} as bigint)", f"cast({{}} as {kind})", is_whole=True)
    if kind in _FLOATS:
        return Partial(f"cast({call} as double)", f"cast({{}} as {kind})", is_whole=False)
    decimal = _DECIMAL.fullmatch(kind)
    if decimal is None or int(decimal[2]) > _MOST_SCALE:
        raise StepAsideError
    scale = int(decimal[2])
    unit = f"cast({10.0**-scale:.{scale}f} as decimal({scale + 1}, {scale}))"
    whole = f"cast(cast({call} as decimal(38, {scale})) * {10**scale} as bigint)"
    return Partial(whole, f"cast({{}} * {unit} as {kind})", is_whole=True)


def _filled(atom: Atom, values: Numbers) -> Numbers:
    """Nothing to add is the operation's neutral number; whether there was anything is told by a count beside it."""
    known = np.abs(np.ma.compressed(values).astype(np.float64))
    if values.dtype.kind == "f":
        # an infinity may meet its opposite, and a NaN is NULL when it comes back to DuckDB
        safe = np.isfinite(known).all() and np.isfinite(known.sum())
    else:
        safe = known.max(initial=0) < _SAFE_TOTAL if atom.kind in _EXTREMES else known.sum() < _SAFE_TOTAL
    if not safe:
        raise StepAsideError
    filled: Numbers = np.ma.filled(values, neutral(atom.kind, values.dtype))
    return filled if filled.dtype.kind == "f" else filled.astype(np.int64)


def neutral(kind: AtomKind, dtype: np.dtype[np.generic]) -> float | int:
    """What changes nothing when it is merged in."""
    if kind not in _EXTREMES:
        return 0
    if dtype.kind == "f":
        return np.inf if kind is AtomKind.MIN else -np.inf
    limits = np.iinfo(np.int64)
    return limits.max if kind is AtomKind.MIN else limits.min


@dataclass
class _Statement:
    """The scan's SQL. Values are bound; days are written out, as they come from dates."""

    request: ScanRequest
    partials: Mapping[Atom, Partial]
    parameters: dict[str, Sequence[object]] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)

    def text(self) -> str:
        rows, distinct = self.request.rows, self.request.distinct
        keys = [*self._time_keys(), *self._choice_keys()]
        where = [f"({condition})" for condition in (*rows.conditions, *self._box())]
        if distinct:
            where += [f"({distinct.argument}) is not null", *([distinct.condition] if distinct.condition else [])]
            keys.append(f"{distinct.argument} as counted")
        columns = keys + [f"{self.partials[a].sql} as p{i}" for i, a in enumerate(self.request.atoms) if not distinct]
        grouped = (
            f"select {', '.join(columns)}\nfrom {rows.table}\n{''.join(self.joins)}"
            f"{'where ' + ' and '.join(where) if where else ''}\ngroup by all"
        )
        if not distinct:
            return grouped
        return f"select * exclude (counted), dense_rank() over (order by counted) as member from (\n{grouped}\n)"  # noqa: S608

    def _time_keys(self) -> Iterator[str]:
        rows, starts, ends = self.request.rows, self.request.starts, self.request.ends
        if rows.start:
            days = list(_days(starts[0], starts[-1]))
            codes = np.searchsorted(np.array(starts), np.array(days), side="right").tolist()
            yield f"{self._joined('starts', _day(rows.start), days, codes, len(starts))} as starts"
        if rows.births:
            days = list(_days(ends[0], ends[-1]))
            codes = np.searchsorted(np.array(ends), np.array(days), side="left").tolist()
            last_birth = ", ".join(_day(moment) for moment in rows.births)
            day = f"greatest({last_birth})" if len(rows.births) > 1 else last_birth
            yield f"{self._joined('ends', day, days, codes, 0)} as ends"

    def _choice_keys(self) -> Iterator[str]:
        for index, (column, values) in enumerate(self.request.choices):
            name, codes = f"choice_{index}", list(range(1, len(values) + 1))
            yield f"{self._joined(name, _quoted(column), values, codes, 0)} as {name}"

    def _joined(self, name: str, on: str, values: Sequence[object], codes: list[int], otherwise: int) -> str:
        """A left join to the few values that have a code; what is not among them has the code `otherwise`."""
        self.parameters[f"{name}_values"], self.parameters[f"{name}_codes"] = list(values), codes
        self.joins.append(
            f"left join (select unnest(${name}_values) as okr_value, cast(unnest(${name}_codes) as integer) as okr_code)"
            f" as okr_{name} on {on} = okr_{name}.okr_value\n"
        )
        return f"coalesce(okr_{name}.okr_code, {otherwise})"

    def _box(self) -> Iterator[str]:
        """What is outside every window is not read; a null day never counts."""
        rows = self.request.rows
        for moment in rows.births:
            yield f"{_quoted(moment.column)} <= {_date(self.request.ends[-1] - timedelta(days=moment.shift))}"
        if rows.start:
            first = self.request.starts[0] - timedelta(days=rows.start.shift)
            yield f"{_quoted(rows.start.column)} >= {_date(first)}"


def _day(moment: Moment) -> str:
    return f"({_quoted(moment.column)} + {moment.shift})" if moment.shift else _quoted(moment.column)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _date(day: date) -> str:
    return f"date '{day.isoformat()}'"


def _quoted(column: str) -> str:
    escaped = column.replace('"', '""')
    return f'"{escaped}"'
