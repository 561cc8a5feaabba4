"""Published documents for the tracker tests: Brightwater on 2026-11-21, day 52 of the 92 of 2026-Q4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from connectors.contract import Delivery
from okr_mappings.snapshot import (
    SCHEMA_VERSION,
    DayValue,
    ObjectiveProgress,
    ProgressDocument,
    Snapshot,
    SourceFreshness,
    SubPeriod,
    TeamName,
)
from okr_mappings.words import Better, Kind, SourceState, Status

AS_OF = date(2026, 11, 21)
COMPUTED_AT = datetime(2026, 11, 22, 5, 0, 7, tzinfo=UTC)
DATA_THROUGH = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
HUBSPOT = SourceFreshness("hubspot", SourceState.FRESH, DATA_THROUGH)


def snapshot(key_result_id: str = "more_leads", **changes: Any) -> Snapshot:
    """350 marketing-qualified leads wanted, 196 there: 196 / 350 = 0.56, expected 52 / 92."""
    present = Snapshot(
        snapshot_id=f"snap-{key_result_id}",
        run_id="run-1",
        as_of=AS_OF,
        computed_at=COMPUTED_AT,
        cycle_id="2026-Q4",
        cycle_start=date(2026, 10, 1),
        cycle_end=date(2026, 12, 31),
        team_id="growth",
        objective_id="demand",
        key_result_id=key_result_id,
        title="350 marketing-qualified leads",
        owner="Anna Kovács",
        kind=Kind.TOTAL,
        metric="marketing_qualified_leads",
        unit="leads",
        better=Better.HIGHER,
        parameters={"window_start": "2026-10-01", "as_of": "2026-11-21"},
        sql="select count(*) as metric_value from marts.fct_leads",
        sql_hash="a1b2c3",
        mapping_path="okr_mappings/examples/growth.yml",
        mapping_line=12,
        mapping_hash="d4e5f6",
        value=196.0,
        numerator=None,
        denominator=None,
        n=None,
        baseline=0.0,
        target=350.0,
        target_high=None,
        progress=0.56,
        score=0.56,
        expected=52 / 92,
        status=Status.ON_TRACK,
        reason="56 % of the way at 57 % of the time.",
        formula="(196 - 0) / (350 - 0)",
        provisional=False,
        weight=1.0,
        data_through=DATA_THROUGH,
        sources=(HUBSPOT,),
        source_link="https://app.hubspot.com/contacts/1/lists/7",
    )
    return replace(present, **changes)


def objective(
    objective_id: str, title: str, team_id: str, key_result_ids: Sequence[str], **changes: Any
) -> ObjectiveProgress:
    present = ObjectiveProgress(
        cycle_id="2026-Q4",
        objective_id=objective_id,
        title=title,
        team_id=team_id,
        owner="Anna Kovács",
        supports=(),
        score=0.56,
        expected=52 / 92,
        status=Status.ON_TRACK,
        counted=len(key_result_ids),
        total=len(key_result_ids),
        key_result_ids=tuple(key_result_ids),
    )
    return replace(present, **changes)


def document(*snapshots: Snapshot, **changes: Any) -> ProgressDocument:
    """A document of these snapshots, with an objective and a team for each that they name."""
    teams = list(dict.fromkeys(item.team_id for item in snapshots))
    objectives = {(item.cycle_id, item.objective_id): item.team_id for item in snapshots}
    present = ProgressDocument(
        schema_version=SCHEMA_VERSION,
        company="Brightwater",
        time_zone="Europe/Budapest",
        currency="EUR",
        cycle_id="2026-Q4",
        cycle_label="2026 Q4",
        cycle_start=date(2026, 10, 1),
        cycle_end=date(2026, 12, 31),
        as_of=AS_OF,
        run_id="run-1",
        published_at=datetime(2026, 11, 22, 5, 0, 9, tzinfo=UTC),
        teams=tuple(TeamName(team, team.replace("_", " ").capitalize()) for team in teams),
        objectives=tuple(
            objective(
                name,
                f"Objective {name}",
                team,
                [item.key_result_id for item in snapshots if item.objective_id == name],
                cycle_id=cycle,
            )
            for (cycle, name), team in objectives.items()
        ),
        key_results=tuple(snapshots),
        sources=(HUBSPOT,),
        history={item.key_result_id: (DayValue(AS_OF, item.value),) for item in snapshots},
    )
    return replace(present, **changes)


def deliveries(*snapshots: Snapshot) -> list[Delivery]:
    return [Delivery(f"dlv_{item.snapshot_id}_{item.key_result_id}", item) for item in snapshots]


def brightwater() -> ProgressDocument:
    """Three teams and every kind of number: counts, money, percent, points, hours, a range, nothing, something stale."""
    shown = (
        snapshot(),
        snapshot(
            "organic_traffic",
            title="Organic website traffic +20 % against last quarter",
            metric="website_sessions",
            unit="sessions",
            baseline=41_230.0,
            target=49_476.0,
            value=44_118.0,
            progress=2_888 / 8_246,
            score=2_888 / 8_246,
            status=Status.OFF_TRACK,
            provisional=True,
            reason="35 % of the way at 57 % of the time.",
        ),
        snapshot(
            "engaged_rate",
            title="Engaged sessions from 52 % to 60 %",
            metric="engaged_session_rate",
            kind=Kind.RATIO,
            unit="%",
            baseline=0.52,
            target=0.6,
            value=0.557,
            numerator=24_574.0,
            denominator=44_118.0,
            n=44_118,
            progress=0.4625,
            score=0.4625,
            status=Status.AT_RISK,
            objective_id="reputation",
        ),
        snapshot(
            "promoters",
            title="NPS from 32 to 40 points",
            metric="net_promoter_score",
            kind=Kind.RATIO,
            unit="points",
            baseline=32.0,
            target=40.0,
            value=41.5,
            n=83,
            progress=1.1875,
            score=1.0,
            status=Status.ACHIEVED,
            interval_low=30.1,
            interval_high=52.9,
            objective_id="reputation",
        ),
        snapshot(
            "new_revenue",
            title="New-business revenue of 480,000 EUR – árvíztűrő 数字 🚀",
            metric="new_business_revenue",
            unit="EUR",
            target=480_000.0,
            value=301_450.5,
            progress=301_450.5 / 480_000,
            score=301_450.5 / 480_000,
            team_id="sales",
            objective_id="revenue",
            owner="Bence Nagy",
        ),
        snapshot(
            "cold_calls",
            title="20 cold calls per week",
            metric="outbound_calls",
            kind=Kind.RECURRING,
            unit="calls",
            target=20.0,
            value=14.0,
            progress=0.49,
            score=0.49,
            status=Status.AT_RISK,
            team_id="sales",
            objective_id="revenue",
            sub_periods=(
                SubPeriod("2026-W46", date(2026, 11, 9), date(2026, 11, 15), 21.0, 20.0, "hit"),
                SubPeriod("2026-W47", date(2026, 11, 16), date(2026, 11, 22), 14.0, 20.0, "running"),
            ),
        ),
        snapshot(
            "invoiced",
            title="Invoice 600,000 EUR",
            metric="invoiced_revenue",
            unit="EUR",
            target=600_000.0,
            value=None,
            progress=None,
            score=None,
            status=Status.STALE,
            reason="The invoice file was last seen on 2026-11-12, more than 72 hours ago.",
            last_good_value=322_900.0,
            last_good_as_of=date(2026, 11, 12),
            data_through=datetime(2026, 11, 12, 3, 0, tzinfo=UTC),
            sources=(SourceFreshness("erp", SourceState.STALE, datetime(2026, 11, 12, 3, 0, tzinfo=UTC)),),
            team_id="sales",
            objective_id="revenue",
            source_link="",
        ),
        snapshot(
            "complaints",
            title="Complaints stay below 24 hours",
            metric="complaint_handling_hours_median",
            kind=Kind.RANGE,
            better=Better.LOWER,
            unit="hours",
            baseline=None,
            target=None,
            target_high=24.0,
            value=19.25,
            progress=1.0,
            score=1.0,
            expected=1.0,
            status=Status.ACHIEVED,
            team_id="care",
            objective_id="service",
            owner="Csilla Tóth",
        ),
        snapshot(
            "survey",
            title='=HYPERLINK("http://evil.example","one survey")',
            metric="check_in",
            kind=Kind.MILESTONE,
            unit="steps",
            baseline=None,
            target=1.0,
            value=None,
            progress=None,
            score=None,
            expected=None,
            status=Status.NO_DATA,
            reason="Nobody has checked in yet.",
            data_through=None,
            sources=(),
            team_id="care",
            objective_id="service",
            source_link="see the wiki",
        ),
    )
    names = {"growth": "Growth", "sales": "Sales", "care": "Customer care"}
    return replace(
        document(*shown),
        teams=tuple(TeamName(team, name) for team, name in names.items()),
        objectives=(
            objective(
                "demand",
                "Become the first name people think of",
                "growth",
                ["more_leads", "organic_traffic"],
                score=0.455,
            ),
            objective("reputation", "Be recommended", "growth", ["engaged_rate", "promoters"], score=0.73125),
            objective(
                "revenue", "Grow profitably", "sales", ["new_revenue", "cold_calls", "invoiced"], score=0.559, counted=2
            ),
            objective(
                "service",
                "Customers never wait",
                "care",
                ["complaints", "survey"],
                score=1.0,
                counted=1,
                status=Status.ACHIEVED,
            ),
        ),
    )
