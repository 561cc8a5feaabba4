"""How the workbook looks: fonts, fills, borders, widths, number formats. Applied to what is new, never over a person's choice."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.cell.cell import Cell
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import FORMAT_TEXT
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from okr_mappings.words import Status

REMOVED = "No longer in the mapping"
LAST_ROW = 1_048_576

_INK = "1F2933"
_GREY = "6B7280"
_HEADER = "1F3A5F"
_LINE = Side(style="thin", color="D9DEE5")
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

COUNT = "#,##0"
COUNT_WITH_FRACTION = "#,##0.0"
PERCENT = "0.0%"
SHARE = "0%"
SCORE = "0.00"
DAY = "yyyy-mm-dd"
MOMENT = "yyyy-mm-dd hh:mm"
TEXT = FORMAT_TEXT


def status_words(status: Status) -> str:
    """The status as people read it: `On track`."""
    return status.value.replace("_", " ").capitalize()


def number_format(unit: str, numbers: Sequence[float | None]) -> str:
    """How numbers of a unit are printed; a count shows a decimal only when one of the numbers has one."""
    if unit == "%":
        return PERCENT
    if any(number is not None and not float(number).is_integer() for number in numbers):
        return COUNT_WITH_FRACTION
    return COUNT


def dress_header(sheet: Worksheet, row: int, widths: Sequence[float]) -> None:
    """White on blue, wrapped, as wide as asked."""
    for column, width in enumerate(widths, start=1):
        cell = sheet.cell(row, column)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=_HEADER)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[row].height = 30


def dress_cell(cell: Cell, *, number: str = "", wrap: bool = False, horizontal: str | None = None) -> None:
    """A body cell: top-aligned, with a light line below."""
    cell.font = Font(color=_INK)
    cell.border = Border(bottom=_LINE)
    cell.alignment = Alignment(vertical="top", wrap_text=wrap, horizontal=horizontal)
    if number:
        cell.number_format = number


def dress_link(cell: Cell) -> None:
    """Blue and underlined, in the same box as the other cells."""
    dress_cell(cell)
    cell.font = Font(color="0B57D0", underline="single")


def title_font() -> Font:
    return Font(bold=True, size=18, color=_HEADER)


def section_font() -> Font:
    return Font(bold=True, size=12, color=_HEADER)


def quiet_font() -> Font:
    return Font(color=_GREY)


def colour_statuses(sheet: Worksheet, column: int, first_row: int) -> None:
    """Colours for a column of status words, from `first_row` to the end of the sheet, so that rows may be sorted and added."""
    letter = get_column_letter(column)
    where = f"{letter}{first_row}:{letter}{LAST_ROW}"
    for status, (fill, text) in _COLOURS.items():
        sheet.conditional_formatting.add(where, _rule(status_words(status), fill, text))
    sheet.conditional_formatting.add(where, _rule(REMOVED, "ECEEF1", _GREY, strike=True))


def _rule(words: str, fill: str, text: str, *, strike: bool = False) -> Rule:
    style = DifferentialStyle(
        font=Font(color=text, bold=not strike, strike=strike),
        fill=PatternFill("solid", start_color=fill, end_color=fill),
    )
    return Rule(type="cellIs", operator="equal", formula=[f'"{words}"'], dxf=style)
