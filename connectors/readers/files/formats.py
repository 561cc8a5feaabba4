"""CSV, Excel, Parquet and JSON lines to columns of cells, each row with its place in the file.

A row that cannot even be cut into cells (too many of them, broken JSON) is handed on as bad; a file that cannot be read at all is
an `UnreadableFileError` that says what to do. Excel shows numbers as floats and dates as dates; texts stay texts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.readers.files.declaration import Column, Declaration
from connectors.readers.files.sizes import UnreadableFileError, refuse_workbook_bomb


@dataclass
class Cells:
    """`columns` by declared name, all as long as `places`, the line or row numbers; `broken` are rows that have no cells."""

    columns: dict[str, Any]
    places: Sequence[int]
    broken: list[tuple[int, str, str]] = field(default_factory=list)

    def content(self, index: int) -> str:
        """One row as JSON, for the quarantine."""
        return orjson.dumps(
            {name: _plain(values[index]) for name, values in self.columns.items()}, default=str
        ).decode()


def read_cells(content: bytes, declaration: Declaration) -> Cells:
    """All rows of the file; UnreadableFileError when it is not of the declared format or lacks a column."""
    if not content:
        raise UnreadableFileError("is empty; deliver it again")
    return _READERS[declaration.format](content, declaration)


def _csv(content: bytes, declaration: Declaration) -> Cells:
    text = _decoded(content, declaration)
    return _from_rows(_csv_rows(text, declaration.delimiter), declaration)


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[Any]]]:
    """A cell may hold line breaks; the place of a row is its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        place = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as problem:
            raise UnreadableFileError(
                f"breaks at line {reader.line_num} ({problem}); check its quotes and export it again"
            ) from None
        if row is None:
            return
        if any(row):
            yield place, row


def _excel(content: bytes, declaration: Declaration) -> Cells:
    from python_calamine import CalamineError, CalamineWorkbook

    refuse_workbook_bomb(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names
        sheet = declaration.sheet or names[0]
        if sheet not in names:
            raise UnreadableFileError(f"has no sheet {sheet!r}, only {', '.join(names)}; rename it or declare `sheet`")
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as problem:
        raise UnreadableFileError(
            f"is not an Excel workbook ({_short(problem)}); save it as .xlsx without a password"
        ) from None
    return _from_rows(((n, row) for n, row in enumerate(rows, 1) if any(cell != "" for cell in row)), declaration)


def _parquet(content: bytes, declaration: Declaration) -> Cells:
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as problem:
        raise UnreadableFileError(f"is not a Parquet file ({_short(problem)}); export it again") from None
    places = _headings(table.column_names, declaration)
    columns = {column.name: table.column(place).combine_chunks() for column, place in places}
    return Cells(columns, range(1, table.num_rows + 1))


def _jsonl(content: bytes, declaration: Declaration) -> Cells:
    lines = enumerate(_decoded(content, declaration).splitlines(), 1)
    return _from_objects(((place, line, _json_object(line)) for place, line in lines if line.strip()), declaration)


def _json(content: bytes, declaration: Declaration) -> Cells:
    """One list of objects, as programs export it; the place of an object is its number in the list."""
    try:
        found = orjson.loads(_decoded(content, declaration))
    except orjson.JSONDecodeError as problem:
        raise UnreadableFileError(f"is not JSON ({_short(problem)}); export it again") from None
    if not isinstance(found, list):
        raise UnreadableFileError("is not a list of JSON objects; one object per line is `format: jsonl`")
    numbered = enumerate(found, 1)
    objects = ((n, orjson.dumps(each).decode(), each if isinstance(each, dict) else None) for n, each in numbered)
    return _from_objects(objects, declaration)


def _from_objects(objects: Iterable[tuple[int, str, dict[str, Any] | None]], declaration: Declaration) -> Cells:
    columns: dict[str, list[Any]] = {column.name: [] for column in declaration.columns}
    cells = Cells(columns, places := [])
    for place, text, record in objects:
        if record is None:
            cells.broken.append((place, "is not a JSON object", text))
            continue
        places.append(place)
        for column in declaration.columns:
            columns[column.name].append(record.get(column.heading))
    if cells.places and (
        absent := [c.heading for c in declaration.columns if c.required and not _any_value(columns[c.name])]
    ):
        raise UnreadableFileError(f"has no field {', '.join(absent)}; declare its name with `from:`")
    return cells


def _from_rows(rows: Iterator[tuple[int, Sequence[Any]]], declaration: Declaration) -> Cells:
    """The first row holds the headings."""
    _, headings = next(rows, (0, []))
    places = _headings([str(heading) for heading in headings], declaration)
    columns: dict[str, list[Any]] = {column.name: [] for column in declaration.columns}
    cells = Cells(columns, numbers := [])
    for number, row in rows:
        if len(row) != len(headings):
            reason = f"has {len(row)} cells, the headings are {len(headings)}"
            cells.broken.append((number, reason, orjson.dumps(list(row), default=str).decode()))
            continue
        numbers.append(number)
        for column, place in places:
            columns[column.name].append(row[place])
    return cells


def _headings(headings: Sequence[str], declaration: Declaration) -> list[tuple[Column, int]]:
    """Where each declared column stands; upper and lower case and blanks around do not matter."""
    found = [heading.strip().casefold() for heading in headings]
    places = {}
    for column in declaration.columns:
        heading = column.heading.strip().casefold()
        if found.count(heading) > 1:
            raise UnreadableFileError(f"has the heading {column.heading!r} more than once; rename one")
        places[column] = found.index(heading) if heading in found else -1
    if absent := [column.heading for column, place in places.items() if place < 0]:
        seen = ", ".join(repr(heading) for heading in headings[:20])
        raise UnreadableFileError(
            f"has no column {', '.join(absent)}, only {seen}; check delimiter, sheet and `from:` in files.yml"
        )
    return list(places.items())


def _decoded(content: bytes, declaration: Declaration) -> str:
    encoding = (
        "utf-8-sig" if declaration.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else declaration.encoding
    )
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as problem:
        raise UnreadableFileError(
            f"is not written in {declaration.encoding} (byte {problem.start}); declare its `encoding` (Excel often saves cp1252)"
        ) from None
    except LookupError:
        raise UnreadableFileError(
            f"cannot be read: there is no encoding {declaration.encoding!r}; correct files.yml"
        ) from None


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


def _any_value(values: Sequence[Any]) -> bool:
    return any(value is not None for value in values)


def _plain(value: Any) -> Any:
    return value.as_py() if isinstance(value, pa.Scalar) else value


def _short(problem: Exception) -> str:
    return " ".join(str(problem).split())[:120]


_READERS: dict[str, Callable[[bytes, Declaration], Cells]] = {
    "csv": _csv,
    "excel": _excel,
    "parquet": _parquet,
    "json": _json,
    "jsonl": _jsonl,
}
