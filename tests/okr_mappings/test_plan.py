"""Which windows are asked for, and in which role."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from okr_mappings.plan import baseline_role, questions
from okr_mappings.questions import MetricQuestion
from tests.okr_mappings.builders import cycle_text, load

AS_OF = "2026-11-21"
LEADS = "kind: total, metric: leads_created, target: 350"
LEVEL = "kind: level, metric: social_followers"
RATE = "kind: ratio, metric: lead_to_customer_rate, target: 6%"
TO_DATE = ("2026-10-01", AS_OF)
THIRD_QUARTER = ("2026-07-01", "2026-09-30")
LAST_YEAR = ("2025-10-01", "2025-12-31")


def asked(folder: Path, fields: str, as_of: str = AS_OF) -> tuple[MetricQuestion, ...]:
    plan = load(folder, cycle_text(f"- {{id: kr, title: T, {fields}}}")).cycles[0]
    return questions(plan.key_results[0], plan.cycle, date.fromisoformat(as_of))


def windows(folder: Path, fields: str, as_of: str = AS_OF) -> dict[str, tuple[str, str]]:
    return {
        each.role: (each.window.start.isoformat(), each.window.end.isoformat()) for each in asked(folder, fields, as_of)
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (LEADS, {"value": TO_DATE}),
        (f"{LEADS}, baseline: 20", {"value": TO_DATE}),
        # the same question on the last day of the cycle before
        (f"{LEADS}, baseline: measured", {"value": TO_DATE, "baseline": THIRD_QUARTER}),
        (f"{LEADS}, baseline: previous_cycle", {"value": TO_DATE, "previous_cycle": THIRD_QUARTER}),
        (f"{LEADS}, baseline: same_cycle_last_year", {"value": TO_DATE, "same_cycle_last_year": LAST_YEAR}),
        (f'{LEVEL}, baseline: measured, target: "+15%"', {"value": TO_DATE, "baseline": THIRD_QUARTER}),
        (f"{RATE}, baseline: 5%", {"value": TO_DATE}),
        # 30 days ending on 21 November start on 23 October; 30 days ending on 30 September on the 1st
        (
            f"{RATE}, baseline: measured, window: trailing 30 days",
            {"value": ("2026-10-23", AS_OF), "baseline": ("2026-09-01", "2026-09-30")},
        ),
        ("kind: range, metric: complaint_hours, target: {at_most: 24}", {"value": TO_DATE}),
        (
            f"{LEADS}, expected: seasonal",
            {"value": TO_DATE, "seasonal:1": ("2025-10-01", "2025-11-21"), "seasonal:2": LAST_YEAR},
        ),
        (
            f"{LEVEL}, baseline: 5, target: 9, expected: seasonal",
            {
                "value": TO_DATE,
                "seasonal:1": ("2025-10-01", "2025-11-21"),
                "seasonal:2": LAST_YEAR,
                "seasonal:3": ("2025-09-30", "2025-09-30"),
            },
        ),
        (
            "kind: recurring, every: month, metric: leads_created, target: 50",
            {"sub_period:1": ("2026-10-01", "2026-10-31"), "value": ("2026-11-01", AS_OF)},
        ),
        (
            'kind: recurring, every: month, metric: leads_created, target: "+30%", baseline: previous_cycle',
            {
                "sub_period:1": ("2026-10-01", "2026-10-31"),
                "value": ("2026-11-01", AS_OF),
                "previous_cycle": THIRD_QUARTER,
            },
        ),
    ],
)
def test_windows(tmp_path: Path, fields: str, expected: dict[str, tuple[str, str]]) -> None:
    assert windows(tmp_path, fields) == expected


def test_weeks(tmp_path: Path) -> None:
    found = windows(tmp_path, "kind: recurring, every: week, metric: leads_created, target: 20")
    # 1-4 October, then seven weeks from Monday, the last one up to Saturday 21 November
    assert found["sub_period:1"] == ("2026-10-01", "2026-10-04")
    assert found["sub_period:7"] == ("2026-11-09", "2026-11-15")
    assert found["value"] == ("2026-11-16", AS_OF)
    assert len(found) == 8


def test_on_the_last_day_of_a_sub_period_it_is_still_the_value(tmp_path: Path) -> None:
    found = windows(tmp_path, "kind: recurring, every: month, metric: leads_created, target: 50", "2026-10-31")
    assert found == {"value": ("2026-10-01", "2026-10-31")}


def test_after_the_end_the_last_day_is_asked(tmp_path: Path) -> None:
    assert windows(tmp_path, LEADS, "2027-02-03") == {"value": ("2026-10-01", "2026-12-31")}
    found = windows(tmp_path, f"{RATE}, baseline: 5%, window: trailing 10 days", "2027-02-03")
    assert found == {"value": ("2026-12-22", "2026-12-31")}


def test_before_the_start_and_by_hand_nothing_is_asked(tmp_path: Path) -> None:
    assert windows(tmp_path, LEADS, "2026-09-30") == {}
    assert windows(tmp_path, "kind: total, unit: talks, target: 5, check_ins: []") == {}


def test_a_question_carries_metric_filters_and_sql(tmp_path: Path) -> None:
    (filtered,) = asked(tmp_path, f"{LEADS}, filters: {{country: [HU, AT]}}")
    assert (filtered.key_result_id, filtered.metric, filtered.filters) == (
        "kr",
        "leads_created",
        (("country", ("HU", "AT")),),
    )
    (own,) = asked(tmp_path, "kind: total, sql: select 1 as metric_value, unit: x, better: higher, target: 1")
    assert (own.metric, own.sql) == ("", "select 1 as metric_value")


def test_the_role_of_a_baseline(tmp_path: Path) -> None:
    plan = load(
        tmp_path, cycle_text(f"- {{id: a, title: T, {LEADS}}}\n- {{id: b, title: T, {LEADS}, baseline: measured}}")
    ).cycles[0]
    assert [baseline_role(each) for each in plan.key_results] == [None, "baseline"]
