"""Writes the example's drop files as their makers would: two CSVs, Excel workbooks, one Parquet, and `files.yml` about them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from importlib.resources import files as package_files
from itertools import groupby
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from connectors.sandbox.company.files import Files, Invoice, Mention, Observation, SurveyAnswer

_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def write_files(files: Files, folder: Path, *, mentions: bool = True) -> None:
    """Overwrites; the same content gives the same bytes. Without `mentions` where the agency mails them."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_answers(folder / "nps_responses.csv", files.nps_responses)
    _write_followers(folder / "social_followers.xlsx", files.social_followers)
    _write_subscribers(folder / "newsletter_subscribers.csv", files.newsletter_subscribers)
    _write_mentions(folder, files.pr_mentions if mentions else ())
    _write_invoices(folder / "erp_invoices.parquet", files.erp_invoices)
    declaration = package_files("connectors.sandbox.company").joinpath("files.yml")
    (folder / "files.yml").write_bytes(declaration.read_bytes())


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _write_answers(path: Path, answers: Iterable[SurveyAnswer]) -> None:
    rows = ((a.response_id, a.survey, a.respondent, a.answered_at.isoformat(" "), a.score, a.comment) for a in answers)
    header = ("response_id", "survey", "respondent", "answered_at", "score", "comment")
    path.write_text(_csv(header, rows, ","), encoding="utf-8", newline="")


def _write_subscribers(path: Path, observations: Iterable[Observation]) -> None:
    rows = ((f"{o.day:%d.%m.%Y}", o.name, o.count) for o in observations)
    path.write_text(_csv(("date", "list", "subscribers"), rows, ";"), encoding="cp1252", newline="")


def _write_followers(path: Path, observations: Iterable[Observation]) -> None:
    rows = ((o.day, o.name, o.account, o.count) for o in observations)
    _write_sheet(path, "followers", ("date", "network", "account", "followers"), rows)


def _write_mentions(folder: Path, mentions: Iterable[Mention]) -> None:
    """One workbook per month, as the agency sends them."""
    for month, some in groupby(mentions, key=lambda m: f"{m.published_on:%Y-%m}"):
        (folder / f"pr_mentions_{month}.xlsx").write_bytes(mentions_workbook(some))


def mentions_workbook(mentions: Iterable[Mention]) -> bytes:
    """What the agency makes of a month."""
    header = ("mention_id", "published_on", "outlet", "title", "sentiment")
    return _sheet(
        "mentions", header, ((m.mention_id, m.published_on, m.outlet, m.title, m.sentiment) for m in mentions)
    )


def _write_sheet(path: Path, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    path.write_bytes(_sheet(title, header, rows))


def _sheet(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(header)
    for row in rows:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return _without_times(written)


def _without_times(book: io.BytesIO) -> bytes:
    """The same workbook without the moments of its writing, so that the same content gives the same bytes."""
    plain = io.BytesIO()
    with ZipFile(book) as before, ZipFile(plain, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "docProps/core.xml":
                content = _MOMENT.sub(b"2026-11-22T00:00:00Z", content)
            after.writestr(ZipInfo(name, (2026, 11, 22, 0, 0, 0)), content, ZIP_DEFLATED)
    return plain.getvalue()


def _write_invoices(path: Path, invoices: Sequence[Invoice]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    money = pa.decimal128(18, 2)
    table = pa.table(
        {
            "document_id": pa.array([i.document_id for i in invoices], pa.string()),
            "document_type": pa.array([i.document_type for i in invoices], pa.string()),
            "customer_id": pa.array([i.customer_id for i in invoices], pa.string()),
            "posting_date": pa.array([i.posting_date for i in invoices], pa.date32()),
            "net_amount": pa.array([Decimal(i.net_cents).scaleb(-2) for i in invoices], money),
            "currency": pa.array([i.currency for i in invoices], pa.string()),
            "is_cancelled": pa.array([i.is_cancelled for i in invoices], pa.bool_()),
        }
    )
    pq.write_table(table, path)
