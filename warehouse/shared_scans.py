"""Which scans answer which questions: one per slice of a table, for all columns that some question filters on.

Where so many values are asked for that the cells could outgrow the gain, each set of columns gets a scan of its own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from okr_mappings.questions import FilterValue
from warehouse.cells import Cells, Codes, ScanRequest, StepAsideError, scan
from warehouse.deadline import time_limit
from warehouse.engine import Connection
from warehouse.errors import MetricError
from warehouse.mergeable import Atom, AtomKind, Shape, Slice
from warehouse.sweep import Batch

FEWEST_WINDOWS = 8
MOST_CELLS_ASKED = 2_000_000

_Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """Questions that differ only in the values of their filters and in their windows; `positions` says whose rows the batch has."""

    shape: Shape
    batch: Batch
    positions: Sequence[int]


def worth_scanning(work: Sequence[Work]) -> list[Work]:
    """Without those of which a slice is asked for too few windows."""
    asked: dict[Slice, int] = defaultdict(int)
    for each in work:
        for rows in _slices(each):
            asked[rows] += len(each.batch.of)
    return [each for each in work if all(asked[rows] >= FEWEST_WINDOWS for rows in _slices(each))]


class SharedScans:
    """Runs each scan when it is first needed, and keeps its cells for the other questions."""

    def __init__(self, con: Connection, work: Sequence[Work], seconds: float) -> None:
        self._con = con
        self._seconds = seconds
        self._requests: dict[tuple[Atom, _Columns], ScanRequest] = {}
        self._cells: dict[ScanRequest, Cells | None] = {}
        users: dict[tuple[Slice, str], list[Work]] = defaultdict(list)
        for each in work:
            for key in {_family(atom) for atom in each.shape.atoms}:
                users[key].append(each)
        for key, group in users.items():
            for request, served in _requests(key, group):
                self._requests |= {(atom, each.batch.columns): request for atom in request.atoms for each in served}

    def of(self, work: Work) -> list[tuple[Cells, list[Atom]]]:
        """The cells that hold the work's atoms. Raises StepAsideError when one of the scans failed."""
        atoms: dict[ScanRequest, list[Atom]] = defaultdict(list)
        for atom in work.shape.atoms:
            atoms[self._requests[atom, work.batch.columns]].append(atom)
        return [(self._scanned(request), members) for request, members in atoms.items()]

    def _scanned(self, request: ScanRequest) -> Cells:
        if request not in self._cells:
            self._cells[request] = self._scan(request)
        found = self._cells[request]
        if found is None:
            raise StepAsideError
        return found

    def _scan(self, request: ScanRequest) -> Cells | None:
        try:
            with time_limit(self._con, self._seconds):
                return scan(self._con, request)
        except (StepAsideError, MetricError, duckdb.Error):
            return None


def _slices(work: Work) -> set[Slice]:
    return {atom.rows for atom in work.shape.atoms}


def _family(atom: Atom) -> tuple[Slice, str]:
    """Atoms of one family can come from one scan."""
    return atom.rows, f"{atom.argument} {atom.condition}" if atom.kind is AtomKind.DISTINCT else ""


def _requests(key: tuple[Slice, str], group: Sequence[Work]) -> Iterator[tuple[ScanRequest, Sequence[Work]]]:
    together = _request(key, group)
    if _most_cells(together) <= MOST_CELLS_ASKED:
        yield together, group
        return
    by_columns: dict[_Columns, list[Work]] = defaultdict(list)
    for each in group:
        by_columns[each.batch.columns].append(each)
    for served in by_columns.values():
        yield _request(key, served), served


def _most_cells(request: ScanRequest) -> int:
    return math.prod(len(values) + 1 for _, values in request.choices) * len(request.ends)


def _request(key: tuple[Slice, str], group: Sequence[Work]) -> ScanRequest:
    atoms = dict.fromkeys(atom for each in group for atom in each.shape.atoms if _family(atom) == key)
    values: dict[str, set[FilterValue]] = defaultdict(set)
    for each in group:
        for choice in each.batch.choices:
            for column, allowed in zip(each.batch.columns, choice, strict=True):
                values[column].update(allowed)
    choices = tuple((column, tuple(sorted(values[column], key=str))) for column in sorted(values))
    starts, ends = _days(each.batch.starts for each in group), _days(each.batch.ends for each in group)
    return ScanRequest(key[0], tuple(atoms), choices, starts, ends)


def _days(ordinals: Iterable[Codes]) -> tuple[date, ...]:
    return tuple(date.fromordinal(each) for each in np.unique(np.concatenate(list(ordinals))).tolist())
