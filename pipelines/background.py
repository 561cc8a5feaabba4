"""What a report tells of key results besides their snapshots: definition, lessons, restated days, changed targets, why they moved.

All of it is read from one published copy. Explaining a movement asks the metric again, so only the largest of the week are explained,
and only where some run reported the key result about a week ago.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from okr_mappings.mappings import CyclePlan, KeyResult
from okr_mappings.restated import differs
from okr_mappings.snapshot import (
    Background,
    Changed,
    Moved,
    MovedPart,
    ReportedDay,
    Snapshot,
    TargetChange,
)
from okr_mappings.words import Kind
from pipelines.errors import NothingPublishedError
from pipelines.movement import between
from warehouse.catalog import Metric
from warehouse.definition_store import DefinitionChange, definition_changes
from warehouse.engine import Connection
from warehouse.errors import WarehouseError
from warehouse.okr_schema import remembers
from warehouse.restatement_store import VALUE, Restatement, restatements
from warehouse.source_store import SourceLimits

WEEK = timedelta(days=7)
MOST_EXPLAINED = 40


@dataclass(frozen=True)
class Ground:
    """Where everything is read from. `explain` turns the explaining of movements on."""

    con: Connection
    plan: CyclePlan
    catalog: Mapping[str, Metric]
    limits: Mapping[str, SourceLimits]
    time_zone: str
    seconds: float
    explain: bool = True


def backgrounds(ground: Ground, shown: Sequence[Snapshot], reported: Sequence[Snapshot]) -> dict[str, Background]:
    """By key result; `reported` is the cycle's whole history, of which only the days up to the shown ones count."""
    by_key = _by_key(shown, reported)
    moved = _explained(ground, shown, by_key) if ground.explain else {}
    known = remembers(ground.con)
    restated = _restated(restatements(ground.con, ground.plan.cycle.id)) if known else {}
    changes = _changes(definition_changes(ground.con, ground.plan.cycle.id, None)) if known else {}
    key_results = {each.id: each for each in ground.plan.key_results}
    return {
        each.key_result_id: replace(
            _of_today(ground, each, key_results.get(each.key_result_id)),
            moved=moved.get(each.key_result_id),
            restated=tuple(day for day in restated.get(each.key_result_id, ()) if day.day < each.as_of),
            target_changes=tuple(_targets(by_key[each.key_result_id])),
            changes=tuple(change for change in changes.get(each.key_result_id, ()) if change.day <= each.as_of),
        )
        for each in shown
    }


def _of_today(ground: Ground, snapshot: Snapshot, key_result: KeyResult | None) -> Background:
    metric = key_result.metric if key_result else None
    return Background(
        definition=" ".join(metric.definition.split()) if metric else "",
        lessons=key_result.lessons if key_result else "",
        provisional_from=_provisional_from(ground, snapshot, metric.settle_hours if metric else 0.0),
        next_check_in=_next_check_in(key_result, snapshot.as_of) if key_result else None,
    )


def _by_key(shown: Sequence[Snapshot], reported: Sequence[Snapshot]) -> dict[str, list[Snapshot]]:
    last = {each.key_result_id: each.as_of for each in shown}
    found: dict[str, list[Snapshot]] = {name: [] for name in last}
    for each in reported:
        if each.key_result_id in last and each.as_of <= last[each.key_result_id]:
            found[each.key_result_id].append(each)
    return found


def _restated(found: Sequence[Restatement]) -> dict[str, list[ReportedDay]]:
    days: dict[str, list[ReportedDay]] = {}
    for each in found:
        if each.what == VALUE:
            day = ReportedDay(each.day, each.reported_value, each.value_now, each.was_provisional)
            days.setdefault(each.key_result_id, []).append(day)
    return days


def _changes(found: Sequence[DefinitionChange]) -> dict[str, list[Changed]]:
    changes: dict[str, list[Changed]] = {}
    for each in found:
        changes.setdefault(each.key_result_id, []).append(Changed(each.as_of, each.field, each.old, each.new))
    return changes


def _targets(days: Sequence[Snapshot]) -> list[TargetChange]:
    """Where two reports in a row aim at different numbers. A report that could not say its target changes nothing."""
    aimed = [each for each in days if each.target is not None]
    return [
        TargetChange(later.as_of, earlier.target, later.target)
        for earlier, later in pairwise(aimed)
        if differs(earlier.target, later.target)
    ]


def _provisional_from(ground: Ground, snapshot: Snapshot, settle_hours: float) -> date | None:
    """The first day that one of the sources may still correct."""
    if not snapshot.provisional:
        return None
    lag = timedelta(hours=settle_hours)
    starts = [
        source.data_through - max(ground.limits[source.source].settle, lag)
        for source in snapshot.sources
        if source.data_through is not None and source.source in ground.limits
    ]
    return min(starts).astimezone(ZoneInfo(ground.time_zone)).date() if starts else snapshot.as_of


def _next_check_in(key_result: KeyResult, as_of: date) -> date | None:
    """None for what is computed, and for steps, which have dates of their own."""
    if not key_result.by_hand or key_result.steps:
        return None
    known = [each.day for each in key_result.check_ins if each.day <= as_of]
    return max(known) + timedelta(days=key_result.stale_after_days) if known else as_of


def _explained(ground: Ground, shown: Sequence[Snapshot], by_key: Mapping[str, Sequence[Snapshot]]) -> dict[str, Moved]:
    key_results = {each.id: each for each in ground.plan.key_results}
    pairs = [
        (first, latest)
        for latest in shown
        if latest.value is not None
        and latest.kind is not Kind.RECURRING  # its value starts anew every week or month
        and latest.key_result_id in key_results
        and (first := _a_week_ago(by_key[latest.key_result_id], latest.as_of)) is not None
        and differs(first.value, latest.value)
    ]
    pairs.sort(key=lambda pair: -abs((pair[1].progress or 0.0) - (pair[0].progress or 0.0)))
    found = {}
    for first, latest in pairs[:MOST_EXPLAINED]:
        if moved := _moved(ground, key_results[latest.key_result_id], first, latest):
            found[latest.key_result_id] = moved
    return found


def _a_week_ago(days: Sequence[Snapshot], as_of: date) -> Snapshot | None:
    """The report nearest to seven days back, from thirteen days ago to the day before."""
    wanted = as_of - WEEK
    near = [each for each in days if each.value is not None and timedelta(0) < as_of - each.as_of < 2 * WEEK]
    return min(near, key=lambda each: (abs(each.as_of - wanted), each.as_of), default=None)


def _moved(ground: Ground, key_result: KeyResult, first: Snapshot, latest: Snapshot) -> Moved | None:
    """None where a day cannot be asked any more: a report is not refused for want of an explanation."""
    try:
        found = between(ground.con, ground.catalog, key_result, ground.plan.cycle, first, latest, ground.seconds)
    except (NothingPublishedError, WarehouseError):
        return None
    parts = tuple(
        MovedPart(part.name, float(part.amount), found.records.get(part.name))
        for part in found.movement.parts
        if part.amount
    )
    return Moved(first.as_of, float(found.movement.start), float(found.movement.end), parts, " ".join(found.remarks))
