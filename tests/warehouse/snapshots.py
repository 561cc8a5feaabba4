"""One snapshot with every field filled; tests change what they are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from okr_mappings.snapshot import Snapshot, SourceFreshness, SubPeriod
from okr_mappings.words import Better, Kind, SourceState, Status

AS_OF = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)

_FULL = Snapshot(
    snapshot_id="s-1",
    run_id="run-1",
    as_of=AS_OF,
    computed_at=NOW,
    cycle_id="2026-Q4",
    cycle_start=date(2026, 10, 1),
    cycle_end=date(2026, 12, 31),
    team_id="marketing",
    objective_id="inbound",
    key_result_id="leads",
    title="Raise inbound marketing-qualified leads from 20 to 30",
    owner="Anna Kovács",
    kind=Kind.TOTAL,
    metric="marketing_qualified_leads",
    unit="leads",
    better=Better.HIGHER,
    parameters={"window_start": "2026-10-01", "as_of": "2026-11-21", "filter_1": "Hungary"},
    sql="select count(*) as metric_value from marts.fct_leads",
    sql_hash="sql-1",
    mapping_path="okrs/marketing.yml",
    mapping_line=12,
    mapping_hash="map-1",
    value=25.0,
    numerator=None,
    denominator=None,
    n=None,
    baseline=20.0,
    target=30.0,
    target_high=None,
    progress=0.5,
    score=0.5,
    expected=0.565,
    status=Status.AT_RISK,
    reason="25 of 30 leads; 0.50 where 0.57 is expected",
    formula="(25 - 20) / (30 - 20)",
    provisional=False,
    weight=1.0,
    data_through=datetime(2026, 11, 22, 4, tzinfo=UTC),
    sources=(SourceFreshness("hubspot", SourceState.FRESH, datetime(2026, 11, 22, 4, tzinfo=UTC)),),
    projected_p10=27.0,
    projected_p50=31.0,
    projected_p90=35.0,
    probability=0.55,
    projection_method="smoothing",
    sub_periods=(SubPeriod("October", date(2026, 10, 1), date(2026, 10, 31), 14.0, 15.0, "missed"),),
    source_link="https://app.hubspot.com/contacts",
    notes="second half is stronger",
)


def snapshot(key_result_id: str = "leads", **changes: object) -> Snapshot:
    return replace(_FULL, key_result_id=key_result_id, **{"snapshot_id": f"s-{key_result_id}", **changes})  # type: ignore[arg-type]
