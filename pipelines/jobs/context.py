"""What every job is given: the settings, the day, the run, the moment, and somebody to tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from okr_mappings.identity import sql_hash
from okr_mappings.mappings import CyclePlan, KeyResult, Mappings
from pipelines.errors import SettingsError
from pipelines.exit_codes import ExitCode
from pipelines.inputs import InputResult
from pipelines.settings import Settings
from pipelines.watch import Watch
from warehouse.catalog import Metric
from warehouse.raw_tables import load_sources
from warehouse.source_store import SourceLimits

LAST_LOOK = timedelta(days=14)


@dataclass(frozen=True)
class JobContext:
    """One run. `now` is UTC; `as_of` is the last day included, company-local. `homes` hold models and metrics, ours first.

    `sources` are the ones to ingest; empty means all that are configured. `inputs` are the sheets with hand-kept numbers that were
    taken over before anything was computed: `mappings` have their check-ins.
    """

    settings: Settings
    mappings: Mappings
    catalog: dict[str, Metric]
    homes: tuple[Path, ...]
    as_of: date
    run_id: str
    now: datetime
    watch: Watch
    full: bool = False
    sources: tuple[str, ...] = ()
    inputs: tuple[InputResult, ...] = ()

    def running_cycles(self) -> tuple[CyclePlan, ...]:
        """The cycles that contain `as_of`, the shortest first; SettingsError when there is none."""
        plans = self.mappings.cycles_at(self.as_of)
        if not plans:
            declared = ", ".join(f"{p.cycle.id} ({p.cycle.start} to {p.cycle.end})" for p in self.mappings.cycles)
            raise SettingsError(
                f"no cycle contains {self.as_of}. Declared in {self.settings.mappings_dir / 'cycles'}: {declared}. "
                "Add a cycle file, or name a day with --as-of."
            )
        return plans

    def days_to_report(self) -> tuple[tuple[JobContext, CyclePlan], ...]:
        """The running cycles as of `as_of`, then those that ended within LAST_LOOK as of their last day.

        A job that runs on weekdays would never see a cycle that ends on a Saturday, and vendors correct the last days later.
        """
        running = [(self, plan) for plan in self.running_cycles()]
        ended = [plan for plan in self.mappings.cycles if timedelta(0) < self.as_of - plan.cycle.end <= LAST_LOOK]
        return (*running, *((replace(self, as_of=plan.cycle.end), plan) for plan in ended))

    def sql_of(self, key_result: KeyResult) -> tuple[str, str]:
        """The SQL behind a key result and its hash; both empty when it is kept by hand."""
        if key_result.metric is not None:
            metric = self.catalog[key_result.metric.name]
            return metric.sql, metric.sql_hash
        return (key_result.sql, sql_hash(key_result.sql)) if key_result.sql else ("", "")

    def limits(self) -> dict[str, SourceLimits]:
        """When each declared source is late, stale and settled."""
        return source_limits(self.homes)


def source_limits(homes: tuple[Path, ...]) -> dict[str, SourceLimits]:
    """By source, and by table where a table has limits of its own."""
    limits = {}
    for name, source in load_sources(homes).items():
        limits[name] = SourceLimits(source.warn_after, source.error_after, source.settle)
        for table, (warn, error) in source.ages.items():
            limits[f"{name}.{table}"] = SourceLimits(warn, error, source.settle)
    return limits


@dataclass(frozen=True)
class StepOutcome:
    """One step: a line for people, what went wrong, and the exit codes that follow."""

    line: str
    problems: tuple[str, ...] = ()
    codes: frozenset[ExitCode] = frozenset()
