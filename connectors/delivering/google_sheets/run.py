"""Brings one spreadsheet to what was published, with four requests at the most.

First the tabs and what is protected, then what stands there, then new or longer tabs where needed, then the changed cells (`writing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.delivering.google_sheets import structure
from connectors.delivering.google_sheets.book import Book
from connectors.delivering.google_sheets.calls import SheetCalls
from connectors.delivering.google_sheets.cells import Edit
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
from connectors.delivering.google_sheets.people_tab import Owned, Shown, before_of, plan_people
from connectors.delivering.google_sheets.writing import Outcome, Visited, write
from connectors.errors import FatalError
from connectors.spreadsheets.cells import Matrix, letters, quoted
from okr_mappings.snapshot import ProgressDocument, Snapshot

_LEAST_ROOM = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show: `snapshots` by key in their order, of which `owed` are not acknowledged yet."""

    documents: Sequence[ProgressDocument]
    snapshots: Mapping[Key, Snapshot]
    owed: frozenset[Key]
    owned: Owned
    history: bool = True


@dataclass(slots=True)
class _Plan:
    """Everything to be written, in the order of importance."""

    columns: tuple[Column, ...]
    data: DataPlan
    people: list[Visited] = field(default_factory=list)
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
    write(calls, plan.edits(), plan.people, outcome)
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
    """One request for all that is needed; a full spreadsheet loses the history's new rows, never the present state.

    The history doubles, so that few runs spend a request on it; where that is too much, it gets what it needs.
    """
    number = book.free_number()
    places, rows = plan.data.places, plan.data.rows
    data = structure.needed(book, number, DATA, plan.columns, places, rows, _LEAST_ROOM) if plan.data.edits else []
    more = structure.cells_added(book, DATA, max(places) + 1, rows, _LEAST_ROOM) if data else 0
    history = _longer_history(book, number + 1, plan, more)
    if history is None:
        plan.history = []
        outcome.remarks.append(
            f"the spreadsheet would grow beyond ten million cells, so '{HISTORY}' gets no more rows. Move that tab to another "
            "spreadsheet and delete it here; a new one will be begun. Or set HISTORY to false."
        )
    if data or history:
        calls.change([*data, *(history or [])])


def _longer_history(book: Book, number: int, plan: _Plan, more: int) -> list[dict[str, Any]] | None:
    """None when it does not fit any more."""
    if not plan.history:
        return []
    rows, places = plan.history_rows, plan.history_places
    for room in (max(rows, _LEAST_ROOM), _LEAST_ROOM):
        requests = structure.needed(book, number, HISTORY, HISTORY_COLUMNS, places, rows, room)
        grown = structure.cells_added(book, HISTORY, max(places) + 1, rows, room) if requests else 0
        if structure.fits(book, more + grown):
            return requests
    return None
