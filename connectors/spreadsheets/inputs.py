"""The rows that people keep in a tab of a spreadsheet, an Excel workbook or a Google one: read only, every cell as text, its place known.

The first row that has all headings asked for is the head; what stands above it is theirs. Dates become 2026-11-20 whatever their format
is, because both kinds of spreadsheet know a date from a text. Blank rows are no rows. An Excel cell with a formula has the value that
Excel last stored; a file that another program wrote without values has none, and the cell counts as blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.errors import FatalError, SettingError
from connectors.google_account import credentials
from connectors.spreadsheets.calls import READ_ONLY, ReadingCalls, spreadsheet_id
from connectors.spreadsheets.cells import letters, quoted

_HEAD_WITHIN = 20
_FIRST_DAY = datetime(1899, 12, 30, tzinfo=UTC)
_DAYS = range(1, 2_958_466)  # to the end of 9999


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as people see it, its cells by heading in small letters, and the letter of each heading's column."""

    number: int
    cells: Mapping[str, str]
    columns: Mapping[str, str]

    def place(self, heading: str) -> str:
        """`C5`; only the row where the sheet has no such column."""
        return f"{self.columns.get(heading, '')}{self.number}"


def excel_rows(path: Path, tab: str, needed: Sequence[str]) -> list[SheetRow]:
    """SettingError when there is no such workbook or tab, or no row with the headings."""
    from openpyxl import load_workbook

    if not path.is_file():
        raise SettingError(f"there is no file {path}.")
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as problem:  # noqa: BLE001 - openpyxl fails in many ways on what is no workbook
        raise SettingError(f"{path} cannot be read as an Excel workbook ({problem}).") from None
    try:
        name = _tab(book.sheetnames, tab, path.name)
        table = [list(row) for row in book[name].iter_rows(values_only=True)]
    finally:
        book.close()
    return _rows(table, needed, f"{path.name}, tab {name}")


def google_rows(
    spreadsheet: str, key_file: str, tab: str, needed: Sequence[str], *, setting: str, api_base: str = ""
) -> list[SheetRow]:
    """Two requests; the account need only be a Viewer. `setting` names the one with the key file, for messages."""
    with google_calls(spreadsheet, key_file, setting=setting, api_base=api_base) as calls:
        name = _tab(calls.titles(), tab, "the spreadsheet")
        (table,) = calls.read([quoted(name)])
    return _rows(table, needed, f"tab {name}", "date")


def google_calls(spreadsheet: str, key_file: str, *, setting: str, api_base: str = "") -> ReadingCalls:
    """Opens nothing yet; SettingError when the link or the key file is none."""
    found = spreadsheet_id(spreadsheet)
    if not found:
        raise SettingError(
            f"{spreadsheet!r} is not the link of a spreadsheet. Copy it from the browser:"
            " https://docs.google.com/spreadsheets/d/.../edit"
        )
    account = credentials(str(Path(key_file).expanduser()), READ_ONLY, who="Google Sheets", setting=setting)
    return ReadingCalls(account, found, setting, api_base=api_base.rstrip("/"))


def _tab(there: Sequence[str], wanted: str, where: str) -> str:
    """Letter case does not matter, as in the programs themselves."""
    found = next((name for name in there if name.casefold() == wanted.casefold()), None)
    if found is None:
        raise FatalError(f"{where} has no tab {wanted!r}, only {', '.join(there)}.")
    return found


def _rows(table: Sequence[Sequence[Any]], needed: Sequence[str], where: str, serial: str = "") -> list[SheetRow]:
    """`serial` is the heading under which Google's numbers are days."""
    heads = [[_text(cell).casefold() for cell in row] for row in table[:_HEAD_WITHIN]]
    at = next((index for index, head in enumerate(heads) if set(needed) <= set(head)), None)
    if at is None:
        best = max(heads, key=lambda head: len(set(needed) & set(head)), default=[])
        missing = ", ".join(word for word in needed if word not in best)
        raise FatalError(f"{where}: no row has the headings {', '.join(needed)}; missing is {missing}.")
    columns = {name: letters(index) for index, name in reversed(list(enumerate(heads[at]))) if name}
    found = []
    for number, row in enumerate(table[at + 1 :], at + 2):
        pairs = list(zip(heads[at], row, strict=False))
        cells = {name: _day(cell) if name == serial else _text(cell) for name, cell in reversed(pairs) if name}
        if any(cells.values()):
            found.append(SheetRow(number, cells, columns))
    return found


def _day(cell: Any) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and int(cell) in _DAYS:
        return (_FIRST_DAY + timedelta(days=int(cell))).date().isoformat()
    return _text(cell)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.15g}"
    return str(cell).strip()
