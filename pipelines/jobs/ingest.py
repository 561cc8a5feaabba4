"""Ingest: every source's news into its raw tables, one dlt pipeline per source, so that one failing stops no other.

dlt is told everything (format, transactions, what a load replaces) and trusted with little: what a killed run left behind is
finished only when the warehouse is still the one it was read for, and otherwise thrown away; then the working folder is emptied
and the state comes back from the warehouse, which holds the state of completed loads only. So a kill at any moment, a
restored backup or a deleted warehouse file all end in the same tables after the next run.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Protocol

import dlt
from dlt.common.runtime import run_context
from dlt.destinations.exceptions import DatabaseUndefinedRelation, DestinationConnectionError
from dlt.pipeline.exceptions import PipelineStepFailed

from connectors import registry
from connectors.contract import SourceRun
from connectors.errors import ConnectorError
from connectors.personal import Personal
from connectors.readers.settings import stored_secret
from connectors.readers.tokens.store import FOLDER as TOKENS
from pipelines.jobs.held import HeldWarehouse, holding
from pipelines.jobs.personal_rows import hide_earlier, mark_former, personal_columns
from pipelines.personal_key import personal
from warehouse.errors import LockedError, WarehouseError

_BASED_ON = "based_on"
"""In dlt's local state: the last load that the warehouse held when the package under work was begun."""
_SETTINGS_OF_DLT = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    "ENABLE_RUNTIME_TRACE": "false",  # its own diary of every step, which nobody reads
    "LOAD__TRUNCATE_STAGING_DATASET": "true",  # merged rows would be checkpointed and kept a second time
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "true",
}


@dataclass(frozen=True)
class IngestRequest:
    """What to load and where. `now` is UTC; `full` reads everything again instead of news only; `wait` sleeps before a
    call is tried again, `pause` before one that is too early by the vendor's limits, and an answer slower than `answer_seconds`
    counts as none. `time_zone` and `currency` are the company's."""

    data_dir: Path
    warehouse_path: Path
    sources: tuple[str, ...]
    run_id: str
    now: datetime
    time_zone: str
    full: bool = False
    wait: Callable[[float], None] = time.sleep
    answer_seconds: float = 60.0
    currency: str = ""
    keep_email_addresses: bool = False
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class SourceResult:
    """How one source went. `rows` counts loaded rows per table; `error` says what a person should do; times are UTC."""

    source: str
    ok: bool
    started_at: datetime
    finished_at: datetime
    rows: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    data_through: datetime | None = None
    tables_through: Mapping[str, datetime] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    error: str = ""
    load_ids: tuple[str, ...] = ()
    watermark: str = ""


@dataclass(frozen=True)
class IngestResult:
    """One result per source, in the order of the request."""

    sources: tuple[SourceResult, ...]

    @property
    def ok(self) -> bool:
        """Whether every source was loaded."""
        return all(result.ok for result in self.sources)


class Watch(Protocol):
    """Told how it goes; changes nothing."""

    def started(self, source: str) -> None:
        """A source begins."""

    def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
        """`rows` of a resource are read so far, of `expected` in all where that is known."""

    def finished(self, source: str, result: SourceResult) -> None:
        """A source has ended, well or not, and its rows are committed."""


class Unwatched:
    """Nobody looks."""

    def started(self, source: str) -> None:
        """Nothing."""

    def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
        """Nothing."""

    def finished(self, source: str, result: SourceResult) -> None:
        """Nothing."""


def ingest(request: IngestRequest, watch: Watch | None = None) -> IngestResult:
    """Load the news of each source; a source that fails keeps the tables it had. WarehouseError when the file cannot be opened."""
    _be_quiet()
    watch = watch or Unwatched()
    request.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    persons = personal(request.data_dir, keep=request.keep_email_addresses)
    results = []
    with holding(request.warehouse_path) as warehouse:
        for name in request.sources:
            watch.started(name)
            result = _ingest_one(name, request, persons, watch, warehouse)
            if not result.ok:
                warehouse.renew()
            watch.finished(name, result)
            results.append(result)
    return IngestResult(tuple(results))


def _ingest_one(
    name: str, request: IngestRequest, persons: Personal, watch: Watch, warehouse: HeldWarehouse
) -> SourceResult:
    begin = time.monotonic()
    watching = Lock()

    def on_rows(resource: str, rows: int, expected: int | None) -> None:
        with watching:  # tables are read side by side
            watch.rows(name, resource, rows, expected)

    run = SourceRun(
        personal=persons,
        now=request.now,
        time_zone=request.time_zone,
        currency=request.currency,
        full=request.full,
        wait=request.wait,
        pause=request.pause,
        answer_seconds=request.answer_seconds,
        tokens_dir=request.data_dir / TOKENS,
        on_rows=on_rows,
    )
    loaded: _Loaded | None = None
    error = ""
    try:
        loaded = _load(name, request, run, warehouse)
    except Exception as problem:  # noqa: BLE001 - whatever breaks in one source must not stop the others
        error = _explain(name, problem, request.warehouse_path)
    return SourceResult(
        source=name,
        ok=loaded is not None,
        started_at=request.now,
        finished_at=request.now + timedelta(seconds=time.monotonic() - begin),
        rows=loaded.rows if loaded else {},
        requests=run.requests,
        data_through=run.data_through if loaded else None,
        tables_through=dict(run.tables_through) if loaded else {},
        warnings=tuple(run.warnings),
        error=error,
        load_ids=loaded.load_ids if loaded else (),
        watermark=run.watermark if loaded else "",
    )


@dataclass(frozen=True)
class _Loaded:
    rows: dict[str, int]
    load_ids: tuple[str, ...]


def _load(name: str, request: IngestRequest, run: SourceRun, warehouse: HeldWarehouse) -> _Loaded:
    module = registry.source_module(name)
    columns = personal_columns(module)
    pipeline = _settle(_pipeline(name, request, warehouse))
    if hide_earlier(name, columns, warehouse, run):
        pipeline = _settle(_pipeline(name, request, warehouse))  # on the file as it was written anew
    # `pipeline.run` is these three, after asking the warehouse for the state that _settle has just taken from it.
    pipeline.extract(module.source(run), loader_file_format="parquet")
    counted = pipeline.normalize()
    info = pipeline.load(raise_on_failed_jobs=True)
    if run.full:
        mark_former(name, columns, warehouse.connection, run)
    rows = counted.row_counts if counted else {}
    return _Loaded({table: n for table, n in rows.items() if not table.startswith("_dlt")}, tuple(info.loads_ids))


def _pipeline(name: str, request: IngestRequest, warehouse: HeldWarehouse) -> dlt.Pipeline:
    return dlt.pipeline(
        f"okr_{name}",
        pipelines_dir=str(request.data_dir / "dlt"),
        destination=warehouse.destination(name),
        dataset_name=f"raw_{name}",
    )


def _settle(pipeline: dlt.Pipeline) -> dlt.Pipeline:
    """Finish or drop what a killed run left, then take the state from the warehouse, the only place that knows what is in it."""
    completed = _last_load(pipeline)
    if pipeline.has_pending_data and _based_on(pipeline) == completed:
        _finish(pipeline)
        completed = _last_load(pipeline)
    pipeline = pipeline.drop()
    pipeline.sync_destination()
    pipeline.set_local_state_val(_BASED_ON, completed)
    return pipeline


def _finish(pipeline: dlt.Pipeline) -> None:
    """A package that cannot be finished must not stand in the way of all later ones: it is dropped and read anew."""
    try:
        pipeline.normalize()
        pipeline.load(raise_on_failed_jobs=True)
    except PipelineStepFailed:
        return


def _last_load(pipeline: dlt.Pipeline) -> str:
    """The last load that the warehouse holds completely; empty before the first one."""
    try:
        with pipeline.sql_client() as client:
            table = client.make_qualified_table_name("_dlt_loads")
            rows = client.execute_sql(f"SELECT max(load_id) FROM {table} WHERE status = 0")  # noqa: S608 - dlt's own name
    except DatabaseUndefinedRelation:
        return ""
    return str(rows[0][0] or "") if rows else ""


def _based_on(pipeline: dlt.Pipeline) -> str | None:
    try:
        return str(pipeline.get_local_state_val(_BASED_ON))
    except KeyError:
        return None


def _explain(name: str, problem: Exception, warehouse: Path) -> str:
    """What to tell people: our own errors have it in their message, of others only the kind and the first line is shown."""
    causes = list(_causes(problem))
    if ours := next((cause for cause in causes if isinstance(cause, ConnectorError)), None):
        return _masked(name, str(ours))
    if any(isinstance(cause, DestinationConnectionError) for cause in causes):
        why = _first_line(causes[-1])
        kind = LockedError if "lock" in why else WarehouseError
        raise kind(f"{warehouse} cannot be opened for writing: {why}") from problem
    return _masked(name, f"{name}: {type(causes[-1]).__name__}: {_first_line(causes[-1])}")


def _causes(problem: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = problem
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip().splitlines() or [""])[0][:300]


def _masked(name: str, text: str) -> str:
    """Our messages hold no secret; a library's might. A source that could not be imported has no secret yet."""
    module = sys.modules.get(f"connectors.sources.{name}")
    for value in filter(None, (stored_secret(name, setting) for setting in getattr(module, "SECRETS", ()))):
        text = text.replace(value, "***")
    return re.sub(r"(?i)(bearer\s+)\S+", r"\1***", text)


def _be_quiet() -> None:
    """No telemetry, no log of its own, and the load id in every row, however dlt came into this process."""
    os.environ.update(_SETTINGS_OF_DLT)
    run_context.active().initialize_runtime()
