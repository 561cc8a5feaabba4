"""Writes the edits of one run with the requests that are left, and looks whether they stayed.

A request that is left over reads back what was written; where none is, or the changes need two requests, each write answers with its own
cells. Requests stay below the 2 MB that Google advises as long as four can hold everything; they grow up to 8 MB before anything has to
wait for the next run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.delivering.google_sheets.calls import SheetCalls
from connectors.delivering.google_sheets.cells import Edit, at, blank, blocks, same
from connectors.delivering.google_sheets.columns import Key
from connectors.delivering.google_sheets.people_tab import PeoplePlan, moved
from connectors.spreadsheets.cells import CellValue, Matrix, letters, quoted

ADVISED_BYTES = 2_000_000
MOST_BYTES = 8_000_000

Cells = dict[tuple[str, int, int], CellValue]
Visited = tuple[PeoplePlan, Matrix]
"""A tab of people's own: what is to be done there, and how it stood before."""


@dataclass(slots=True)
class Outcome:
    """`stopped` says what a person must repair though `okr_data` is right; the others are by key result."""

    stopped: list[str] = field(default_factory=list)
    refused: dict[Key, str] = field(default_factory=dict)
    later: dict[Key, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def write(calls: SheetCalls, edits: Sequence[Edit], people: Sequence[Visited], outcome: Outcome) -> None:
    """Edits come in the order of their importance; those that concern a key result are answered for in `outcome`."""
    parts, waiting = _parts(edits, calls.left)
    for edit in waiting:
        if edit.concerns:
            outcome.later[edit.concerns] = (
                "the changes are more than four requests of 8 MB can hold. What was not written follows at the next try."
            )
    read_back = len(parts) < calls.left
    for part in parts:
        written = blocks(part)
        answers = calls.write(written, answer=not read_back)
        stands = {
            (block.title, block.row + place, block.column): value
            for block, values_ in zip(written, answers, strict=False)
            for place, value in enumerate(values_)
        }
        if read_back:
            stands = _read_back(calls, part, people)
        _compare(part, stands, people if read_back else (), outcome)


def _parts(edits: Sequence[Edit], requests: int) -> tuple[list[list[Edit]], list[Edit]]:
    """Edits for each request, and those that must wait. One request less, when that suffices, leaves one to read back."""
    sizes = [edit.size() for edit in edits]
    total = sum(sizes)
    if not edits:
        return [], []
    count = 1 if total <= ADVISED_BYTES else min(requests, 2)
    room = min(max(total / count, 1), MOST_BYTES)
    parts: list[list[Edit]] = [[]]
    filled = 0
    for place, (edit, size) in enumerate(zip(edits, sizes, strict=True)):
        if filled >= room:
            if len(parts) == count:
                return parts, list(edits[place:])
            parts.append([])
            filled = 0
        parts[-1].append(edit)
        filled += size
    return parts, []


def _read_back(calls: SheetCalls, edits: Sequence[Edit], people: Sequence[Visited]) -> Cells:
    """One range per tab: from its first edited row to its last, and as wide as edits and keys are."""
    keys = {found.title: found.key_column for found, _ in people}
    spans: dict[str, tuple[int, int, int]] = {}
    for edit in edits:
        top, bottom, right = spans.get(edit.title, (edit.row, edit.row, keys.get(edit.title, 0)))
        spans[edit.title] = (min(top, edit.row), max(bottom, edit.row), max(right, *edit.cells))
    ranges = [f"{quoted(t)}!A{top + 1}:{letters(right)}{bottom + 1}" for t, (top, bottom, right) in spans.items()]
    return {
        (title, top + row, column): at(matrix, row, column)
        for (title, (top, _, _)), matrix in zip(spans.items(), calls.read(ranges), strict=True)
        for row, line in enumerate(matrix)
        for column in range(len(line))
    }


def _compare(edits: Sequence[Edit], stands: Cells, people: Sequence[Visited], outcome: Outcome) -> None:
    """`people` where the keys of people's tabs were read again as well."""
    visited = {found.title: (found, was) for found, was in people}
    for edit in edits:
        if edit.concerns is None:
            continue
        if edit.title in visited:
            found, was = visited[edit.title]
            now = stands.get((edit.title, edit.row, found.key_column))
            if why := moved(found, now, edit, was):
                outcome.later[edit.concerns] = why
                continue
        wrong = [
            column
            for column, value in edit.cells.items()
            if not same(blank(stands.get((edit.title, edit.row, column))), value)
        ]
        if wrong:
            places = ", ".join(f"{letters(column)}{edit.row + 1}" for column in wrong[:3])
            outcome.later[edit.concerns] = (
                f"{places} of the tab '{edit.title}' did not keep what was written; somebody edited it in the same moment. "
                "The next try puts it right."
            )
