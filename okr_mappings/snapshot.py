"""One key result at one `as_of`, as observed by one run, and the document that is published from many of them.

These two types cross every border: the snapshot job makes them, the warehouse stores them, the feeds, the report,
the trackers and `okr status` show them. They hold plain values only, so that a reader needs neither dlt nor DuckDB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from okr_mappings.restated import RestatedDays
from okr_mappings.words import Better, Kind, SourceState, Status

OBSERVED, RECONSTRUCTED, NOT_RECONSTRUCTABLE = "observed", "reconstructed", "not_reconstructable"


@dataclass(frozen=True, slots=True)
class SourceFreshness:
    """Up to when one source is known, judged at the `as_of` of the snapshot that carries it.

    `data_through` is the UTC moment before which everything the vendor has is loaded; None when nothing ever was.
    """

    source: str
    state: SourceState
    data_through: datetime | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class SubPeriod:
    """One week or month of a `recurring` key result, or one step of a `milestone`: `hit`, `missed`, `running`, `ahead`."""

    label: str
    start: date
    end: date
    value: float | None
    target: float
    outcome: str


@dataclass(frozen=True, slots=True)
class DayValue:
    """The metric at the end of one day; `value` is None where the day has no number."""

    day: date
    value: float | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything needed to show and to explain one number later.

    Shares (`progress`, `score`, `expected`) are fractions, never percent; `progress` is unclamped. None means
    "there is no such number", never zero. Times are UTC, dates are company-local. `snapshot_id` names the content: two runs that
    observe the same thing produce the same id.
    """

    # who
    snapshot_id: str
    run_id: str
    as_of: date
    computed_at: datetime
    cycle_id: str
    cycle_start: date
    cycle_end: date
    team_id: str
    objective_id: str
    key_result_id: str
    title: str
    owner: str
    # what was asked
    kind: Kind
    metric: str
    unit: str
    better: Better
    parameters: dict[str, str | float | int | bool | None]
    sql: str
    sql_hash: str
    mapping_path: str
    mapping_line: int
    mapping_hash: str
    # what came back
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int | None
    # what it means
    baseline: float | None
    target: float | None
    target_high: float | None
    progress: float | None
    score: float | None
    expected: float | None
    status: Status
    reason: str
    formula: str
    provisional: bool
    weight: float
    # how far it can be trusted
    data_through: datetime | None
    sources: tuple[SourceFreshness, ...]
    interval_low: float | None = None
    interval_high: float | None = None
    last_good_value: float | None = None
    last_good_as_of: date | None = None
    # where it goes
    projected_p10: float | None = None
    projected_p50: float | None = None
    projected_p90: float | None = None
    probability: float | None = None
    projection_method: str | None = None
    sub_periods: tuple[SubPeriod, ...] = ()
    source_link: str = ""
    notes: str = ""
    error: str = ""
    # `observed` by a run for that day, or computed later by a backfill: `reconstructed`, `not_reconstructable`
    observation: str = OBSERVED
    # the reason as a phrase (JSON), to say it in another language; `reason` is the same in English
    reason_parts: str = ""


@dataclass(frozen=True, slots=True)
class ObjectiveProgress:
    """An objective with the weighted score of what it counts.

    `score` is None when nothing could be counted; `counted` of `total` key results and supporting objectives went into it.
    `expected` is weighted like the score. `status` follows from the two by the same rule as a key result's, as long as at least
    half of the weight is known: `known_share`, down to the last key result of the last supporting objective.
    """

    cycle_id: str
    objective_id: str
    title: str
    team_id: str
    owner: str
    supports: tuple[str, ...]
    score: float | None
    expected: float | None
    status: Status
    counted: int
    total: int
    key_result_ids: tuple[str, ...]
    known_share: float = 1.0
    lessons: str = ""


@dataclass(frozen=True, slots=True)
class TeamName:
    """A team as people call it; `parent` is the id of the team above it, empty at the top."""

    team_id: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class NextRun:
    """When the next numbers are expected (UTC), and from when on `slots` due times have passed without any."""

    expected_at: datetime
    overdue_at: datetime
    slots: int


@dataclass(frozen=True, slots=True)
class ReportedDay:
    """A past day whose report said another value than is known now; `now` is None where there is none any more."""

    day: date
    reported: float
    now: float | None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class TargetChange:
    """From `day` on the target was another one."""

    day: date
    old: float | None
    new: float | None


@dataclass(frozen=True, slots=True)
class Changed:
    """One field of a definition, as text for people; `day` is the first that counts under the new one."""

    day: date
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class MovedPart:
    """One part of a movement, in the metric's unit; `records` where it is made of so many."""

    name: str
    amount: float
    records: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Why the value is another one than was reported on `since`, in parts that add up; `remark` says what could not be told apart."""

    since: date
    start: float
    end: float
    parts: tuple[MovedPart, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Background:
    """What a report tells of a key result besides its snapshot.

    `definition` is the metric in words. `provisional_from` is the first day whose data is not settled yet. `next_check_in` is the day
    until which the last value entered by hand counts.
    """

    definition: str = ""
    lessons: str = ""
    provisional_from: date | None = None
    restated: tuple[ReportedDay, ...] = ()
    target_changes: tuple[TargetChange, ...] = ()
    changes: tuple[Changed, ...] = ()
    next_check_in: date | None = None
    moved: Moved | None = None


@dataclass(frozen=True, slots=True)
class ProgressDocument:
    """What `publish` leaves for everybody: one cycle's objectives and snapshots at one `as_of`, and the sources behind them.

    `history` maps a key result id to its daily values from the cycle's first day to `as_of`; `restatements` to the
    reported days that have another value now. `next_run` is None where nothing is scheduled. `overdue` is written into
    a document that is already out, by the scheduler, when no run has succeeded for too long. `background` is what is known of a key
    result besides its snapshot.
    """

    schema_version: int
    company: str
    time_zone: str
    currency: str
    cycle_id: str
    cycle_label: str
    cycle_start: date
    cycle_end: date
    as_of: date
    run_id: str
    published_at: datetime
    teams: tuple[TeamName, ...]
    objectives: tuple[ObjectiveProgress, ...]
    key_results: tuple[Snapshot, ...]
    sources: tuple[SourceFreshness, ...]
    history: dict[str, tuple[DayValue, ...]] = field(default_factory=dict)
    restatements: dict[str, RestatedDays] = field(default_factory=dict)
    next_run: NextRun | None = None
    overdue: str = ""
    background: dict[str, Background] = field(default_factory=dict)


SCHEMA_VERSION = 1
