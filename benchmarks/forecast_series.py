"""The daily series that the forecast is back-tested on: every named metric, whole and by its dimensions, read as a run reads them.

`example` loads the example company of one seed into a folder of its own; `published` does the same with the published data sets,
when they can be had. A series of windows keeps the lengths that its replays need: the part of a cycle that has passed, and the whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.sandbox.server import Sandbox
from okr_mappings.questions import MetricQuestion
from okr_mappings.words import Kind
from pipelines.demo_real import prepare
from pipelines.loaded import Loaded, load_everything
from pipelines.run import execute
from pipelines.sandbox_process import settings_for
from pipelines.settings import Settings, load_settings
from warehouse import history
from warehouse.catalog import Metric
from warehouse.engine import Connection, open_guarded

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
QUARTER = 92
PARTS = (23, 46, 69)
TRAILING = (30, 90)
SPLIT_BY = ("first_touch_channel", "segment", "channel", "network", "list_name", "priority", "country")
MOST_VALUES = 6

Windows = tuple[tuple[date, date], ...]


@dataclass(frozen=True)
class DailySeries:
    """One number per day from `first`; None where the day has none. `length` is that of a ratio's window, 0 without one."""

    world: str
    kind: Kind
    name: str
    first: date
    length: int
    values: tuple[float | None, ...]


def example(seed: int, folder: Path, contacts: int) -> list[DailySeries]:
    """Everything that the example company of this seed has, 2024-11-01 to 2026-11-21."""
    with Sandbox(contacts=contacts, seed=seed, now=NOW) as sandbox:
        inbox = folder / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        sandbox.write_files(inbox)
        os.environ.update(settings_for(sandbox, inbox, sandbox.service_account_file(folder)))
        settings = load_settings(data_dir=folder, sources=("hubspot", "ga4", "files"), trackers={})
        execute(settings, ("ingest", "transform"), as_of=date(2026, 11, 21), now=NOW)
    span = {name: (date(2024, 11, 1), date(2026, 11, 21)) for name in load_everything(settings).catalog}
    return list(_read(settings, f"example {seed}", span))


REAL_SPANS = {
    "retail_revenue": (date(2009, 12, 1), date(2011, 12, 9)),
    "new_retail_customers": (date(2009, 12, 1), date(2011, 12, 9)),
    "page_views": (date(2014, 4, 30), date(2015, 4, 29)),
    "customer_calls_per_day": (date(2003, 3, 3), date(2003, 10, 24)),
    "returning_store_customers": (date(1997, 1, 1), date(1998, 6, 30)),
}


def published(cache: Path, folder: Path) -> list[DailySeries]:
    """The published data sets, each over its own years. RetriableError when they are neither cached nor to be fetched."""
    prepared = prepare(folder, cache=cache)
    os.environ["SOURCES__FILES__FOLDER"] = str(prepared.inbox)
    settings = load_settings(**prepared.settings, trackers={})
    execute(settings, ("ingest", "transform"), as_of=prepared.as_of, now=NOW)
    return list(_read(settings, "published", REAL_SPANS))


def _read(settings: Settings, world: str, spans: Mapping[str, tuple[date, date]]) -> Iterator[DailySeries]:
    loaded = load_everything(settings)
    with open_guarded(settings.warehouse_path, memory_limit=settings.metric_memory) as con:
        for name, (first, last) in sorted(spans.items()):
            metric = loaded.catalog[name]
            for label, filters in _variants(con, metric):
                yield from _series(
                    con, loaded, metric, f"{world} {label}".partition(" ")[2], world, filters, first, last
                )


def _variants(con: Connection, metric: Metric) -> Iterator[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]]:
    """The metric as it is, and under each of the most frequent values of its dimensions."""
    name = metric.spec.name
    yield name, ()
    mart = metric.sql.split("from ", 1)[1].split()[0] if "from marts." in metric.sql else ""
    for dimension in metric.spec.dimensions if mart else ():
        if dimension not in SPLIT_BY or Kind.RATIO in metric.spec.kinds:
            continue
        try:
            rows = con.execute(
                f"select {dimension} from {mart} where {dimension} is not null"
                f" group by all order by count(*) desc, 1 limit {MOST_VALUES}"
            ).fetchall()
        except Exception:  # noqa: BLE001 - a dimension of a joined mart; the metric itself still counts
            continue
        for (value,) in rows:
            yield f"{name}[{value}]", ((dimension, (value,)),)


def _series(
    con: Connection,
    loaded: Loaded,
    metric: Metric,
    name: str,
    world: str,
    filters: tuple[tuple[str, tuple[str, ...]], ...],
    first: date,
    last: date,
) -> Iterator[DailySeries]:
    question = MetricQuestion("", "value", metric.spec.name, history.Window(first, last), None, filters)
    for kind, length in _shapes(metric):
        windows = tuple(
            history.Window(first if kind is Kind.LEVEL else day - timedelta(days=max(1, length) - 1), day)
            for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
        )
        found = history.daily_series(con, loaded.catalog, [history.SeriesRequest(question, windows)])[0]
        if found.values:
            yield DailySeries(world, kind, name, first, length, tuple(each.value for each in found.values))


def _shapes(metric: Metric) -> Sequence[tuple[Kind, int]]:
    if Kind.TOTAL in metric.spec.kinds:
        return ((Kind.TOTAL, 0),)
    if Kind.LEVEL in metric.spec.kinds:
        return ((Kind.LEVEL, 0),)
    return tuple((Kind.RATIO, length) for length in (*TRAILING, *PARTS, QUARTER))
