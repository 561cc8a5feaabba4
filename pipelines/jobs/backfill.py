"""backfill: snapshots for the past days of a cycle that no run observed, each marked for what it is.

What is loaded now answers for every day; one guarded reading asks all of them. An observed day stays as it is, and nothing is sent to
any tracker: a day made up later is no news. Key results whose sources are not complete are left out rather than guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from okr_mappings.mappings import CyclePlan
from okr_mappings.plan import questions
from okr_mappings.reconstruct import reconstructed
from okr_mappings.snapshot import NOT_RECONSTRUCTABLE, OBSERVED, DayValue, Snapshot
from okr_mappings.words import Status
from pipelines.jobs.context import JobContext
from pipelines.jobs.daily import by_key_result, series_wanted
from pipelines.jobs.snapshot import CycleFacts, assess_cycle, freeze_baselines, raw_tables_behind
from warehouse import snapshot_store
from warehouse.engine import Connection, open_guarded, open_warehouse
from warehouse.fast_path import answer_with_history
from warehouse.model_files import load_models
from warehouse.source_store import freshness


@dataclass(frozen=True, slots=True)
class Backfilled:
    """Snapshots by what became of them; `incomplete` names the key results that were left out."""

    reconstructed: int
    not_reconstructable: int
    observed: int
    unchanged: int
    incomplete: tuple[str, ...]


def backfill(context: JobContext, first: date, last: date) -> Backfilled:
    """Every day of every cycle from `first` to `last`, both included. May be run twice without harm."""
    settings, limits = context.settings, context.limits()
    facts: list[tuple[JobContext, CycleFacts]] = []
    with open_guarded(
        settings.warehouse_path, memory_limit=settings.metric_memory, wait_seconds=settings.lock_wait_seconds
    ) as con:
        for plan in context.mappings.cycles:
            days = _days(plan, first, last)
            facts += _read(con, context, plan, days) if days else []
    with open_warehouse(settings.warehouse_path, wait_seconds=settings.lock_wait_seconds) as con:
        found: list[Snapshot] = []
        for day_context, each in facts:
            freeze_baselines(con, day_context, each)
            snapshots = assess_cycle(con, day_context, each, limits)
            found += [reconstructed(one, kr) for one, kr in zip(snapshots, each.plan.key_results, strict=True)]
        return _append(con, context, found)


def _days(plan: CyclePlan, first: date, last: date) -> list[date]:
    start, end = max(first, plan.cycle.start), min(last, plan.cycle.end)
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def _read(
    con: Connection, context: JobContext, plan: CyclePlan, days: Sequence[date]
) -> list[tuple[JobContext, CycleFacts]]:
    asked = [(day, each) for day in days for kr in plan.key_results for each in questions(kr, plan.cycle, day)]
    answers, daily = answer_with_history(
        con,
        context.catalog,
        [each for _, each in asked],
        series_wanted(plan, days[-1]),
        seconds=context.settings.metric_timeout_seconds,
        fast_path=context.settings.fast_path,
    )
    found = dict(zip(((day, each.key_result_id, each.role) for day, each in asked), answers, strict=True))
    series = by_key_result(plan, days[-1], daily)
    models, limits = load_models(context.homes), context.limits()
    behind = {each.id: raw_tables_behind(context, each, models) for each in plan.key_results}
    facts = (
        CycleFacts(
            plan=plan,
            answers={(name, role): one for (when, name, role), one in found.items() if when == day},
            history={name: _until(points, day) for name, points in series.items()},
            pasts={},
            freshness=freshness(con, day, context.mappings.company.time_zone, limits, context.settings.sources),
            raw_tables=behind,
        )
        for day in days
    )
    return [(replace(context, as_of=day), each) for day, each in zip(days, facts, strict=True)]


def _until(points: Sequence[DayValue], day: date) -> tuple[DayValue, ...]:
    return tuple(point for point in points if point.day <= day)


def _append(con: Connection, context: JobContext, found: Sequence[Snapshot]) -> Backfilled:
    incomplete = tuple(dict.fromkeys(each.key_result_id for each in found if each.status is Status.STALE))
    known = {
        (plan.cycle.id, each.key_result_id, each.as_of)
        for plan in context.mappings.cycles
        for each in snapshot_store.history(con, plan.cycle.id)
        if each.observation == OBSERVED
    }
    complete = [each for each in found if each.status is not Status.STALE]
    new = [each for each in complete if (each.cycle_id, each.key_result_id, each.as_of) not in known]
    appended = snapshot_store.append_snapshots(con, new, [], context.now)
    blank = sum(each.observation == NOT_RECONSTRUCTABLE for each in new)
    return Backfilled(len(new) - blank, blank, len(complete) - len(new), appended.unchanged, incomplete)
