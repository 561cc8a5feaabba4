"""What a run hands over about one key result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from okr_mappings.calendar import Cycle
from okr_mappings.mappings import Company, KeyResult, Objective
from okr_mappings.questions import MetricAnswer
from okr_mappings.snapshot import DayValue, SourceFreshness


@dataclass(frozen=True, slots=True)
class RunContext:
    """Which run observes, and when (UTC)."""

    run_id: str
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """What is assessed, and where it belongs."""

    company: Company
    cycle: Cycle
    objective: Objective
    key_result: KeyResult


@dataclass(frozen=True, slots=True)
class LastGood:
    """The latest value that was stored while every source was fresh or late."""

    value: float
    as_of: date


@dataclass(frozen=True, slots=True)
class Observed:
    """What the run found: answers by role, the freshness of exactly the sources that the metric reads, and what earlier runs left.

    `settle_hours` maps a source to how long it keeps restating a day. `frozen_baseline` replaces the
    answer to the baseline's question: the number that was first measured over that window; `baseline_day` is the last day that
    entered it. `history` holds the
    daily values so far, for the share of days that a range was kept. `sql` is the text that was run.
    """

    answers: Mapping[str, MetricAnswer] = field(default_factory=dict)
    sources: tuple[SourceFreshness, ...] = ()
    settle_hours: Mapping[str, float] = field(default_factory=dict)
    frozen_baseline: float | None = None
    baseline_day: date | None = None
    last_good: LastGood | None = None
    history: tuple[DayValue, ...] = ()
    sql: str = ""
    sql_hash: str = ""
    source_link: str = ""
