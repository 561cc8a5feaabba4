"""A tab of people's own: rows are found by the key column, only the named columns are written, everything else is theirs.

Both are read in the same run, just before the write, and the key column again after it: there is no way to lock a sheet meanwhile.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.delivering.google_sheets.book import Tab
from connectors.delivering.google_sheets.cells import Edit, at, name_of, plain, same, text
from connectors.delivering.google_sheets.columns import HeadingError, Key, for_people, headings_in
from connectors.delivering.google_sheets.data_tab import Found
from connectors.spreadsheets.cells import CellValue, Matrix, letters

_ROWS_SEARCHED = 50
CYCLE = "Cycle"


@dataclass(frozen=True, slots=True)
class Owned:
    """Which tabs, the heading of their key column, and our columns: heading -> name in `okr_data`."""

    tabs: tuple[str, ...] = ()
    key: str = "KR ID"
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a key result is to show, and what it showed before, both by the names of `okr_data`."""

    now: Mapping[str, CellValue]
    before: Mapping[str, CellValue]


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    """Edits; `key_column` for the second look; what is wrong, by key; typed-over cells; keys nobody knows."""

    title: str
    key_column: int
    edits: list[Edit]
    problems: Mapping[Key, str]
    drift: list[str]
    remarks: list[str]


def plan_people(tab: Tab, matrix: Matrix, owned: Owned, shown: Mapping[Key, Shown], email: str) -> PeoplePlan:
    """HeadingError when the tab is not understood."""
    head = _heading_row(tab.title, matrix, owned.key)
    key_column = headings_in(matrix, [owned.key], tab.title, row=head)[owned.key]
    places = headings_in(matrix, list(owned.columns), tab.title, row=head)
    rows, unknown = _rows(matrix, head, key_column, shown)
    plan = PeoplePlan(
        tab.title, key_column, [], {key: _doubled(tab.title, key, r) for key, r in rows.items() if len(r) > 1}, [], []
    )
    locked: list[str] = []
    for key, (row, *more) in rows.items():
        if more:
            continue
        cells = _changes(matrix, row, places, owned, shown[key], plan.drift)
        shut = [name_of(row, column) for column in cells if tab.is_locked(row, column)]
        locked += shut
        if cells and not shut:
            plan.edits.append(Edit(tab.title, row, cells, key, dense=False))
    if locked:
        raise HeadingError(
            f"the tab '{tab.title}' is protected where we write ({', '.join(locked[:3])}{' ...' if len(locked) > 3 else ''}). "
            f"Under Data > Protect sheets and ranges let {email} edit it, or remove the protection."
        )
    plan.remarks.extend(_typos(tab.title, unknown, shown))
    return plan


def _heading_row(title: str, matrix: Matrix, key: str) -> int:
    for row in range(min(len(matrix), _ROWS_SEARCHED)):
        if plain(key) in (plain(value) for value in matrix[row] if isinstance(value, str)):
            return row
    raise HeadingError(
        f"the tab '{title}' has no heading '{key}' in its first {_ROWS_SEARCHED} rows; it was renamed or deleted. Write it again above "
        "the ids of the key results, or name another one in KEY_COLUMN."
    )


def _rows(
    matrix: Matrix, head: int, key_column: int, shown: Mapping[Key, Shown]
) -> tuple[dict[Key, list[int]], dict[int, str]]:
    """Rows by key, and those whose key nobody knows. Without a column Cycle an id means the newest cycle that has it."""
    headings = [plain(at(matrix, head, column)) for column in range(len(matrix[head]))]
    cycle = headings.index(plain(CYCLE)) if plain(CYCLE) in headings else None
    newest = {key[1]: key for key in shown}
    rows: dict[Key, list[int]] = {}
    unknown: dict[int, str] = {}
    for row in range(head + 1, len(matrix)):
        identity = text(at(matrix, row, key_column))
        its_cycle = text(at(matrix, row, cycle)) if cycle is not None else ""
        key = (its_cycle, identity) if its_cycle else newest.get(identity)
        if key in shown and key is not None:
            rows.setdefault(key, []).append(row)
        elif identity and not its_cycle:
            unknown[row] = identity
    return rows, unknown


def _changes(
    matrix: Matrix, row: int, places: Mapping[str, int], owned: Owned, shown: Shown, drift: list[str]
) -> dict[int, CellValue]:
    cells: dict[int, CellValue] = {}
    for heading, column in places.items():
        name = owned.columns[heading]
        stands, ours = at(matrix, row, column), for_people(name, shown.now[name])
        if same(stands, ours):
            continue
        cells[column] = ours
        before = for_people(name, shown.before[name]) if name in shown.before else stands
        if stands is not None and not same(stands, before):
            drift.append(f"{name_of(row, column)} ({heading}): {text(stands)!r} over {text(before)!r}")
    return cells


def _doubled(title: str, key: Key, rows: Sequence[int]) -> str:
    places = " and ".join(str(row + 1) for row in rows)
    return f"'{key[1]}' stands in rows {places} of the tab '{title}'. Take one away; none of them was written."


def _typos(title: str, unknown: Mapping[int, str], shown: Mapping[Key, Shown]) -> list[str]:
    """Only what looks like a slip: rows about other things are nobody's business."""
    known = {key[1] for key in shown}
    found = {row: difflib.get_close_matches(identity, known, n=1, cutoff=0.85) for row, identity in unknown.items()}
    return [
        f"row {row + 1} of the tab '{title}' names the key result '{unknown[row]}', which does not exist. Did you mean '{near[0]}'?"
        for row, near in list(found.items())[:3]
        if near
    ]


def before_of(found: Found | None, names: Sequence[str]) -> dict[str, CellValue]:
    """What a key result showed, as far as it can be trusted."""
    return dict(zip(names, found.values, strict=False)) if found is not None and found.trusted else {}


def moved(plan: PeoplePlan, key_now: CellValue, edit: Edit, was: Matrix) -> str:
    """Says so when another row came to stand where we wrote."""
    if same(key_now, at(was, edit.row, plan.key_column)):
        return ""
    return (
        f"the tab '{plan.title}' was sorted or changed in the second of the write, so row {edit.row + 1} may show another's numbers in "
        f"{', '.join(letters(column) for column in edit.cells)}. The next try puts right every row that has a key."
    )
