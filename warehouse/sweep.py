"""From cells to numbers: for every filter, the running total over the asked days, of which each window reads the value at its end.

For each asked window start the cells from there on are spread over (combination of values x asked day) and accumulated along the days;
that one sweep serves the windows of every day that begin there. Nothing is subtracted, so floats lose no more than by adding up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from okr_mappings.questions import FilterValue
from warehouse.cells import Cells, Codes, Numbers, StepAsideError, neutral
from warehouse.mergeable import Atom, AtomKind

_MOST_SPREAD = 40_000_000
_UFUNCS = {AtomKind.MIN: np.minimum, AtomKind.MAX: np.maximum}

Choice = tuple[tuple[FilterValue, ...], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to compute: row r asks for the filter `choices[of[r]]` over the window `starts[r]`..`ends[r]` (ordinals of days).

    A choice has the allowed values of each of `columns`, in that order; each choice is there once.
    """

    columns: tuple[str, ...]
    choices: Sequence[Choice]
    of: Codes
    starts: Codes
    ends: Codes


@dataclass(frozen=True, slots=True)
class _Combinations:
    """The asked combinations of values. Choice c has the combinations `flat[offsets[c]:offsets[c + 1]]`; `cell` has -1 for "not asked"."""

    count: int
    flat: Codes
    offsets: Codes
    cell: Codes


def totals(cells: Cells, atoms: Sequence[Atom], batch: Batch) -> dict[Atom, Numbers]:
    """One number per row of the batch for each atom, 0 for none at all. Raises StepAsideError when it would take too much memory."""
    combinations = _combinations(cells, batch)
    starts, ends = _window_codes(cells, batch)
    if cells.members is not None:
        return {atoms[0]: _distinct(cells, cells.members, combinations, (starts, ends), batch)}
    results = {atom: np.empty(len(batch.of), dtype=cells.numbers[atom].dtype) for atom in atoms}
    for start in np.unique(starts):
        rows = np.flatnonzero(starts == start)
        first, last = ends[rows].min(), ends[rows].max()
        shape = (combinations.count, int(last - first) + 1)
        if shape[0] * shape[1] > _MOST_SPREAD:
            raise StepAsideError
        inside = np.flatnonzero((combinations.cell >= 0) & (cells.starts > start) & (cells.ends <= last))
        # what was there before the first day that is asked for is there on that day
        where = combinations.cell[inside] * shape[1] + np.maximum(cells.ends[inside] - first, 0)
        for atom in atoms:
            swept = _swept(atom, where, cells.numbers[atom][inside], shape)
            results[atom][rows] = _gathered(atom, swept, combinations, batch.of[rows], ends[rows] - first)
    return {atom: np.where(found == neutral(atom.kind, found.dtype), 0, found) for atom, found in results.items()}


def _window_codes(cells: Cells, batch: Batch) -> tuple[Codes, Codes]:
    """Positions of each row's start and end among those of the scan; all 0 where the slice does not depend on them."""
    rows, request = cells.request.rows, cells.request
    zeros = np.zeros(len(batch.of), dtype=np.int64)
    starts = np.searchsorted(_ordinals(request.starts), batch.starts) if rows.start else zeros
    ends = np.searchsorted(_ordinals(request.ends), batch.ends) if rows.births else zeros
    return starts, ends


def _ordinals(days: Sequence[date]) -> Codes:
    return np.array([day.toordinal() for day in days], dtype=np.int64)


def _combinations(cells: Cells, batch: Batch) -> _Combinations:
    codes = [cells.code_of(column) for column in batch.columns]
    sizes = [len(values) + 1 for values in codes]
    if math.prod(sizes) >= 2**62:
        raise StepAsideError
    keys, lengths = [], []
    for choice in batch.choices:
        partial = [0]
        for values, code, size in zip(choice, codes, sizes, strict=True):
            partial = [key * size + code[value] for key in partial for value in values]
        keys += partial
        lengths.append(len(partial))
    asked, flat = np.unique(np.array(keys, dtype=np.int64), return_inverse=True)
    cell_keys = np.zeros(len(cells.starts), dtype=np.int64)
    for column, size in zip(batch.columns, sizes, strict=True):
        cell_keys = cell_keys * size + cells.codes[column]
    position = np.minimum(np.searchsorted(asked, cell_keys), len(asked) - 1)
    cell = np.where(asked[position] == cell_keys, position, -1)
    return _Combinations(len(asked), flat, np.concatenate(([0], np.cumsum(lengths))), cell)


def _swept(atom: Atom, where: Codes, numbers: Numbers, shape: tuple[int, int]) -> Numbers:
    ufunc = _UFUNCS.get(atom.kind, np.add)
    spread = np.full(shape[0] * shape[1], neutral(atom.kind, numbers.dtype), dtype=numbers.dtype)
    ufunc.at(spread, where, numbers)
    return ufunc.accumulate(spread.reshape(shape), axis=1)


def _gathered(atom: Atom, swept: Numbers, combinations: _Combinations, of: Codes, ends: Codes) -> Numbers:
    """For every row its combinations at its end, merged."""
    first = combinations.offsets[of]
    lengths = combinations.offsets[of + 1] - first
    if (lengths == 1).all():
        return swept[combinations.flat[first], ends]
    begins = np.cumsum(lengths) - lengths
    members = np.arange(lengths.sum()) - np.repeat(begins - first, lengths)
    picked = swept[combinations.flat[members], np.repeat(ends, lengths)]
    merged: Numbers = _UFUNCS.get(atom.kind, np.add).reduceat(picked, begins)
    return merged


def _distinct(
    cells: Cells, members: Codes, combinations: _Combinations, windows: tuple[Codes, Codes], batch: Batch
) -> Numbers:
    """A value counts from the first day on which the filter sees it; values are not additive, so each choice is swept by itself."""
    starts, ends = windows
    result = np.zeros(len(batch.of), dtype=np.int64)
    chosen, cell = _cells_of_choices(combinations)
    n_ends = len(cells.request.ends)
    for start in np.unique(starts):
        rows = np.flatnonzero(starts == start)
        inside = cells.starts[cell] > start
        choice, member, day = chosen[inside], members[cell[inside]], cells.ends[cell[inside]]
        order = np.lexsort((day, member, choice))
        choice, member, day = choice[order], member[order], day[order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = (choice[1:] != choice[:-1]) | (member[1:] != member[:-1])
        spread = np.bincount(choice[is_first] * n_ends + day[is_first], minlength=len(batch.choices) * n_ends)
        result[rows] = spread.reshape(-1, n_ends).cumsum(axis=1)[batch.of[rows], ends[rows]]
    return result


def _cells_of_choices(combinations: _Combinations) -> tuple[Codes, Codes]:
    """Pairs (choice, cell) for all cells that a choice lets in."""
    by_combination = np.argsort(combinations.cell, kind="stable")
    first = np.searchsorted(combinations.cell[by_combination], combinations.flat, side="left")
    lengths = np.searchsorted(combinations.cell[by_combination], combinations.flat, side="right") - first
    if lengths.sum() > _MOST_SPREAD:
        raise StepAsideError
    choice_of_member = np.repeat(np.arange(len(combinations.offsets) - 1), np.diff(combinations.offsets))
    begins = np.cumsum(lengths) - lengths
    positions = np.arange(lengths.sum()) - np.repeat(begins - first, lengths)
    return np.repeat(choice_of_member, lengths), by_combination[positions]
