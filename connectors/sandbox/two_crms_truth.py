"""Recounts over HubSpot and Salesforce together in plain Python, for tests to compare the SQL with; like `company/truth.py`, but in both.

Written from the rule, not from the SQL: two records are one when one names the other's id and neither is named together with a third. Of
a deal Salesforce says what became of it, of a ticket the case, of a call or meeting HubSpot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any

from connectors.sandbox.company.company import Company
from connectors.sandbox.company.in_both import PROPERTIES
from connectors.sandbox.company.moments import from_ms
from connectors.sandbox.company.record import Record
from connectors.sandbox.salesforce_mirror import EVENT_FIELD
from connectors.sandbox.salesforce_org import SalesforceOrg

Row = Mapping[str, Any]
OBJECTS = {"companies": "Account", "deals": "Opportunity", "calls": "Task", "meetings": "Event", "tickets": "Case"}


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal as it counts. `customer` is the company, None where nobody knows it."""

    is_won: bool
    day: date | None
    euros: float | None
    is_new_business: bool
    customer: str | None


class TwoCrms:
    """`rates` are units for a euro."""

    def __init__(self, company: Company, org: SalesforceOrg, rates: Mapping[str, float]) -> None:
        self._company = company
        self._org = org
        self._rates = rates
        self._pairs = {table: self._matched(table) for table in OBJECTS}

    def pairs(self, table: str) -> dict[str, Record]:
        """Salesforce's id -> HubSpot's record that is the same."""
        return self._pairs[table]

    def _rows(self, table: str) -> list[Row]:
        """Live rows of the kind that counts: calls among tasks, no invitees' copies among events; archived ones too."""
        rows = [row for row in self._org.rows(OBJECTS[table], everything=True) if not row["IsDeleted"]]
        if table == "calls":
            return [row for row in rows if row["TaskSubtype"] == "Call"]
        return [row for row in rows if not row["IsChild"]] if table == "meetings" else list(rows)

    def _matched(self, table: str) -> dict[str, Record]:
        rows = self._rows(table)
        records = {str(record.id): record for record in self._company.tables[table]}
        by_start = {row["Id"][:15]: row["Id"] for row in rows}
        named = {
            (number, by_start[text[:15]])
            for number, record in records.items()
            if (text := record.properties.get(PROPERTIES.get(table, ""))) and text[:15] in by_start
        }
        if table == "meetings":
            named |= {(row[EVENT_FIELD], row["Id"]) for row in rows if row.get(EVENT_FIELD) in records}
        here, there = Counter(pair[0] for pair in named), Counter(pair[1] for pair in named)
        return {theirs: records[ours] for ours, theirs in named if here[ours] == there[theirs] == 1}

    def _alone(self, table: str) -> Iterator[Record]:
        taken = {record.id for record in self._pairs[table].values()}
        return (record for record in self._company.tables[table] if record.id not in taken)

    def _day(self, moment: str | int | None) -> date | None:
        if not moment:
            return None
        at = from_ms(moment) if isinstance(moment, int) else datetime.fromisoformat(moment)
        return at.astimezone(self._company.zone).date()

    def sales(self) -> Iterator[Sale]:
        for deal in self._alone("deals"):
            given = deal.properties
            yield Sale(
                given.get("hs_is_closed_won") == "true",
                self._day(given.get("closedate")),
                self._home(given),
                given.get("dealtype") == "newbusiness",
                self._buyer(given),
            )
        for row in self._rows("deals"):
            twin = self._pairs["deals"].get(row["Id"])
            yield self._sale(row, None if twin is None else twin.properties)

    def _sale(self, row: Row, given: Mapping[str, str | None] | None) -> Sale:
        amount = row["Amount"]
        euros = None if amount is None else round(amount / self._rates[row["CurrencyIsoCode"]], 2)
        kind, buyer = row["Type"], self._pairs["companies"].get(row["AccountId"])
        customer = row["AccountId"] if buyer is None else str(buyer.id)
        if given is not None:
            euros = self._home(given) if euros is None else euros
            kind = kind or {"newbusiness": "New Business"}.get(given.get("dealtype") or "")
            customer = self._buyer(given) or customer
        return Sale(bool(row["IsWon"]), date.fromisoformat(row["CloseDate"]), euros, kind == "New Business", customer)

    def _home(self, given: Mapping[str, str | None]) -> float | None:
        own = given.get("deal_currency_code") in (None, self._company.currency)
        text = given.get("amount" if own else "amount_in_home_currency")
        return None if text is None else float(text)

    def _buyer(self, given: Mapping[str, str | None]) -> str | None:
        """After merges."""
        buyer = given.get("associated_company_id")
        winners = {
            lost: str(winner.id)
            for winner in self._company.tables["companies"]
            for lost in (winner.properties.get("hs_merged_object_ids") or "").split(";")
            if lost
        }
        while buyer in winners:
            buyer = winners[buyer]
        return buyer

    def _won(self, begin: date, end: date) -> list[Sale]:
        return [sale for sale in self.sales() if sale.is_won and sale.day and begin <= sale.day <= end]

    def won_revenue(self, begin: date, end: date) -> float:
        return sum(sale.euros or 0 for sale in self._won(begin, end))

    def new_business_deals_won(self, begin: date, end: date) -> int:
        return sum(sale.is_new_business for sale in self._won(begin, end))

    def new_customers(self, begin: date, end: date) -> int:
        firsts: dict[str, date] = {}
        for sale in self._won(date.min, date.max):
            if sale.customer and sale.day:
                firsts[sale.customer] = min(sale.day, firsts.get(sale.customer, sale.day))
        return sum(begin <= first <= end for first in firsts.values())

    def outbound_calls(self, begin: date, end: date) -> int:
        """HubSpot's direction; Salesforce's where it has none, and of calls that are there only."""
        days = [
            self._day(call.properties.get("hs_timestamp"))
            for call in self._alone("calls")
            if call.properties.get("hs_call_direction") == "OUTBOUND"
        ]
        for row in self._rows("calls"):
            twin = self._pairs["calls"].get(row["Id"])
            direction = None if twin is None else twin.properties.get("hs_call_direction")
            if (direction or row["CallType"]).upper() == "OUTBOUND":
                own = date.fromisoformat(row["ActivityDate"])
                days.append(own if twin is None else self._day(twin.properties.get("hs_timestamp")))
        return sum(day is not None and begin <= day <= end for day in days)

    def sales_meetings(self, begin: date, end: date) -> int:
        """By HubSpot's outcome; those in Salesforce only have none and count."""
        held = [m for m in self._company.tables["meetings"] if m.properties.get("hs_meeting_outcome") == "COMPLETED"]
        days = [self._day(meeting.properties.get("hs_meeting_start_time")) for meeting in held]
        days += [
            self._day(row["StartDateTime"]) for row in self._rows("meetings") if row["Id"] not in self.pairs("meetings")
        ]
        return sum(day is not None and begin <= day <= end for day in days)

    def complaint_handling_hours_median(self, begin: date, end: date) -> float | None:
        hours: list[float] = []
        for ticket in self._alone("tickets"):
            closed, day = ticket.properties.get("closed_date"), self._day(ticket.properties.get("closed_date"))
            if ticket.properties.get("hs_ticket_category") == "COMPLAINT" and closed and day and begin <= day <= end:
                hours.append((datetime.fromisoformat(closed) - from_ms(ticket.created)).total_seconds() / 3600)
        for row in self._rows("tickets"):
            day = self._day(row["ClosedDate"])
            if row["Type"] == "Complaint" and day and begin <= day <= end:
                hours.append((row["ClosedDate"] - row["CreatedDate"]) / 3_600_000)
        return median(hours) if hours else None


METRICS = (
    "won_revenue",
    "new_business_deals_won",
    "new_customers",
    "outbound_calls",
    "sales_meetings",
    "complaint_handling_hours_median",
)
