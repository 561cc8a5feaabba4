"""Google Analytics on request: breakdowns and users at their own grain; what it says of past days and of its quota is not forgotten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from connectors.readers.ga4.memory import Remark, joined, still_true
from tests.connectors.bench import Bench
from tests.connectors.company import LAST_DAY

BREAKDOWNS, USERS = "raw_ga4.traffic_breakdowns", "raw_ga4.users"
EXTRA = "GA4__EXTRA_REPORTS"
THRESHOLD = {"subjectToThresholding": True}


def test_breakdowns_split_the_same_visits(bench: Bench) -> None:
    """30 days of 100 direct and 10 referred sessions: by country 3,000 Hungarian and 300 Austrian, by page all on /."""
    bench.set(EXTRA, "source_medium, landing_page, country")
    result = bench.load("ga4")
    assert result.requests == 4
    assert bench.rows(f"SELECT breakdown, value, sum(sessions) FROM {BREAKDOWNS} GROUP BY ALL ORDER BY ALL") == [
        ("country", "Austria", 300),
        ("country", "Hungary", 3000),
        ("landing_page", "/", 3300),
        ("source_medium", "(direct) / (none)", 3000),
        ("source_medium", "referral / other", 300),
    ]


def test_users_are_asked_for_at_each_grain_and_never_added(bench: Bench) -> None:
    """0 users in the small company's rows: give each day 80. A day has 80, a week of seven 80 x 7 / 7^0.16 = 410.2."""
    for row in list(bench.sandbox.company.traffic):
        bench.sandbox.company.restate_traffic(row.day, row.channel, users=80 if row.channel == "Direct" else 0)
    bench.set(EXTRA, "users")
    bench.load("ga4")
    whole_week = bench.rows(
        f"SELECT grain, period_end, total_users FROM {USERS} WHERE period_start = DATE '2026-11-09' ORDER BY grain"
    )
    assert whole_week == [("day", date(2026, 11, 9), 80), ("week", date(2026, 11, 15), 410)]
    # the running month has 21 of its days: 80 x 21 / 21^0.16 = 1032.2
    month = bench.rows(
        f"SELECT period_start, period_end, total_users FROM {USERS} WHERE grain = 'month' ORDER BY 1 DESC"
    )
    assert month[0] == (date(2026, 11, 1), LAST_DAY, 1032)
    asked = [call.body for call in bench.sandbox.calls.to("/v1beta/")]
    # the three are asked for side by side, in any order
    assert [sum(f'"{name}"' in body for body in asked[1:]) for name in ("date", "isoYearIsoWeek", "yearMonth")] == [
        1
    ] * 3


def test_a_later_load_reads_whole_weeks_and_months_again(bench: Bench) -> None:
    """Fourteen days before the 21st begin on the 8th: a Sunday, so its week begins on the 2nd and its month on the 1st."""
    bench.set(EXTRA, "users, country")
    bench.load("ga4")
    before = bench.table(USERS)
    bench.sandbox.calls.clear()
    bench.load("ga4")
    starts = [call.body.split('"startDate":')[1].strip()[1:11] for call in bench.sandbox.calls.to("/v1beta/")]
    assert sorted(starts) == ["2026-11-01", "2026-11-02", "2026-11-08", "2026-11-08", "2026-11-08"]
    assert bench.table(USERS) == before


def test_a_report_asked_for_later_begins_at_the_beginning(bench: Bench) -> None:
    bench.load("ga4")
    bench.set(EXTRA, "country")
    bench.load("ga4")
    assert bench.value(f"SELECT count(DISTINCT date) FROM {BREAKDOWNS}") == 30
    bench.set(EXTRA, "country, landing_page")
    bench.load("ga4")
    counted = bench.rows(f"SELECT breakdown, count(DISTINCT date) FROM {BREAKDOWNS} GROUP BY ALL ORDER BY ALL")
    assert counted == [("country", 30), ("landing_page", 30)]


def test_a_word_that_nobody_knows_is_refused(bench: Bench) -> None:
    bench.set(EXTRA, "country, browser")
    error = bench.attempt("ga4").error
    assert "SOURCES__GA4__EXTRA_REPORTS names browser. It knows source_medium, landing_page, country, users." in error


def test_a_remark_on_days_that_are_not_read_again_is_kept(bench: Bench) -> None:
    """All days were thresholded at first; the fourteen that are read again from the 8th on are not any more."""
    bench.set("GA4__START_DATE", "2026-10-23")
    bench.sandbox.ga4.metadata = dict(THRESHOLD)
    bench.load("ga4")
    bench.sandbox.ga4.metadata = {}
    expected = ("ga4: 2026-10-23 to 2026-11-07: small numbers are withheld (thresholding).",)
    assert bench.load("ga4").warnings == expected
    assert bench.load("ga4").warnings == expected
    assert bench.load("ga4", full=True).warnings == ()


def test_remarks_are_cut_joined_and_in_the_end_forgotten() -> None:
    first, last = date(2026, 1, 1), date(2026, 1, 31)
    remark = Remark(first, last, "sampled")
    assert still_true([remark], date(2026, 1, 20), last) == [Remark(first, date(2026, 1, 19), "sampled")]
    assert still_true([remark], first, last) == []
    assert still_true([remark], date(2027, 3, 9), last + timedelta(days=401)) == []
    touching = Remark(date(2026, 2, 1), date(2026, 2, 3), "sampled")
    other = Remark(date(2026, 2, 2), date(2026, 2, 3), "cut")
    assert joined([touching, other, remark]) == (Remark(first, date(2026, 2, 3), "sampled"), other)


def test_a_changed_currency_is_a_warning(bench: Bench) -> None:
    bench.load("ga4")
    bench.sandbox.ga4.metadata = {"currencyCode": "USD"}
    (warning,) = bench.load("ga4").warnings
    assert "currency changed from EUR to USD" in warning
    assert bench.load("ga4").warnings == (warning,), "it stays true of the days that it is about"
    assert bench.value("SELECT max_by(currency_code, read_at) FROM raw_ga4.reports") in ("USD", "EUR")


@pytest.mark.parametrize(
    ("quota", "says"),
    [
        ({"tokensPerDay": {"consumed": 5, "remaining": 4}}, "4 tokens of today are left"),
        ({"tokensPerDay": {"consumed": 5}, "tokensPerHour": {"remaining": 2}}, "2 tokens of this hour are left"),
        (
            {"tokensPerDay": {"consumed": 5, "remaining": 99}, "tokensPerProjectPerHour": {}},
            "0 tokens of this hour are left",
        ),
        ({"serverErrorsPerProjectPerHour": {}}, "too many server errors this hour"),
    ],
)
def test_a_quota_that_would_not_pay_for_the_next_report_ends_the_source(
    quota: dict[str, object], says: str, bench: Bench
) -> None:
    if "tokensPerHour" in quota:
        quota["tokensPerDay"] = {"consumed": 5, "remaining": 99}
    bench.sandbox.ga4.quota = quota
    bench.set(EXTRA, "country")
    result = bench.attempt("ga4")
    assert says in result.error
    assert (result.requests, bench.waits, result.rows) == (1, [], {})


def test_a_quota_that_pays_is_spent(bench: Bench) -> None:
    bench.sandbox.ga4.quota = {"tokensPerDay": {"consumed": 5, "remaining": 5}}
    bench.set(EXTRA, "country")
    assert bench.load("ga4").requests == 2


def test_too_many_reports_at_once_are_waited_for(bench: Bench) -> None:
    bench.sandbox.ga4.quota = {"concurrentRequests": {}}
    bench.set(EXTRA, "country")
    assert bench.load("ga4").requests == 2
    assert bench.waits == [5.0]
