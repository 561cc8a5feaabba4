"""What `okr explain` tells of the past: how this day was restated, how many others were, and what was defined anew."""

from __future__ import annotations

from okr_mappings.display import format_change, format_restated, format_value
from okr_mappings.mappings import CyclePlan
from okr_mappings.restated import summary
from okr_mappings.snapshot import OBSERVED, Snapshot
from pipelines import changes
from pipelines.loaded import Loaded
from pipelines.restatements import records
from pipelines.settings import Settings
from warehouse import restatement_store
from warehouse.engine import Connection
from warehouse.okr_schema import remembers
from warehouse.restatement_store import BASELINE, VALUE, Restatement


def past_of(
    con: Connection, settings: Settings, loaded: Loaded, plan: CyclePlan, snapshot: Snapshot
) -> tuple[str, ...]:
    """Nothing for a copy that an older version published, and nothing where nothing happened."""
    if not remembers(con):
        return ()
    found = restatement_store.restatements(con, plan.cycle.id, snapshot.key_result_id)
    lines = [
        *_marked(snapshot),
        *(_this_day(each) for each in found if each.what == VALUE and each.day == snapshot.as_of),
    ]
    lines += [_baseline(each) for each in found if each.what == BASELINE]
    days = format_restated(
        summary([(each.difference, each.was_provisional) for each in found if each.what == VALUE]), snapshot.unit
    )
    lines += [f"restated      {days} (`okr restatements {snapshot.key_result_id}`)"] if days else []
    told = changes.told_of(con, settings, loaded, plan, snapshot.key_result_id)
    return (
        *lines,
        *(f"{'defined anew' if number == 0 else '':<13} {line}" for number, line in enumerate(changes.lines(told))),
    )


def _marked(snapshot: Snapshot) -> list[str]:
    if snapshot.observation == OBSERVED:
        return []
    return [
        f"{snapshot.observation.replace('_', ' ')}: computed on {snapshot.computed_at:%Y-%m-%d}, not observed on {snapshot.as_of}"
    ]


def _this_day(each: Restatement) -> str:
    now = (
        "no number"
        if each.difference is None
        else f"{format_value(each.value_now, each.unit)} ({format_change(each.difference, each.unit)})"
    )
    why = f": {records(each)}" if records(each) else ""
    return f"this day      was reported with {format_value(each.reported_value, each.unit)} and has {now} now{why}"


def _baseline(each: Restatement) -> str:
    frozen, now = format_value(each.reported_value, each.unit), format_value(each.value_now, each.unit)
    return f"baseline      frozen at {frozen}; the same question gives {now} now"
