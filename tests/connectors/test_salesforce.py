"""Salesforce: what the tables hold after a first load, and that no change is missed, whatever happens between and during loads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.readers.salesforce.objects import OBJECT_TYPES
from connectors.sandbox.faults import Fault
from connectors.sandbox.salesforce_org import SalesforceOrg
from connectors.sandbox.server import Sandbox
from tests.connectors.bench import Bench
from tests.connectors.company import NOW, small_company
from tests.connectors.small_org import ACCOUNT, CREATED, OPPORTUNITY, lead_id

SKIP_ALL_BUT_LEADS = ",".join(kind.name for kind in OBJECT_TYPES if kind.name != "Lead")
MANY = 450
LEADS = "SELECT count(*) FROM raw_salesforce.leads"


@pytest.fixture
def org(sandbox: Sandbox) -> SalesforceOrg:
    return sandbox.salesforce.org


@pytest.fixture
def people(bench: Bench) -> Bench:
    """Leads only: five of them, or as many as a test adds."""
    bench.set("SALESFORCE__SKIP_OBJECTS", SKIP_ALL_BUT_LEADS)
    return bench


def add_leads(org: SalesforceOrg, count: int, **values: str) -> None:
    for number in range(100, 100 + count):
        org.add(
            "Lead",
            Id=lead_id(number),
            created=CREATED,
            LastName=f"Person {number}",
            Status="Open - Not Contacted",
            **values,
        )


class Meanwhile:
    """Does something once, when so many rows of a table are read."""

    def __init__(self, rows: int, deed: Callable[[], object]) -> None:
        self._rows = rows
        self._deed: Callable[[], object] | None = deed

    def started(self, source: str) -> None: ...

    def finished(self, source: str, result: object) -> None: ...

    def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
        if resource == "leads" and rows >= self._rows and self._deed is not None:
            deed, self._deed = self._deed, None
            deed()


def test_the_first_load_has_every_table_with_its_types(bench: Bench) -> None:
    result = bench.load("salesforce")
    assert {name: count for name, count in result.rows.items() if count != 1} == {
        "leads": 5,
        "currency_rates": 2,
        "stage_rules": 0,
    }
    assert bench.rows(
        "SELECT name, amount, currencyisocode, closedate, createddate, iswon, isdeleted, probability FROM raw_salesforce.opportunities"
    ) == [
        (
            "Duna – new",
            Decimal("1234.57"),
            "HUF",
            date(2026, 11, 10),
            datetime(2026, 10, 5, 8, tzinfo=UTC),
            True,
            False,
            None,
        )
    ]
    assert bench.rows("SELECT numberofemployees FROM raw_salesforce.accounts") == [(61,)]
    assert bench.rows("SELECT subject, calldurationinseconds FROM raw_salesforce.tasks") == [
        ('"Call",\nsecond line', 61)
    ]
    assert bench.rows(
        "SELECT iso_code, conversion_rate, is_corporate FROM raw_salesforce.currency_rates ORDER BY 1"
    ) == [
        ("EUR", 1.0, True),
        ("HUF", 400.0, False),
    ]
    # two minutes before the server's clock
    assert result.data_through == NOW - timedelta(minutes=2)


def test_bulk_and_rest_give_the_same_tables(bench: Bench) -> None:
    """Moments with Z and +0000, numbers as 5e-3 and 0.005, quoted line breaks, empty and null."""
    bench.load("salesforce")
    tables = bench.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'raw_salesforce'")
    names = [f"raw_salesforce.{name}" for (name,) in tables if not name.startswith("_dlt")]
    by_rest = {name: bench.table(name) for name in names}
    bench.set("SALESFORCE__BULK_FROM", "1")
    bench.sandbox.calls.clear()
    bench.load("salesforce", full=True)
    assert len(bench.sandbox.calls.to("/services/data/v66.0/jobs/query", "POST")) == 13
    assert {name: bench.table(name) for name in names} == by_rest


def test_a_bulk_job_is_waited_for_and_read_page_by_page(people: Bench, org: SalesforceOrg) -> None:
    add_leads(org, 20)
    people.set("SALESFORCE__BULK_FROM", "1")
    people.sandbox.salesforce.bulk.page_size = 7
    people.sandbox.salesforce.bulk.looks_until_done = 3
    people.load("salesforce")
    assert people.value(LEADS) == 25
    assert people.waits == [1.0, 2.0, 5.0]
    assert len([call for call in people.sandbox.calls if call.path.endswith("/results")]) == 4


def test_what_bulk_cannot_read_is_read_by_rest(people: Bench) -> None:
    people.set("SALESFORCE__BULK_FROM", "1")
    people.sandbox.salesforce.bulk.refused.add("Lead")
    people.load("salesforce")
    assert people.value(LEADS) == 5


def test_the_second_load_asks_only_for_news(people: Bench, org: SalesforceOrg) -> None:
    people.load("salesforce")
    people.sandbox.clock.advance(hours=3)
    org.change("Lead", lead_id(3), Status="Working - Contacted")
    people.sandbox.clock.advance(hours=1)
    result = people.load("salesforce")
    assert result.rows["leads"] == 1
    assert people.rows("SELECT status FROM raw_salesforce.leads WHERE id = '" + lead_id(3) + "'") == [
        ("Working - Contacted",)
    ]


def test_pages_are_smaller_than_asked_and_vary(people: Bench, org: SalesforceOrg) -> None:
    add_leads(org, MANY)
    people.sandbox.salesforce.page_size = 60
    people.load("salesforce")
    assert people.rows("SELECT count(*), count(DISTINCT id) FROM raw_salesforce.leads") == [(MANY + 5, MANY + 5)]


def test_ties_on_the_moment_of_change_are_all_read(people: Bench, org: SalesforceOrg) -> None:
    """A mass update stamps 450 leads alike, at the very moment up to which the next load reads and the one after begins."""
    add_leads(org, MANY)
    people.load("salesforce")
    moment = people.sandbox.clock.now() + timedelta(hours=2)
    for number in range(100, 100 + MANY):
        org.change("Lead", lead_id(number), modified=moment, Country="Finland")
    people.sandbox.salesforce.page_size = 200
    people.sandbox.clock.set(moment + timedelta(minutes=2))
    people.load("salesforce")
    assert people.value(f"{LEADS} WHERE country = 'Finland'") == 0
    people.sandbox.clock.advance(minutes=5)
    people.load("salesforce")
    assert people.value(f"{LEADS} WHERE country = 'Finland'") == MANY


@pytest.mark.parametrize("minutes", [1, 30, 59])
def test_a_late_commit_is_found(minutes: int, people: Bench, org: SalesforceOrg) -> None:
    """A long transaction: seen after the load, with a stamp from before its end."""
    people.load("salesforce")
    org.add("Lead", created=NOW - timedelta(minutes=minutes + 2), LastName="Late", Status="Open - Not Contacted")
    people.sandbox.clock.advance(minutes=5)
    people.load("salesforce")
    assert people.value(LEADS) == 6


def test_a_commit_that_is_hours_late_is_found_within_a_day(people: Bench, org: SalesforceOrg) -> None:
    people.load("salesforce")
    org.add("Lead", created=NOW - timedelta(hours=20), LastName="Late", Status="Open - Not Contacted")
    people.sandbox.clock.advance(hours=1)
    people.load("salesforce")
    assert people.value(LEADS) == 5
    people.sandbox.clock.advance(hours=20)
    people.load("salesforce")
    assert people.value(LEADS) == 6


def test_a_deleted_record_stays_and_says_so(people: Bench, org: SalesforceOrg) -> None:
    people.load("salesforce")
    people.sandbox.clock.advance(hours=1)
    org.delete("Lead", lead_id(2))
    people.sandbox.clock.advance(hours=1)
    people.load("salesforce")
    assert people.rows("SELECT id FROM raw_salesforce.leads WHERE isdeleted") == [(lead_id(2),)]


def test_a_purged_record_goes_within_a_week(people: Bench, org: SalesforceOrg) -> None:
    people.load("salesforce")
    org.purge("Lead", lead_id(2))
    people.sandbox.clock.advance(days=6)
    people.load("salesforce")
    assert people.value(LEADS) == 5
    people.sandbox.clock.advance(days=1, hours=1)
    people.load("salesforce")
    assert people.value(LEADS) == 4


def test_archived_activities_are_read(bench: Bench, org: SalesforceOrg) -> None:
    """Plain queries hide what is older than a year; a figure of a rolling year would shrink."""
    org.add("Task", created="2025-06-01T08:00:00Z", TaskSubtype="Call", Status="Completed", IsArchived=True)
    org.add("Event", created="2025-06-01T08:00:00Z", StartDateTime="2025-06-01T08:00:00Z", IsArchived=True)
    bench.load("salesforce")
    assert bench.value("SELECT count(*) FROM raw_salesforce.tasks WHERE isarchived") == 1
    assert bench.value("SELECT count(*) FROM raw_salesforce.events WHERE isarchived") == 1


def test_a_merge_is_remembered_when_salesforce_has_forgotten_it(people: Bench, org: SalesforceOrg) -> None:
    """The loser names the survivor; purged from the bin, it stays here, so that its history keeps its owner."""
    org.merge("Lead", lead_id(1), lead_id(2))
    people.load("salesforce")
    assert people.rows("SELECT id, masterrecordid, isdeleted FROM raw_salesforce.leads WHERE isdeleted") == [
        (lead_id(2), lead_id(1), True)
    ]
    org.purge("Lead", lead_id(2))
    org.purge("Lead", lead_id(3))
    # changed this very moment: a full read must not lose it
    org.change("Lead", lead_id(4), Country="Austria")
    people.load("salesforce", full=True)
    people.load("salesforce", full=True)
    ids = [row[0] for row in people.rows("SELECT id FROM raw_salesforce.leads ORDER BY id")]
    assert ids == [lead_id(1), lead_id(2), lead_id(4), lead_id(5)]


def test_history_outlives_its_18_months(bench: Bench, org: SalesforceOrg) -> None:
    bench.load("salesforce")
    [change] = org.tables["LeadHistory"]
    org.purge("LeadHistory", change)
    bench.load("salesforce", full=True)
    assert bench.rows("SELECT id, newvalue FROM raw_salesforce.lead_history") == [(change, "Marketing Qualified")]


def test_a_lost_place_in_a_list_is_found_again(people: Bench, org: SalesforceOrg) -> None:
    add_leads(org, MANY)
    people.sandbox.salesforce.page_size = 200
    result = people.ingest("salesforce", watch=Meanwhile(200, people.sandbox.salesforce.expire_locators))[0]
    assert result.ok, result.error
    assert people.rows("SELECT count(*), count(DISTINCT id) FROM raw_salesforce.leads") == [(MANY + 5, MANY + 5)]
    assert [call.status for call in people.sandbox.calls].count(400) == 1


def test_records_that_change_and_go_while_they_are_listed(people: Bench, org: SalesforceOrg) -> None:
    """One is purged before its page is read: 454 of 455 came, which is said and no error; one changes and is read anew next time."""
    add_leads(org, MANY)
    people.sandbox.salesforce.page_size = 200

    def deed() -> None:
        org.purge("Lead", lead_id(100 + MANY - 1))
        org.change("Lead", lead_id(1), Country="Austria")

    result = people.ingest("salesforce", watch=Meanwhile(200, deed))[0]
    assert result.ok, result.error
    assert people.value(LEADS) == MANY + 4
    people.sandbox.clock.advance(minutes=5)
    people.load("salesforce")
    assert people.value(f"{LEADS} WHERE country = 'Austria'") == 1


def test_a_field_that_is_asked_for_since_today_brings_its_past(people: Bench, org: SalesforceOrg) -> None:
    people.load("salesforce")
    org.add_field("Lead", "MQL_Date__c", "date")
    org.tables["Lead"][lead_id(4)]["MQL_Date__c"] = "2026-10-08"
    people.set("SALESFORCE__MARKETING_QUALIFIED", "field: MQL_Date__c")
    people.sandbox.clock.advance(hours=5)
    people.load("salesforce")
    found = people.rows(
        "SELECT id, marketing_qualified_on FROM raw_salesforce.leads WHERE marketing_qualified_on IS NOT NULL"
    )
    assert found == [(lead_id(4), date(2026, 10, 8))]


def test_an_own_field_of_a_deal_is_read(bench: Bench, org: SalesforceOrg) -> None:
    org.add_field("Opportunity", "MRR__c", "currency")
    org.change("Opportunity", OPPORTUNITY, MRR__c=102.88, modified=CREATED)
    org.add_field("Account", "Size__c", "picklist")
    org.change("Account", ACCOUNT, Size__c="Enterprise", modified=CREATED)
    bench.set("SALESFORCE__MONTHLY_REVENUE_FIELD", "MRR__c")
    bench.set("SALESFORCE__SEGMENT_FIELD", "Size__c")
    bench.load("salesforce")
    assert bench.value("SELECT monthly_recurring_revenue FROM raw_salesforce.opportunities") == Decimal("102.88")
    assert bench.value("SELECT segment FROM raw_salesforce.accounts") == "Enterprise"


def test_a_page_that_repeats_a_record_counts_it_once(people: Bench) -> None:
    people.sandbox.faults.add(Fault("/services/data/v66.0/queryAll", "duplicate", contains="ORDER+BY"))
    people.load("salesforce")
    assert people.rows("SELECT count(*), count(DISTINCT id) FROM raw_salesforce.leads") == [(5, 5)]


def test_one_currency_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    org = SalesforceOrg()
    org.add("Opportunity", created=CREATED, Name="Plain", Amount=12.5, StageName="Prospecting")
    with Sandbox(small_company(), now=NOW, salesforce=org) as sandbox:
        bench = Bench(sandbox, tmp_path, monkeypatch)
        bench.configure()
        result = bench.load("salesforce")
        assert not [warning for warning in result.warnings if "CurrencyIsoCode" in warning]
        assert bench.rows("SELECT amount, currencyisocode FROM raw_salesforce.opportunities") == [
            (Decimal("12.50"), None)
        ]
        assert bench.value("SELECT count(*) FROM raw_salesforce.currency_rates") == 0
