"""`okr changes`: what a key result meant before, what it means since, who wrote that, and how it stands under either target."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from okr_mappings.display import format_share, format_value, status_label
from okr_mappings.document import to_plain
from okr_mappings.mappings import CyclePlan, KeyResult
from okr_mappings.observed import Subject
from okr_mappings.other_target import target_of, under_target
from okr_mappings.snapshot import Snapshot
from okr_mappings.words import Status
from pipelines.authors import Author, author_of_file, author_of_line, line_of_field
from pipelines.find import find_key_result, last_published_day, published_copy
from pipelines.loaded import Loaded, load_everything
from pipelines.settings import Settings
from warehouse import definition_store, snapshot_store
from warehouse.definition_store import DefinitionChange
from warehouse.engine import Connection

WIDEST = 60


@dataclass(frozen=True, slots=True)
class UnderTarget:
    """How the latest snapshot stands under one target."""

    target: float
    status: Status
    progress: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """One change. `before` and `after` are only there where the target moved."""

    change: DefinitionChange
    unit: str
    author: Author | None
    before: UnderTarget | None = None
    after: UnderTarget | None = None


@dataclass(frozen=True)
class Changes:
    found: tuple[Told, ...]

    def as_text(self) -> str:
        if not self.found:
            return "No definition has changed since it was first reported."
        groups = groupby(self.found, key=lambda each: (each.change.cycle_id, each.change.key_result_id))
        return "\n\n".join(_block(tuple(told)) for _, told in groups)

    def as_json(self) -> str:
        return json.dumps([to_plain(each) for each in self.found], ensure_ascii=False, indent=2)


def changes(settings: Settings, key_result_id: str | None) -> Changes:
    """Of every running cycle, or of one key result in its cycle; by key result, oldest first."""
    loaded = load_everything(settings)
    with published_copy(settings) as con:
        day = last_published_day(con)
        if key_result_id is not None:
            plan, _ = find_key_result(loaded.mappings, key_result_id, day)
            return Changes(tuple(told_of(con, settings, loaded, plan, key_result_id)))
        plans = loaded.mappings.cycles_at(day)
        return Changes(tuple(each for plan in plans for each in told_of(con, settings, loaded, plan, None)))


def told_of(
    con: Connection, settings: Settings, loaded: Loaded, plan: CyclePlan, key_result_id: str | None
) -> list[Told]:
    found = definition_store.definition_changes(con, plan.cycle.id, key_result_id)
    found.sort(key=lambda each: each.key_result_id)  # stable: within one, oldest first
    latest = {each.key_result_id: each for each in snapshot_store.latest(con, plan.cycle.id)} if found else {}
    by_id = {each.id: each for each in plan.key_results}
    newest = {(each.key_result_id, each.field): each for each in found}
    return [
        Told(
            change,
            latest[change.key_result_id].unit if change.key_result_id in latest else "",
            _author(
                settings.mappings_dir,
                loaded,
                by_id.get(change.key_result_id),
                change,
                newest=newest[change.key_result_id, change.field] is change,
            ),
            *_both(con, loaded, plan, latest.get(change.key_result_id), change),
        )
        for change in found
    ]


def _author(
    mappings_dir: Path, loaded: Loaded, key_result: KeyResult | None, change: DefinitionChange, *, newest: bool
) -> Author | None:
    """Of the line that says it; for a metric's SQL of its file. None for what has left the mapping."""
    if key_result is None:
        return None
    if change.field == "sql" and key_result.metric is not None:
        return author_of_file(loaded.catalog[key_result.metric.name].path, change.detected_at)
    path = mappings_dir / key_result.path
    if not path.exists():
        return None
    line = line_of_field(path, key_result.line, change.field)
    return author_of_line(path, line, change.detected_at, newest=newest)


def _both(
    con: Connection, loaded: Loaded, plan: CyclePlan, snapshot: Snapshot | None, change: DefinitionChange
) -> tuple[UnderTarget | None, UnderTarget | None]:
    if change.field != "target" or snapshot is None:
        return None, None
    pairs = [(objective, each) for objective, each in plan.pairs() if each.id == change.key_result_id]
    if not pairs:
        return None, None
    subject = Subject(loaded.mappings.company, plan.cycle, *pairs[0])
    stored = {
        each.definition.definition_hash: each.definition.content
        for each in definition_store.definitions(con, plan.cycle.id, change.key_result_id)
    }
    hashes = (change.old_definition, change.new_definition)
    targets = [target_of(stored[each], snapshot.baseline) if each in stored else None for each in hashes]
    before, after = (None if target is None else _under(subject, snapshot, target) for target in targets)
    return before, after


def _under(subject: Subject, snapshot: Snapshot, target: float) -> UnderTarget:
    found = under_target(subject, snapshot, target)
    return UnderTarget(target, found.status, found.progress)


def _block(told: Sequence[Told]) -> str:
    first = told[0].change
    return "\n".join([f"{first.key_result_id}  {first.title}", *(f"  {line}" for line in lines(told))])


def lines(told: Iterable[Told]) -> list[str]:
    """For people: what, since when, by whom, and both statuses where the target moved."""
    found = []
    for each in told:
        change = each.change
        found.append(f"{change.as_of}  {change.field}: {_short(change.old)} → {_short(change.new)}{_by(each.author)}")
        if each.before is not None and each.after is not None:
            found.append(
                f"            {_stands(each.before, 'old', each.unit)}; {_stands(each.after, 'new', each.unit)}"
            )
    return found


def _stands(under: UnderTarget, which: str, unit: str) -> str:
    share = f" ({format_share(under.progress)})" if under.progress is not None else ""
    return f"under the {which} target of {format_value(under.target, unit)} {status_label(under.status).lower()}{share}"


def _by(author: Author | None) -> str:
    if author is None:
        return ""
    return f"  ({author.name}, {author.commit}: {_short(author.subject)})" if author.commit else f"  ({author.name})"


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
