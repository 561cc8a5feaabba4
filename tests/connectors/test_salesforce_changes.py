"""Salesforce: changes that meet in one load, or happen while it reads, and clocks that disagree."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox.salesforce_org import SalesforceOrg
from pipelines.jobs.ingest import ingest
from tests.connectors.bench import Bench
from tests.connectors.company import NOW
from tests.connectors.small_org import lead_id
from tests.connectors.test_salesforce import LEADS, MANY, SKIP_ALL_BUT_LEADS, Meanwhile, add_leads

COUNTS = "SELECT count(*), count(DISTINCT id) FROM raw_salesforce.leads"


@pytest.fixture
def org(bench: Bench) -> SalesforceOrg:
    return bench.sandbox.salesforce.org


@pytest.fixture
def people(bench: Bench) -> Bench:
    bench.set("SALESFORCE__SKIP_OBJECTS", SKIP_ALL_BUT_LEADS)
    return bench


@pytest.mark.parametrize("hours", [-5, 5])
def test_our_clock_may_be_wrong_by_hours(hours: int, people: Bench, org: SalesforceOrg) -> None:
    """What counts is Salesforce's: data go as far as it says, and the next load begins there."""
    first = ingest(people.request(["salesforce"], now=NOW + timedelta(hours=hours))).sources[0]
    assert first.data_through == NOW - timedelta(minutes=2)
    people.sandbox.clock.advance(minutes=30)
    org.change("Lead", lead_id(3), Country="Norway")
    people.sandbox.clock.advance(minutes=30)
    second = ingest(people.request(["salesforce"], now=NOW + timedelta(hours=hours + 1))).sources[0]
    assert second.rows["leads"] == 1
    assert people.value(f"{LEADS} WHERE country = 'Norway'") == 1


def test_a_merge_between_loads_is_news(people: Bench, org: SalesforceOrg) -> None:
    people.load("salesforce")
    people.sandbox.clock.advance(hours=2)
    org.merge("Lead", lead_id(1), lead_id(2))
    people.sandbox.clock.advance(hours=1)
    assert people.load("salesforce").rows["leads"] == 2
    merged = people.rows("SELECT id, masterrecordid FROM raw_salesforce.leads WHERE isdeleted")
    assert merged == [(lead_id(2), lead_id(1))]
    assert people.rows(COUNTS) == [(5, 5)]


def test_records_that_change_while_news_are_listed(people: Bench, org: SalesforceOrg) -> None:
    """450 changed leads in pages of up to 200. After the first, one of it goes to the bin, one of the last changes again, one comes."""
    add_leads(org, MANY)
    people.load("salesforce")
    people.sandbox.clock.advance(hours=2)
    for number in range(100, 100 + MANY):
        org.change("Lead", lead_id(number), Country="Finland")
    people.sandbox.salesforce.page_size = 200
    people.sandbox.clock.advance(hours=1)

    def deed() -> None:
        org.delete("Lead", lead_id(100))
        org.change("Lead", lead_id(100 + MANY - 1), Country="Sweden")
        org.add("Lead", Id=lead_id(900), LastName="Late", Status="Open - Not Contacted")

    result = people.ingest("salesforce", watch=Meanwhile(200, deed))[0]
    assert result.ok, result.error
    assert people.rows(COUNTS) == [(MANY + 5, MANY + 5)]
    people.sandbox.clock.advance(minutes=5)
    people.load("salesforce")
    # 450 less the one in the bin (it keeps its country) and the one that moved on
    assert people.value(f"{LEADS} WHERE country = 'Finland' AND NOT isdeleted") == MANY - 2
    assert people.rows("SELECT id FROM raw_salesforce.leads WHERE country = 'Sweden'") == [(lead_id(100 + MANY - 1),)]
    assert people.rows("SELECT id FROM raw_salesforce.leads WHERE isdeleted") == [(lead_id(100),)]
    assert people.rows(COUNTS) == [(MANY + 6, MANY + 6)]


def test_records_that_change_while_a_bulk_result_is_read(people: Bench, org: SalesforceOrg) -> None:
    """The result stands from the moment of the job; what changed since is news of the next load."""
    add_leads(org, 40)
    people.set("SALESFORCE__BULK_FROM", "1")
    people.sandbox.salesforce.bulk.page_size = 10

    def deed() -> None:
        org.change("Lead", lead_id(139), Country="Sweden")
        org.delete("Lead", lead_id(138))

    result = people.ingest("salesforce", watch=Meanwhile(10, deed))[0]
    assert result.ok, result.error
    assert people.rows(COUNTS) == [(45, 45)]
    people.sandbox.clock.advance(minutes=5)
    people.load("salesforce")
    assert people.rows("SELECT id FROM raw_salesforce.leads WHERE country = 'Sweden'") == [(lead_id(139),)]
    assert people.rows("SELECT id FROM raw_salesforce.leads WHERE isdeleted") == [(lead_id(138),)]


def test_a_late_commit_among_ties(people: Bench, org: SalesforceOrg) -> None:
    """Forty leads share the stamp of one that is committed only after the load has passed it."""
    moment = NOW - timedelta(minutes=10)
    for number in range(40):
        org.add("Lead", created=moment, LastName=f"Tie {number}", Status="Open - Not Contacted")
    people.load("salesforce")
    assert people.value(LEADS) == 45
    org.add("Lead", created=moment, LastName="Late tie", Status="Open - Not Contacted")
    people.sandbox.clock.advance(minutes=5)
    people.load("salesforce")
    assert people.rows(COUNTS) == [(46, 46)]
