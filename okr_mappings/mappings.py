"""The mapping files as everybody else sees them: resolved, checked, immutable.

A key result here knows its unit, its direction and its thresholds, whether these were written beside it or inherited from its metric,
team or company. `path` is relative to the mapping folder, `line` is where the key result begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from okr_mappings.calendar import Cycle, Every, FiscalYear
from okr_mappings.expected import Expected
from okr_mappings.goals import Baseline, Bounds, Target, TargetForm
from okr_mappings.metric import MetricSpec
from okr_mappings.questions import FilterValue
from okr_mappings.status import Thresholds
from okr_mappings.words import Better, Kind

Filters = tuple[tuple[str, tuple[FilterValue, ...]], ...]


@dataclass(frozen=True, slots=True)
class Team:
    """A team; `parent` is the id of the team above it, empty at the top."""

    id: str
    name: str
    lead: str
    parent: str
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    time_zone: str
    currency: str
    fiscal_year: FiscalYear
    thresholds: Thresholds
    teams: tuple[Team, ...]


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A value entered by hand: how the key result stands at the end of `day`, not what was added since the last one.

    `corrects` are the values that were entered for the same day before.
    """

    day: date
    value: float
    note: str = ""
    author: str = ""
    corrects: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One named step of a milestone; `due` defaults to the cycle's end, `done` is the day it was finished."""

    id: str
    title: str
    due: date
    done: date | None = None


@dataclass(frozen=True, slots=True)
class KeyResult:
    """One key result, ready to be computed.

    Exactly one of `metric`, `sql`, `check_ins` and `steps` feeds it (`metric` is None for the other three). `target` is None for a
    `range`, which has `bounds`. `window_days` is None for a window from the cycle's start. `stale_after_days` is how long a check-in
    counts as fresh. `mapping_hash` changes when what is aimed at changes, not with check-ins, finished steps or notes.
    """

    id: str
    cycle_id: str
    objective_id: str
    title: str
    owners: tuple[str, ...]
    kind: Kind
    unit: str
    better: Better
    thresholds: Thresholds
    path: str
    line: int
    mapping_hash: str
    metric: MetricSpec | None = None
    sql: str | None = None
    check_ins: tuple[CheckIn, ...] = ()
    steps: tuple[Step, ...] = ()
    by_hand: bool = False
    filters: Filters = ()
    baseline: Baseline | None = None
    target: Target | None = None
    bounds: Bounds | None = None
    tolerance: float | None = None
    expected: Expected = field(default_factory=Expected)
    every: Every | None = None
    window_days: int | None = None
    min_n: int = 0
    stale_after_days: int = 31
    weight: float = 1.0
    source_link: str = ""
    notes: str = ""
    lessons: str = ""

    @property
    def owner(self) -> str:
        return ", ".join(self.owners)

    @property
    def metric_name(self) -> str:
        """Empty for a key result with its own SQL and for one kept by hand."""
        return self.metric.name if self.metric else ""

    @property
    def is_flow(self) -> bool:
        """Whether the value of a period is the sum over its days, so that half the period has half the target. A ratio is not."""
        return self.metric is None or Kind.TOTAL in self.metric.kinds


def with_target(key_result: KeyResult, target: float) -> KeyResult:
    """The same key result aiming at another number: to show the status under the target before it was changed."""
    return replace(key_result, target=Target(TargetForm.ABSOLUTE, target, f"{target:g}"))


@dataclass(frozen=True, slots=True)
class Objective:
    """`supports` are the ids of objectives of the same cycle that this one contributes to."""

    id: str
    cycle_id: str
    title: str
    team_id: str
    owner: str
    supports: tuple[str, ...]
    weight: float
    thresholds: Thresholds
    key_results: tuple[KeyResult, ...]
    path: str
    line: int
    supports_line: int
    notes: str = ""
    lessons: str = ""


@dataclass(frozen=True)
class CyclePlan:
    """A cycle and its objectives, in the order of the files."""

    cycle: Cycle
    objectives: tuple[Objective, ...]

    @property
    def key_results(self) -> tuple[KeyResult, ...]:
        return tuple(key_result for objective in self.objectives for key_result in objective.key_results)

    @cached_property
    def _objective_by_id(self) -> dict[str, Objective]:
        return {objective.id: objective for objective in self.objectives}

    def objective(self, objective_id: str) -> Objective:
        """Raises KeyError for an id that is not in this cycle."""
        return self._objective_by_id[objective_id]

    def pairs(self) -> Iterator[tuple[Objective, KeyResult]]:
        for objective in self.objectives:
            for key_result in objective.key_results:
                yield objective, key_result


@dataclass(frozen=True, slots=True)
class Mappings:
    """Everything in a mapping folder; cycles in order of their start."""

    company: Company
    cycles: tuple[CyclePlan, ...]

    def cycle(self, cycle_id: str) -> CyclePlan:
        """Raises KeyError for a cycle that no file declares."""
        for plan in self.cycles:
            if plan.cycle.id == cycle_id:
                return plan
        raise KeyError(cycle_id)

    def cycles_at(self, as_of: date) -> tuple[CyclePlan, ...]:
        """The cycles that contain the day, the shortest first: the quarter before its year."""
        running = (plan for plan in self.cycles if plan.cycle.start <= as_of <= plan.cycle.end)
        return tuple(sorted(running, key=lambda plan: (plan.cycle.days, plan.cycle.id)))
