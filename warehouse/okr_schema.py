"""The schema `okr`: what this product remembers. Tables that are only ever added to, an outbox, and views over them for people.

| relation | one row is |
|---|---|
| okr.snapshots | one key result at one as_of, as one run observed it; append-only, `seq` is the order of appending |
| okr.baselines | a measured baseline, frozen when it was first measured |
| okr.runs | one execution of a command, with the slot it was for |
| okr.slots | one planned moment of a schedule and what became of it; `(schedule, slot)` is unique, so that it is claimed once |
| okr.schedules | a schedule, and since when it counts as it is |
| okr.source_loads | one attempt to load one source; append-only |
| okr.deliveries | one snapshot on its way to one tracker (outbox) |
| okr.daily_values | the metric of one key result at the end of one day, recomputed by the last run |
| okr.definitions | one definition of a key result (target, filters, SQL, ...), when a run first met it; append-only |
| okr.definition_changes | one field of a definition that a run found changed; append-only |
| okr.evidence_rows | the fingerprint of one row behind the reported values of a key result, and the reported days that had it |
| okr.evidence_days | one reported day of which the rows are known |
| okr.restatement_log | one reported number that a run found to be another one now; append-only |
| okr.progress | view: the latest snapshot per key result |
| okr.progress_history | view: the latest snapshot per key result and day |
| okr.sources | view: the last attempt and the last success per source |
| okr.restatements | view: past days whose value differs from the reported one now, with the records that made it so |

A key result id is unique within a cycle only: everything is keyed on `(cycle_id, key_result_id)`. No table but `deliveries`, `runs`,
`slots` and `schedules` has a primary key: DuckDB keeps such an index in memory and checks it too early when rows are replaced in one
transaction.
"""

from __future__ import annotations

from warehouse.engine import Connection
from warehouse.errors import WarehouseError
from warehouse.rows import read_count
from warehouse.transaction import transaction

_VERSION_1 = """
create table okr.snapshots (
    seq bigint not null, snapshot_id varchar not null, content_hash varchar not null, run_id varchar not null,
    as_of date not null, computed_at timestamptz not null,
    cycle_id varchar not null, cycle_start date not null, cycle_end date not null,
    team_id varchar not null, objective_id varchar not null, key_result_id varchar not null,
    title varchar not null, owner varchar not null,
    kind varchar not null, metric varchar not null, unit varchar not null, better varchar not null,
    parameters json not null, sql varchar not null, sql_hash varchar not null,
    mapping_path varchar not null, mapping_line integer not null, mapping_hash varchar not null,
    value double, numerator double, denominator double, n bigint,
    baseline double, target double, target_high double, progress double, score double, expected double,
    status varchar not null, reason varchar not null, formula varchar not null, provisional boolean not null, weight double not null,
    data_through timestamptz, sources json not null, interval_low double, interval_high double,
    last_good_value double, last_good_as_of date,
    projected_p10 double, projected_p50 double, projected_p90 double, probability double, projection_method varchar,
    sub_periods json not null, source_link varchar not null, notes varchar not null, error varchar not null
);
create table okr.baselines (
    cycle_id varchar not null, key_result_id varchar not null, definition_hash varchar not null,
    day date not null, value double not null, numerator double, denominator double, n bigint,
    sql_hash varchar not null, evidence_hash varchar not null, evidence_rows bigint not null,
    run_id varchar not null, frozen_at timestamptz not null
);
create table okr.runs (
    run_id varchar primary key, command varchar not null, as_of date, started_at timestamptz not null, finished_at timestamptz,
    state varchar not null, detail json not null, schedule varchar, slot timestamptz
);
create table okr.source_loads (
    run_id varchar not null, source varchar not null, started_at timestamptz not null, finished_at timestamptz not null,
    success boolean not null, rows bigint not null, requests bigint not null, data_through timestamptz,
    error varchar not null, warnings json not null
);
create table okr.deliveries (
    delivery_id varchar primary key, tracker varchar not null, cycle_id varchar not null, key_result_id varchar not null,
    snapshot_id varchar not null, as_of date not null, seq bigint not null, payload_hash varchar not null,
    state varchar not null, attempts integer not null, next_attempt_at timestamptz, last_error varchar not null,
    created_at timestamptz not null, updated_at timestamptz not null
);
create table okr.daily_values (
    cycle_id varchar not null, key_result_id varchar not null, day date not null, value double, run_id varchar not null
);
"""

_VERSION_2 = """
create table okr.evidence_rows (
    cycle_id varchar not null, key_result_id varchar not null, as_of date not null, definition varchar not null,
    row_key varchar, row_hash varchar, run_id varchar not null
);
create table okr.row_changes (
    cycle_id varchar not null, key_result_id varchar not null, day date not null,
    added bigint not null, removed bigint not null, changed bigint not null,
    run_id varchar not null, detected_at timestamptz not null
);
"""

# What 2 remembered of rows was never written by any run.
_VERSION_3 = """
drop view if exists okr.restatements;
drop table okr.evidence_rows;
drop table okr.row_changes;
alter table okr.snapshots add column observation varchar default 'observed';
create table okr.definitions (
    seq bigint not null, cycle_id varchar not null, key_result_id varchar not null,
    definition_hash varchar not null, value_hash varchar not null, mapping_hash varchar not null, sql_hash varchar not null,
    content json not null, as_of date not null, run_id varchar not null, first_seen_at timestamptz not null
);
create table okr.definition_changes (
    seq bigint not null, cycle_id varchar not null, key_result_id varchar not null, title varchar not null, as_of date not null,
    field varchar not null, old varchar not null, new varchar not null,
    old_definition varchar not null, new_definition varchar not null,
    mapping_path varchar not null, mapping_line integer not null, run_id varchar not null, detected_at timestamptz not null
);
create table okr.evidence_rows (
    cycle_id varchar not null, key_result_id varchar not null, value_hash varchar not null,
    row_key varchar not null, row_hash varchar not null, first_as_of date not null, last_as_of date
);
create table okr.evidence_days (
    cycle_id varchar not null, key_result_id varchar not null, value_hash varchar not null, as_of date not null, rows bigint not null
);
create table okr.restatement_log (
    seq bigint not null, cycle_id varchar not null, key_result_id varchar not null, what varchar not null, day date not null,
    snapshot_id varchar not null, reported_value double not null, was_provisional boolean not null,
    value_now double, difference double,
    records_added bigint, records_removed bigint, records_changed bigint, records json,
    run_id varchar not null, detected_at timestamptz not null
);
"""

_VERSION_4 = """
create table okr.slots (
    schedule varchar not null, slot timestamptz not null, state varchar not null, run_id varchar, attempts integer not null,
    exit_code integer, note varchar not null, decided_at timestamptz not null, finished_at timestamptz,
    primary key (schedule, slot)
);
create table okr.schedules (
    schedule varchar primary key, definition varchar not null, since timestamptz not null
);
alter table okr.deliveries add column first_attempt_at timestamptz;
"""

_VERSION_5 = """
alter table okr.source_loads add column watermark varchar default '';
"""

# What `reason` is made of, to say it in another language.
_VERSION_6 = """
alter table okr.snapshots add column reason_parts varchar default '';
"""

_VERSION_7 = """
alter table okr.deliveries add column told varchar default '';
create table okr.notices (
    tracker varchar not null, notice_id varchar not null, kind varchar not null, state varchar not null, attempts integer not null,
    next_attempt_at timestamptz, first_attempt_at timestamptz not null, last_error varchar not null, updated_at timestamptz not null,
    primary key (tracker, notice_id)
);
"""

# Replaced at every start, so that a change of a view needs no migration.
_VIEWS = """
create or replace view okr.progress as
select * from okr.snapshots
qualify row_number() over (partition by cycle_id, key_result_id order by as_of desc, observation <> 'observed', seq desc) = 1;

create or replace view okr.progress_history as
select * from okr.snapshots
qualify row_number() over (partition by cycle_id, key_result_id, as_of order by observation <> 'observed', seq desc) = 1;

create or replace view okr.sources as
with tries as (
    select *, row_number() over (partition by source order by rowid desc) as newest  -- appended in order; times may tie
    from okr.source_loads
),
successes as (
    select * from tries
    where success
    qualify row_number() over (partition by source order by newest) = 1
)
select
    tries.source, tries.finished_at as last_try_at, tries.success as last_try_succeeded, tries.rows as last_try_rows,
    tries.requests as last_try_requests, tries.error as last_error, tries.warnings as warnings,
    successes.finished_at as last_success_at, successes.rows as last_success_rows, successes.data_through as data_through,
    coalesce(successes.watermark, '') as watermark
from tries
left join successes on successes.source = tries.source
where tries.newest = 1;

create or replace view okr.restatements as
with events as (
    select log.*, latest.title, latest.unit
    from okr.restatement_log as log
    left join okr.progress as latest on latest.cycle_id = log.cycle_id and latest.key_result_id = log.key_result_id
    left join okr.progress_history as reported
        on reported.cycle_id = log.cycle_id and reported.key_result_id = log.key_result_id and reported.as_of = log.day
    -- a day that was reported anew is measured against its new report
    where log.what = 'baseline' or reported.snapshot_id = log.snapshot_id
)
select
    cycle_id, key_result_id, title, what, day, unit, reported_value, value_now, difference, was_provisional,
    records_added, records_removed, records_changed, records,
    arg_min(run_id, seq) over told as first_run_id, min(detected_at) over told as first_seen_at,
    run_id as last_run_id, detected_at as last_seen_at
from events
window told as (partition by cycle_id, key_result_id, what, day, snapshot_id)
qualify
    row_number() over (partition by cycle_id, key_result_id, what, day, snapshot_id order by seq desc) = 1
    and difference is distinct from 0;
"""

# A new version is added at the end and never changed once released.
_VERSIONS = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5, _VERSION_6, _VERSION_7)


# the version that brought definitions, evidence by day and restatements
_REMEMBERS = 3

_KEEPS_SLOTS = 4

_KEEPS_NOTICES = 7


def create_schema(con: Connection) -> None:
    """Bring the schema to this program's version; running it again changes nothing. Raises WarehouseError on a newer schema."""
    with transaction(con):
        con.execute("create schema if not exists okr")
        build_tables(con, len(_VERSIONS))
        con.execute(_VIEWS)


def build_tables(con: Connection, up_to: int) -> None:
    """The tables as that version has them, in the caller's transaction. Raises WarehouseError on a newer schema."""
    con.execute("create table if not exists okr.schema_version (version integer not null)")
    current = version_of(con)
    for version, script in enumerate(_VERSIONS[current:up_to], start=current + 1):
        con.execute(script)
        con.execute("insert into okr.schema_version values ($version)", {"version": version})


def remembers(con: Connection) -> bool:
    """Whether this (perhaps read-only) database has definitions and restatements; what an older version published has none."""
    return version_of(con) >= _REMEMBERS


def keeps_slots(con: Connection) -> bool:
    """Whether this database has the ledger of slots."""
    return version_of(con) >= _KEEPS_SLOTS


def keeps_notices(con: Connection) -> bool:
    """Whether this database has announcements and switched-off trackers."""
    return version_of(con) >= _KEEPS_NOTICES


def version_of(con: Connection, schema: str = "okr") -> int:
    """Raises WarehouseError on a newer schema than this program knows."""
    current = read_count(con, f"select coalesce(max(version), 0) from {schema}.schema_version")  # noqa: S608 - our own names
    if current > len(_VERSIONS):
        raise WarehouseError(
            f"this database was written by a newer version (okr schema {current}, known up to {len(_VERSIONS)}). Upgrade this program."
        )
    return current
