"""The first step as a run sees it: load every source, write down how it went, and go on whatever happened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from pipelines.exit_codes import ExitCode
from pipelines.jobs.context import JobContext, StepOutcome
from pipelines.jobs.ingest import IngestRequest, SourceResult, ingest
from pipelines.source_log import note_loads
from pipelines.watch import Watch
from warehouse.engine import open_warehouse
from warehouse.source_store import SourceLoad, record_loads, rows_set_aside, source_statuses


class _Narrator:
    """Hands the progress of sources to whoever watches the run."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def started(self, source: str) -> None:
        self._watch.event("source", source=source, state="started")

    def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
        self._watch.rows(source, resource, rows, expected)

    def finished(self, source: str, result: SourceResult) -> None:
        state = "loaded" if result.ok else "failed"
        rows, requests = sum(result.rows.values()), result.requests
        self._watch.event(
            "source", source=source, state=state, rows=rows, requests=requests, error=result.error or "none"
        )


def step(context: JobContext) -> StepOutcome:
    """A failed source is a problem of its key results, not of the run."""
    settings = context.settings
    request = IngestRequest(
        settings.data_dir,
        settings.warehouse_path,
        context.sources or settings.sources,
        context.run_id,
        context.now,
        context.mappings.company.time_zone,
        context.full,
        currency=context.mappings.company.currency,
        keep_email_addresses=settings.keep_email_addresses,
    )
    results = ingest(request, _Narrator(context.watch)).sources
    with open_warehouse(settings.warehouse_path, wait_seconds=settings.lock_wait_seconds) as con:
        known = source_statuses(con)
        loads = [load for result in results for load in (_load(result), *_table_loads(result, known))]
        record_loads(con, context.run_id, loads)
        aside = rows_set_aside(con)
    note_loads(settings.feeds_dir, context.run_id, results, aside)
    failed = [result for result in results if not result.ok]
    notes = [f"{result.source}: {warning}" for result in results for warning in result.warnings]
    told = (f"{result.source} {_told(result)}" for result in results)
    line = ", ".join([*told, *(each.line for each in context.inputs)])
    by_hand = [problem for each in context.inputs for problem in each.problems]
    lost = failed or any(each.error for each in context.inputs)
    codes = frozenset({ExitCode.SOURCE_FAILED} if lost else ())
    return StepOutcome(line, (*(result.error for result in failed), *by_hand, *notes), codes)


def _told(result: SourceResult) -> str:
    if not result.ok:
        return "FAILED"
    aside = result.rows.get("quarantine", 0)
    count = sum(result.rows.values()) - aside
    rows = f"{count:,} {'row' if count == 1 else 'rows'}"
    return f"{rows}, {aside:,} set aside" if aside else rows


def _table_loads(result: SourceResult, known: Collection[str]) -> list[SourceLoad]:
    """Tables that arrive separately are known separately: one that stops arriving must not look fresh because others come."""
    earlier = [each.partition(".")[2] for each in known if each.startswith(f"{result.source}.")]
    whole = _load(result)
    return [
        replace(
            whole,
            source=f"{result.source}.{table}",
            rows=result.rows.get(table, 0),
            requests=0,
            data_through=result.tables_through.get(table),
            warnings=(),
        )
        for table in sorted(result.tables_through or earlier)
    ]


def _load(result: SourceResult) -> SourceLoad:
    return SourceLoad(
        source=result.source,
        started_at=result.started_at,
        finished_at=result.finished_at,
        success=result.ok,
        rows=sum(result.rows.values()),
        requests=result.requests,
        data_through=result.data_through,
        error=result.error,
        warnings=result.warnings,
        watermark=result.watermark,
    )
