"""What declared tables have in common, wherever their files come from (a folder, a mailbox): the resources of dlt, and how far rows go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from connectors.contract import SourceRun
from connectors.readers.columns import arrow_schema, dlt_columns
from connectors.readers.files.declaration import Declaration
from connectors.readers.files.rows import QUARANTINE_COLUMNS, FileRows
from connectors.readers.merge import literal, replacing, same_key


@dataclass(frozen=True)
class Reading:
    """The rows of one table that were news in this run."""

    table: str
    good: Any
    bad: Any


def table_resources(
    readings: Any, declarations: Sequence[Declaration], outdated: Mapping[str, Sequence[str]]
) -> Iterator[Any]:
    """One resource per declared table, and the quarantine, fed by a resource of `Reading`s. Rows of `outdated` contents make room."""
    import dlt

    for declaration in declarations:
        yield dlt.transformer(
            _good_rows(declaration.table),
            data_from=readings,
            name=declaration.table,
            primary_key=list(declaration.key),
            write_disposition=replacing(f"{_of(outdated[declaration.table])} OR {same_key(declaration.key)}"),
            columns=dlt_columns(declaration.kinds),
        )
    conditions = [f"(table_name = {literal(table)} AND {_of(hashes)})" for table, hashes in outdated.items()]
    yield dlt.transformer(
        lambda reading: reading.bad if isinstance(reading, Reading) else None,
        data_from=readings,
        name="quarantine",
        primary_key=["table_name", "_file_sha256", "row"],
        write_disposition=replacing(" OR ".join(conditions)),
        columns=dlt_columns(QUARANTINE_COLUMNS),
    )


def joined(declaration: Declaration, found: Sequence[FileRows]) -> Reading:
    """Rows of all news of a table; of a key that several files hold, the row of the latest delivery."""
    good = pa.concat_tables([arrow_schema(declaration.kinds).empty_table(), *(rows.good for rows in found)])
    bad = pa.concat_tables([arrow_schema(QUARANTINE_COLUMNS).empty_table(), *(rows.bad for rows in found)])
    if len(found) > 1:
        numbered = good.append_column("_order", pa.array(range(len(good)), pa.int64()))
        latest = numbered.group_by(list(declaration.key)).aggregate([("_order", "max")])
        good = (
            good.take(pc.sort_indices(latest["_order_max"]))
            if len(latest) == len(good)
            else good.take(latest["_order_max"])
        )
    return Reading(declaration.table, good, bad)


def reach(declaration: Declaration, rows: FileRows, delivered: float, run: SourceRun) -> datetime | None:
    """Up to when these rows go, never beyond now. A date in the future says nothing: one typo must not make old rows look fresh.

    Without a date column they go as far as the file's own moment, `delivered`, in seconds since 1970.
    """
    if declaration.date_column is None:
        return min(datetime.fromtimestamp(delivered, UTC), run.now)
    latest = pc.max(_dates(declaration, rows, run)).as_py()
    if latest is None:
        return None
    zone = ZoneInfo(declaration.time_zone or run.time_zone)
    day: date = latest.astimezone(zone).date() if isinstance(latest, datetime) else latest
    return min(datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC), run.now)


def remark_on(declaration: Declaration, rows: FileRows, run: SourceRun) -> str:
    """What a reader of the numbers should know of one file: rows set aside, and rows dated in the future."""
    return "; ".join(filter(None, (rows.remark, _remark_on_dates(declaration, rows, run))))


def _remark_on_dates(declaration: Declaration, rows: FileRows, run: SourceRun) -> str:
    if declaration.date_column is None or not (count := len(_dates(declaration, rows, run, to_come=True))):
        return ""
    are = "row is" if count == 1 else "rows are"
    return f"{count} {are} dated in the future in {declaration.date_column} of {declaration.table}"


def _dates(declaration: Declaration, rows: FileRows, run: SourceRun, *, to_come: bool = False) -> Any:
    """The dates of the rows up to the run's day, in the table's time zone; or those after it."""
    zone = ZoneInfo(declaration.time_zone or run.time_zone)
    tomorrow = run.now.astimezone(zone).date() + timedelta(days=1)
    column = rows.good[declaration.date_column]
    border = datetime.combine(tomorrow, time(), zone) if pa.types.is_timestamp(column.type) else tomorrow
    compare = pc.greater_equal if to_come else pc.less
    return column.filter(compare(column, pa.scalar(border, column.type)))


def _of(hashes: Sequence[str]) -> str:
    """SQL that holds for rows of these contents."""
    return f'"_file_sha256" IN ({", ".join(literal(text) for text in hashes)})' if hashes else "1 = 0"


def _good_rows(table: str) -> Any:
    return lambda reading: reading.good if isinstance(reading, Reading) and reading.table == table else None
