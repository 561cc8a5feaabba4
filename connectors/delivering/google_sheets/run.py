"""Brings one spreadsheet to what was published, with four requests at the most.

First the tabs and what is protected, then what stands there, then new or longer tabs where needed, then the changed cells. A request that
is left over reads back what was written; where none is, or the changes need two requests, each write answers with its own cells.
Requests stay below the 2 MB that Google advises as long as the four can hold everything; they grow up to 8 MB before anything has to
wait for the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.delivering.google_sheets import structure
from connectors.delivering.google_sheets.book import Book
from connectors.delivering.google_sheets.calls import SheetCalls
from connectors.delivering.google_sheets.cells import CellValue, Edit, Matrix, at, blank, blocks, letters, quoted, same
from connectors.delivering.google_sheets.columns import (
    HISTORY_COLUMNS,
    Column,
    HeadingError,
    Key,
    data_columns,
    values,
)
from connectors.delivering.google_sheets.data_tab import DATA, DataPlan, drift_line, plan_data
from connectors.delivering.google_sheets.history_tab import HISTORY, RANGES, plan_history
from connectors.delivering.google_sheets.people_tab import Owned, PeoplePlan, Shown, before_of, moved, plan_people
from connectors.errors import FatalError
from okr_mappings.snapshot import ProgressDocument, Snapshot

ADVISED_BYTES = 2_000_000
MOST_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show: `snapshots` by key in their order, of which `owed` are not acknowledged yet."""

    documents: Sequence[ProgressDocument]
    snapshots: Mapping[Key, Snapshot]
    owed: frozenset[Key]
    owned: Owned
    history: bool = True


@dataclass(slots=True)
class Outcome:
    """`stopped` says what a person must repair though `okr_data` is right; the others are by key result."""

    stopped: list[str] = field(default_factory=list)
    refused: dict[Key, str] = field(default_factory=dict)
    later: dict[Key, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """Everything to be written, in the order of importance."""

    columns: tuple[Column, ...]
    data: DataPlan
    people: list[tuple[PeoplePlan, Matrix]] = field(default_factory=list)
    history: list[Edit] = field(default_factory=list)
    history_rows: int = 0
    history_places: Sequence[int] = ()

    def edits(self) -> list[Edit]:
        return [*self.data.edits, *(edit for plan, _ in self.people for edit in plan.edits), *self.history]


def bring(calls: SheetCalls, wanted: Wanted) -> Outcome:
    """Raises a ConnectorError when nothing could be written."""
    outcome = Outcome()
    book = calls.describe()
    stands = _read(calls, book, wanted)
    plan = _plan(book, stands, wanted, calls.email, outcome)
    _enlarge(calls, book, plan, outcome)
    _write(calls, plan, outcome)
    return outcome


def _read(calls: SheetCalls, book: Book, wanted: Wanted) -> dict[str, Matrix]:
    ranges = [quoted(title) for title in (DATA, *wanted.owned.tabs) if book.tab(title) is not None]
    if wanted.history and book.tab(HISTORY) is not None:
        ranges += RANGES
    return dict(zip(ranges, calls.read(ranges), strict=True)) if ranges else {}


def _plan(book: Book, stands: Mapping[str, Matrix], wanted: Wanted, email: str, outcome: Outcome) -> _Plan:
    columns = data_columns(wanted.documents)
    running = {document.cycle_id for document in wanted.documents}
    try:
        data = plan_data(stands.get(quoted(DATA), []), columns, wanted.snapshots, running, wanted.owed)
    except HeadingError as error:
        raise FatalError(f"{error} Or delete the tab: it will be made anew.") from error
    if locked := _locked(book, DATA, data.edits):
        raise FatalError(_protected(DATA, locked, email))
    if book.tab(DATA) is None and book.tab(HISTORY) is not None:
        outcome.remarks.append(
            f"the tab '{DATA}' was not there any more (deleted or renamed) and was made anew. Formulas that read it "
            "must be pointed to it again."
        )
    if data.drift:
        outcome.remarks.append(drift_line(DATA, data.drift))
    plan = _Plan(columns, data)
    _plan_people(book, stands, wanted, plan, email, outcome)
    if wanted.history:
        _plan_history(book, stands, wanted, plan, email, outcome)
    return plan


def _plan_people(
    book: Book, stands: Mapping[str, Matrix], wanted: Wanted, plan: _Plan, email: str, outcome: Outcome
) -> None:
    if not wanted.owned.tabs:
        return
    names = [column.name for column in plan.columns]
    shown = {
        key: Shown(
            dict(zip(names, values(plan.columns, snapshot), strict=True)), before_of(plan.data.before.get(key), names)
        )
        for key, snapshot in wanted.snapshots.items()
    }
    for title in wanted.owned.tabs:
        tab = book.tab(title)
        if tab is None:
            there = ", ".join(f"'{each.title}'" for each in book.tabs)
            outcome.stopped.append(
                f"there is no tab '{title}' in '{book.title}'; it was deleted or renamed. There are {there}. "
                "Correct TABS or the tab's name."
            )
            continue
        try:
            found = plan_people(tab, stands[quoted(title)], wanted.owned, shown, email)
        except HeadingError as error:
            outcome.stopped.append(str(error))
            continue
        plan.people.append((found, stands[quoted(title)]))
        outcome.refused.update(found.problems)
        outcome.remarks += found.remarks
        if found.drift:
            outcome.remarks.append(drift_line(title, found.drift))


def _plan_history(
    book: Book, stands: Mapping[str, Matrix], wanted: Wanted, plan: _Plan, email: str, outcome: Outcome
) -> None:
    head, keys = (stands.get(name, []) for name in RANGES)
    try:
        plan.history, plan.history_rows, plan.history_places = plan_history(head, keys, wanted.snapshots.values())
    except HeadingError as error:
        outcome.stopped.append(f"{error} Or rename the tab: a new one will be begun.")
        return
    if locked := _locked(book, HISTORY, plan.history):
        plan.history.clear()
        outcome.stopped.append(_protected(HISTORY, locked, email))


def _locked(book: Book, title: str, edits: Iterable[Edit]) -> str:
    tab = book.tab(title)
    places = (
        f"{letters(column)}{e.row + 1}" for e in edits for column in e.cells if tab and tab.is_locked(e.row, column)
    )
    return next(places, "")


def _protected(title: str, place: str, email: str) -> str:
    return (
        f"the tab '{title}' is protected where we write ({place}). Under Data > Protect sheets and ranges let {email} edit it, "
        "or remove the protection."
    )


def _enlarge(calls: SheetCalls, book: Book, plan: _Plan, outcome: Outcome) -> None:
    """One request for all that is needed; a full spreadsheet loses the history's new rows, never the present state."""
    number = book.free_number()
    places = plan.data.places
    data = structure.needed(book, number, DATA, plan.columns, places, plan.data.rows) if plan.data.edits else []
    more = structure.cells_added(book, DATA, max(places) + 1, plan.data.rows) if data else 0
    history = []
    if plan.history:
        rows, places = plan.history_rows, plan.history_places
        history = structure.needed(book, number + 1, HISTORY, HISTORY_COLUMNS, places, rows)
        grown = structure.cells_added(book, HISTORY, max(places) + 1, rows) if history else 0
        if not structure.fits(book, more + grown):
            plan.history, history = [], []
            outcome.remarks.append(
                f"the spreadsheet would grow beyond ten million cells, so '{HISTORY}' gets no more rows. Move that tab to another "
                "spreadsheet and delete it here; a new one will be begun. Or set HISTORY to false."
            )
    if data or history:
        calls.change([*data, *history])


def _write(calls: SheetCalls, plan: _Plan, outcome: Outcome) -> None:
    parts, waiting = _parts(plan.edits(), calls.left)
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
            stands = _read_back(calls, part, plan)
        _compare(part, stands, plan if read_back else None, outcome)


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


Cells = dict[tuple[str, int, int], CellValue]


def _read_back(calls: SheetCalls, edits: Sequence[Edit], plan: _Plan) -> Cells:
    """One range per tab: from its first edited row to its last, and as wide as edits and keys are."""
    keys = {people.title: people.key_column for people, _ in plan.people}
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


def _compare(edits: Sequence[Edit], stands: Cells, plan: _Plan | None, outcome: Outcome) -> None:
    """`plan` where the keys of people's tabs were read again as well."""
    people = {found.title: (found, was) for found, was in plan.people} if plan else {}
    for edit in edits:
        if edit.concerns is None:
            continue
        if edit.title in people:
            found, was = people[edit.title]
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
