"""One file to the rows that may be loaded and those set aside, with the reason for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from connectors.personal import Personal
from connectors.readers.columns import ARROW_TYPES, WORDS, Kind, arrow_schema
from connectors.readers.files.cells import as_text, converter
from connectors.readers.files.declaration import PLACE, Column, Declaration
from connectors.readers.files.formats import Cells, read_cells
from connectors.readers.files.sizes import UnreadableFileError

QUARANTINE_COLUMNS = {
    "file": Kind.TEXT,
    "table_name": Kind.TEXT,
    "row": Kind.INTEGER,
    "reason": Kind.TEXT,
    "content": Kind.TEXT,
    "_file_sha256": Kind.TEXT,
}

_WITHHELD = "not kept, because rows of this table name persons"


@dataclass(frozen=True)
class FileRows:
    """`good` as in the raw table; `bad` as in the quarantine."""

    good: Any
    bad: Any

    @property
    def remark(self) -> str:
        """How many rows were set aside and why the first of them; empty when none was."""
        if not len(self.bad):
            return ""
        first = self.bad.slice(0, 1).to_pylist()[0]
        total = len(self.good) + len(self.bad)
        return f"{len(self.bad)} of {total} rows are set aside in raw_files.quarantine (row {first['row']}: {first['reason']})"


def read_rows(
    content: bytes, name: str, sha256: str, declaration: Declaration, company_zone: str, personal: Personal
) -> FileRows:
    """UnreadableFileError also when not a single row of several is right: then the declaration is wrong, not the rows."""
    cells = read_cells(content, declaration)
    if declaration.personal and not personal.keep:
        _hide(cells, declaration, personal)
    reasons: dict[int, str] = {}
    columns = {
        c.name: _column(cells.columns[c.name], c, declaration, company_zone, reasons) for c in declaration.columns
    }
    _refuse_repeats(columns, declaration, cells, reasons)
    size = len(cells.places)
    if (size or cells.broken) and len(reasons) == size:
        raise UnreadableFileError(
            f"has not one row that fits its declaration; the first {personal.hide_in(_first_reason(cells, reasons))}"
        )
    kept = pa.array([index for index in range(size) if index not in reasons], pa.int64())
    good = {name: values.take(kept) for name, values in columns.items()}
    good["_file"] = pa.array([name] * len(kept), pa.string())
    good["_row"] = pa.array([cells.places[index] for index in kept.to_pylist()], pa.int64())
    good["_file_sha256"] = pa.array([sha256] * len(kept), pa.string())
    aside = [(cells.places[i], why, cells.content(i)) for i, why in reasons.items()] + cells.broken
    bad = [(place, personal.hide_in(why), personal.hide_in(content)) for place, why, content in aside]
    return FileRows(
        pa.table(good, schema=arrow_schema(declaration.kinds)), _quarantine(sorted(bad), name, sha256, declaration)
    )


def _hide(cells: Cells, declaration: Declaration, personal: Personal) -> None:
    """Before anything else sees the cells: nor may the quarantine show whom a row names. A row without cells shows nothing at all."""
    for name in declaration.personal:
        values = cells.columns[name]
        plain = values.to_pylist() if isinstance(values, pa.Array) else values
        cells.columns[name] = [None if cell is None else personal.hashed(as_text(cell)) for cell in plain]
    cells.broken = [(place, reason, _WITHHELD) for place, reason, _ in cells.broken]


def _column(values: Any, column: Column, declaration: Declaration, company_zone: str, reasons: dict[int, str]) -> Any:
    """The column cast; rows whose cell does not fit get their reason."""
    cast = _cast_whole(values, column)
    if cast is None:
        cells = values.to_pylist() if isinstance(values, pa.Array) else values
        cast = pa.array(_converted(cells, column, declaration, company_zone, reasons), ARROW_TYPES[column.kind])
    if column.required or column.allowed or column.minimum is not None or column.maximum is not None:
        for index, value in enumerate(cast.to_pylist()):
            if index not in reasons and (reason := _against_rules(value, column)):
                reasons[index] = reason
    return cast


def _cast_whole(values: Any, column: Column) -> Any | None:
    """Parquet columns are typed already and mostly fit at once; moments without a zone need the declared one."""
    if not isinstance(values, pa.Array):
        return None
    if column.kind is Kind.MOMENT and not (pa.types.is_timestamp(values.type) and values.type.tz):
        return None
    try:
        return values.cast(ARROW_TYPES[column.kind])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _converted(
    cells: Sequence[Any], column: Column, declaration: Declaration, company_zone: str, reasons: dict[int, str]
) -> list[Any]:
    convert = converter(column.kind, declaration, company_zone)
    values: list[Any] = []
    for index, cell in enumerate(cells):
        value = None
        if cell is not None and cell != "" and not (isinstance(cell, str) and not cell.strip()):
            try:
                value = convert(cell)
            except (ValueError, OverflowError):
                reasons.setdefault(index, f"{column.name} should hold {WORDS[column.kind]}, not {str(cell)[:60]!r}")
        values.append(value)
    return values


def _against_rules(value: Any, column: Column) -> str:
    if value is None:
        return f"{column.name} is empty" if column.required else ""
    if column.minimum is not None and value < column.minimum:
        return f"{column.name} is {value}, less than {column.minimum:g}"
    if column.maximum is not None and value > column.maximum:
        return f"{column.name} is {value}, more than {column.maximum:g}"
    if column.allowed and str(value) not in column.allowed:
        return f"{column.name} is {value!r}, not one of {', '.join(sorted(column.allowed))}"
    return ""


def _refuse_repeats(columns: dict[str, Any], declaration: Declaration, cells: Cells, reasons: dict[int, str]) -> None:
    """Within one file a key may stand once; which of two is right nobody can know, so the first stays and the other is shown."""
    if declaration.key == PLACE:
        return
    seen: dict[tuple[Any, ...], int] = {}
    for index, key in enumerate(zip(*(columns[name].to_pylist() for name in declaration.key), strict=True)):
        if index in reasons:
            continue
        if key in seen:
            reasons[index] = f"{', '.join(declaration.key)} is the same as in row {cells.places[seen[key]]}"
        else:
            seen[key] = index


def _first_reason(cells: Cells, reasons: dict[int, str]) -> str:
    found = [(cells.places[index], why) for index, why in reasons.items()] + [
        (place, why) for place, why, _ in cells.broken
    ]
    place, why = min(found)
    return f"(row {place}): {why}"


def _quarantine(bad: list[tuple[int, str, str]], name: str, sha256: str, declaration: Declaration) -> Any:
    origin = {"file": name, "table_name": declaration.table, "_file_sha256": sha256}
    rows = [{**origin, "row": place, "reason": reason, "content": content} for place, reason, content in bad]
    return pa.Table.from_pylist(rows, schema=arrow_schema(QUARANTINE_COLUMNS))
