"""Mailchimp over HTTP: sizes are sampled, campaigns read again for 30 days, machines left out, and walls told from refusals."""

from __future__ import annotations

import pytest

from connectors.errors import SettingError
from connectors.readers.mailchimp.calls import data_centre
from connectors.sandbox.company.moments import to_ms
from connectors.sandbox.company.newsletter import Campaign
from tests.connectors.bench import Bench


def test_the_size_is_sampled_and_every_reading_stays(bench: Bench) -> None:
    bench.load("mailchimp")
    bench.sandbox.clock.advance(hours=12)
    bench.load("mailchimp")
    found = bench.rows("SELECT list, observed_at::VARCHAR, member_count FROM raw_mailchimp.list_sizes ORDER BY ALL")
    # News: 100 and 21 days of 3 - 1
    assert found == [
        ("Guests", "2026-11-22 05:00:00+00", 50),
        ("Guests", "2026-11-22 17:00:00+00", 50),
        ("News", "2026-11-22 05:00:00+00", 142),
        ("News", "2026-11-22 17:00:00+00", 142),
    ]


def test_opens_of_proxies_and_clicks_of_scanners_are_told_apart(bench: Bench) -> None:
    """October's are final: 60 opens of which 20 by proxies, 10 clicks of which 2 by scanners."""
    bench.load("mailchimp")
    columns = "unique_opens, proxy_excluded_unique_opens, unique_subscriber_clicks, subscriber_clicks_human"
    assert bench.rows(f"SELECT {columns} FROM raw_mailchimp.campaigns WHERE id = 'c1'") == [(60, 40, 10, 8)]
    bench.sandbox.mailchimp.tells_humans = False
    bench.load("mailchimp", full=True)
    assert bench.rows(f"SELECT {columns} FROM raw_mailchimp.campaigns WHERE id = 'c1'") == [(60, 40, 10, None)]


def test_campaigns_are_read_again_for_30_days(bench: Bench) -> None:
    bench.load("mailchimp")
    news = "SELECT unique_subscriber_clicks FROM raw_mailchimp.campaigns WHERE id = 'c2'"
    assert bench.value(news) < 10
    bench.sandbox.company.newsletter.change_campaign("c1", clicks=99)
    bench.sandbox.clock.advance(days=20)
    assert bench.load("mailchimp").rows["campaigns"] == 1  # sent on 20 November
    assert bench.value(news) == 9  # of 10, after 22 days
    assert bench.value("SELECT unique_subscriber_clicks FROM raw_mailchimp.campaigns WHERE id = 'c1'") == 10
    bench.load("mailchimp", full=True)
    assert bench.value("SELECT unique_subscriber_clicks FROM raw_mailchimp.campaigns WHERE id = 'c1'") == 99


def test_offset_pages_are_followed_to_the_end_in_a_fixed_order(bench: Bench) -> None:
    bench.sandbox.mailchimp.page_limit = 2
    for n in range(5):
        moment = to_ms("2026-11-10T08:00:00Z") + n
        bench.sandbox.company.newsletter.campaigns.append(Campaign(f"more{n}", "More", "l1", moment, 10, 0, 1, 0, 1, 0))
    bench.load("mailchimp")
    assert bench.value("SELECT count(*) FROM raw_mailchimp.campaigns") == 7
    calls = bench.sandbox.calls.to("/3.0/reports")
    assert [f"offset={n}" in call.query for n, call in zip((0, 2, 4, 6), calls, strict=True)] == [True] * 4
    assert all("count=1000" in call.query and "sort_dir=ASC" in call.query for call in calls)


def test_growth_and_activity_are_kept_beyond_what_mailchimp_still_tells(bench: Bench) -> None:
    bench.load("mailchimp")
    assert bench.rows("SELECT month, subscribed, unsubscribed FROM raw_mailchimp.list_growth") == [("2026-11", 63, 21)]
    bench.sandbox.clock.advance(days=190)
    bench.load("mailchimp")
    assert bench.value("SELECT count(*) FROM raw_mailchimp.list_activity") == 21


def test_the_end_of_the_key_says_where_the_account_lies(bench: Bench) -> None:
    assert data_centre("0123456789abcdef-us21") == "us21"
    for wrong in ("0123456789abcdef", "0123-", "0123-us", "0123-21"):
        with pytest.raises(SettingError, match="SOURCES__MAILCHIMP__API_KEY does not end like a key"):
            data_centre(wrong)
    bench.set("MAILCHIMP__API_KEY", "abcdef")
    error = bench.attempt("mailchimp").error
    assert "-us21" in error
    assert "abcdef" not in error
