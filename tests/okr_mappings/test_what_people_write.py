"""What marketing and sales teams write, on the metrics that come with the program: each is computed, refused or flagged."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from okr_mappings.errors import MappingError
from okr_mappings.lint import lint
from okr_mappings.load import load_mappings
from okr_mappings.mappings import KeyResult, Mappings
from okr_mappings.metric import MetricSpec
from okr_mappings.plan import questions
from tests.okr_mappings.builders import cycle_text, write_folder
from warehouse.catalog import load_catalog

AS_OF = date(2026, 11, 21)
MEASURED = "baseline: measured"

COMPUTED = {
    "K1 Social followers +20 %": f'kind: level, metric: social_followers, {MEASURED}, target: "+20%"',
    "K2 Website traffic +20 %": 'kind: total, metric: website_sessions, baseline: previous_cycle, target: "+20%"',
    "K3 Follower count +15 %": f'kind: level, metric: social_followers, filters: {{network: LinkedIn}}, {MEASURED}, target: "+15%"',
    "K4 1,000 more subscribers": f'kind: level, metric: newsletter_subscribers, {MEASURED}, target: "+1000"',
    "K5 Customer count +30 %": f'kind: level, metric: customers, {MEASURED}, target: "+30%"',
    "K6 Win 3 new enterprise customers": "kind: total, metric: new_business_deals_won, filters: {segment: Enterprise}, target: 3",
    "K7 Online mentions +20 %": 'kind: total, metric: online_mentions, baseline: previous_cycle, target: "+20%"',
    "K9 Organic website traffic +20 %": (
        'kind: total, metric: website_sessions, filters: {channel: Organic Search}, baseline: same_cycle_last_year, target: "+20%"'
    ),
    "K10 Win 50 new customers every month": "kind: recurring, every: month, metric: new_customers, target: 50",
    "K11 Average customer value +15 %": f'kind: ratio, metric: average_customer_value, {MEASURED}, target: "+15%"',
    "K12 One customer survey each quarter": "kind: recurring, every: quarter, unit: surveys, check_ins: [], target: 1",
    "K13 Complaint handling down to 24 hours": f"kind: ratio, metric: complaint_handling_hours_median, {MEASURED}, target: 24",
    "K13 as a range": "kind: range, metric: complaint_handling_hours_median, window: trailing 30 days, target: {at_most: 24}",
    "K14 20 cold calls per week": "kind: recurring, every: week, metric: outbound_calls, target: 20",
    "K15 Monthly sales meetings +30 %": 'kind: recurring, every: month, metric: sales_meetings, baseline: previous_cycle, target: "+30%"',
    "K16 10 new customers a month": "kind: recurring, every: month, metric: new_customers, target: 10",
    "K17 Identify new markets twice a quarter": "kind: milestone, steps: [{id: first, title: First}, {id: second, title: Second}]",
    "K18 New-customer revenue +15 %": (
        'kind: total, metric: new_business_revenue, baseline: same_cycle_last_year, target: "+15%", '
        "expected: seasonal, owner: [Anna, Márton]"
    ),
    "K19 20 new contracts per month": "kind: recurring, every: month, metric: new_business_deals_won, target: 20",
    "K20a Monthly recurring revenue +20 %": f'kind: level, metric: monthly_recurring_revenue, {MEASURED}, target: "+20%"',
    "K20b NPS by 8 points": f'kind: ratio, metric: net_promoter_score, {MEASURED}, target: "+8 points"',
    "K21 Executive sign-off for 3 OKRs": "kind: milestone, check_ins: [{date: 2026-11-02, value: 1}], target: 3",
    "K22 Measure 5 life-cycle stages": "kind: milestone, sql: select 5 as metric_value, unit: stages, better: higher, target: 5",
    "K23 Send 3 e-mail newsletters": "kind: total, unit: newsletters, check_ins: [{date: 2026-11-02, value: 1}], target: 3",
    "K24 Train 5 team members on the CRM": "kind: milestone, check_ins: [], unit: people, target: 5",
    "K25 Inbound qualified leads from 20 to 30": (
        "kind: total, metric: marketing_qualified_leads, filters: {first_touch_channel: [Organic search, Direct]}, baseline: 20, target: 30"
    ),
    "K30 350 marketing-qualified leads": "kind: total, metric: marketing_qualified_leads, target: 350",
    "K31 Net new revenue per ERP invoices": "kind: total, metric: invoiced_revenue, target: 1,200,000",
    "B5 Answer 90 % of enquiries within a day": (
        'kind: ratio, sql: "select 9 as numerator, 10 as denominator", unit: "%", better: higher, baseline: 70%, target: 90%'
    ),
}

REFUSED = {
    "Improve brand awareness": ("kind: level", "has no number, so nobody can say whether it was reached"),
    "Improve SEO by 50 %": ('kind: level, target: "+50%"', "is +50% of nothing"),
    "Engage with customers who become MQLs": (
        "kind: total, metric: marketing_qualified_leads",
        "has no number: `target` is missing",
    ),
    "NPS +25 %": (
        f'kind: ratio, metric: net_promoter_score, {MEASURED}, target: "+25%"',
        'Say it in points: "+8 points".',
    ),
    "Website traffic +20 %": (
        'kind: total, metric: website_sessions, target: "+20%"',
        "`+20%` of what? `baseline` is missing.",
    ),
}


@cache
def catalog() -> dict[str, MetricSpec]:
    return {name: metric.spec for name, metric in load_catalog().items()}


def mappings(folder: Path, title: str, fields: str, objective: str = "Grow where it matters") -> Mappings:
    quoted = fields.replace("1,200,000", '"1,200,000"')
    text = cycle_text(f'- {{id: kr, title: "{title}", {quoted}}}').replace("title: Grow", f"title: {objective}")
    return load_mappings(write_folder(folder, text), catalog())


def key_result(folder: Path, title: str, fields: str) -> KeyResult:
    return mappings(folder, title, fields).cycles[0].key_results[0]


@pytest.mark.parametrize(("title", "fields"), COMPUTED.items(), ids=lambda text: text[:30])
def test_computed(tmp_path: Path, title: str, fields: str) -> None:
    found = key_result(tmp_path, title, fields)
    asked = questions(found, mappings(tmp_path, title, fields).cycles[0].cycle, AS_OF)
    assert found.by_hand == (not asked)


@pytest.mark.parametrize(("title", "fields", "message"), [(title, *rest) for title, rest in REFUSED.items()])
def test_refused(tmp_path: Path, title: str, fields: str, message: str) -> None:
    with pytest.raises(MappingError) as caught:
        mappings(tmp_path, title, fields)
    assert len(caught.value.problems) == 1
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("title", "fields", "objective", "rule"),
    [
        ("Launch a new website", "kind: milestone, steps: [{id: live, title: Live}]", "Be found", "activity-as-milestone"),
        ("Survey customers once a quarter", COMPUTED["K12 One customer survey each quarter"], "Be found", "activity"),
        ("Leads", COMPUTED["K30 350 marketing-qualified leads"], "Create 53 MQLs", "number-in-objective"),
        ("Leads", COMPUTED["K30 350 marketing-qualified leads"], "Market research", "objective-says-nothing"),
    ],
)
def test_flagged(tmp_path: Path, title: str, fields: str, objective: str, rule: str) -> None:
    assert rule in [finding.rule for finding in lint(mappings(tmp_path, title, fields, objective))]
