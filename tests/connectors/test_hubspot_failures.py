"""HubSpot: every answer that is not what it should be ends in a wait, a warning or an error, never in fewer rows."""

from __future__ import annotations

import pytest

from connectors.contract import SourceRun
from connectors.errors import RetriableError
from connectors.readers.hubspot.calls import HubSpotCalls
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from tests.connectors.bench import Bench
from tests.connectors.company import NOW

CONTACTS = "/crm/v3/objects/contacts"
DEALS = "/crm/v3/objects/deals"


@pytest.mark.parametrize(
    ("policy", "retry_after", "seconds"),
    [
        ("TEN_SECONDLY_ROLLING", None, 10.0),
        ("TEN_SECONDLY_ROLLING", "2", 2.0),
        ("TEN_SECONDLY_ROLLING", "10000", 10.0),  # HubSpot counts milliseconds
        ("TEN_SECONDLY_ROLLING", "Sun, 22 Nov 2026 05:00:40 GMT", 40.0),  # its own clock says 05:00
        ("SECONDLY", None, 1.0),
    ],
)
def test_too_many_calls_are_waited_out(policy: str, retry_after: str | None, seconds: float, bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(CONTACTS, "429", times=2, policy=policy, retry_after=retry_after))
    assert bench.load("hubspot").rows["contacts"] == 5
    assert bench.waits == [seconds, seconds]


@pytest.mark.parametrize(
    ("policy", "retry_after"), [("DAILY", None), ("SECONDLY", "900"), ("SECONDLY", "Sun, 22 Nov 2026 06:00:00 GMT")]
)
def test_a_wait_that_is_too_long_ends_the_source(policy: str, retry_after: str | None, bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(CONTACTS, "429", times=None, policy=policy, retry_after=retry_after))
    result = bench.attempt("hubspot")
    assert not result.ok
    assert "429" in result.error
    assert bench.waits == []
    assert len([call for call in bench.sandbox.calls if call.status == 429]) == 1


def test_searches_are_sent_again_although_they_are_posts(bench: Bench) -> None:
    bench.load("hubspot")
    bench.sandbox.clock.advance(hours=1)
    for kind in ("5xx", "reset", "cut_short"):
        bench.sandbox.faults.add(Fault(f"{DEALS}/search", kind))
    bench.load("hubspot")
    assert bench.waits == [0.5, 1.0, 2.0]


def test_a_wrong_scope_is_named(bench: Bench) -> None:
    bench.sandbox.hubspot.missing_scopes.add("tickets")
    error = bench.attempt("hubspot").error
    assert "403 from /crm/v3/pipelines/tickets" in error
    assert "scope tickets" in error
    assert "SOURCES__HUBSPOT__SKIP_OBJECTS" in error


def test_a_list_that_ends_too_soon_is_an_error(bench: Bench) -> None:
    """Without `paging` the first page of fifty looks like the last: the account says it has more."""
    for n in range(100):
        bench.sandbox.company.add_contact(7000 + n, lifecycle=[("lead", NOW)], modified=NOW)
    bench.sandbox.clock.advance(minutes=1)
    bench.sandbox.faults.add(Fault(CONTACTS, "missing_field", field="paging", method="GET", times=1))
    error = bench.attempt("hubspot").error
    assert error == "hubspot: contacts: 50 listed, but the account has 105. The list was cut; nothing was loaded."


def test_a_few_missing_records_are_a_warning(bench: Bench) -> None:
    """Two hundred and one are counted; two cannot be listed: less than a hundredth."""
    for n in range(196):
        bench.sandbox.company.add_contact(7000 + n, lifecycle=[("lead", NOW)], modified=NOW)
    bench.sandbox.clock.advance(minutes=1)
    bench.sandbox.faults.add(Fault(f"{CONTACTS}/search", "wrong_type", field="total", value=203, times=2))
    result = bench.load("hubspot")
    assert result.warnings == (
        "hubspot: contacts: 201 listed, but the account has 203; 2 are missing until the next load.",
    )


@pytest.mark.parametrize("path", [CONTACTS, f"{CONTACTS}/search", DEALS, "/crm/v3/owners", "/crm/v3/pipelines/deals"])
def test_an_answer_without_results_is_an_error(path: str, bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(path, "missing_field", field="results", times=None))
    assert "without `results`" in bench.attempt("hubspot").error


def test_a_search_without_a_total_is_an_error(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(f"{CONTACTS}/search", "missing_field", field="total", times=None))
    assert "without `total`" in bench.attempt("hubspot").error


@pytest.mark.parametrize(("field", "value"), [("amount", 12.5), ("id", 12), ("results", {"a": 1}), ("archived", "no")])
def test_another_type_is_an_error(field: str, value: object, bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(DEALS, "wrong_type", field=field, value=value, times=None, method="GET"))
    error = bench.attempt("hubspot").error
    assert "another type than the vendor documents" in error
    assert field in error
    assert len(bench.sandbox.calls.to(DEALS, "GET")) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "12,5"), ("closedate", "10.11.2026"), ("hs_is_closed", "maybe"), ("contract_end_date", "soon")],
)
def test_a_text_that_does_not_fit_its_column_is_an_error(field: str, value: str, bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(DEALS, "wrong_type", field=field, value=value, times=None, method="GET"))
    error = bench.attempt("hubspot").error
    assert f"hubspot: deals.{field} should hold " in error
    assert value in error


def test_a_new_field_is_ignored(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(DEALS, "new_field", field="brand_new", value={"deep": [1]}, times=None))
    bench.load("hubspot")
    assert bench.value("SELECT count(*) FROM raw_hubspot.deals") == 1


@pytest.mark.parametrize(("kind", "record", "name"), [("deals", 3001, "closedate"), ("contacts", 1001, "email")])
def test_a_property_that_the_vendor_dropped_is_an_error(kind: str, record: int, name: str, bench: Bench) -> None:
    """Also between two full reads, when only one record is news."""
    bench.load("hubspot")
    del bench.sandbox.company.properties[kind][name]
    bench.sandbox.company.change(kind, record, hubspot_owner_id="41629772")
    bench.sandbox.clock.advance(minutes=5)
    assert bench.attempt("hubspot").error == f"hubspot: {kind} no longer has {name}. Nothing was loaded."


def test_a_property_that_is_only_left_out_is_asked_for(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(DEALS, "missing_field", field="dealname", times=1, method="GET"))
    result = bench.load("hubspot")
    assert (result.warnings, len(bench.sandbox.calls.to("/crm/v3/properties/deals"))) == ((), 1)


def test_a_custom_property_that_nobody_created_is_a_warning(bench: Bench) -> None:
    del bench.sandbox.company.properties["companies"]["segment"]
    result = bench.load("hubspot")
    assert result.warnings == ("hubspot: the account has no property companies.segment; the column stays empty.",)
    assert bench.rows("SELECT DISTINCT segment FROM raw_hubspot.companies") == [(None,)]


def test_nobody_there_is_retriable() -> None:
    waits: list[float] = []
    calls = HubSpotCalls("token", "http://127.0.0.1:9", SourceRun(now=NOW, wait=waits.append))
    with pytest.raises(RetriableError, match="no complete answer from /crm/v3/pipelines/deals"):
        calls.pipelines("deals", "scope", bytes)
    assert waits == [0.5, 1.0, 2.0]


def test_connections_are_kept(sandbox: Sandbox) -> None:
    """The client opens a new pool on every access to an API object; ours are kept."""
    run = SourceRun(now=NOW)
    calls = HubSpotCalls(sandbox.hubspot_token, sandbox.url, run)
    for _ in range(3):
        calls.pipelines("deals", "scope", bytes)
    pool = calls._pipelines.api_client.rest_client.pool_manager.connection_from_url(sandbox.url)
    assert (pool.num_connections, pool.num_requests) == (1, 3)
    assert run.requests == 3
