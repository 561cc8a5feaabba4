"""Followers: samples and days, what a network hides, rounds or refuses, and LinkedIn's gains; numbers as in `few_followers`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.sandbox.social import FACEBOOK, LINKEDIN, YOUTUBE, X
from tests.connectors.bench import Bench

SAMPLES = "SELECT followers, epoch(observed_at)::BIGINT FROM raw_{}.followers ORDER BY observed_at"


def test_every_run_takes_a_sample_and_the_same_moment_is_one(bench: Bench) -> None:
    bench.load("facebook")
    bench.load("facebook")
    bench.sandbox.clock.advance(hours=6)
    bench.sandbox.social.set(FACEBOOK, 305)
    bench.load("facebook")
    at_five = round(datetime(2026, 11, 22, 5, tzinfo=UTC).timestamp())
    assert bench.rows(SAMPLES.format("facebook")) == [(301, at_five), (305, at_five + 6 * 3600)]


def test_a_day_without_a_run_has_no_row(bench: Bench) -> None:
    bench.load("x")
    bench.sandbox.clock.advance(days=2)
    bench.load("x")
    days = bench.rows("SELECT DISTINCT CAST(observed_at AS DATE) FROM raw_x.followers ORDER BY 1")
    assert days == [(date(2026, 11, 22),), (date(2026, 11, 24),)]


def test_youtube_rounds_down_and_it_is_marked(bench: Bench) -> None:
    result = bench.load("youtube")  # 12,345 subscribers
    assert bench.rows("SELECT account, followers, is_rounded FROM raw_youtube.followers") == [
        ("@brightwatertv", 12_300, True)
    ]
    assert result.warnings == ("YouTube tells the subscribers of @brightwatertv rounded down, in steps of 100",)


def test_a_small_channel_is_told_exactly(bench: Bench) -> None:
    bench.sandbox.social.set(YOUTUBE, 987)
    assert bench.load("youtube").warnings == ()
    assert bench.rows("SELECT followers, is_rounded FROM raw_youtube.followers") == [(987, False)]


def test_hidden_subscribers_are_nothing_and_not_zero(bench: Bench) -> None:
    bench.sandbox.social.accounts[YOUTUBE].hidden = True
    assert bench.load("youtube").warnings == ("@brightwatertv hides its subscribers, so nothing is counted for it",)
    assert bench.rows("SELECT followers, is_rounded FROM raw_youtube.followers") == [(None, False)]


def test_an_unknown_channel_is_no_zero(bench: Bench) -> None:
    bench.set("YOUTUBE__CHANNEL_IDS", "UC_x5XG1OV2P6uZZ5FSM9Ttw")
    assert "does not know UC_x5XG1OV2P6uZZ5FSM9Ttw" in bench.attempt("youtube").error


def test_a_suspended_account_is_no_zero(bench: Bench) -> None:
    bench.sandbox.social.accounts[X].suspended = True
    error = bench.attempt("x").error
    assert "brightwater_eu" in error
    assert "User has been suspended" in error
    assert "SOURCES__X__USERNAMES" in error


def test_without_credits_x_says_to_top_up_and_is_asked_once(bench: Bench) -> None:
    bench.sandbox.social.x.credits = 0
    error = bench.attempt("x").error
    assert "402" in error
    assert "top up" in error
    assert len(bench.sandbox.calls.to("/2/users")) == 1


def test_a_user_costs_a_credit_once_a_day(bench: Bench) -> None:
    bench.sandbox.social.x.credits = 1
    bench.load("x")
    bench.sandbox.clock.advance(hours=4)
    bench.load("x")
    assert bench.sandbox.social.x.credits == 0


def test_a_version_that_linkedin_has_ended_is_named(bench: Bench) -> None:
    bench.set("LINKEDIN__API_VERSION", "202404")
    error = bench.attempt("linkedin").error
    assert "426" in error
    assert "SOURCES__LINKEDIN__API_VERSION" in error


def test_every_call_to_linkedin_says_the_version(bench: Bench) -> None:
    bench.load("linkedin")
    sizes, page, gains = bench.sandbox.calls.to("/rest/")
    assert (sizes.path, sizes.query) == (
        "/rest/networkSizes/urn%3Ali%3Aorganization%3A5005001",
        "edgeType=COMPANY_FOLLOWED_BY_MEMBER",
    )
    assert page.path == "/rest/organizations/5005001"
    # raw parentheses: Rest.li refuses encoded ones
    assert "timeIntervals=(timeRange:(start:" in gains.query


def test_gains_go_back_twelve_months_once_and_then_ten_days(bench: Bench) -> None:
    result = bench.load("linkedin")
    # up to two days ago, 20 November, and 364 days before it
    assert bench.rows("SELECT min(date), max(date), count(*) FROM raw_linkedin.follower_gains") == [
        (date(2025, 11, 21), date(2026, 11, 20), 365)
    ]
    assert result.tables_through["follower_gains"] == datetime(2026, 11, 21, tzinfo=UTC)
    bench.sandbox.clock.advance(days=1)
    assert bench.load("linkedin").rows["follower_gains"] == 12  # 10 days before the 20th, the 20th, the 21st
    assert bench.value("SELECT count(*) FROM raw_linkedin.follower_gains") == 366


def test_gains_do_not_add_up_to_the_count_and_never_replace_it(bench: Bench) -> None:
    """1,180 stood still all the time, while LinkedIn tells a gain of one a day: it does not count those it removed."""
    bench.load("linkedin")
    assert bench.value("SELECT sum(organic_gain) FROM raw_linkedin.follower_gains") == 365
    assert bench.rows("SELECT followers FROM raw_linkedin.followers") == [(1_180,)]


def test_a_day_that_linkedin_leaves_out_stays_missing(bench: Bench) -> None:
    bench.sandbox.social.linkedin.missing_days.add(date(2026, 11, 10))
    bench.load("linkedin")
    assert bench.value("SELECT count(*) FROM raw_linkedin.follower_gains WHERE date = '2026-11-10'") == 0
    assert bench.value("SELECT count(*) FROM raw_linkedin.follower_gains") == 364


def test_a_page_without_the_role_says_what_to_grant(bench: Bench) -> None:
    bench.sandbox.social.linkedin.denied = True
    assert "rw_organization_admin" in bench.attempt("linkedin").error


@pytest.mark.parametrize(
    ("setting", "value", "source"),
    [
        ("LINKEDIN__ORGANIZATION_IDS", "brightwater", "linkedin"),
        ("X__USERNAMES", "bright water", "x"),
        ("FACEBOOK__PAGE_IDS", "Brightwater", "facebook"),
        ("YOUTUBE__CHANNEL_IDS", "BrightwaterTV", "youtube"),
    ],
)
def test_a_name_where_an_id_belongs_is_refused_before_any_call(
    bench: Bench, setting: str, value: str, source: str
) -> None:
    bench.set(setting, value)
    assert f"SOURCES__{setting} should be like" in bench.attempt(source).error
    assert len(bench.sandbox.calls) == 0


def test_a_renamed_account_keeps_its_id(bench: Bench) -> None:
    bench.load("linkedin")
    bench.sandbox.social.accounts[LINKEDIN].name = "brightwater-group"
    bench.sandbox.clock.advance(hours=1)
    bench.load("linkedin")
    assert bench.rows("SELECT account_id, account FROM raw_linkedin.followers ORDER BY observed_at") == [
        ("5005001", "brightwater"),
        ("5005001", "brightwater-group"),
    ]


def test_the_sandbox_counts_on_after_the_last_day() -> None:
    from connectors.sandbox.social import SocialAccount

    account = SocialAccount("1", "a", {date(2026, 11, 20): 100, date(2026, 11, 21): 104}, gain=2)
    days = [date(2026, 11, 19) + timedelta(days=number) for number in range(5)]
    assert [account.at(day) for day in days] == [100, 100, 104, 106, 108]


def test_an_old_sheet_that_is_finished_is_never_late(bench: Bench) -> None:
    sheet = bench.inbox / "files.yml"
    for path in bench.inbox.iterdir():
        path.unlink()
    declared = "tables:\n  - table: social_followers\n    glob: f.csv\n    format: csv\n    key: [date]\n    date_column: date\n"
    columns = "    columns: {date: date, followers: bigint}\n"
    (bench.inbox / "f.csv").write_text("date,followers\n2026-09-30,100\n")
    sheet.write_text(declared + columns)
    # known to the end of 30 September in Budapest
    assert bench.load("files").data_through == datetime(2026, 9, 30, 22, tzinfo=UTC)
    sheet.write_text(declared + "    finished: true\n" + columns)
    assert bench.load("files").data_through == bench.sandbox.clock.now()
    assert bench.load("files").data_through == bench.sandbox.clock.now()
