"""Finds columns by their headings and rows by their keys, because people insert, sort and move both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl.worksheet.worksheet import Worksheet

_ROWS_SEARCHED = 50


class HeadingError(Exception):
    """A heading is missing or doubled; nothing is written to a sheet that is not understood."""


@dataclass(frozen=True, slots=True)
class Headings:
    """The row of the headings, and the column under each of ours."""

    row: int
    columns: dict[str, int]


def find_headings(
    sheet: Worksheet, wanted: Sequence[str], mark: str, *, optional: Sequence[str] = ()
) -> Headings | None:
    """Where the headings are: the first row with `mark` in it. None when no row has it.

    HeadingError when the row lacks one of `wanted` or has it twice; letter case and blanks do not matter.
    """
    for row, cells in enumerate(sheet.iter_rows(max_row=min(sheet.max_row, _ROWS_SEARCHED), values_only=True), start=1):
        found = [_plain(value) for value in cells]
        if _plain(mark) in found:
            columns = {heading: _only(sheet, found, heading, row) for heading in wanted}
            extra = {heading: found.index(_plain(heading)) + 1 for heading in optional if _plain(heading) in found}
            return Headings(row, columns | extra)
    return None


def rows_by_key(sheet: Worksheet, headings: Headings, key: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """Rows below the headings by the text of their key columns; several rows under one key are copies a person made."""
    rows: dict[tuple[str, ...], list[int]] = {}
    columns = [headings.columns[heading] for heading in key]
    for row, cells in enumerate(sheet.iter_rows(min_row=headings.row + 1, values_only=True), start=headings.row + 1):
        found = tuple(text(cells[column - 1]) if column <= len(cells) else "" for column in columns)
        if all(found):
            rows.setdefault(found, []).append(row)
    return rows


def last_row(sheet: Worksheet) -> int:
    """The last row that holds anything; 0 for an empty sheet."""
    for row in range(sheet.max_row, 0, -1):
        if any(cell.value is not None for cell in sheet[row]):
            return row
    return 0


def text(value: object) -> str:
    """A key as text; Excel turns a typed-in 2026 into a number."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _only(sheet: Worksheet, found: Sequence[str], heading: str, row: int) -> int:
    places = [column for column, value in enumerate(found, start=1) if value == _plain(heading)]
    if len(places) == 1:
        return places[0]
    if places:
        raise HeadingError(
            f"sheet '{sheet.title}' has {len(places)} columns named '{heading}' in row {row}. Rename all but one."
        )
    raise HeadingError(
        f"sheet '{sheet.title}' has no column named '{heading}' in row {row}; it was renamed or deleted. "
        f"Name it '{heading}' again, or give an empty column that heading."
    )


def _plain(value: object) -> str:
    return " ".join(str(value).split()).casefold() if value is not None else ""
