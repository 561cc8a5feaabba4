"""How the two CRMs name each other's records: what is read by default, what a setting adds, and that a wrong name is an error."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.readers.hubspot.watermark import Memory
from connectors.sandbox.salesforce_org import SalesforceOrg
from tests.connectors.bench import Bench
from tests.connectors.company import NOW
from tests.connectors.small_org import OPPORTUNITY

DEAL = "SELECT salesforce_id FROM raw_hubspot.deals"
ALL_BUT_DEALS = "contacts, companies, calls, meetings, tickets, feedback_submissions"


@pytest.fixture
def deals(bench: Bench) -> Bench:
    bench.set("HUBSPOT__SKIP_OBJECTS", ALL_BUT_DEALS)
    return bench


def test_what_hubspots_integration_writes_is_read_without_a_word(deals: Bench) -> None:
    deals.sandbox.company.change("deals", 3001, hs_salesforceopportunityid=OPPORTUNITY)
    assert deals.load("hubspot").warnings == ()
    assert deals.rows(DEAL) == [(OPPORTUNITY,)]


def test_an_account_without_the_integration_hears_nothing_of_it(deals: Bench) -> None:
    del deals.sandbox.company.properties["deals"]["hs_salesforceopportunityid"]
    result = deals.load("hubspot")
    assert result.warnings == ()
    assert deals.rows(DEAL) == [(None,)]
    assert not deals.sandbox.calls.to("/crm/v3/properties/deals")


def test_another_property_is_a_setting_and_its_past_is_read(deals: Bench) -> None:
    """The deal did not change between the loads: what is asked for since today has a past too."""
    deals.sandbox.company.add_property("deals", "my_opportunity")
    deals.sandbox.company.change("deals", 3001, my_opportunity=OPPORTUNITY, modified=NOW - timedelta(days=9))
    deals.load("hubspot")
    assert deals.rows(DEAL) == [(None,)]
    deals.set("HUBSPOT__SALESFORCE_ID_PROPERTIES", "deals.my_opportunity")
    deals.sandbox.clock.advance(hours=1)
    deals.load("hubspot")
    assert deals.rows(DEAL) == [(OPPORTUNITY,)]


def test_a_folder_from_before_this_was_read_is_read_anew_once() -> None:
    state = Memory(NOW, NOW, NOW).to_state()
    del state["reference"]
    before = Memory.from_state(state)
    assert before is not None
    assert before.reference == ""


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("deals.oportunity", "names deals.oportunity, which the account does not have"),
        ("deal.x", "has 'deal.x', which is not like calls.salesforce_task_id"),
        ("deals", "has 'deals', which is not like"),
    ],
)
def test_a_property_that_is_not_there_is_an_error(written: str, says: str, deals: Bench) -> None:
    deals.set("HUBSPOT__SALESFORCE_ID_PROPERTIES", written)
    error = deals.attempt("hubspot").error
    assert error.startswith("hubspot: SOURCES__HUBSPOT__SALESFORCE_ID_PROPERTIES")
    assert says in error


def test_salesforce_may_name_hubspots_record_instead(bench: Bench) -> None:
    org: SalesforceOrg = bench.sandbox.salesforce.org
    org.add_field("Opportunity", "HubSpot_Deal_Id__c", "string")
    org.tables["Opportunity"][OPPORTUNITY]["HubSpot_Deal_Id__c"] = "3001"
    bench.set("SALESFORCE__HUBSPOT_ID_FIELDS", "Opportunity.HubSpot_Deal_Id__c")
    bench.load("salesforce")
    assert bench.rows("SELECT hubspot_id FROM raw_salesforce.opportunities") == [("3001",)]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("Opportunity.Nope__c", "= 'Nope__c', but Opportunity.Nope__c may not be seen or is not there"),
        ("Opportunity.Amount", "but Opportunity.Amount is a currency, not a string or picklist"),
        ("Lead.X__c", "has 'Lead.X__c', which is not like Opportunity.HubSpot_Deal_Id__c"),
        ("Task", "has 'Task', which is not like"),
    ],
)
def test_a_field_that_cannot_hold_it_is_an_error(written: str, says: str, bench: Bench) -> None:
    bench.set("SALESFORCE__HUBSPOT_ID_FIELDS", written)
    error = bench.attempt("salesforce").error
    assert "SOURCES__SALESFORCE__HUBSPOT_ID_FIELDS" in error
    assert says in error
