"""Cells as the API gives and takes them, and edits of rows turned into the blocks of one request.

Blank is None here, in answers a missing or empty cell, in requests an empty text; a null in a request leaves a cell as it is. Days and
moments are serial numbers, days since 30 December 1899.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import orjson

from connectors.spreadsheets.cells import CellValue, Matrix, letters, quoted

LONGEST_TEXT = 50_000
_FIRST_DAY = datetime(1899, 12, 30, tzinfo=UTC)
_RANGE_BYTES = 60
_NO_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


@dataclass(frozen=True, slots=True)
class Edit:
    """New values of cells in one row, by column from 0; `concerns` is the (cycle, key result id) it tells of, if any."""

    title: str
    row: int
    cells: Mapping[int, CellValue]
    concerns: tuple[str, str] | None = None
    dense: bool = True

    def size(self) -> int:
        """About the bytes it adds to a request."""
        return sum(len(orjson.dumps(value)) + 1 for value in self.cells.values()) + (0 if self.dense else _RANGE_BYTES)


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring cells of one column, from `row` on; None leaves a cell as it is."""

    title: str
    row: int
    column: int
    values: tuple[CellValue, ...]

    @property
    def a1(self) -> str:
        name = letters(self.column)
        return f"{quoted(self.title)}!{name}{self.row + 1}:{name}{self.row + len(self.values)}"

    def as_request(self) -> dict[str, object]:
        """A ValueRange."""
        return {"range": self.a1, "majorDimension": "COLUMNS", "values": [self.values]}


def blocks(edits: Iterable[Edit]) -> list[Block]:
    """Where the tab is ours short gaps are bridged, elsewhere only neighbours are joined: nothing between them is named at all."""
    columns: dict[tuple[str, int], list[tuple[int, CellValue, int]]] = {}
    for edit in edits:
        for column, value in edit.cells.items():
            cell = (edit.row, "" if value is None else value, 12 if edit.dense else 1)
            columns.setdefault((edit.title, column), []).append(cell)
    return [
        block for (title, column), cells in columns.items() for block in _joined(title, column, sorted(cells, key=_row))
    ]


def _row(cell: tuple[int, CellValue, int]) -> int:
    return cell[0]


def _joined(title: str, column: int, cells: Sequence[tuple[int, CellValue, int]]) -> Iterator[Block]:
    start, values = cells[0][0], [cells[0][1]]
    for row, value, reach in cells[1:]:
        gap = row - start - len(values)
        if gap >= reach:
            yield Block(title, start, column, tuple(values))
            start, values = row, [value]
        else:
            values += [None] * gap + [value]
    yield Block(title, start, column, tuple(values))


def at(matrix: Matrix, row: int, column: int) -> CellValue:
    """The cell, None where it is blank or beyond what was answered."""
    line = matrix[row] if row < len(matrix) else ()
    return blank(line[column] if column < len(line) else None)


def blank(value: CellValue) -> CellValue:
    """None for an empty text."""
    return None if value == "" else value


def same(one: CellValue, other: CellValue) -> bool:
    """Equal, numbers to the digits that survive the way there and back."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-12)
    if isinstance(one, str) and isinstance(other, str):
        return one == other or kept(one) == kept(other)
    return one == other


def kept(words: str) -> str:
    """What is sure to come back of a text: a leading apostrophe and outer blanks may get lost in a sheet."""
    composed = words if words.isascii() else unicodedata.normalize("NFC", words)
    return composed.strip().removeprefix("'").strip()


def cell(value: object) -> CellValue:
    """A plain value as it stands in a sheet."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return round((value - _FIRST_DAY) / timedelta(days=1), 9)
    if isinstance(value, date):
        return (value - _FIRST_DAY.date()).days
    words = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return words.translate(_NO_CONTROLS)[:LONGEST_TEXT]


def day_text(value: CellValue) -> CellValue:
    """A serial number as ISO text, with the minute where it has one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    moment = _FIRST_DAY + timedelta(seconds=round(value * 86_400))
    return moment.date().isoformat() if float(value).is_integer() else f"{moment:%Y-%m-%d %H:%M} UTC"


def text(value: CellValue) -> str:
    """A key as text; a typed-in 2026 is a number in a sheet."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def plain(value: CellValue) -> str:
    """A heading without regard to letter case and blanks."""
    return " ".join(text(value).split()).casefold()


def name_of(row: int, column: int) -> str:
    return f"{letters(column)}{row + 1}"
