"""The recounts against the company made by hand; the working stands beside each number."""

from __future__ import annotations

from datetime import date

import pytest

from connectors.sandbox.company import truth
from tests.connectors.sandbox.brightwater_small import small_company

QUARTER = (date(2026, 10, 1), date(2026, 12, 31))
EXPECTED = {
    # contacts 1, 2 (01:30 local on 1 Oct), 3, 6, 7, 8; 4 is of September, 5 is archived
    "leads_created": 6,
    # contacts 1, 2 (once), 4, 7; 3 skipped the stage, 5 is archived
    "marketing_qualified_leads": 4,
    # contacts 1 and 3
    "sales_qualified_leads": 2,
    # one customer of the six created
    "lead_to_customer_rate": 1 / 6,
    # companies 501 and 502 (both its deals are in the quarter)
    "new_customers": 2,
    # at 31 Dec: 501 until 2027-11-01; the contracts of 502 have ended
    "customers": 1,
    # 701 and 702; 703 is existing business, 704 is open
    "new_business_deals_won": 2,
    # 12,000 + 10,000.50 (forints by their home amount) + 6,000
    "won_revenue": 28_000.50,
    "new_business_revenue": 22_000.50,
    # the same money over two companies
    "average_customer_value": 14_000.25,
    # at 31 Dec only the contract of 701 runs, 1,000 a month
    "monthly_recurring_revenue": 1_000.0,
    # 901 and 903; 902 is inbound
    "outbound_calls": 2,
    "sales_meetings": 1,
    # 10, 24 and 40 hours: the one in the middle
    "complaint_handling_hours_median": 24.0,
    "newsletter_subscribers": 40,
    # LinkedIn 900 on 1 Oct, X 510 on 3 Oct
    "social_followers": 1_410,
    # two promoters, one detractor, four answers
    "net_promoter_score": 25.0,
    "online_mentions": 2,
    # 1,000 - 100.50; the cancelled one does not count
    "invoiced_revenue": 899.50,
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_recount_of_the_quarter(name: str, expected: float) -> None:
    assert truth.METRICS[name](small_company(), *QUARTER) == pytest.approx(expected)


def test_windows_include_both_ends() -> None:
    company = small_company()
    # contact 7 became one on 1 Nov 00:30 local time, 31 Oct by UTC
    assert truth.marketing_qualified_leads(company, date(2026, 11, 1), date(2026, 11, 1)) == 1
    assert truth.marketing_qualified_leads(company, date(2026, 10, 31), date(2026, 10, 31)) == 0
    # call 903 was at 00:30 local time on the 26th, after the clocks went back
    assert truth.outbound_calls(company, date(2026, 10, 26), date(2026, 10, 26)) == 1


def test_by_channel() -> None:
    # contact 1; contact 3 skipped the stage
    assert truth.marketing_qualified_leads(small_company(), *QUARTER, "ORGANIC_SEARCH") == 1


def test_settled_traffic_is_exact() -> None:
    window = (date(2026, 10, 1), date(2026, 10, 31))
    company = small_company()
    assert truth.website_sessions(company, *window) == 260
    assert truth.website_sessions(company, *window, "Direct") == 50
    assert truth.key_events(company, *window) == 3
    assert truth.new_website_users(company, *window) == 172
    assert truth.engaged_session_rate(company, *window) == pytest.approx(146 / 260)


def test_nothing_is_none_where_zero_would_be_wrong() -> None:
    window = (date(2020, 1, 1), date(2020, 1, 31))
    none = ("average_customer_value", "complaint_handling_hours_median", "net_promoter_score", "social_followers")
    assert [truth.METRICS[name](small_company(), *window) for name in none] == [None] * 4
