"""What to say when the numbers should have been renewed and were not."""

from __future__ import annotations

from datetime import datetime

from okr_mappings.snapshot import ProgressDocument
from pipelines.languages import count
from pipelines.report.dates import moment


def overdue_line(document: ProgressDocument, now: datetime) -> str:
    """What is to be said at this moment; empty while all is well."""
    if document.overdue:
        return overdue_line_of(document)
    if document.next_run is None or now < document.next_run.overdue_at:
        return ""
    return no_success(document)


def overdue_line_of(document: ProgressDocument) -> str:
    """The line that was written into the document, told again in the language being spoken."""
    return no_success(document) if document.overdue and document.next_run else document.overdue


def no_success(document: ProgressDocument) -> str:
    """`No run has succeeded since 21 Nov 2026, 06:15, although 2 were due. These numbers are old.`"""
    slots = document.next_run.slots if document.next_run else 1
    return count(
        "No run has succeeded since %(since)s, although one was due. These numbers are old.",
        "No run has succeeded since %(since)s, although %(count)s were due. These numbers are old.",
        slots,
        since=moment(document.published_at, document.time_zone),
    )


def next_numbers(document: ProgressDocument) -> tuple[str, str]:
    """When the next numbers are expected, and from when on a page that shows these is out of date; both empty without a schedule."""
    if document.next_run is None:
        return "", ""
    zone = document.time_zone
    return moment(document.next_run.expected_at, zone), moment(document.next_run.overdue_at, zone)
