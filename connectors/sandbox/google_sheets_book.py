"""A spreadsheet of the sandbox: tabs of cells, who may open it, and what people do to it by hand.

Cells hold what was entered: text, number, truth or a formula. Formulas are kept and shown, not calculated, except a plain reference.
Values, formats and notes lie apart, so that a test can see that a write touched nothing but values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

MOST_CELLS = 10_000_000
MOST_CHARACTERS = 50_000
Content = Any  # str, float, bool or Formula
_REFERENCE = re.compile(r"^=(?:'((?:[^']|'')+)'|(\w+))?!?\$?([A-Z]+)\$?(\d+)$")


@dataclass(frozen=True, slots=True)
class Formula:
    """Text that Sheets calculates."""

    text: str


@dataclass(frozen=True, slots=True)
class Area:
    """Rows and columns from 0, ends exclusive; None is open."""

    top: int = 0
    bottom: int | None = None
    left: int = 0
    right: int | None = None

    def meets(self, other: Area) -> bool:
        return _meet(self.top, self.bottom, other.top, other.bottom) and _meet(
            self.left, self.right, other.left, other.right
        )


@dataclass(slots=True)
class Protection:
    """`editors` None: a warning only."""

    number: int
    area: Area
    description: str = ""
    editors: tuple[str, ...] | None = None


@dataclass(slots=True)
class SheetTab:
    """One tab. `rows` holds the cells by column; a cell that is not there is blank."""

    number: int
    title: str
    row_count: int = 1000
    column_count: int = 26
    rows: list[dict[int, Content]] = field(default_factory=list)
    formats: list[tuple[Area, dict[str, Any]]] = field(default_factory=list)
    notes: list[dict[int, str]] = field(default_factory=list)
    protections: list[Protection] = field(default_factory=list)
    frozen_rows: int = 0

    def __post_init__(self) -> None:
        self.resize(self.row_count, self.column_count)

    def resize(self, rows: int, columns: int) -> None:
        self.row_count, self.column_count = rows, columns
        for kept in (self.rows, self.notes):
            del kept[rows:]
            kept.extend({} for _ in range(rows - len(kept)))

    def become(self, other: SheetTab) -> SheetTab:
        """Takes over everything of another one."""
        for each in fields(self):
            setattr(self, each.name, getattr(other, each.name))
        return self

    def put(self, row: int, column: int, content: Content | None) -> None:
        """Values only. An empty text clears."""
        if content is None or content == "":
            self.rows[row].pop(column, None)
        else:
            self.rows[row][column] = content

    def last_row(self) -> int:
        """How many rows hold anything at all, from the top."""
        return next((row + 1 for row in range(len(self.rows) - 1, -1, -1) if self.rows[row]), 0)

    # what people do

    def type_in(self, first_row: int, lines: Sequence[Sequence[Content]], first_column: int = 0) -> None:
        """Puts a block of values; None leaves a cell as it is."""
        for row, line in enumerate(lines, start=first_row):
            for column, content in enumerate(line, start=first_column):
                if content is not None:
                    self.put(row, column, content)

    def sort(self, column: int, first_row: int = 1, *, descending: bool = False) -> None:
        """Sorts the rows below the headings with their notes, blanks last, as the menu does."""
        end = self.last_row()
        pairs = list(zip(self.rows[first_row:end], self.notes[first_row:end], strict=True))
        filled = sorted((p for p in pairs if column in p[0]), key=lambda p: str(p[0][column]), reverse=descending)
        ordered = filled + [p for p in pairs if column not in p[0]]
        self.rows[first_row:end] = [row for row, _ in ordered]
        self.notes[first_row:end] = [note for _, note in ordered]

    def insert_row(self, at: int) -> None:
        self.rows.insert(at, {})
        self.notes.insert(at, {})
        self.row_count += 1

    def delete_row(self, at: int) -> None:
        del self.rows[at], self.notes[at]
        self.row_count -= 1

    def insert_column(self, at: int) -> None:
        for kept in (self.rows, self.notes):
            kept[:] = [{c + (c >= at): content for c, content in row.items()} for row in kept]
        self.column_count += 1


class Book:
    """A spreadsheet; `shared` says who may open it: `writer` or `reader`. `revision` grows with every write by the API."""

    def __init__(self, identity: str, title: str = "OKR tracker") -> None:
        self.identity = identity
        self.title = title
        self.shared: dict[str, str] = {}
        self.tabs: list[SheetTab] = [SheetTab(0, "Sheet1")]
        self.revision = 0

    def tab(self, title: str) -> SheetTab:
        """KeyError when there is none; letter case does not matter to Sheets."""
        for tab in self.tabs:
            if tab.title.casefold() == title.casefold():
                return tab
        raise KeyError(title)

    def add_tab(self, title: str, rows: int = 1000, columns: int = 26, number: int | None = None) -> SheetTab:
        used = {tab.number for tab in self.tabs}
        tab = SheetTab(max(used, default=0) + 1 if number is None else number, title, rows, columns)
        self.tabs.append(tab)
        return tab

    def delete_tab(self, title: str) -> None:
        self.tabs.remove(self.tab(title))

    def cells(self) -> int:
        return sum(tab.row_count * tab.column_count for tab in self.tabs)

    def shown_rows(self) -> dict[str, list[list[Content]]]:
        """Every tab as rows of what its cells show."""
        return {
            tab.title: [
                [self.shown(tab, row.get(column, "")) for column in range(max(row, default=-1) + 1)]
                for row in tab.rows[: tab.last_row()]
            ]
            for tab in self.tabs
        }

    def shown(self, tab: SheetTab, content: Content) -> Content:
        """What a cell shows: of a formula that is a plain reference what stands there, of others an error."""
        if not isinstance(content, Formula):
            return content
        found = _REFERENCE.match(content.text)
        if found is None:
            return "#ERROR!"
        title = (found[1] or found[2] or "").replace("''", "'")
        try:
            other = self.tab(title) if title else tab
            return self.shown(other, other.rows[int(found[4]) - 1].get(column_index(found[3]), ""))
        except (KeyError, IndexError):
            return "#REF!"


def column_index(letters: str) -> int:
    """A is 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def positions(area: Area, tab: SheetTab) -> Iterator[tuple[int, int]]:
    for row in range(area.top, tab.row_count if area.bottom is None else area.bottom):
        for column in range(area.left, tab.column_count if area.right is None else area.right):
            yield row, column


def _meet(a: int, a_end: int | None, b: int, b_end: int | None) -> bool:
    return (b_end is None or a < b_end) and (a_end is None or b < a_end)
