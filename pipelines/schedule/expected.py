"""When the next numbers should come, and from when on their absence is a fact worth saying.

Every publication carries both moments. So whatever shows it can tell by its own clock that the job has stopped: `okr status` and the
workbook do; a page without JavaScript has no clock, so the report names the moment and lets the reader compare.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from okr_mappings.snapshot import NextRun, ProgressDocument
from pipelines.schedule.rules import rules_of
from pipelines.settings import Settings

GRACE = timedelta(hours=1)


def next_run(settings: Settings, company_zone: str, now: datetime) -> NextRun | None:
    """None without a schedule that publishes."""
    rules = [rule for rule in rules_of(settings, company_zone) if rule.publishes]
    coming: set[datetime] = set()
    for rule in rules:
        slots = rule.crontab.after(now)
        coming |= {slot + rule.offset for _, slot in zip(range(settings.watchdog_slots), slots, strict=False)}
    if not coming:
        return None
    moments = sorted(coming)[: settings.watchdog_slots]
    return NextRun(moments[0], moments[-1] + GRACE, settings.watchdog_slots)


def overdue_line(document: ProgressDocument, now: datetime) -> str:
    """What to say at this moment; empty while all is well."""
    if document.overdue:
        return document.overdue
    if document.next_run is None or now < document.next_run.overdue_at:
        return ""
    return no_success(document)


def no_success(document: ProgressDocument) -> str:
    """`No run has succeeded since 21 Nov 2026, 06:15; at least 2 were due. These numbers are old.`"""
    from pipelines.report.dates import moment

    count = document.next_run.slots if document.next_run else 1
    were = "were" if count > 1 else "was"
    since = moment(document.published_at, document.time_zone)
    return f"No run has succeeded since {since}; at least {count} {were} due. These numbers are old."
