"""The `values` part of the Sheets API: ranges in A1 notation, matrices in and out.

As the service does: trailing blank cells and rows are left out of answers, null in a request skips a cell, an empty text clears it, quotes
in a tab's name are doubled, RAW stores what comes and USER_ENTERED reads it as typed.
"""

from __future__ import annotations

import re
from typing import Any

from connectors.sandbox.google_sheets_book import (
    MOST_CHARACTERS,
    Area,
    Book,
    Formula,
    SheetTab,
    column_index,
)

_A1 = re.compile(r"^(?:'((?:[^']|'')+)'|([^'!]+?))(?:!(.+))?$")
_CELLS = re.compile(r"^\$?([A-Za-z]*)\$?(\d*)(?::\$?([A-Za-z]*)\$?(\d*))?$")


class Refused(Exception):  # noqa: N818 - an answer, not a mistake
    """400 with the service's own words."""


def parse(book: Book, text: str) -> tuple[SheetTab, Area]:
    """`'Tab'!A1:C3`, `Tab!A:C`, `'Tab'`."""
    found = _A1.match(text)
    try:
        tab = book.tab((found[1] or "").replace("''", "'") or found[2]) if found else None
    except KeyError:
        tab = None
    if found is None or tab is None:
        raise Refused(f"Unable to parse range: {text}")
    return tab, _area(text, found[3] or "", tab)


def _area(text: str, cells: str, tab: SheetTab) -> Area:
    found = _CELLS.match(cells)
    if found is None:
        raise Refused(f"Unable to parse range: {text}")
    letters, number, letters_end, number_end = found.groups()
    top = int(number) - 1 if number else 0
    left = column_index(letters.upper()) if letters else 0
    if ":" not in cells and cells:
        bottom: int | None = top + 1 if number else None
        right: int | None = left + 1 if letters else None
    else:
        bottom = int(number_end) if number_end else None
        right = column_index(letters_end.upper()) + 1 if letters_end else None
    if top >= tab.row_count or left >= tab.column_count:
        raise Refused(f"Range ({text}) exceeds grid limits. Max rows: {tab.row_count}, max columns: {tab.column_count}")
    return Area(
        top,
        tab.row_count if bottom is None else min(bottom, tab.row_count),
        left,
        tab.column_count if right is None else min(right, tab.column_count),
    )


def _beyond(text: str, tab: SheetTab) -> str:
    return f"Range ({text}) exceeds grid limits. Max rows: {tab.row_count}, max columns: {tab.column_count}"


def last_row(text: str) -> int:
    """The last row a range names, 0 for an open one: a write may not reach beyond the grid, a read is cut there."""
    found = re.search(r"(\d+)$", text.rpartition("!")[2])
    return int(found[1]) if found and "!" in text else 0


def a1(tab: SheetTab, area: Area) -> str:
    quoted = tab.title if tab.title.isidentifier() else "'" + tab.title.replace("'", "''") + "'"
    right = area.right or tab.column_count
    return f"{quoted}!{letters(area.left)}{area.top + 1}:{letters(right - 1)}{area.bottom or tab.row_count}"


def letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def read(book: Book, text: str, render: str, dimension: str = "ROWS") -> dict[str, Any]:
    """A ValueRange; without `values` when everything is blank."""
    tab, area = parse(book, text)
    lines = [_line(book, tab, row, area, render) for row in range(area.top, area.bottom or tab.row_count)]
    if dimension == "COLUMNS":
        width = max(map(len, lines), default=0)
        lines = [[line[c] if c < len(line) else "" for line in lines] for c in range(width)]
        lines = [_trimmed(line) for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    answer: dict[str, Any] = {"range": a1(tab, area), "majorDimension": dimension}
    return answer | ({"values": lines} if lines else {})


def _line(book: Book, tab: SheetTab, row: int, area: Area, render: str) -> list[Any]:
    cells = tab.rows[row]
    if not cells:
        return []
    line = []
    for column in range(area.left, min(area.right or tab.column_count, max(cells) + 1)):
        content = cells.get(column, "")
        if isinstance(content, Formula):
            content = content.text if render == "FORMULA" else book.shown(tab, content)
        line.append(_formatted(content) if render == "FORMATTED_VALUE" else content)
    return _trimmed(line)


def _trimmed(line: list[Any]) -> list[Any]:
    while line and line[-1] == "":
        line.pop()
    return line


def _formatted(content: Any) -> str:
    if isinstance(content, bool):
        return "TRUE" if content else "FALSE"
    return f"{content:.10g}" if isinstance(content, float | int) else str(content)


Change = tuple[SheetTab, int, int, Any]


def changes(book: Book, data: dict[str, Any], option: str, where: str) -> list[Change]:
    """The cells one ValueRange asks to set, checked against the grid; nothing is written yet."""
    tab, area = parse(book, data["range"])
    if last_row(data["range"]) > tab.row_count:
        raise Refused(where + _beyond(data["range"], tab))
    wanted = data.get("values", [])
    across = data.get("majorDimension", "ROWS") == "COLUMNS"
    found: list[Change] = []
    for i, line in enumerate(wanted):
        for j, value in enumerate(line):
            row, column = (area.top + j, area.left + i) if across else (area.top + i, area.left + j)
            if row >= (area.bottom or 0) or column >= (area.right or 0):
                raise Refused(
                    f"{where}Requested writing within range [{data['range']}], but tried writing to "
                    f"{'column' if column >= (area.right or 0) else 'row'} [{letters(column) if column >= (area.right or 0) else row + 1}]"
                )
            if value is not None:
                found.append((tab, row, column, entered(value, option, where)))
    return found


def entered(value: Any, option: str, where: str = "") -> Any:
    """The content of a cell after a value is written."""
    if isinstance(value, list | dict):
        raise Refused(f"{where}Invalid values[0][0]: struct_value or list_value is not supported")
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        raise Refused(f"{where}Your input contains more than the maximum of 50000 characters in a single cell.")
    if option == "RAW" or not isinstance(value, str):
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if value.startswith("=") or (value[:1] in "+-" and len(value) > 1 and not _number(value)):
        return Formula("=" + value.lstrip("="))
    if value.upper() in ("TRUE", "FALSE"):
        return value.upper() == "TRUE"
    return float(value) if _number(value) else value.removeprefix("'")


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
