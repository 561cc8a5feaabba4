"""Says where people look that no run has succeeded for too long, although none succeeds.

Works on the published files alone: the reason may be that the warehouse does not open. Only the documents, the reports and the trackers
that show a state are written; a tracker that sends messages is called without any and stays silent. The next publication overwrites it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from okr_mappings.errors import DocumentError
from okr_mappings.snapshot import ProgressDocument
from pipelines.errors import PipelineError
from pipelines.jobs.track import open_each, published_documents
from pipelines.published import progress_path
from pipelines.report import render
from pipelines.report.overdue import no_success
from pipelines.settings import Settings
from warehouse.atomic_files import write_file
from warehouse.errors import LockedError
from warehouse.feeds import document_bytes
from warehouse.run_lock import RunLock

AGAIN = timedelta(minutes=15)


def say_overdue(settings: Settings, now: datetime) -> tuple[str, datetime | None]:
    """What was said now ('' when nothing had to be), and when to look again."""
    try:
        found = published_documents(settings.data_dir)
    except (PipelineError, DocumentError, OSError, ValueError):
        return "", None  # nothing is published, or by another version
    expected = found[-1].next_run
    if expected is None or found[-1].overdue:
        return "", None
    if now < expected.overdue_at:
        return "", expected.overdue_at
    try:
        with RunLock(settings.data_dir):
            return _say(settings, found, now), None
    except LockedError:
        return "", now + AGAIN  # a run is going on: it may yet succeed


def _say(settings: Settings, found: Sequence[ProgressDocument], now: datetime) -> str:
    told = [replace(document, overdue=no_success(document)) for document in found]
    main = told[-1].cycle_id
    for tracker in open_each(settings)[0].values():
        for document in told:
            with contextlib.suppress(Exception):  # a tracker's trouble must not silence the report
                tracker.send(document, [], now)
    for document in told:
        report, feed = settings.report_path, progress_path(settings.data_dir)
        if document.cycle_id != main:
            report = settings.data_dir / f"report-{document.cycle_id}.html"
            feed = settings.feeds_dir / document.cycle_id / feed.name
        write_file(report, render(document).encode())
        write_file(feed, document_bytes(document))
    return told[-1].overdue
