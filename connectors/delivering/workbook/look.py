"""How the workbook looks: fonts, fills, borders, widths, number formats. Applied to what is new, never over a person's choice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.drawing.line import LineProperties
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from okr_mappings.display import is_currency, status_label
from okr_mappings.words import Status

REMOVED = "No longer in the mapping"
LAST_ROW = 1_048_576
Horizontal = Literal["left", "center", "right"] | None

_INK = "1F2933"
_GREY = "6B7280"
_HEADER = "1F3A5F"
_BELOW = Border(bottom=Side(style="thin", color="D9DEE5"))
_COLOURS = {  # fill, text: dark on light, readable in print and for colour-blind eyes, always beside the word
    Status.ACHIEVED: ("BFE3C8", "0B4A1E"),
    Status.ON_TRACK: ("DDF3E1", "14602B"),
    Status.AT_RISK: ("FFEBC2", "7A4A00"),
    Status.OFF_TRACK: ("FBD5D0", "8A1C12"),
    Status.TOO_EARLY: ("E3ECF7", "244A7C"),
    Status.NOT_STARTED: ("ECEEF1", "4B5563"),
    Status.NO_DATA: ("E4DDF0", "4D3778"),
    Status.STALE: ("E4DDF0", "4D3778"),
    Status.MISSED: ("F3B8B0", "6E130B"),
}

BAR, BAR_EXPECTED = "1F3A5F", "B8C4D2"  # what is, and what should be

WHOLE = "#,##0"
ONE_DECIMAL = "#,##0.0"
TWO_DECIMALS = "#,##0.00"
PERCENT = "0.0%"
SHARE = "0%"
SCORE = "0.00"
DAY = "yyyy-mm-dd"
MOMENT = "yyyy-mm-dd hh:mm"
_MEASURES = frozenset({"hours", "days", "points"})


def number_format(unit: str, number: object) -> str:
    """How one number of a unit is printed: money without cents once it is large, counts with a decimal only if they have one."""
    if unit == "%":
        return PERCENT
    if unit in _MEASURES:
        return ONE_DECIMAL
    if not isinstance(number, int | float) or float(number).is_integer() or abs(number) >= 1000:
        return WHOLE
    return TWO_DECIMALS if is_currency(unit) else ONE_DECIMAL


def height(words: Sequence[str], widths: Sequence[float]) -> float:
    """The height in points of a row with these texts, wrapped in columns of these widths.

    Said outright because LibreOffice does not measure rows of files that claim to come from Excel.
    """
    lines = [
        sum(max(1, math.ceil(len(part) * 1.1 / width)) for part in text.split("\n"))
        for text, width in zip(words, widths, strict=True)
    ]
    return 6 + 15 * min(max(lines, default=1), 12)


def dress_header(sheet: Worksheet, row: int, widths: Sequence[float], aligned: Mapping[int, Horizontal]) -> None:
    """White on blue, as wide as asked, `aligned` by column like what stands below."""
    for column, width in enumerate(widths, start=1):
        cell = sheet.cell(row, column)
        cell.font = _font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=_HEADER)
        cell.alignment = _alignment(aligned.get(column), wrap=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[row].height = 24


def dress_cell(cell: Cell | MergedCell, *, number: str = "", wrap: bool = False, horizontal: Horizontal = None) -> None:
    """A body cell with a light line below."""
    cell.font = _font(color=_INK)
    cell.border = _BELOW
    cell.alignment = _alignment(horizontal, wrap=wrap)
    if number:
        cell.number_format = number


def dress_link(cell: Cell | MergedCell) -> None:
    """Blue and underlined, in the same box as the other cells."""
    dress_cell(cell)
    cell.font = _font(color="0B57D0", underline="single")


def light_line() -> LineProperties:
    return LineProperties(solidFill="D9DEE5", w=6350)


def title_font() -> Font:
    return _font(bold=True, size=18, color=_HEADER)


def section_font() -> Font:
    return _font(bold=True, size=12, color=_HEADER)


def quiet_font() -> Font:
    return _font(color=_GREY)


def colour_statuses(sheet: Worksheet, column: int, first_row: int) -> None:
    """Colours for a column of status words, from `first_row` to the end of the sheet, so that rows may be sorted and added."""
    letter = get_column_letter(column)
    where = f"{letter}{first_row}:{letter}{LAST_ROW}"
    for status, (fill, text) in _COLOURS.items():
        sheet.conditional_formatting.add(where, _rule(status_label(status), fill, text))
    sheet.conditional_formatting.add(where, _rule(REMOVED, "ECEEF1", _GREY, strike=True))


def _rule(words: str, fill: str, text: str, *, strike: bool = False) -> Rule:
    style = DifferentialStyle(
        font=Font(color=text, bold=not strike, strike=strike),
        fill=PatternFill("solid", start_color=fill, end_color=fill),
    )
    return Rule(type="cellIs", operator="equal", formula=[f'"{words}"'], dxf=style)


@cache  # a font object per cell would cost a second per thousand rows
def _font(
    *, bold: bool = False, size: float = 11, color: str = _INK, underline: Literal["single"] | None = None
) -> Font:
    return Font(name="Calibri", size=size, bold=bold, color=color, underline=underline)


@cache
def _alignment(horizontal: Horizontal, *, wrap: bool) -> Alignment:
    """Left is asked for beside a column of numbers only, so it keeps its distance."""
    indent = 1 if horizontal == "left" else 0
    return Alignment(vertical="center", wrap_text=wrap, horizontal=horizontal, indent=indent)
