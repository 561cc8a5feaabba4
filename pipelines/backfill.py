"""`okr backfill`: fills in the days before the first run, so that a history does not begin in the middle of a cycle."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

from pipelines import clock
from pipelines.errors import SettingsError
from pipelines.jobs import publish
from pipelines.jobs.backfill import Backfilled
from pipelines.jobs.backfill import backfill as fill
from pipelines.jobs.context import JobContext
from pipelines.ledger_log import note_ledger
from pipelines.loaded import load_everything
from pipelines.settings import Settings
from pipelines.watch import watching
from warehouse.engine import open_warehouse
from warehouse.recovery import ready_schema
from warehouse.run_lock import RunLock
from warehouse.run_store import FAILED, SUCCEEDED, finish_run, start_run


def backfill(settings: Settings, first: date, last: date, *, now: datetime | None = None) -> str:
    """What was done, in a sentence or two. Raises SettingsError for days that are not over, or in no cycle."""
    moment, begun = now or clock.now(), time.monotonic()
    loaded = load_everything(settings)
    _check(first, last, clock.last_complete_day(moment, loaded.mappings.company.time_zone))
    if not any(plan.cycle.start <= last and plan.cycle.end >= first for plan in loaded.mappings.cycles):
        raise SettingsError(f"no cycle has a day from {first} to {last}.")
    run_id = f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    with (
        RunLock(settings.data_dir, wait_seconds=settings.lock_wait_seconds),
        watching(run_id, settings.data_dir) as watch,
    ):
        context = JobContext(settings, loaded.mappings, loaded.catalog, loaded.homes, last, run_id, moment, watch)
        return _recorded(context, first, last, begun)


def _check(first: date, last: date, yesterday: date) -> None:
    if first > last:
        raise SettingsError(f"--from {first} is after --to {last}.")
    if last > yesterday:
        raise SettingsError(f"--to {last} is not over yet; the last complete day is {yesterday}.")


def _recorded(context: JobContext, first: date, last: date, begun: float) -> str:
    settings = context.settings
    with open_warehouse(settings.warehouse_path, wait_seconds=settings.lock_wait_seconds) as con:
        if recovered := ready_schema(con, settings.published_path, context.run_id, context.now):
            context.watch.event("recovered", note=recovered.line)
        start_run(con, context.run_id, "backfill", last, context.now)
    state, detail = FAILED, "stopped"
    try:
        done = fill(context, first, last)
        state, detail = SUCCEEDED, _sentence(done, first, last)
    finally:
        with open_warehouse(settings.warehouse_path, wait_seconds=settings.lock_wait_seconds) as con:
            ended = context.now + timedelta(seconds=time.monotonic() - begun)
            finish_run(con, context.run_id, state, ended, {"detail": detail})
            with suppress(OSError):  # the ledger has it; the file is for looking at
                note_ledger(settings.feeds_dir, con)
            reported = con.execute("select max(as_of) from okr.snapshots where observation = 'observed'").fetchall()[0][
                0
            ]
    if reported is None:
        return f"{detail}\nNothing is published yet: `okr run` does it."
    _publish(context, reported)
    return detail


def _publish(context: JobContext, reported: date) -> None:
    """The same day as before, with a longer history."""
    if context.mappings.cycles_at(reported):
        publish.step(replace(context, as_of=reported))


def _sentence(done: Backfilled, first: date, last: date) -> str:
    text = (
        f"{first} to {last}: {done.reconstructed:,} reconstructed, {done.not_reconstructable:,} not reconstructable,"
        f" {done.observed:,} observed before and left alone"
    )
    text += f"; {done.unchanged:,} of them were there already" if done.unchanged else ""
    text += f"\nleft out, because a source is not complete: {', '.join(done.incomplete)}" if done.incomplete else ""
    return text + "."
