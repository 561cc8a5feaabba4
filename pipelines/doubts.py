"""What `okr check` doubts but does not refuse: filters that ask for what nothing has, and key results whose sources nobody reads.

Filter values are looked up in the published copy, which no run ever locks, or in the warehouse before the first publication; without either
nothing is known, and nothing is said. Cycles that are over are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from okr_mappings.mappings import KeyResult
from pipelines.loaded import Loaded
from pipelines.settings import Settings
from warehouse.engine import open_guarded
from warehouse.errors import WarehouseError
from warehouse.filter_values import FilterValues
from warehouse.lineage import sources_of
from warehouse.model_files import load_models


def doubts(settings: Settings, loaded: Loaded, today: date) -> tuple[str, ...]:
    """One line each, with the place in the mapping."""
    asked = [
        each
        for plan in loaded.mappings.cycles
        if plan.cycle.end >= today
        for each in plan.key_results
        if _is_asked(each)
    ]
    return (*_without_source(settings, loaded, asked), *_without_rows(settings, loaded, asked))


def _is_asked(key_result: KeyResult) -> bool:
    return key_result.metric is not None or key_result.sql is not None


def _without_source(settings: Settings, loaded: Loaded, asked: list[KeyResult]) -> Iterator[str]:
    """Where no source is configured at all, everything would be doubted: that is said elsewhere."""
    models = load_models(loaded.homes) if settings.sources else {}
    for key_result in asked if settings.sources else ():
        sql = loaded.catalog[key_result.metric.name].sql if key_result.metric else key_result.sql or ""
        behind = sources_of(sql, models, key_result.filters)
        if behind and behind.isdisjoint(settings.sources):
            wanted = " or ".join(sorted(behind))
            yield f"{_place(key_result)} needs {wanted}, and `sources` names none of them: it will have no data."


def _without_rows(settings: Settings, loaded: Loaded, asked: list[KeyResult]) -> list[str]:
    database = _database(settings)
    filtered = [each for each in asked if each.filters]
    if database is None or not filtered:
        return []
    try:
        with open_guarded(database, memory_limit=settings.metric_memory) as con:
            values = FilterValues(con, loaded.catalog)
            return [f"{_place(each)}: {remark}" for each in filtered if (remark := values.remark(each))]
    except WarehouseError:  # in use, or of another version: `okr run` says so
        return []


def _database(settings: Settings) -> Path | None:
    return next((path for path in (settings.published_path, settings.warehouse_path) if path.exists()), None)


def _place(key_result: KeyResult) -> str:
    return f"{key_result.path}:{key_result.line}: key result {key_result.id}"
