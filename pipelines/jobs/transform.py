"""transform: raw tables -> staging -> intermediate -> marts, in one transaction; the previous marts stay if anything breaks."""

from __future__ import annotations

from pipelines.jobs.context import JobContext, StepOutcome
from pipelines.source_log import note_found
from warehouse import possible_duplicates
from warehouse.engine import open_warehouse
from warehouse.filters import read_marts
from warehouse.model_runner import transform


def step(context: JobContext) -> StepOutcome:
    """Raises ModelError or CheckError, which end the run."""
    settings, company = context.settings, context.mappings.company
    with open_warehouse(settings.warehouse_path, wait_seconds=settings.lock_wait_seconds) as con:
        result = transform(
            con,
            company.time_zone,
            company.currency,
            app_urls=settings.app_urls,
            homes=context.homes,
            on_model=lambda _, number, of: context.watch.rows("transform", "models", number, of),
        )
        doubles = possible_duplicates.sentence(possible_duplicates.pairs(con, read_marts(con)))
    note_found(settings.feeds_dir, context.run_id, possible_duplicates.TOLD_BY, doubles)
    marts = [model for model in result.models if model.rows is not None]
    rows = sum(model.rows or 0 for model in marts)
    line = f"{len(result.models)} models, {len(result.checks)} checks, {rows:,} rows in {len(marts)} marts"
    return StepOutcome(line, tuple(f"transform: {check}" for check in result.warnings))
