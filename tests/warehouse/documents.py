"""A small published document around `snapshots.snapshot`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from okr_mappings.snapshot import (
    SCHEMA_VERSION,
    DayValue,
    ObjectiveProgress,
    ProgressDocument,
    Snapshot,
    SourceFreshness,
    TeamName,
)
from okr_mappings.words import SourceState, Status
from tests.warehouse.snapshots import AS_OF, NOW, snapshot


def document(*key_results: Snapshot, **changes: object) -> ProgressDocument:
    shown = key_results or (snapshot("leads"), snapshot("revenue", unit="EUR"))
    built = ProgressDocument(
        schema_version=SCHEMA_VERSION,
        company="Brightwater",
        time_zone="Europe/Budapest",
        currency="EUR",
        cycle_id="2026-Q4",
        cycle_label="Q4 2026",
        cycle_start=date(2026, 10, 1),
        cycle_end=date(2026, 12, 31),
        as_of=AS_OF,
        run_id="run-1",
        published_at=NOW,
        teams=(TeamName("marketing", "Marketing"),),
        objectives=(
            ObjectiveProgress(
                cycle_id="2026-Q4",
                objective_id="inbound",
                title="Be found by those who look",
                team_id="marketing",
                owner="Anna Kovács",
                supports=("growth",),
                score=0.5,
                expected=0.565,
                status=Status.AT_RISK,
                counted=2,
                total=2,
                key_result_ids=tuple(item.key_result_id for item in shown),
            ),
        ),
        key_results=shown,
        sources=(SourceFreshness("hubspot", SourceState.FRESH, NOW),),
        history={item.key_result_id: (DayValue(date(2026, 11, 20), None), DayValue(AS_OF, 25.0)) for item in shown},
    )
    return replace(built, **changes)  # type: ignore[arg-type]
