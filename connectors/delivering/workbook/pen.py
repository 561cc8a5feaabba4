"""Writes single cells, and knows whether anything changed.

A cell that already shows the value is not touched. Text is always stored as text: `=1+1` in a title is never a formula, here or
after a person edits the cell.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

CellValue = str | float | int | bool | date | datetime | None

LONGEST_TEXT = 32_767  # Excel's limit for one cell
LONGEST_LINK = 2_079
LONGEST_TITLE = 31
_FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")
_LOOKS_LIKE_A_FORMULA = frozenset("=+-@\t\r")


class MergedError(Exception):
    """The cell was merged into another one and cannot be written."""


class Pen:
    """Writes cells of one workbook; `changed` is true once something differs from what the file held."""

    def __init__(self) -> None:
        self.changed = False

    def put(self, sheet: Worksheet, row: int, column: int, value: CellValue, *, counts: bool = True) -> Cell:
        """Make the cell show `value`. With `counts=False` a difference alone is no reason to rewrite the file."""
        cell = sheet.cell(row, column)
        if isinstance(cell, MergedCell):
            raise MergedError(cell.coordinate)
        wanted = storable(value)
        if not _same(cell, wanted):
            cell.value = wanted
            if isinstance(wanted, str):
                cell.data_type = "s"
                cell.quotePrefix = wanted[0] in _LOOKS_LIKE_A_FORMULA
            self.changed = self.changed or counts
        return cell

    def put_link(self, sheet: Worksheet, row: int, column: int, link: str, text: str = "Open") -> Cell:
        """Make the cell a link when `link` is a web address; otherwise it shows the words of `link`."""
        web = (
            link.startswith(("https://", "http://"))
            and len(link) <= LONGEST_LINK
            and link.isprintable()
            and " " not in link
        )
        cell = self.put(sheet, row, column, text if web else link)
        present = cell.hyperlink.target if cell.hyperlink is not None else None
        if present != (link if web else None):
            cell.hyperlink = link if web else None
            self.changed = True
        return cell


def safe_title(name: str) -> str:
    """The name as a sheet may have it: at most 31 characters, none of the forbidden ones. May be empty."""
    return " ".join(_FORBIDDEN_IN_TITLES.sub(" ", name).split())[:LONGEST_TITLE].strip(" '")


def storable(value: CellValue) -> str | float | int | bool | datetime | None:
    """The value as a sheet can hold it: no empty text, no NaN, no control characters, days as midnights."""
    if isinstance(value, str):
        return ILLEGAL_CHARACTERS_RE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_TEXT] or None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())  # a sheet knows no time zones
    return value


def _same(cell: Cell, wanted: str | float | int | bool | datetime | None) -> bool:
    present = cell.value
    if isinstance(wanted, str):
        return cell.data_type != "f" and isinstance(present, str | list) and str(present) == wanted
    if isinstance(wanted, bool) or isinstance(present, bool):
        return present is wanted
    if isinstance(present, int | float) and isinstance(wanted, int | float):
        return math.isclose(present, wanted, rel_tol=1e-13)  # a file holds 16 digits of a number, Excel 15
    return present == wanted and type(present) is type(wanted)
