"""From answers to the snapshot: every kind worked out by hand, every guard, every sentence.

Unless said otherwise it is 21 November 2026, day 52 of the 92 of the fourth quarter: 52 / 92 = 0.5652.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from okr_mappings.assess import LastGood, Observed, RunContext, assess, end_of_day
from okr_mappings.identity import seal
from okr_mappings.questions import MetricAnswer
from okr_mappings.snapshot import DayValue, SourceFreshness
from okr_mappings.words import SourceState, Status
from tests.okr_mappings.builders import RUN, assessed, cycle_text, load, subject

AS_OF = "2026-11-21"
LEADS = "- {id: leads, title: Leads, kind: total, metric: leads_created, target: 350}"
GROWTH = '- {id: s, title: S, kind: total, metric: website_sessions, baseline: previous_cycle, target: "+20%"}'
FOLLOWERS = '- {id: f, title: F, kind: level, metric: social_followers, baseline: measured, target: "+15%"}'
HOURS = "- {id: h, title: H, kind: ratio, metric: complaint_hours, baseline: 40, target: 24}"
NPS = '- {id: n, title: N, kind: ratio, metric: net_promoter_score, baseline: 28, target: "+8 points"}'
MONTHLY = "- {id: m, title: M, kind: recurring, every: month, metric: leads_created, target: 50}"
AT_MOST = "- {id: r, title: R, kind: range, metric: complaint_hours, target: {at_most: 24}}"
TALKS = "- {id: t, title: T, kind: total, unit: talks, target: 10, check_ins: [{date: 2026-10-16, value: 2}, {date: 2026-11-06, value: 5}]}"
SITE = """
- id: site
  title: Relaunch
  kind: milestone
  steps:
    - {id: a, title: Structure, due: 2026-10-15, done: 2026-10-13}
    - {id: b, title: Texts, due: 2026-11-10, done: 2026-11-17}
    - {id: c, title: Tests, due: 2026-11-20}
    - {id: d, title: Live, due: 2026-12-10}
"""


def crm(state: SourceState, through: str | None = "2026-11-22T05:00:00+00:00", note: str = "") -> SourceFreshness:
    return SourceFreshness("crm", state, datetime.fromisoformat(through) if through else None, note)


def test_a_total(tmp_path: Path) -> None:
    found = assessed(tmp_path, LEADS, AS_OF, {"value": 210})
    # 210 / 350 = 0.6; 0.6 / 0.5652 = 1.06
    assert (found.value, found.baseline, found.target, found.progress, found.score) == (210, 0, 350, 0.6, 0.6)
    assert found.expected == 52 / 92
    assert (found.status, found.formula) == (Status.ON_TRACK, "210 / 350 = 0.6")
    assert found.reason == "210 of 350 leads, 60 % of the way where 57 % is expected by now."


def test_a_total_that_shall_grow(tmp_path: Path) -> None:
    found = assessed(tmp_path, GROWTH, AS_OF, {"value": 54_000, "previous_cycle": 92_000})
    # target 92,000 x 1.2 = 110,400; last quarter's pace comes to 92,000 x 52/92 = 52,000 by now
    # (54,000 - 52,000) / (110,400 - 92,000) = 2,000 / 18,400 = 0.1087, against 0.5652: 0.19
    assert found.target == 110_400
    assert found.progress == pytest.approx(2_000 / 18_400)
    assert found.status is Status.OFF_TRACK
    assert found.formula == "(54000 - 0.565217 x 92000) / (110400 - 92000) = 0.1087"
    assert found.reason == (
        "54,000 of 110,400 sessions; 92,000 sessions in the cycle before would be 52,000 by now, "
        "11 % of the way where 57 % is expected by now."
    )


def test_a_total_ahead_of_its_growth(tmp_path: Path) -> None:
    found = assessed(tmp_path, GROWTH, AS_OF, {"value": 69_000, "previous_cycle": 92_000})
    # ahead of the wanted pace of 62,400: 69,000 / 110,400 = 0.625
    assert (found.progress, found.status, found.formula) == (0.625, Status.ON_TRACK, "69000 / 110400 = 0.625")


def test_a_total_that_shall_stay_low(tmp_path: Path) -> None:
    tickets = "- {id: t, title: T, kind: total, metric: tickets_opened, baseline: 184, target: 92}"
    found = assessed(tmp_path, tickets, AS_OF, {"value": 52})
    # 184 x 52/92 = 104 at the old pace; (52 - 104) / (92 - 184) = 0.5652, exactly on pace
    assert found.progress == pytest.approx(52 / 92)
    assert found.status is Status.ON_TRACK
    better = assessed(tmp_path, tickets, AS_OF, {"value": 10})
    assert (better.progress, better.status, better.formula) == (52 / 92, Status.ON_TRACK, "at most 0.5652")
    assert assessed(tmp_path, tickets, "2026-12-31", {"value": 92}).status is Status.ACHIEVED


def test_a_level(tmp_path: Path) -> None:
    found = assessed(tmp_path, FOLLOWERS, AS_OF, {"value": 8_600, "baseline": 8_000})
    # +15 % of 8,000 is 9,200: 600 / 1,200 = 0.5; 0.5 / 0.5652 = 0.88
    assert (found.target, found.progress, found.status) == (9_200, 0.5, Status.AT_RISK)
    assert found.formula == "(8600 - 8000) / (9200 - 8000) = 0.5"
    assert found.reason == (
        "8,600 followers, coming from 8,000 at the start and going to 9,200 followers, 50 % of the way where 57 % is expected by now."
    )


def test_a_step_back_is_said_in_words(tmp_path: Path) -> None:
    found = assessed(tmp_path, FOLLOWERS, AS_OF, {"value": 7_700, "baseline": 8_000})
    assert found.progress == -0.25  # -300 / 1,200
    assert found.score == 0
    assert found.reason == (
        "7,700 followers, coming from 8,000 at the start and going to 9,200 followers, "
        "farther away than at the start where 57 % of the way is expected by now."
    )
    total = assessed(tmp_path, GROWTH, AS_OF, {"value": 47_400, "previous_cycle": 92_000})
    assert total.progress == pytest.approx(-0.25)  # (47,400 - 52,000) / 18,400
    assert total.reason.endswith(
        "would be 52,000 by now, less than even that where 57 % of the way is expected by now."
    )
    refunds = assessed(tmp_path, LEADS, AS_OF, {"value": -35})
    assert refunds.reason == "-35 of 350 leads, -10 % of the way where 57 % is expected by now."


def test_a_frozen_baseline_stands(tmp_path: Path) -> None:
    found = assessed(tmp_path, FOLLOWERS, AS_OF, {"value": 8_600, "baseline": 8_500}, frozen_baseline=8_000)
    assert (found.baseline, found.target, found.progress) == (8_000, 9_200, 0.5)
    assert found.parameters["baseline_frozen"] is True


def test_a_ratio_going_down(tmp_path: Path) -> None:
    found = assessed(tmp_path, HOURS, AS_OF, {"value": 32})
    assert (found.progress, found.formula) == (0.5, "(32 - 40) / (24 - 40) = 0.5")


def test_a_net_promoter_score(tmp_path: Path) -> None:
    # 51 promoters, 18 detractors of 100: +33; (33 - 28) / 8 = 0.625
    answer = MetricAnswer(33, numerator=3300, denominator=100, n=100, n_decided=69)
    found = assessed(tmp_path, NPS, AS_OF, {"value": answer})
    assert (found.target, found.progress, found.status, found.n) == (36, 0.625, Status.ON_TRACK, 100)
    # adjusted Wald: p' = 51.75 / 103 = 0.50243, d' = 18.75 / 103 = 0.18204, s = 0.32039, half = 1.96 x sqrt(0.58182 / 103) = 0.14731
    assert found.interval_low == pytest.approx(17.31, abs=0.01)
    assert found.interval_high == pytest.approx(46.77, abs=0.01)


def test_a_score_of_too_few_answers_is_withheld(tmp_path: Path) -> None:
    nine = MetricAnswer(None, numerator=300, denominator=9, n=9, n_decided=7, n_least=10)
    found = assessed(tmp_path, NPS, AS_OF, {"value": nine})
    assert (found.status, found.value, found.progress, found.n) == (Status.TOO_EARLY, None, None, 9)
    assert (found.numerator, found.denominator, found.interval_low) == (None, None, None)
    assert found.reason == "Too early to judge: there are only 9 answers, and fewer than 10 show no score."
    over = assessed(tmp_path, NPS, "2027-01-10", {"value": nine})
    assert over.status is Status.NO_DATA
    assert over.reason == "No number: there are only 9 answers, and fewer than 10 show no score."


def test_too_few_answers(tmp_path: Path) -> None:
    found = assessed(tmp_path, NPS, AS_OF, {"value": MetricAnswer(60, n=12)})
    assert (found.status, found.progress) == (Status.TOO_EARLY, 4.0)  # 32 / 8, but of 12 answers
    assert found.reason == "Too early to judge: +60 points rests on a sample of 12; at least 30 are needed."
    over = assessed(tmp_path, NPS, "2027-01-10", {"value": MetricAnswer(60, n=1)})
    assert over.status is Status.NO_DATA
    assert over.reason == "Not judged: +60 points rests on a sample of 1; at least 30 were needed."


def test_a_percentage_has_wilsons_interval(tmp_path: Path) -> None:
    rate = "- {id: r, title: R, kind: ratio, metric: lead_to_customer_rate, baseline: 5%, target: 6%}"
    found = assessed(tmp_path, rate, AS_OF, {"value": MetricAnswer(0.05, 10, 200, 200)})
    # Wilson, 10 of 200: 0.0274 to 0.0896
    assert found.interval_low == pytest.approx(0.0274, abs=0.0001)
    assert found.interval_high == pytest.approx(0.0896, abs=0.0001)
    assert (found.progress, found.target) == (0.0, 0.06)


def test_recurring(tmp_path: Path) -> None:
    found = assessed(tmp_path, MONTHLY, AS_OF, {"sub_period:1": 60, "value": 20})
    # (1 + 0.4) / 3 = 0.4667; expected (1 + 21/30) / 3 = 0.5667; 0.82
    assert found.progress == pytest.approx(1.4 / 3)
    assert found.expected == pytest.approx(1.7 / 3)
    assert (found.status, found.value) == (Status.AT_RISK, 20)
    assert [(each.label, each.value, each.outcome) for each in found.sub_periods] == [
        ("October 2026", 60, "hit"),
        ("November 2026", 20, "running"),
        ("December 2026", None, "ahead"),
    ]
    assert found.formula == "(min(1, 60 / 50) + min(1, 20 / 50)) / 3 = 0.4667"
    assert (
        found.reason
        == "20 of 50 leads this month, 1 of 1 finished month reached, 47 % of the way where 57 % is expected by now."
    )


def test_a_week_cut_by_the_cycle_has_its_part_of_the_target(tmp_path: Path) -> None:
    weekly = MONTHLY.replace("month", "week").replace("50", "21")
    found = assessed(tmp_path, weekly, "2026-10-11", {"sub_period:1": 12, "value": 7})
    # 1-4 October are 4 of 7 days: 12 of 12, then 7 of 21: (1 + 1/3) / 14
    assert found.progress == pytest.approx((1 + 1 / 3) / 14)
    assert [each.outcome for each in found.sub_periods[:3]] == ["hit", "missed", "ahead"]
    assert found.sub_periods[0].target == 12


def test_money_that_is_missing_from_a_sum_is_said(tmp_path: Path) -> None:
    money = "- {id: r, title: R, kind: total, metric: invoiced_revenue, target: 90000}"
    found = assessed(tmp_path, money, AS_OF, {"value": MetricAnswer(54_000, n_unknown=3)})
    # 54,000 / 90,000
    assert found.reason == (
        "€54,000 of €90,000, 60 % of the way where 57 % is expected by now. 3 invoices without an amount in EUR are not in it."
    )
    one = assessed(tmp_path, money, AS_OF, {"value": MetricAnswer(54_000, n_unknown=1)})
    assert one.reason.endswith(" 1 invoice without an amount in EUR is not in it.")
    none = assessed(tmp_path, money, AS_OF, {"value": MetricAnswer(None, n_unknown=2)})
    assert none.reason == (
        "No number: nothing with an amount was found yet. 2 invoices without an amount in EUR are not in it."
    )
    assert none.status is Status.NO_DATA


def test_money_that_is_missing_from_a_past_month_is_said_too(tmp_path: Path) -> None:
    monthly = MONTHLY.replace("leads_created", "invoiced_revenue")
    answers: dict[str, float | MetricAnswer] = {
        "sub_period:1": MetricAnswer(60, n_unknown=2),
        "value": MetricAnswer(20, n_unknown=1),
    }
    assert assessed(tmp_path, monthly, AS_OF, answers).reason.endswith(
        " 3 invoices without an amount in EUR are not in it."
    )
    unit = "- {id: o, title: O, kind: total, unit: hours, better: higher, sql: select 1, target: 10}"
    found = assessed(tmp_path, unit, AS_OF, {"value": MetricAnswer(5, n_unknown=2)})
    assert found.reason.endswith(" 2 rows without a value are not in it.")


def test_stale_money_says_nothing_of_its_gaps(tmp_path: Path) -> None:
    money = "- {id: r, title: R, kind: total, metric: invoiced_revenue, target: 90000}"
    answers: dict[str, float | MetricAnswer] = {"value": MetricAnswer(54_000, n_unknown=3)}
    found = assessed(tmp_path, money, AS_OF, answers, sources=(crm(SourceState.STALE),))
    assert "invoices" not in found.reason


def test_recurring_growth(tmp_path: Path) -> None:
    growing = MONTHLY.replace("target: 50", 'target: "+30%", baseline: previous_cycle')
    found = assessed(tmp_path, growing, AS_OF, {"sub_period:1": 39, "value": 13, "previous_cycle": 90})
    # 90 in three months are 30 per month, + 30 % = 39: (1 + 1/3) / 3
    assert (found.baseline, found.target) == (30, 39)
    assert found.progress == pytest.approx(4 / 9)
    frozen = assessed(
        tmp_path, growing, AS_OF, {"sub_period:1": 39, "value": 13, "previous_cycle": 99}, frozen_baseline=90
    )
    assert (frozen.baseline, frozen.target) == (30, 39)


def test_a_gap_in_a_finished_sub_period_is_no_zero(tmp_path: Path) -> None:
    found = assessed(tmp_path, MONTHLY, AS_OF, {"value": 20})
    assert (found.status, found.value, found.reason) == (
        Status.NO_DATA,
        20,
        "No number: nothing was found for October 2026.",
    )


def test_a_recurring_ratio_is_not_pro_rated(tmp_path: Path) -> None:
    weekly = "- {id: r, title: R, kind: recurring, every: week, metric: answer_rate, target: 80%}"
    # four days of October ask for 80 %, not for 4/7 of it: (0.6/0.8 + 1) / 14
    found = assessed(tmp_path, weekly, "2026-10-10", {"sub_period:1": 0.6, "value": 0.9})
    assert found.sub_periods[0].target == 0.8
    assert found.progress == pytest.approx(1.75 / 14)
    # on Monday morning nobody has asked anything yet
    monday = assessed(
        tmp_path, weekly, "2026-10-12", {"sub_period:1": 0.6, "sub_period:2": 0.9, "value": MetricAnswer(None, n=0)}
    )
    assert monday.progress == pytest.approx(1.75 / 14)
    assert [each.outcome for each in monday.sub_periods[:4]] == ["missed", "hit", "running", "ahead"]
    assert monday.reason.startswith("– of 80 % this week, 1 of 2 finished weeks reached")
    failed = assessed(tmp_path, weekly, "2026-10-02", {"value": MetricAnswer(None, error="Interrupted")})
    assert failed.status is Status.NO_DATA
    grown = weekly.replace("target: 80%", 'target: "+20%", baseline: measured')
    # the rate of the quarter before, not a thirteenth of it
    assert assessed(tmp_path, grown, "2026-10-02", {"value": 0.6, "baseline": 0.5}).target == 0.6


def test_a_milestone(tmp_path: Path) -> None:
    found = assessed(tmp_path, SITE, AS_OF, {})
    # 2 of 4 done; three were due before today: 0.5 / 0.75
    assert (found.value, found.target, found.progress, found.expected) == (2, 4, 0.5, 0.75)
    assert (found.status, found.formula) == (Status.OFF_TRACK, "2 / 4 = 0.5")
    assert [each.outcome for each in found.sub_periods] == ["hit", "hit", "missed", "running"]
    assert found.reason == "2 of 4 steps done (overdue: Tests), 50 % of the way where 75 % is expected by now."
    # on the 16th the texts were late as well
    earlier = assessed(tmp_path, SITE, "2026-11-16", {})
    assert (earlier.value, [each.outcome for each in earlier.sub_periods]) == (
        1,
        ["hit", "missed", "running", "running"],
    )


def test_a_milestone_from_a_metric(tmp_path: Path) -> None:
    stages = "- {id: s, title: S, kind: milestone, metric: leads_created, target: 5}"
    found = assessed(tmp_path, stages, AS_OF, {"value": 3})
    assert (found.progress, found.expected, found.formula) == (0.6, 52 / 92, "3 / 5 = 0.6")
    assert assessed(tmp_path, stages, AS_OF, {}).status is Status.NO_DATA


def test_a_range(tmp_path: Path) -> None:
    inside = assessed(tmp_path, AT_MOST, AS_OF, {"value": 22})
    assert (inside.progress, inside.expected, inside.status) == (1, 1, Status.ON_TRACK)
    assert (inside.target, inside.target_high) == (None, 24)
    assert inside.reason == "22.0 hours is within bounds (at most 24.0 hours)."
    # 1 - 0.6 / 2.4 = 0.75
    outside = assessed(tmp_path, AT_MOST, AS_OF, {"value": 24.6})
    assert outside.progress == pytest.approx(0.75)
    assert (outside.status, outside.formula) == (Status.AT_RISK, "1 - 0.6 / 2.4 = 0.75")
    assert outside.reason == "24.6 hours is above the bound (at most 24.0 hours)."
    assert assessed(tmp_path, AT_MOST, AS_OF, {"value": 40}).formula == "16 outside, tolerance 2.4"
    held = assessed(tmp_path, AT_MOST, "2026-12-31", {"value": 22})
    assert (held.status, held.reason) == (
        Status.ACHIEVED,
        "Held until the end: 22.0 hours is within bounds (at most 24.0 hours).",
    )
    assert assessed(tmp_path, AT_MOST, "2026-12-31", {"value": 25}).status is Status.MISSED


def test_the_share_of_days_inside_is_kept(tmp_path: Path) -> None:
    days = tuple(
        DayValue(date(2026, 10, 1) + timedelta(days=place), value) for place, value in enumerate([20, 30, None, 24])
    )
    found = assessed(tmp_path, AT_MOST, AS_OF, {"value": 22}, history=days)
    assert found.parameters["share_of_days_inside"] == 2 / 3


def test_kept_by_hand(tmp_path: Path) -> None:
    found = assessed(tmp_path, TALKS, AS_OF, {})
    # the check-in of 6 November, 15 days old: 5 / 10
    assert (found.value, found.progress, found.status) == (5, 0.5, Status.AT_RISK)
    assert [(each.source, each.state) for each in found.sources] == [("check-ins", SourceState.FRESH)]
    assert found.data_through == datetime(2026, 11, 6, 23, tzinfo=UTC)  # midnight in Budapest
    assert assessed(tmp_path, TALKS, "2026-10-20", {}).value == 2
    none_yet = assessed(tmp_path, TALKS, "2026-10-15", {})
    assert (none_yet.status, none_yet.value) == (Status.NO_DATA, None)


def test_an_old_check_in_is_stale(tmp_path: Path) -> None:
    found = assessed(tmp_path, TALKS, "2026-12-20", {})
    assert (found.status, found.value, found.last_good_value, found.last_good_as_of) == (
        Status.STALE,
        None,
        5,
        date(2026, 11, 6),
    )
    assert (
        found.reason
        == "Not judged: check-ins: the last check-in is 44 days old. Last good value: 5 talks on 6 Nov 2026."
    )


def test_recurring_by_hand(tmp_path: Path) -> None:
    monthly = "- {id: t, title: T, kind: recurring, every: month, unit: talks, target: 4, check_ins: [%s]}"
    october = "{date: 2026-10-09, value: 1}, {date: 2026-10-30, value: 3}"
    # the last check-in of October stands for October, and nothing was said yet of November: (3/4 + 0) / 3
    found = assessed(tmp_path, monthly % october, AS_OF, {})
    assert found.progress == pytest.approx(0.25)
    missing = assessed(tmp_path, monthly % "{date: 2026-11-09, value: 1}", AS_OF, {})
    assert missing.reason == "No number: nothing was found for October 2026."


def test_seasonal(tmp_path: Path) -> None:
    revenue = GROWTH.replace("previous_cycle", "same_cycle_last_year").replace('"+20%"', '"+10%", expected: seasonal')
    answers = {"value": 45_000.0, "same_cycle_last_year": 100_000.0, "seasonal:1": 40_000.0, "seasonal:2": 100_000.0}
    found = assessed(tmp_path, revenue, AS_OF, dict(answers))
    # last year 40 % were invoiced by now; 45,000 is ahead of 0.4 x 110,000 = 44,000: 45,000 / 110,000
    assert (found.expected, found.progress, found.status) == (0.4, pytest.approx(45 / 110), Status.ON_TRACK)
    del answers["seasonal:2"]
    missing = assessed(tmp_path, revenue, AS_OF, dict(answers))
    assert (missing.status, missing.value, missing.progress) == (Status.NO_DATA, 45_000, None)
    assert missing.reason.startswith("No number: the seasonal course is unknown")


def test_a_seasonal_level_starts_where_last_year_started(tmp_path: Path) -> None:
    level = (
        "- {id: f, title: F, kind: level, metric: social_followers, baseline: 1000, target: 2000, expected: seasonal}"
    )
    answers = {"value": 1_300.0, "seasonal:1": 700.0, "seasonal:2": 900.0, "seasonal:3": 500.0}
    assert assessed(tmp_path, level, AS_OF, dict(answers)).expected == 0.5  # (700 - 500) / (900 - 500)
    del answers["seasonal:3"]
    assert assessed(tmp_path, level, AS_OF, dict(answers)).expected is None


@pytest.mark.parametrize(
    ("lines", "answers", "reason"),
    [
        (LEADS, {}, "No number: nothing was found yet."),
        (
            LEADS,
            {"value": MetricAnswer(None, error="The query took longer than 30 s.")},
            "No number: The query took longer than 30 s.",
        ),
        (FOLLOWERS, {"value": 8_000}, "No number: nothing was found for the baseline (measured)."),
        (
            FOLLOWERS,
            {"value": 8_000, "baseline": MetricAnswer(None, error="Interrupted")},
            "No number: Interrupted.",
        ),
        (
            GROWTH,
            {"value": 8_000, "previous_cycle": 0},
            "No number: +20% of 0 sessions is no growth; name the amount instead.",
        ),
        (
            FOLLOWERS.replace('"+15%"', "9000"),
            {"value": 9_500, "baseline": 9_100},
            "No number: it started at 9,100 followers, already at or beyond the target of 9,000 followers; choose another target.",
        ),
    ],
)
def test_no_number_has_a_reason(
    tmp_path: Path, lines: str, answers: dict[str, float | MetricAnswer], reason: str
) -> None:
    found = assessed(tmp_path, lines, AS_OF, answers)
    assert (found.status, found.progress, found.score, found.formula, found.reason) == (
        Status.NO_DATA,
        None,
        None,
        "",
        reason,
    )


def test_an_empty_fresh_window_is_a_true_zero(tmp_path: Path) -> None:
    found = assessed(tmp_path, LEADS, AS_OF, {"value": 0}, sources=(crm(SourceState.FRESH),))
    assert (found.value, found.progress, found.status) == (0, 0, Status.OFF_TRACK)


def test_stale_beats_every_colour(tmp_path: Path) -> None:
    sources = (crm(SourceState.FAILED, "2026-11-19T10:00:00+00:00"),)
    found = assessed(
        tmp_path, LEADS, AS_OF, {"value": 400}, sources=sources, last_good=LastGood(390, date(2026, 11, 18))
    )
    assert (found.status, found.value, found.progress, found.score) == (Status.STALE, None, None, None)
    assert (found.last_good_value, found.last_good_as_of) == (390, date(2026, 11, 18))
    assert (
        found.reason
        == "Not judged: crm: the last load failed, data until 19 Nov 2026. Last good value: 390 leads on 18 Nov 2026."
    )
    assert found.target == 350


def test_without_an_earlier_value_the_loaded_part_is_the_last_good_one(tmp_path: Path) -> None:
    # loaded until 11:00 in Budapest on the 19th: the 18th is the last whole day
    found = assessed(
        tmp_path, LEADS, AS_OF, {"value": 180}, sources=(crm(SourceState.STALE, "2026-11-19T10:00:00+00:00"),)
    )
    assert (found.last_good_value, found.last_good_as_of) == (180, date(2026, 11, 18))
    before = assessed(
        tmp_path, LEADS, AS_OF, {"value": 180}, sources=(crm(SourceState.STALE, "2026-09-19T10:00:00+00:00"),)
    )
    assert before.last_good_value is None
    unknown = assessed(
        tmp_path, LEADS, AS_OF, {"value": 180}, sources=(crm(SourceState.FAILED, None, "crm: token refused."),)
    )
    assert (unknown.last_good_value, unknown.reason) == (None, "Not judged: crm: token refused.")


def test_never_loaded_is_no_data(tmp_path: Path) -> None:
    found = assessed(tmp_path, LEADS, AS_OF, {"value": 0}, sources=(crm(SourceState.NEVER, None),))
    assert (found.status, found.value, found.reason) == (Status.NO_DATA, None, "No number: crm has never been loaded.")


@pytest.mark.parametrize(
    ("through", "settle", "provisional"),
    [
        ("2026-11-22T05:00:00+00:00", 0, False),  # the day ended at 23:00 UTC
        ("2026-11-22T05:00:00+00:00", 6, False),
        ("2026-11-22T05:00:00+00:00", 48, True),
        ("2026-11-21T22:00:00+00:00", 0, True),
    ],
)
def test_provisional(tmp_path: Path, through: str, settle: float, provisional: bool) -> None:
    sources = (crm(SourceState.FRESH, through),)
    found = assessed(tmp_path, LEADS, AS_OF, {"value": 210}, sources=sources, settle_hours={"crm": settle})
    assert found.provisional is provisional


def test_the_age_is_that_of_the_oldest_source(tmp_path: Path) -> None:
    older = SourceFreshness("files", SourceState.LATE, datetime(2026, 11, 20, tzinfo=UTC))
    found = assessed(tmp_path, LEADS, AS_OF, {"value": 210}, sources=(crm(SourceState.FRESH), older))
    assert (found.data_through, found.status) == (older.data_through, Status.ON_TRACK)


@pytest.mark.parametrize(
    ("as_of", "value", "status", "reason"),
    [
        ("2026-09-30", None, Status.NOT_STARTED, "The cycle starts on 1 Oct 2026."),
        ("2026-10-09", 10, Status.TOO_EARLY, "Too early to judge on day 9 of 92: 10 of 350 leads."),
        ("2026-10-09", 350, Status.ACHIEVED, "Target reached: 350 of 350 leads."),
        ("2026-12-31", 349, Status.MISSED, "The cycle ended at 349 of 350 leads, 99 % of the way."),
        ("2027-02-01", 400, Status.ACHIEVED, "Target reached: 400 of 350 leads."),
    ],
)
def test_over_the_cycle(tmp_path: Path, as_of: str, value: float | None, status: Status, reason: str) -> None:
    found = assessed(tmp_path, LEADS, as_of, {} if value is None else {"value": value})
    assert (found.status, found.reason) == (status, reason)


def test_before_the_start_the_goal_is_known(tmp_path: Path) -> None:
    leads = assessed(tmp_path, LEADS, "2026-09-01", {})
    assert (leads.baseline, leads.target, leads.expected, leads.value) == (0, 350, 0, None)
    assert assessed(tmp_path, AT_MOST, "2026-09-01", {}).target_high == 24
    assert assessed(tmp_path, FOLLOWERS, "2026-09-01", {}).target is None
    assert assessed(tmp_path, MONTHLY, "2026-09-01", {}).status is Status.NOT_STARTED
    assert assessed(tmp_path, TALKS, "2026-09-01", {}).status is Status.NOT_STARTED


def test_the_end_of_a_total_is_told_against_its_baseline(tmp_path: Path) -> None:
    found = assessed(tmp_path, GROWTH, "2026-12-31", {"value": 101_200, "previous_cycle": 92_000})
    assert found.progress == 0.5  # 9,200 / 18,400
    assert found.reason == (
        "The cycle ended at 101,200 of 110,400 sessions, against 92,000 sessions in the cycle before, 50 % of the way."
    )


def test_the_last_day_is_the_last_day_even_where_less_was_expected(tmp_path: Path) -> None:
    modest = GROWTH.replace('"+20%"', '"+20%", expected: {phased: [{date: 2026-12-31, share: 0.8}]}')
    found = assessed(tmp_path, modest, "2026-12-31", {"value": 101_200, "previous_cycle": 92_000})
    assert (found.progress, found.expected, found.status) == (0.5, 0.8, Status.MISSED)


def test_parameters_say_what_was_computed(tmp_path: Path) -> None:
    filtered = LEADS.replace("350}", "350, filters: {country: [HU, AT]}}")
    assert assessed(tmp_path, filtered, AS_OF, {"value": 1}).parameters == {
        "window_start": "2026-10-01",
        "as_of": "2026-11-21",
        "filter:country": "HU, AT",
    }
    growing = MONTHLY.replace("target: 50", 'target: "+30%", baseline: previous_cycle')
    assert assessed(tmp_path, growing, AS_OF, {"sub_period:1": 1, "value": 1, "previous_cycle": 90}).parameters == {
        "window_start": "2026-11-01",
        "as_of": "2026-11-21",
        "baseline": "previous_cycle",
        "baseline_frozen": False,
        "target": "+30%",
        "every": "month",
    }


def test_the_id_names_the_content(tmp_path: Path) -> None:
    about = subject(load(tmp_path, cycle_text(LEADS)))
    observed = Observed({"value": MetricAnswer(210)})
    first = assess(about, observed, date(2026, 11, 21), RUN)
    again = assess(about, observed, date(2026, 11, 21), RunContext("run-2", datetime(2026, 11, 23, tzinfo=UTC)))
    other = assess(about, Observed({"value": MetricAnswer(211)}), date(2026, 11, 21), RUN)
    assert first.snapshot_id == again.snapshot_id != other.snapshot_id
    projected = seal(replace(first, projected_p50=340.0))
    assert projected.snapshot_id != first.snapshot_id
    assert seal(projected) == projected


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_stops_nothing_else(tmp_path: Path, number: float) -> None:
    found = assessed(tmp_path, HOURS, AS_OF, {"value": MetricAnswer(number, 1, 0, 5)})
    assert (found.status, found.value, found.denominator) == (Status.NO_DATA, None, None)
    assert found.reason == f"No number: the SQL returned {number}, which is no number."
    assert assessed(tmp_path, FOLLOWERS, AS_OF, {"value": 5, "baseline": number}).status is Status.NO_DATA


def test_a_recurring_target_that_comes_to_nothing(tmp_path: Path) -> None:
    growing = MONTHLY.replace("target: 50", 'target: "+5", baseline: previous_cycle')
    found = assessed(tmp_path, growing, "2026-10-20", {"value": 3, "previous_cycle": -15})  # -5 per month, + 5
    assert found.reason == "No number: a target of 0 is reached before anything is done."


def test_an_error_in_any_answer_is_kept(tmp_path: Path) -> None:
    found = assessed(tmp_path, FOLLOWERS, AS_OF, {"value": 8_000, "baseline": MetricAnswer(None, error="Interrupted")})
    assert (found.value, found.error) == (8_000, "Interrupted")


def test_days_end_at_midnight_where_the_company_is() -> None:
    assert end_of_day(date(2026, 11, 21), "Europe/Budapest") == datetime(2026, 11, 21, 23, tzinfo=UTC)
    # the clocks go back on 25 October: 25 hours
    assert end_of_day(date(2026, 10, 25), "Europe/Budapest") - end_of_day(
        date(2026, 10, 24), "Europe/Budapest"
    ) == timedelta(hours=25)
