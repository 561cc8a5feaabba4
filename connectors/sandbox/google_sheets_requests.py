"""The requests of `spreadsheets.batchUpdate` that the sandbox knows, and what `spreadsheets.get` shows of a book.

A batch is applied as a whole or not at all: it works on a copy that replaces the book when every request went through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox.google_sheets_book import MOST_CELLS, Area, Book, Formula, Protection, SheetTab
from connectors.sandbox.google_sheets_values import Refused

PROTECTED = (
    "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection "
    "if you need to edit."
)


def apply(book: Book, request: Mapping[str, Any], number: int, who: str) -> dict[str, Any]:
    """The reply to one request."""
    kinds = list(request)
    if len(kinds) != 1 or kinds[0] not in _KINDS:
        raise Refused(f"Invalid requests[{number}]: No request set, or one the sandbox does not know: {kinds}.")
    where = f"Invalid requests[{number}].{kinds[0]}: "
    try:
        return _KINDS[kinds[0]](book, request[kinds[0]], where, who)
    except (KeyError, TypeError, ValueError) as wrong:
        raise Refused(f"{where}{wrong!r} is missing or wrong") from wrong


def check_size(book: Book, where: str) -> None:
    if book.cells() > MOST_CELLS:
        raise Refused(
            f"{where}This action would increase the number of cells in the workbook above the limit of 10000000 cells."
        )


def may_edit(tab: SheetTab, area: Area, who: str) -> bool:
    return not any(p.editors is not None and who not in p.editors and p.area.meets(area) for p in tab.protections)


def _tab(book: Book, number: int, where: str) -> SheetTab:
    for tab in book.tabs:
        if tab.number == number:
            return tab
    raise Refused(f"{where}No grid with id: {number}")


def _range(grid: Mapping[str, Any]) -> Area:
    return Area(
        grid.get("startRowIndex", 0),
        grid.get("endRowIndex"),
        grid.get("startColumnIndex", 0),
        grid.get("endColumnIndex"),
    )


def _add_sheet(book: Book, asked: Mapping[str, Any], where: str, _who: str) -> dict[str, Any]:
    wanted = asked.get("properties", {})
    title, number = wanted.get("title", f"Sheet{len(book.tabs) + 1}"), wanted.get("sheetId")
    if any(tab.title.casefold() == title.casefold() for tab in book.tabs):
        raise Refused(f'{where}A sheet with the name "{title}" already exists. Please enter another name.')
    if number is not None and any(tab.number == number for tab in book.tabs):
        raise Refused(f"{where}Sheet with id {number} already exists. Please enter another id.")
    grid = wanted.get("gridProperties", {})
    tab = book.add_tab(title, grid.get("rowCount", 1000), grid.get("columnCount", 26), number)
    tab.frozen_rows = grid.get("frozenRowCount", 0)
    check_size(book, where)
    return {"addSheet": {"properties": properties(book, tab)}}


def _delete_sheet(book: Book, asked: Mapping[str, Any], where: str, _who: str) -> dict[str, Any]:
    book.tabs.remove(_tab(book, asked["sheetId"], where))
    return {}


def _append_dimension(book: Book, asked: Mapping[str, Any], where: str, who: str) -> dict[str, Any]:
    tab, more = _tab(book, asked["sheetId"], where), int(asked["length"])
    if not may_edit(tab, Area(), who):
        raise Refused(where + PROTECTED)
    rows = more if asked["dimension"] == "ROWS" else 0
    tab.resize(tab.row_count + rows, tab.column_count + (more - rows))
    check_size(book, where)
    return {}


def _update_cells(book: Book, asked: Mapping[str, Any], where: str, who: str) -> dict[str, Any]:
    """Fields that are named and not given are cleared, as the service does."""
    start = asked["start"]
    tab = _tab(book, start.get("sheetId", 0), where)
    for row, line in enumerate(asked["rows"], start=start.get("rowIndex", 0)):
        for column, cell in enumerate(line.get("values", []), start=start.get("columnIndex", 0)):
            if row >= tab.row_count or column >= tab.column_count:
                raise Refused(f"{where}Attempting to write column: {column}, beyond the last requested column")
            if not may_edit(tab, Area(row, row + 1, column, column + 1), who):
                raise Refused(where + PROTECTED)
            if "userEnteredValue" in asked["fields"] or asked["fields"] == "*":
                tab.put(row, column, _content(cell.get("userEnteredValue", {})))
    return {}


def _append_cells(book: Book, asked: Mapping[str, Any], where: str, who: str) -> dict[str, Any]:
    tab = _tab(book, asked.get("sheetId", 0), where)
    start, rows = tab.last_row(), asked["rows"]
    tab.resize(max(tab.row_count, start + len(rows)), tab.column_count)
    check_size(book, where)
    begin = {"sheetId": tab.number, "rowIndex": start, "columnIndex": 0}
    return _update_cells(book, {"start": begin, "rows": rows, "fields": asked["fields"]}, where, who)


def _content(value: Mapping[str, Any]) -> Any:
    if "formulaValue" in value:
        return Formula(value["formulaValue"])
    if "numberValue" in value:
        return float(value["numberValue"])
    return value.get("stringValue", value.get("boolValue"))


def _repeat_cell(book: Book, asked: Mapping[str, Any], where: str, who: str) -> dict[str, Any]:
    if "userEnteredValue" in asked["fields"] or asked["fields"] == "*":
        raise Refused(f"{where}the sandbox repeats formats only")
    tab, area = _tab(book, asked["range"].get("sheetId", 0), where), _range(asked["range"])
    if not may_edit(tab, area, who):
        raise Refused(where + PROTECTED)
    tab.formats.append((area, dict(asked["cell"].get("userEnteredFormat", {}))))
    return {}


def _add_protection(book: Book, asked: Mapping[str, Any], where: str, _who: str) -> dict[str, Any]:
    wanted = asked["protectedRange"]
    if wanted.get("warningOnly") and "editors" in wanted:
        raise Refused(f"{where}ProtectedRange is warningOnly. Editors cannot be set on it.")
    tab = _tab(book, wanted["range"].get("sheetId", 0), where)
    number = 1 + sum(len(each.protections) for each in book.tabs)
    editors = None if wanted.get("warningOnly") else tuple(wanted.get("editors", {}).get("users", ()))
    tab.protections.append(Protection(number, _range(wanted["range"]), wanted.get("description", ""), editors))
    return {"addProtectedRange": {"protectedRange": {**wanted, "protectedRangeId": number}}}


_KINDS: Mapping[str, Callable[[Book, Mapping[str, Any], str, str], dict[str, Any]]] = {
    "addSheet": _add_sheet,
    "deleteSheet": _delete_sheet,
    "appendDimension": _append_dimension,
    "updateCells": _update_cells,
    "appendCells": _append_cells,
    "repeatCell": _repeat_cell,
    "addProtectedRange": _add_protection,
}


def properties(book: Book, tab: SheetTab) -> dict[str, Any]:
    grid = {"rowCount": tab.row_count, "columnCount": tab.column_count}
    grid |= {"frozenRowCount": tab.frozen_rows} if tab.frozen_rows else {}
    return {
        "sheetId": tab.number,
        "title": tab.title,
        "index": book.tabs.index(tab),
        "sheetType": "GRID",
        "gridProperties": grid,
    }


def described(book: Book, who: str) -> dict[str, Any]:
    """The whole Spreadsheet without cells; what is empty or false is left out."""
    sheets = []
    for tab in book.tabs:
        sheet: dict[str, Any] = {"properties": properties(book, tab)}
        if tab.protections:
            sheet["protectedRanges"] = [_protection(tab, each, who) for each in tab.protections]
        sheets.append(sheet)
    return {
        "spreadsheetId": book.identity,
        "properties": {"title": book.title, "locale": "en_GB", "timeZone": "Europe/Budapest"},
        "sheets": sheets,
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.identity}/edit",
    }


def _protection(tab: SheetTab, each: Protection, who: str) -> dict[str, Any]:
    area = {
        "sheetId": tab.number,
        "startRowIndex": each.area.top or None,
        "endRowIndex": each.area.bottom,
        "startColumnIndex": each.area.left or None,
        "endColumnIndex": each.area.right,
    }
    shown: dict[str, Any] = {
        "protectedRangeId": each.number,
        "range": {name: value for name, value in area.items() if value is not None},
        "description": each.description,
    }
    if each.editors is None:
        shown["warningOnly"] = True
    if each.editors is None or who in each.editors:
        shown["requestingUserCanEdit"] = True
    return shown
