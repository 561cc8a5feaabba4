"""When the next numbers should come, and from when on their absence is a fact worth saying.

Every publication carries both moments. So whatever shows it can tell by its own clock that the job has stopped: `okr status` and the
workbook do; a page without JavaScript has no clock, so the report names the moment and lets the reader compare.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from okr_mappings.snapshot import NextRun
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
