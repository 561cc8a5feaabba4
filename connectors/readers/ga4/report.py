"""Reading a report page by page, and what Google says about the numbers.

Pages are counted by offset, and Google restates days at any moment: when the row count changes between two pages, the
offsets no longer fit and the report is read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ContractError
from connectors.readers.columns import Kind, arrow_schema, from_text
from connectors.readers.ga4.calls import ReportCalls
from connectors.readers.ga4.kinds import COLUMNS, KEYS, TRAFFIC, ReportKind

REPORT_COLUMNS = {
    "property_id": Kind.TEXT,
    "report": Kind.TEXT,
    "date_from": Kind.DATE,
    "date_to": Kind.DATE,
    "time_zone": Kind.TEXT,
    "currency_code": Kind.TEXT,
    "subject_to_thresholding": Kind.FLAG,
    "data_loss_from_other_row": Kind.FLAG,
    "sampled": Kind.FLAG,
    "truncation_reasons": Kind.TEXT,
    "tokens_per_day_remaining": Kind.INTEGER,
    "read_at": Kind.MOMENT,
}
PAGE = 5_000
_READINGS = 3


@dataclass(frozen=True)
class Report:
    """`rows` as in the raw table; `answer` is the last page, with Google's remarks on the numbers."""

    kind: ReportKind
    rows: Any
    answer: Any
    first: date
    last: date

    @property
    def time_zone(self) -> str:
        """In which Google cuts the days."""
        return str(self.answer.metadata.time_zone)

    @property
    def currency(self) -> str:
        """In which Google counts money."""
        return str(self.answer.metadata.currency_code)


@dataclass(frozen=True)
class Reading:
    """What to ask whom: a question, a property, and the days, both ends included."""

    kind: ReportKind
    property_id: str
    first: date
    last: date


def read_report(calls: ReportCalls, reading: Reading, run: SourceRun) -> Report:
    """All periods of the reading; those without a visit have no row."""
    for _ in range(_READINGS):
        pages = _pages(calls, reading, run)
        if pages is not None:
            rows = pa.concat_tables([_rows(page, reading) for page in pages])
            _check_unique(rows, KEYS[reading.kind.table])
            return Report(reading.kind, rows, pages[-1], reading.first, reading.last)
    raise ContractError(
        f"ga4: runReport changed or came short during each of {_READINGS} readings. Nothing was loaded; try again later."
    )


def remarks(report: Report) -> list[str]:
    """What a reader of the numbers should know."""
    metadata = report.answer.metadata
    said = {
        "small numbers are withheld (thresholding)": metadata.subject_to_thresholding,
        'rare values were summed up as "(other)"': metadata.data_loss_from_other_row,
        "the numbers are estimated from a sample": bool(metadata.sampling_metadatas),
        f"numbers are cut off: {_truncations(metadata)}": bool(_truncations(metadata)),
        "some metrics are hidden from this account": bool(
            metadata.schema_restriction_response.active_metric_restrictions
        ),
    }
    about = "" if report.kind is TRAFFIC else f", {report.kind.name}"
    return [f"{text}{about}" for text, holds in said.items() if holds]


def report_row(report: Report, property_id: str, read_at: datetime) -> Any:
    """One row about this reading."""
    metadata, quota = report.answer.metadata, report.answer.property_quota
    row = {
        "property_id": property_id,
        "report": report.kind.name,
        "date_from": report.first,
        "date_to": report.last,
        "time_zone": metadata.time_zone,
        "currency_code": metadata.currency_code,
        "subject_to_thresholding": metadata.subject_to_thresholding,
        "data_loss_from_other_row": metadata.data_loss_from_other_row,
        "sampled": bool(metadata.sampling_metadatas),
        "truncation_reasons": _truncations(metadata) or None,
        "tokens_per_day_remaining": quota.tokens_per_day.remaining if quota.HasField("tokens_per_day") else None,
        "read_at": read_at,
    }
    return pa.Table.from_pylist([row], schema=arrow_schema(REPORT_COLUMNS))


def _pages(calls: ReportCalls, reading: Reading, run: SourceRun) -> list[Any] | None:
    """All pages, or None when the report changed in between or a page is shorter than its own count says."""
    pages: list[Any] = []
    read = 0
    while True:
        page = calls.report(_asked(reading, read))
        _check_headers(page, reading.kind)
        if pages and page.row_count != pages[0].row_count:
            return None
        if page.row_count > read and not page.rows:
            raise ContractError(
                f"ga4: runReport gave {read} of {page.row_count} rows and then none. Nothing was loaded."
            )
        if len(page.rows) < min(PAGE, page.row_count - read):
            return None
        pages.append(page)
        read += len(page.rows)
        run.on_rows(reading.kind.name, read, page.row_count)
        if read >= page.row_count:
            return pages


def _asked(reading: Reading, offset: int) -> dict[str, Any]:
    """Without an order over all dimensions the pages may overlap."""
    kind = reading.kind
    return {
        "dimensions": [{"name": name} for name in kind.dimensions],
        "metrics": [{"name": name} for name in kind.metrics],
        "date_ranges": [{"start_date": reading.first.isoformat(), "end_date": reading.last.isoformat()}],
        "order_bys": [{"dimension": {"dimension_name": name}} for name in kind.dimensions],
        "offset": offset,
        "limit": PAGE,
    }


def _check_headers(page: Any, kind: ReportKind) -> None:
    """Values have no names, only places."""
    dimensions = tuple(header.name for header in page.dimension_headers)
    metrics = tuple(header.name for header in page.metric_headers)
    if (dimensions, metrics) != (kind.dimensions, tuple(kind.metrics)):
        raise ContractError(
            f"ga4: runReport answered with the columns {dimensions + metrics}, not those asked. Nothing was loaded."
        )
    if not page.metadata.time_zone:
        raise ContractError("ga4: runReport answered without the property's time zone. Nothing was loaded.")


def _rows(page: Any, reading: Reading) -> Any:
    kind = reading.kind
    width = len(kind.dimensions) + len(kind.metrics)
    cells = [[value.value for value in (*row.dimension_values, *row.metric_values)] for row in page.rows]
    if any(len(row) != width for row in cells):
        raise ContractError("ga4: runReport answered with a row that is too short. Nothing was loaded.")
    texts = [pa.array(column, pa.string()) for column in zip(*cells, strict=True)] or [pa.nulls(0, pa.string())] * width
    columns = kind.columns(texts[: len(kind.dimensions)], reading.property_id, reading.last)
    for values, (asked, (name, of)) in zip(texts[len(kind.dimensions) :], kind.metrics.items(), strict=True):
        columns[name] = from_text(values, of, f"ga4: {asked}")
    return pa.table(columns, schema=arrow_schema(COLUMNS[kind.table]))


def _check_unique(rows: Any, key: list[str]) -> None:
    keys = rows.group_by(key).aggregate([])
    if len(keys) != len(rows):
        raise ContractError(f"ga4: runReport gave {len(rows) - len(keys)} rows twice. Nothing was loaded.")


def _truncations(metadata: Any) -> str:
    reasons = metadata.data_truncation_reasons
    return "; ".join(reason.data_truncation_message or str(reason.data_truncation_type) for reason in reasons)
