"""A spreadsheet as `spreadsheets.get` describes it: its tabs, their sizes, and what is protected from us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIELDS = (
    "properties.title,sheets(properties(sheetId,title,sheetType,gridProperties(rowCount,columnCount)),"
    "protectedRanges(range,unprotectedRanges,description,warningOnly,requestingUserCanEdit))"
)
MOST_CELLS = 10_000_000


@dataclass(frozen=True, slots=True)
class Area:
    """Rows and columns from 0, ends exclusive; None is open."""

    top: int
    bottom: int | None
    left: int
    right: int | None

    def holds(self, row: int, column: int) -> bool:
        inside = self.top <= row and (self.bottom is None or row < self.bottom)
        return inside and self.left <= column and (self.right is None or column < self.right)


@dataclass(frozen=True, slots=True)
class Locked:
    """A protected range that we may not edit, except for `free`."""

    area: Area
    free: tuple[Area, ...]

    def holds(self, row: int, column: int) -> bool:
        return self.area.holds(row, column) and not any(area.holds(row, column) for area in self.free)


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab with a grid; charts' own sheets are none."""

    number: int
    title: str
    rows: int
    columns: int
    locked: tuple[Locked, ...] = ()

    def is_locked(self, row: int, column: int) -> bool:
        return any(each.holds(row, column) for each in self.locked)


@dataclass(frozen=True, slots=True)
class Book:
    """The spreadsheet; its cells count whether they hold something or not."""

    title: str
    tabs: tuple[Tab, ...]

    def tab(self, title: str) -> Tab | None:
        """Letter case does not matter, as in Sheets itself."""
        return next((tab for tab in self.tabs if tab.title.casefold() == title.casefold()), None)

    @property
    def cells(self) -> int:
        return sum(tab.rows * tab.columns for tab in self.tabs)

    def free_number(self) -> int:
        """A sheet id nobody has."""
        used = {tab.number for tab in self.tabs}
        return next(number for number in range(1_000_001, 2_000_000) if number not in used)


def book_from(answer: Mapping[str, Any]) -> Book:
    """KeyError and TypeError when it is no spreadsheet."""
    sheets = [sheet for sheet in answer.get("sheets", []) if sheet["properties"].get("sheetType", "GRID") == "GRID"]
    return Book(str(answer["properties"]["title"]), tuple(_tab(sheet) for sheet in sheets))


def _tab(sheet: Mapping[str, Any]) -> Tab:
    about, grid = sheet["properties"], sheet["properties"].get("gridProperties", {})
    # a range that only warns refuses nobody, and what we may edit is left out of what is false
    locked = [
        Locked(_area(each.get("range", {})), tuple(_area(free) for free in each.get("unprotectedRanges", [])))
        for each in sheet.get("protectedRanges", [])
        if not each.get("warningOnly") and not each.get("requestingUserCanEdit")
    ]
    return Tab(
        int(about.get("sheetId", 0)),
        str(about["title"]),
        int(grid.get("rowCount", 0)),
        int(grid.get("columnCount", 0)),
        tuple(locked),
    )


def _area(grid: Mapping[str, Any]) -> Area:
    return Area(
        int(grid.get("startRowIndex", 0)),
        grid.get("endRowIndex"),
        int(grid.get("startColumnIndex", 0)),
        grid.get("endColumnIndex"),
    )
