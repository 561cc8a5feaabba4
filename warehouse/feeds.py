"""Files for everybody who has no DuckDB: JSON, CSV and Parquet of the same tables, and the whole document.

`progress.json` is written last: who waits for it to change finds the other files already changed. Each file is replaced in one step.
The same document gives the same bytes, except for run ids and times, so that a diff or a checksum shows a change and only that.

* JSON: `{"_meta": {schema_version, run_id, generated_at, columns: {name: meaning}}, "rows": [...]}`, a row per line; numbers are
  finite or null.
* CSV: UTF-8, a header, CRLF, empty for missing. A text that a spreadsheet would take for a formula gets an apostrophe in front.
* Parquet: dates, moments and numbers typed; `schema_version`, `run_id` and `generated_at` in the file's metadata.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from okr_mappings.document import Plain, document_to_dict
from okr_mappings.snapshot import ProgressDocument, Snapshot
from warehouse.atomic_files import write_file
from warehouse.feed_tables import DAY, FLAG, MOMENT, NUMBER, TEXT, WHOLE, FeedTable, feed_tables

_ARROW = {
    TEXT: pa.string(),
    NUMBER: pa.float64(),
    WHOLE: pa.int64(),
    FLAG: pa.bool_(),
    DAY: pa.date32(),
    MOMENT: pa.timestamp("us", "UTC"),
}
# What makes Excel, LibreOffice and Google Sheets read a cell as a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_Writer = Callable[[FeedTable, dict[str, str]], bytes]


def write_feeds(folder: Path, document: ProgressDocument, reported: Sequence[Snapshot]) -> list[Path]:
    """All files of one publication. `reported` are the cycle's snapshots, the latest per key result and day."""
    meta = {
        "schema_version": str(document.schema_version),
        "run_id": document.run_id,
        "generated_at": document.published_at.astimezone(UTC).isoformat(),
    }
    written = []
    for table in feed_tables(document, reported):
        for ending in WRITERS:
            path = folder / f"{table.name}.{ending}"
            write_file(path, table_bytes(table, ending, meta))
            written.append(path)
    path = folder / "progress.json"
    write_file(path, document_bytes(document))
    return [*written, path]


def table_bytes(table: FeedTable, ending: str, meta: dict[str, str]) -> bytes:
    """One table as `json`, `csv` or `parquet`; `meta` has at least `schema_version`."""
    return WRITERS[ending](table, meta)


def document_bytes(document: ProgressDocument) -> bytes:
    """What `progress.json` holds."""
    return (_compact(document_to_dict(document)) + "\n").encode()


def _json_bytes(table: FeedTable, meta: dict[str, str]) -> bytes:
    columns: dict[str, Plain] = {column.name: column.meaning for column in table.columns}
    about: dict[str, Plain] = {**meta, "schema_version": int(meta["schema_version"]), "columns": columns}
    rows = ",\n".join(_compact(row) for row in table.rows)
    return f'{{"_meta": {_compact(about)},\n"rows": [\n{rows}\n]}}\n'.encode()


def _compact(content: dict[str, Plain]) -> str:
    """On one line: an indented document takes three times the space and, in Python, five times as long."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False)


def _csv_bytes(table: FeedTable, meta: dict[str, str]) -> bytes:
    del meta  # a comment line would break readers; the JSON beside it has it
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        writer.writerow([csv_cell(row[column.name]) for column in table.columns])
    return text.getvalue().encode()


def csv_cell(value: Plain) -> str:
    """As it stands in a CSV file: a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value if value.lstrip(" ").startswith(_FORMULA_STARTS) else value
    return repr(value)


def _parquet_bytes(table: FeedTable, meta: dict[str, str]) -> bytes:
    fields = [
        pa.field(column.name, _ARROW[column.kind], metadata={"meaning": column.meaning}) for column in table.columns
    ]
    schema = pa.schema(fields, metadata=dict(meta))
    arrays = [
        pa.array([_typed(row[column.name], column.kind) for row in table.rows], type=_ARROW[column.kind])
        for column in table.columns
    ]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")
    return sink.getvalue()


def _typed(value: Plain, kind: str) -> object:
    if isinstance(value, str) and kind == DAY:
        return date.fromisoformat(value)
    if isinstance(value, str) and kind == MOMENT:
        return datetime.fromisoformat(value)
    return value


# the endings that every table comes in
WRITERS: dict[str, _Writer] = {"json": _json_bytes, "csv": _csv_bytes, "parquet": _parquet_bytes}
