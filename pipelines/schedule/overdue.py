"""Says where people look that no run has succeeded for too long, although none succeeds.

Works on the published files alone: the reason may be that the warehouse does not open. The documents, the reports and the trackers
that show a state are written, and the next publication overwrites them. A webhook is called without deliveries and stays silent. A channel
is told once; who was told stands in `overdue.json`, because a channel that cannot be reached now is tried again, and who was told that
numbers stay away is also told when they are back.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.contract import DeliveryState
from connectors.messenger import Messenger, Notice, NoticeKind
from okr_mappings.errors import DocumentError
from okr_mappings.snapshot import ProgressDocument
from pipelines.errors import PipelineError
from pipelines.jobs.telling import announced
from pipelines.jobs.track import open_each
from pipelines.languages import speaking
from pipelines.published import progress_path, published_documents
from pipelines.report import render
from pipelines.report.overdue import no_success
from pipelines.settings import Settings
from warehouse.atomic_files import write_file
from warehouse.errors import LockedError
from warehouse.feeds import document_bytes
from warehouse.run_lock import RunLock

AGAIN = timedelta(minutes=15)
TOLD = "overdue.json"


def say_overdue(settings: Settings, now: datetime) -> tuple[str, datetime | None]:
    """What was said now ('' when nothing had to be), and when to look again."""
    try:
        found = published_documents(settings.data_dir)
    except (PipelineError, DocumentError, OSError, ValueError):
        return "", None  # nothing is published, or by another version
    expected = found[-1].next_run
    if expected is None:
        return "", None
    if now < expected.overdue_at:
        _say_resumed(settings, found, now)
        return "", expected.overdue_at
    try:
        with RunLock(settings.data_dir):
            said = "" if found[-1].overdue else _say(settings, found, now)
            told = _overdue(settings, found)
            return said, None if _tell_channels(settings, told, now) else now + AGAIN
    except LockedError:
        return "", now + AGAIN  # a run is going on: it may yet succeed


def _tell_channels(settings: Settings, told: Sequence[ProgressDocument], now: datetime) -> bool:
    """Whether every channel has been told, or will never take it."""
    expected = told[-1].next_run
    moment = f"{expected.overdue_at:%Y-%m-%dT%H:%MZ}" if expected else ""
    done = _told(settings)
    done = done if done.get("since") == moment else {"since": moment}
    complete = True
    for name, messenger in _messengers(settings).items():
        if name not in done:
            answer = announced(messenger, told, Notice(f"overdue {moment}", NoticeKind.OVERDUE), now)
            if answer.state is DeliveryState.RETRIABLE:
                complete = False
                continue
            done[name] = answer.state.value
            _write_told(settings, done)
    return complete


def _say_resumed(settings: Settings, found: Sequence[ProgressDocument], now: datetime) -> None:
    """Who was told of the silence is told of its end, once; a channel that fails just now is left alone."""
    done = _told(settings)
    since = done.pop("since", "")
    if not since:
        return
    for name, messenger in _messengers(settings).items():
        if done.get(name) == DeliveryState.SENT:
            announced(messenger, found, Notice(f"resumed {since}", NoticeKind.RESUMED), now)
    (settings.data_dir / TOLD).unlink(missing_ok=True)


def _messengers(settings: Settings) -> dict[str, Messenger]:
    return {name: each for name, each in open_each(settings)[0].items() if isinstance(each, Messenger)}


def _told(settings: Settings) -> dict[str, str]:
    """By tracker how it went, and `since` when; empty while all is well."""
    try:
        content = json.loads((settings.data_dir / TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(state) for name, state in content.items()} if isinstance(content, dict) else {}


def _write_told(settings: Settings, done: dict[str, str]) -> None:
    write_file(settings.data_dir / TOLD, json.dumps(done).encode())


def _overdue(settings: Settings, found: Sequence[ProgressDocument]) -> list[ProgressDocument]:
    """With the line, in the installation's language."""
    with speaking(settings.language):
        return [replace(document, overdue=no_success(document)) for document in found]


def _say(settings: Settings, found: Sequence[ProgressDocument], now: datetime) -> str:
    told = _overdue(settings, found)
    main = told[-1].cycle_id
    for tracker in open_each(settings)[0].values():
        for document in () if isinstance(tracker, Messenger) else told:
            with contextlib.suppress(Exception):  # a tracker's trouble must not silence the report
                tracker.send(document, [], now)
    for document in told:
        report, feed = settings.report_path, progress_path(settings.data_dir)
        if document.cycle_id != main:
            report = settings.data_dir / f"report-{document.cycle_id}.html"
            feed = settings.feeds_dir / document.cycle_id / feed.name
        write_file(report, render(document, settings.language).encode())
        write_file(feed, document_bytes(document))
    return told[-1].overdue
