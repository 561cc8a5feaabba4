"""The five steps in order, for one day, under one lock.

A step that fails for one source or one key result does not stop the next; a step that fails as a whole ends the run, and what was
published before stays. Running it again, also after a kill at any moment, ends in the state of one clean run.
"""

from __future__ import annotations

import importlib
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast

from pipelines import clock
from pipelines.admission import admit
from pipelines.exit_codes import ExitCode, worst
from pipelines.failures import exit_code_of
from pipelines.inputs import take_over
from pipelines.jobs.context import JobContext, StepOutcome
from pipelines.ledger_log import note_ledger
from pipelines.loaded import Loaded, load_everything
from pipelines.settings import Settings
from pipelines.watch import STEPS, watching
from warehouse.engine import Connection, open_warehouse
from warehouse.recovery import ready_schema
from warehouse.run_lock import RunLock
from warehouse.run_store import FAILED, NOT_NEEDED, SUCCEEDED, finish_run, start_run
from warehouse.slot_store import claim_slot

# every step is the module of its name, except where loading itself fills that one
MODULES = {"ingest": "pipelines.jobs.ingest_step"}


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended and what a person should be told: one line per step, then what went wrong."""

    run_id: str
    as_of: date
    exit_code: ExitCode
    lines: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """The planned moment that a run is for; it is done once, so a second run of it finds nothing to do."""

    schedule: str
    slot: datetime
    most_attempts: int = 1


def execute(
    settings: Settings,
    steps: Sequence[str] = STEPS,
    *,
    as_of: date | None = None,
    now: datetime | None = None,
    full: bool = False,
    sources: Sequence[str] = (),
    claim: Claim | None = None,
    republish: bool = False,
) -> RunOutcome:
    """Do `steps` in the order of STEPS; ingest only `sources`, when some are named. `republish` may show an older day than is out.

    Raises MappingError, SettingsError or SettingError before anything is touched.
    """
    moment, begun = now or clock.now(), time.monotonic()
    loaded = load_everything(settings)
    day = as_of or clock.last_complete_day(moment, loaded.mappings.company.time_zone)
    run_id = f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    with (
        RunLock(settings.data_dir, wait_seconds=settings.lock_wait_seconds),
        watching(run_id, settings.data_dir) as watch,
    ):
        context = JobContext(
            settings, loaded.mappings, loaded.catalog, loaded.homes, day, run_id, moment, watch, full, tuple(sources)
        )
        admitted = admit(context, [step for step in STEPS if step in steps], republish=republish, planned=bool(claim))
        return _record(_with_inputs(context) if "ingest" in admitted else context, admitted, claim, begun)


def _with_inputs(context: JobContext) -> JobContext:
    """Hand-kept numbers come before everything: a mapping with its check-ins is what all steps read. Not where sources are named."""
    settings = context.settings
    if not settings.inputs or context.sources:
        return context
    found = take_over(settings, Loaded(context.mappings, context.catalog, context.homes), context.now)
    mappings = load_everything(settings).mappings if any(each.news for each in found) else context.mappings
    return replace(context, mappings=mappings, inputs=found)


def run_and_show(
    settings: Settings, steps: Sequence[str], *, as_of: date | None, full: bool, republish: bool = False
) -> int:
    """What the command does: run, then print the table (after `track` or `publish`) and what to look at."""
    from pipelines.console import show_outcome

    outcome = execute(settings, steps, as_of=as_of, full=full, republish=republish)
    show_outcome(settings, outcome, table="publish" in steps)
    return outcome.exit_code


def _record(context: JobContext, steps: Sequence[str], claim: Claim | None, begun: float) -> RunOutcome:
    """Whatever happens, the ledger says so; after a kill the next run does. `begun` is the monotonic clock at `context.now`."""
    command = "run" if len(steps) == len(STEPS) else " ".join(steps)
    with _warehouse(context) as con:
        recovered = ready_schema(con, context.settings.published_path, context.run_id, context.now)
        if recovered:
            context.watch.event("recovered", note=recovered.line)
        start_run(con, context.run_id, command, context.as_of, context.now)
        if claim and not _claimed(con, context, claim):
            finish_run(con, context.run_id, NOT_NEEDED, _end(context, begun), {"exit_code": int(ExitCode.OK)})
            return RunOutcome(context.run_id, context.as_of, ExitCode.OK, ("its slot is done already",), ())
    try:
        outcome = _run_steps(context, steps, (f"{'recovered':<10} {recovered.line}",) if recovered else ())
    except BaseException as error:
        with suppress(Exception):  # a full disk, say: what broke the run is what people must read
            code = int(exit_code_of(error)) if isinstance(error, Exception) else None
            _finish(context, begun, FAILED, code, str(error))
        raise
    _finish(context, begun, SUCCEEDED, int(outcome.exit_code), "; ".join(outcome.lines))
    return outcome


def _claimed(con: Connection, context: JobContext, claim: Claim) -> bool:
    return claim_slot(con, context.run_id, claim.schedule, claim.slot, context.now, most_attempts=claim.most_attempts)


def _end(context: JobContext, begun: float) -> datetime:
    """By the run's own clock, which the demo sets to a fixed moment: a run that took 3 seconds must not seem to end on another day."""
    return context.now + timedelta(seconds=time.monotonic() - begun)


def _finish(context: JobContext, begun: float, state: str, exit_code: int | None, detail: str) -> None:
    with _warehouse(context) as con:
        finish_run(con, context.run_id, state, _end(context, begun), {"detail": detail, "exit_code": exit_code})
        with suppress(OSError):  # the ledger has it; the file is for looking at
            note_ledger(context.settings.feeds_dir, con)


def _warehouse(context: JobContext) -> AbstractContextManager[Connection]:
    settings = context.settings
    return open_warehouse(settings.warehouse_path, wait_seconds=settings.lock_wait_seconds)


def _run_steps(context: JobContext, steps: Sequence[str], before: Sequence[str]) -> RunOutcome:
    codes: set[ExitCode] = set()
    lines: list[str] = list(before)
    problems: list[str] = []
    for step in steps:
        context.watch.step(step)
        outcome = _job(step)(context)
        context.watch.event(step, state="finished", note=outcome.line)
        codes |= outcome.codes
        lines.append(f"{step:<10} {outcome.line}")
        problems += outcome.problems
    context.watch.done()
    return RunOutcome(context.run_id, context.as_of, worst(codes), tuple(lines), tuple(problems))


def _job(step: str) -> Callable[[JobContext], StepOutcome]:
    """The module of the step is its name; imported when its turn comes, because ingest alone takes a second."""
    module = importlib.import_module(MODULES.get(step, f"pipelines.jobs.{step}"))
    return cast("Callable[[JobContext], StepOutcome]", module.step)
