"""Salesforce's answers, JSON of REST and CSV of Bulk, as typed Arrow tables that do not tell which of the two they came from.

REST writes moments with +0000 and numbers as numbers, Bulk with Z and as texts, at times 5e-3; null and the empty text are one in Bulk, and
in Salesforce itself.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from connectors.errors import ContractError
from connectors.readers.columns import ARROW_TYPES, Kind, arrow_schema, from_text
from connectors.readers.json_pages import parse
from connectors.readers.patience import UnreadableError
from connectors.readers.salesforce.objects import ObjectType

_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.MONEY)
_JSON_TYPES = {Kind.FLAG: pa.bool_()} | dict.fromkeys(_NUMBERS, pa.float64())
END_OF_RESULTS = "null"


@dataclass(frozen=True)
class Page:
    """Rows of the raw table, and where the next ones are. `total` is what the whole query finds (REST only)."""

    rows: Any
    following: str = ""
    total: int = 0

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @property
    def ids(self) -> list[str]:
        ids: list[str] = self.rows["id"].to_pylist()
        return ids


@dataclass(frozen=True)
class Selection:
    """What is asked of an object: column of the raw table -> field. Columns without a field stay empty."""

    kind: ObjectType
    fields: Mapping[str, str]

    def soql(self, *conditions: str, order: str = "") -> str:
        """Over all asked fields."""
        return (
            f"SELECT {', '.join(self.fields.values())} {self.tail(*conditions)}{f' ORDER BY {order}' if order else ''}"
        )

    def count(self, *conditions: str) -> str:
        return f"SELECT COUNT() {self.tail(*conditions)}"

    def tail(self, *conditions: str) -> str:
        kept = [condition for condition in (self.kind.where, *conditions) if condition]
        return f"FROM {self.kind.name}" + (f" WHERE {' AND '.join(kept)}" if kept else "")


def empty_rows(kind: ObjectType) -> Any:
    """No row at all, so that the table is there also when the org has no such record."""
    return arrow_schema(kind.columns).empty_table()


def query_reader(selection: Selection, what: str) -> Callable[[bytes, Mapping[str, str]], Page]:
    """Reads a page of a query; a page that does not say whether it is the last is none."""
    record = pa.struct(
        [(name, _json_type(selection.kind.columns[column])) for column, name in selection.fields.items()]
    )
    schema = pa.schema(
        [
            ("totalSize", pa.int64()),
            ("done", pa.bool_()),
            ("nextRecordsUrl", pa.string()),
            ("records", pa.list_(record)),
        ]
    )

    def read(body: bytes, _headers: Mapping[str, str]) -> Page:
        row = parse(body, schema, what)
        [total], [done], [following] = (row[name].to_pylist() for name in ("totalSize", "done", "nextRecordsUrl"))
        records = row["records"].combine_chunks()
        if records.null_count or total is None or done is None or (not done and following is None):
            raise ContractError(
                f"{what} answered without `records`, `totalSize`, `done` or `nextRecordsUrl`. Nothing was loaded."
            )
        found = records.flatten()
        columns = {column: pc.struct_field(found, name) for column, name in selection.fields.items()}
        _look_for_missing(columns, selection, body, what)
        return Page(_rows(columns, selection.kind, what), "" if done else following, total)

    return read


def count_reader(what: str) -> Callable[[bytes, Mapping[str, str]], int]:
    """Reads the answer to COUNT()."""

    def read(body: bytes, _headers: Mapping[str, str]) -> int:
        [total] = parse(body, pa.schema([("totalSize", pa.int64())]), what)["totalSize"].to_pylist()
        if total is None:
            raise ContractError(f"{what} answered without `totalSize`. Nothing was loaded.")
        return int(total)

    return read


def results_reader(selection: Selection, what: str) -> Callable[[bytes, Mapping[str, str]], Page]:
    """Reads a page of a Bulk job; a page with another number of rows than it says was cut."""

    def read(body: bytes, headers: Mapping[str, str]) -> Page:
        declared, locator = headers.get("Sforce-NumberOfRecords", ""), headers.get("Sforce-Locator", "")
        if not declared.isdigit() or not locator:
            raise UnreadableError(f"{what} answered without Sforce-NumberOfRecords or Sforce-Locator.")
        table = _csv(body, list(selection.fields.values()), what)
        if table.num_rows != int(declared):
            raise UnreadableError(f"{what} was cut: {table.num_rows} rows came of {declared}.")
        columns = {column: _no_empty(table[name].combine_chunks()) for column, name in selection.fields.items()}
        return Page(_rows(columns, selection.kind, what), "" if locator == END_OF_RESULTS else locator)

    return read


def _csv(body: bytes, names: list[str], what: str) -> Any:
    # Arrow closes a quote that the end of the text left open, so a row cut in its last cell would pass for whole.
    if not body.endswith(b"\n") or body.count(b'"') % 2:
        raise UnreadableError(f"{what} was cut in the middle of a row.")
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(body),
            read_options=arrow_csv.ReadOptions(block_size=len(body) + 1, use_threads=False),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as problem:
        raise UnreadableError(f"{what} answered with CSV that is cut or broken: {problem}.") from problem
    if table.column_names != names:
        raise ContractError(
            f"{what} answered with other columns than were asked for: {table.column_names}. Nothing was loaded."
        )
    return table


def _rows(columns: Mapping[str, Any], kind: ObjectType, what: str) -> Any:
    size = len(next(iter(columns.values())))
    values = [
        _typed(columns[name], of, f"{what}: {kind.name}.{name}") if name in columns else pa.nulls(size, ARROW_TYPES[of])
        for name, of in kind.columns.items()
    ]
    table = pa.table(values, schema=arrow_schema(kind.columns))
    if table["id"].null_count:
        raise ContractError(f"{what} answered with a record that has no Id. Nothing was loaded.")
    return table


def _typed(values: Any, kind: Kind, column: str) -> Any:
    if values.type == ARROW_TYPES[kind]:
        return values
    if pa.types.is_floating(values.type):
        # the shortest text that means the number, so 1234.56 stays what it was
        values = values.cast(pa.string())
    return from_text(values, kind, column)


def _no_empty(texts: Any) -> Any:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _json_type(kind: Kind) -> Any:
    return _JSON_TYPES.get(kind, pa.string())


def _look_for_missing(columns: Mapping[str, Any], selection: Selection, body: bytes, what: str) -> None:
    """A field that is asked for comes as null at least. Only a column without any value is worth a look."""
    suspects = [column for column, values in columns.items() if len(values) and values.null_count == len(values)]
    if not suspects:
        return
    [first, *_] = orjson.loads(body)["records"]
    if absent := sorted(selection.fields[column] for column in suspects if selection.fields[column] not in first):
        raise ContractError(f"{what} left out {', '.join(absent)}, which was asked for. Nothing was loaded.")
