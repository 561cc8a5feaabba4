"""`okr restatements`: the reported numbers that are other numbers now, and the records that made them so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from okr_mappings.display import format_change, format_restated, format_value
from okr_mappings.document import to_plain
from okr_mappings.restated import summary
from pipelines.find import find_key_result, last_published_day, published_copy
from pipelines.loaded import load_everything
from pipelines.settings import Settings
from warehouse import restatement_store
from warehouse.restatement_store import BASELINE, Restatement

SHOWN_KEYS = 3


@dataclass(frozen=True)
class Restated:
    """Of every running cycle, or of one key result in its cycle."""

    found: tuple[Restatement, ...]

    def as_text(self) -> str:
        if not self.found:
            return "Every reported day still has the value that was reported."
        blocks = groupby(self.found, key=lambda each: (each.cycle_id, each.key_result_id))
        return "\n\n".join(_block(tuple(days)) for _, days in blocks)

    def as_json(self) -> str:
        return json.dumps([to_plain(each) for each in self.found], ensure_ascii=False, indent=2)


def restatements(settings: Settings, key_result_id: str | None) -> Restated:
    loaded = load_everything(settings)
    with published_copy(settings) as con:
        day = last_published_day(con)
        if key_result_id is not None:
            plan, _ = find_key_result(loaded.mappings, key_result_id, day)
            return Restated(tuple(restatement_store.restatements(con, plan.cycle.id, key_result_id)))
        plans = loaded.mappings.cycles_at(day)
        return Restated(tuple(each for plan in plans for each in restatement_store.restatements(con, plan.cycle.id)))


def _block(days: Sequence[Restatement]) -> str:
    first = days[0]
    values = [(each.difference, each.was_provisional) for each in days if each.what != BASELINE]
    said = format_restated(summary(values), first.unit)
    head = f"{first.key_result_id}  {first.title}" + (f"\n  {said}" if said else "")
    rows = [_row(each) for each in days]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return "\n".join([head, *("  " + _aligned(row, widths) for row in rows)])


def _aligned(row: tuple[str, ...], widths: Sequence[int]) -> str:
    day, *numbers = row[:4]
    cells = [day.ljust(widths[0]), *(text.rjust(width) for text, width in zip(numbers, widths[1:], strict=True))]
    return "  ".join([*cells, row[4]]).rstrip()


def _row(each: Restatement) -> tuple[str, str, str, str, str]:
    now = format_value(each.value_now, each.unit)
    difference = "gone" if each.difference is None else format_change(each.difference, each.unit)
    notes = [records(each)]
    notes += ["the frozen baseline"] if each.what == BASELINE else []
    notes += ["was provisional"] if each.was_provisional else []
    notes.append(f"seen {each.first_seen_at:%Y-%m-%d}")
    reported = format_value(each.reported_value, each.unit)
    return str(each.day), reported, f"→ {now}", difference, "; ".join(note for note in notes if note)


def records(each: Restatement) -> str:
    """`1 removed (hubspot:703)`; empty where the rows were not remembered."""
    counts = {"added": each.records_added, "removed": each.records_removed, "changed": each.records_changed}
    return ", ".join(f"{count:,} {word}{_keys(each.records.get(word, ()))}" for word, count in counts.items() if count)


def _keys(keys: Sequence[str]) -> str:
    more = ", ..." if len(keys) > SHOWN_KEYS else ""
    return f" ({', '.join(keys[:SHOWN_KEYS])}{more})" if keys else ""
