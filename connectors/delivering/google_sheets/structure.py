"""Makes our two tabs and lengthens them: frozen headings, number formats, and a warning for whoever edits them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.delivering.google_sheets.book import MOST_CELLS, Book, Tab
from connectors.delivering.google_sheets.columns import Column

_WARNING = "okr-numbers writes here. What you type over its cells is put right at the next run."


def needed(
    book: Book, number: int, title: str, columns: Sequence[Column], places: Sequence[int], rows: int, room: int
) -> list[dict[str, Any]]:
    """Requests that give the tab at least `rows` rows and all `places`, the columns of ours, and `room` rows more where it grows."""
    tab = book.tab(title)
    width = max(places) + 1
    if tab is None:
        return _new(number, title, columns, width, rows + room)
    grown = []
    if rows > tab.rows:
        grown.append(_longer(tab, "ROWS", rows + room - tab.rows))
    if width > tab.columns:
        grown.append(_longer(tab, "COLUMNS", width - tab.columns))
    return [*grown, *_formats(tab.number, columns, places, tab.rows)] if grown else []


def cells_added(book: Book, title: str, width: int, rows: int, room: int) -> int:
    """How many cells `needed` adds."""
    tab = book.tab(title)
    if tab is None:
        return (rows + room) * width
    higher, wider = max(rows + room if rows > tab.rows else 0, tab.rows), max(width, tab.columns)
    return higher * wider - tab.rows * tab.columns


def fits(book: Book, more: int) -> bool:
    """A spreadsheet holds ten million cells, blank ones included."""
    return book.cells + more <= MOST_CELLS


def _longer(tab: Tab, dimension: str, length: int) -> dict[str, Any]:
    return {"appendDimension": {"sheetId": tab.number, "dimension": dimension, "length": length}}


def _new(number: int, title: str, columns: Sequence[Column], width: int, rows: int) -> list[dict[str, Any]]:
    grid = {"rowCount": rows, "columnCount": width, "frozenRowCount": 1}
    bold = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    heading = {"sheetId": number, "startRowIndex": 0, "endRowIndex": 1}
    return [
        {"addSheet": {"properties": {"sheetId": number, "title": title, "gridProperties": grid}}},
        *_formats(number, columns, range(width), 1),
        {"repeatCell": {"range": heading, "cell": bold, "fields": "userEnteredFormat.textFormat.bold"}},
        # a warning, not a lock: the owner of the file keeps the last word
        {
            "addProtectedRange": {
                "protectedRange": {"range": {"sheetId": number}, "description": _WARNING, "warningOnly": True}
            }
        },
    ]


def _formats(number: int, columns: Sequence[Column], places: Sequence[int], top: int) -> list[dict[str, Any]]:
    """From row `top` on; what people made of the rows above stays."""
    found = []
    for place, column in zip(places, columns, strict=False):
        if column.number is not None:
            kind, pattern = column.number
            area = {"sheetId": number, "startRowIndex": top, "startColumnIndex": place, "endColumnIndex": place + 1}
            shown = {"userEnteredFormat": {"numberFormat": {"type": kind, "pattern": pattern}}}
            found.append({"repeatCell": {"range": area, "cell": shown, "fields": "userEnteredFormat.numberFormat"}})
    return found
