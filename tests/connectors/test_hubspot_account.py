"""The account's currency: what HubSpot's home amounts are in, and what is said when that is not the company's, or not known."""

from __future__ import annotations

from tests.connectors.bench import Bench

UNKNOWN = (
    "hubspot: deals without a currency of their own, and HubSpot's amounts for foreign deals, count as unknown money"
)


def test_the_account_is_kept(bench: Bench) -> None:
    result = bench.load("hubspot")
    assert bench.rows("SELECT portal_id, company_currency, time_zone FROM raw_hubspot.account") == [
        ("143000711", "EUR", "Europe/Budapest")
    ]
    assert result.warnings == ()


def test_an_account_in_another_currency_is_told_every_time(bench: Bench) -> None:
    bench.sandbox.company.currency = "USD"
    for _ in range(2):
        assert bench.load("hubspot").warnings == (f"{UNKNOWN}, because the account's currency is USD, not EUR",)
    assert bench.value("SELECT company_currency FROM raw_hubspot.account") == "USD"


def test_an_account_that_may_not_be_read_is_told_and_stops_nothing(bench: Bench) -> None:
    bench.load("hubspot")
    bench.sandbox.hubspot.missing_scopes.add("account-info")
    result = bench.load("hubspot")
    (warning,) = result.warnings
    assert warning.startswith(
        f"{UNKNOWN}, because the account's currency may not be read: 403 from /account-info/v3/details"
    )
    # what is not known any more is not remembered either
    assert bench.value("SELECT count(*) FROM raw_hubspot.account") == 0
    assert bench.value("SELECT count(*) FROM raw_hubspot.deals") > 0


def test_who_leaves_the_deals_out_needs_no_account(bench: Bench) -> None:
    bench.set("HUBSPOT__SKIP_OBJECTS", "deals")
    bench.load("hubspot")
    assert bench.sandbox.calls.to("/account-info/") == []
