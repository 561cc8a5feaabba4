"""What must hold before a run touches anything: whoever is turned away here may trust that everything is as it was.

A day older than the one that is out is turned away too: report, feeds and workbook would go back to it, while `okr.progress` and what
trackers were sent stay with the newest. Cycles are apart: looking at last year's does not take this year's back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipelines import clock
from pipelines.errors import SettingsError
from pipelines.jobs.context import JobContext
from pipelines.jobs.track import open_trackers
from pipelines.published import newest_days
from pipelines.settings import Settings

SHOWING = ("publish", "track")


def admit(
    context: JobContext, steps: Sequence[str], *, republish: bool = False, planned: bool = False
) -> Sequence[str]:
    """The steps that may be done: a planned moment that is caught up after a newer day came out leaves the showing to that day.

    Raises SettingsError for the day or the sources, SettingError with a line for each tracker that is not set up.
    """
    _check_day(context, steps)
    out = _newer_day(context) if "publish" in steps and not republish else None
    if out and planned:
        steps = [step for step in steps if step not in SHOWING]
        context.watch.event("publish", state="left out", note=f"{out[0]} as of {out[1]} is out")
    elif out:
        raise SettingsError(
            f"{context.as_of} is older than what is published: {out[0]} as of {out[1]}. Report, feeds and workbook would go"
            f" back to it. Name {out[1]} or a later day; `okr explain` and `okr history` look back without publishing;"
            " --republish shows the older day on purpose."
        )
    if "ingest" in steps:
        _check_sources(context.settings)
    if "track" in steps:
        open_trackers(context.settings)
    return steps


def _newer_day(context: JobContext) -> tuple[str, date] | None:
    """Cycle and day of what is out, where this run would replace it by an older one."""
    out = newest_days(context.settings.data_dir)
    days = [(plan.cycle.id, out[plan.cycle.id]) for plan in context.running_cycles() if plan.cycle.id in out]
    return next((each for each in days if each[1] > context.as_of), None)


def _check_day(context: JobContext, steps: Sequence[str]) -> None:
    """A day to come would be the newest snapshot, and trackers would be sent nothing until it is over."""
    today = clock.today(context.now, context.mappings.company.time_zone)
    if context.as_of > today:
        raise SettingsError(f"--as-of {context.as_of} lies in the future: today is {today}. Name a day that has been.")
    if not {"snapshot", "publish"}.isdisjoint(steps):
        context.running_cycles()


def _check_sources(settings: Settings) -> None:
    if not settings.sources and not settings.inputs:
        raise SettingsError(
            'no source is configured: set sources = ["hubspot"] in okr.toml, or OKR_SOURCES=\'["hubspot"]\'.'
        )
