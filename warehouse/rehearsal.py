"""Builds the whole warehouse empty and in memory, and binds every metric against it: what can break, breaks here first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from okr_mappings.questions import MetricQuestion, Window
from warehouse.catalog import Metric
from warehouse.errors import WarehouseError
from warehouse.execute import answer
from warehouse.model_runner import transform

_ANY_WINDOW = Window(date(2026, 1, 1), date(2026, 1, 31))


def rehearse(
    homes: Sequence[Path], catalog: Mapping[str, Metric], own_sql: Mapping[str, str], time_zone: str, currency: str
) -> list[str]:
    """Problems in models, metrics and `own_sql` (where it stands -> the SQL); empty when all of it would run."""
    with duckdb.connect(":memory:") as con:
        con.execute("set TimeZone = 'UTC'")
        try:
            transform(con, time_zone, currency, homes=homes)
        except WarehouseError as error:
            return str(error).splitlines()
        places = {str(metric.path): MetricQuestion("", "value", name, _ANY_WINDOW) for name, metric in catalog.items()}
        places |= {place: MetricQuestion("", "value", "", _ANY_WINDOW, sql=sql) for place, sql in own_sql.items()}
        answers = answer(con, catalog, list(places.values()))
        return [f"{place}: {found.error}" for place, found in zip(places, answers, strict=True) if found.error]
