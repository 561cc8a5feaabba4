"""The records of Brightwater that Salesforce holds as well as HubSpot, as an integration that copies between the two would leave them.

HubSpot's side is part of the example company (`company/in_both.py`); here Salesforce gets the other side. The two say different things at
times, as real ones do: amounts, deals that are lost here and open there, tickets that were copied hours after the case was opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.sandbox.company.company import Company
from connectors.sandbox.company.in_both import is_in_both, salesforce_id
from connectors.sandbox.company.moments import MS_PER_HOUR, from_ms, to_ms
from connectors.sandbox.company.record import Record
from connectors.sandbox.salesforce_org import SalesforceOrg

EVENT_FIELD = "HubSpot_Id__c"
MORE_IN_SALESFORCE = 100.0
"""Euros by which an amount here is higher than in HubSpot, so that a test sees whose counts."""
LATE_HOURS = 2
"""The case was opened so long before its ticket."""


def mirror(company: Company, org: SalesforceOrg) -> None:
    """Adds to the org what both hold; changes nothing in the company."""
    org.add_field("Event", EVENT_FIELD, "string")
    for record in _chosen(company, "companies"):
        org.add(
            "Account", Id=salesforce_id("companies", record.id), created=record.created, Name=record.properties["name"],
            CurrencyIsoCode="EUR",
        )  # fmt: skip
    for record in _chosen(company, "deals"):
        _opportunity(company, org, record)
    for record in _chosen(company, "calls"):
        _task(company, org, record)
    for record in _chosen(company, "meetings"):
        _event(org, record)
    for record in _chosen(company, "tickets"):
        _case(org, record)


def _chosen(company: Company, table: str) -> Iterator[Record]:
    return (record for record in company.tables[table] if is_in_both(table, record.id))


def _opportunity(company: Company, org: SalesforceOrg, deal: Record) -> None:
    given = deal.properties
    won = given["hs_is_closed_won"] == "true"
    closing = _day(company, given["closedate"])
    # of the deals that are open in HubSpot after their day, half are lost here
    closed = won or given["hs_is_closed"] == "true" or (closing < "2026-11-01" and deal.id % 2 == 0)
    stage = "Closed Won" if won else "Closed Lost" if closed else "Prospecting"
    amount = given["amount_in_home_currency"]
    buyer = int(given["associated_company_id"] or 0)
    known = is_in_both("companies", buyer) and company.tables["companies"].get(buyer) is not None
    identity = org.add(
        "Opportunity", Id=salesforce_id("deals", deal.id), created=deal.created, modified=deal.modified,
        Name=given["dealname"], Amount=None if amount is None else float(amount) + MORE_IN_SALESFORCE,
        CurrencyIsoCode="EUR", CloseDate=closing, StageName=stage, IsClosed=closed, IsWon=won,
        AccountId=salesforce_id("companies", buyer) if known else None,
        Type={"newbusiness": "New Business", "existingbusiness": "Existing Business"}.get(given["dealtype"] or ""),
    )  # fmt: skip
    org.add("OpportunityHistory", created=deal.created, OpportunityId=identity, StageName=stage, CurrencyIsoCode="EUR")


def _task(company: Company, org: SalesforceOrg, call: Record) -> None:
    given = call.properties
    org.add(
        "Task", Id=salesforce_id("calls", call.id), created=call.created, modified=call.modified, Subject="Call",
        TaskSubtype="Call", Status="Completed", IsClosed=True, ActivityDate=_day(company, given["hs_timestamp"]),
        CallType={"OUTBOUND": "Outbound", "INBOUND": "Inbound"}.get(given["hs_call_direction"] or "", "Outbound"),
    )  # fmt: skip


def _event(org: SalesforceOrg, meeting: Record) -> None:
    given = meeting.properties
    org.add(
        "Event", created=meeting.created, modified=meeting.modified, Subject="Meeting", EventSubtype="Event",
        StartDateTime=given["hs_meeting_start_time"], EndDateTime=given["hs_meeting_end_time"],
        **{EVENT_FIELD: str(meeting.id)},
    )  # fmt: skip


def _case(org: SalesforceOrg, ticket: Record) -> None:
    given = ticket.properties
    closed = given["closed_date"]
    org.add(
        "Case", Id=salesforce_id("tickets", ticket.id), created=ticket.created - LATE_HOURS * MS_PER_HOUR,
        modified=ticket.modified, Subject=given["subject"], Status="Closed" if closed else "New", IsClosed=bool(closed),
        Type="Complaint" if given["hs_ticket_category"] == "COMPLAINT" else "Question", ClosedDate=closed,
    )  # fmt: skip


def _day(company: Company, moment: str | None) -> str:
    """The company's day."""
    return from_ms(to_ms(datetime.fromisoformat(moment or ""))).astimezone(company.zone).date().isoformat()
