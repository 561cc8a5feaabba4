"""Brightwater's part in Salesforce: the sales team for larger companies works there, with people whom marketing knows in HubSpot.

Made from the example company so that some people are in both, under the same address written another way, and so are some companies,
deals, calls, meetings and tickets (`salesforce_mirror.py`). Nothing here changes the
records in HubSpot. Every date lies before the company's last day ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from connectors.sandbox.company import calendar
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.in_both import PROPERTIES
from connectors.sandbox.company.moments import MS_PER_DAY, MS_PER_HOUR, from_ms
from connectors.sandbox.company.names import COUNTRIES, FIRST_NAMES, LAST_NAMES, company_name, plain
from connectors.sandbox.company.people import EXAMPLE_OWNERS
from connectors.sandbox.salesforce_mirror import EVENT_FIELD, mirror
from connectors.sandbox.salesforce_org import SalesforceOrg
from connectors.sandbox.salesforce_schema import CAMPAIGN_TYPES, CASE_TYPES

LEADS_PER_CONTACT = 0.15
IN_BOTH = 0.4
_SOURCES = ("Web", "Trade Show", "Partner Referral", "Phone Inquiry", "Other")
EXAMPLE_SETTINGS = {
    "SALESFORCE__MARKETING_QUALIFIED": "status: Marketing Qualified",
    "SALESFORCE__SALES_QUALIFIED": "status: Sales Qualified",
    "SALESFORCE__HUBSPOT_ID_FIELDS": f"Event.{EVENT_FIELD}",
    "HUBSPOT__SALESFORCE_ID_PROPERTIES": f"calls.{PROPERTIES['calls']}",
}
"""What a user sets beside the login, without the prefix SOURCES__."""
_RATES = {"EUR": 1.0, "HUF": 400.0, "USD": 1.08}


def example_org(company: Company, seed: int) -> SalesforceOrg:
    """The same for the same company and seed. A multi-currency org, as companies with Hungarian customers have."""
    org = _Maker(company, np.random.default_rng([seed, 66])).org
    mirror(company, org)
    return org


class _Maker:
    def __init__(self, company: Company, rng: np.random.Generator) -> None:
        self.org = SalesforceOrg(currencies=_RATES)
        self._rng = rng
        self._midnights = calendar.midnights()
        self._end = int(self._midnights[-1])
        self._known = list(company.tables["contacts"])
        self._users = [self._user(owner.first_name, owner.last_name, owner.email) for owner in EXAMPLE_OWNERS[:4]]
        self._campaigns = [
            self.org.add("Campaign", Name=f"{name} 2026", Type=name, IsActive=True, created="2026-01-07T08:00:00Z")
            for name in CAMPAIGN_TYPES
        ]
        size = max(10, round(len(self._known) * LEADS_PER_CONTACT))
        self._accounts = [self._account(number) for number in range(size // 3)]
        for number in range(size):
            self._lead(number)
        for _ in range(size):
            self._call()
        for number in range(size // 3):
            self._event(number)
            self._case(number)

    def _user(self, first: str, last: str, email: str) -> str:
        born = "2023-02-06T08:00:00Z"
        return self.org.add(
            "User", created=born, FirstName=first, LastName=last, Name=f"{first} {last}", Email=email, Username=email,
            IsActive=last != "Horváth",
        )  # fmt: skip

    def _account(self, number: int) -> str:
        moment = self._moment()
        return self.org.add(
            "Account", created=moment, Name=f"{company_name(number * 7 + 3)} Group", BillingCountry="Hungary",
            NumberOfEmployees=int(self._rng.integers(20, 5000)), OwnerId=self._owner(), CurrencyIsoCode="EUR",
        )  # fmt: skip

    def _lead(self, number: int) -> None:
        """Some come from HubSpot with their address; a few have none, and one in forty is here twice."""
        born = self._moment()
        person = self._from_hubspot(number) if self._rng.random() < IN_BOTH else self._unknown(number)
        lead_id = self.org.add(
            "Lead", created=born, Status="Open - Not Contacted", CurrencyIsoCode="EUR", OwnerId=self._owner(),
            LeadSource=_SOURCES[int(self._rng.integers(len(_SOURCES)))], Company=company_name(number), **person,
        )  # fmt: skip
        if number % 40 == 39:
            self.org.add("Lead", created=born, Status="Open - Not Contacted", CurrencyIsoCode="EUR", **person)
        if self._rng.random() < 0.3:
            self._answered(lead_id, born)
        self._qualify(lead_id, born, person)

    def _answered(self, lead_id: str, born: int) -> None:
        moment = min(self._later(born, 20), self._end - 1)
        campaign = self._campaigns[int(self._rng.integers(len(self._campaigns)))]
        self.org.add(
            "CampaignMember", created=moment, CampaignId=campaign, LeadId=lead_id, Status="Responded",
            HasResponded=True, FirstRespondedDate=_day(moment), CurrencyIsoCode="EUR",
        )  # fmt: skip

    def _qualify(self, lead_id: str, born: int, person: dict[str, Any]) -> None:
        """Through the stages, as far as luck goes."""
        moment = born
        for status, chance in (("Working - Contacted", 0.8), ("Marketing Qualified", 0.7), ("Sales Qualified", 0.5)):
            moment = self._later(moment, 12)
            if self._rng.random() > chance or moment >= self._end:
                return
            self.org.change("Lead", lead_id, modified=moment, Status=status)
        if self._rng.random() < 0.6:
            self._converted(lead_id, min(self._later(moment, 10), self._end - 1), person)

    def _converted(self, lead_id: str, moment: int, person: dict[str, Any]) -> None:
        account = self._accounts[int(self._rng.integers(len(self._accounts)))]
        named = {name: person.get(name) for name in ("FirstName", "LastName", "Email")}
        contact = self.org.add(
            "Contact", created=moment, AccountId=account, OwnerId=self._owner(), CurrencyIsoCode="EUR", **named
        )
        opportunity = self._opportunity(account, moment)
        self.org.change(
            "Lead", lead_id, modified=moment, Status="Closed - Converted", IsConverted=True, ConvertedDate=_day(moment),
            ConvertedContactId=contact, ConvertedAccountId=account, ConvertedOpportunityId=opportunity,
        )  # fmt: skip

    def _opportunity(self, account: str, born: int) -> str:
        currency = str(self._rng.choice(["EUR", "HUF", "USD"], p=[0.7, 0.2, 0.1]))
        amount = round(float(self._rng.gamma(2.0, 9000.0)) * _RATES[currency], 2)
        closing = self._later(born, 40)
        opportunity = self.org.add(
            "Opportunity", created=born, Name="Larger contract", AccountId=account, OwnerId=self._owner(),
            StageName="Prospecting", Amount=amount, CurrencyIsoCode=currency, CloseDate=_day(closing), Probability=10.0,
            Type=str(self._rng.choice(["New Business", "Existing Business"], p=[0.8, 0.2])),
        )  # fmt: skip
        self._step(opportunity, born)
        if closing < self._end:
            won = bool(self._rng.random() < 0.45)
            stage = "Closed Won" if won else "Closed Lost"
            self.org.change(
                "Opportunity", opportunity, modified=closing, StageName=stage, IsClosed=True, IsWon=won,
                Probability=100.0 if won else 0.0,
            )  # fmt: skip
            self._step(opportunity, closing)
        return opportunity

    def _step(self, opportunity: str, moment: int) -> None:
        now = self.org.get("Opportunity", opportunity)
        kept = {name: now[name] for name in ("StageName", "Amount", "Probability", "CloseDate", "CurrencyIsoCode")}
        self.org.add("OpportunityHistory", created=moment, OpportunityId=opportunity, **kept)

    def _call(self) -> None:
        """Those of more than a year ago are archived."""
        moment = self._moment()
        connected = bool(self._rng.random() < 0.45)
        self.org.add(
            "Task", created=moment, Subject="Call", TaskSubtype="Call", Status="Completed", IsClosed=True,
            CallType="Outbound" if self._rng.random() < 0.8 else "Inbound", ActivityDate=_day(moment),
            CallDisposition="Connected" if connected else "No answer", OwnerId=self._owner(),
            CallDurationInSeconds=int(self._rng.integers(30, 1200)) if connected else 0, CompletedDateTime=moment,
            IsArchived=moment < self._end - 366 * MS_PER_DAY, Priority="Normal",
        )  # fmt: skip

    def _event(self, number: int) -> None:
        """Every fifth has an invitee, whose copy must not count."""
        start = self._moment() // MS_PER_HOUR * MS_PER_HOUR
        own: dict[str, Any] = {
            "Subject": "Meeting\nwith a second line",
            "EventSubtype": "Event",
            "StartDateTime": start,
            "EndDateTime": start + MS_PER_HOUR,
            "DurationInMinutes": 60,
            "ActivityDate": _day(start),
            "IsArchived": start < self._end - 366 * MS_PER_DAY,
            "IsGroupEvent": number % 5 == 0,
        }
        self.org.add("Event", created=start - 3 * MS_PER_DAY, OwnerId=self._users[0], **own)
        if number % 5 == 0:
            self.org.add("Event", created=start - 3 * MS_PER_DAY, OwnerId=self._users[1], IsChild=True, **own)

    def _case(self, number: int) -> None:
        born = self._moment()
        closed = born + int(self._rng.gamma(2.0, 14.0) * MS_PER_HOUR)
        done = closed < self._end
        self.org.add(
            "Case", created=born, modified=closed if done else born, CaseNumber=f"{number:08d}", OwnerId=self._owner(),
            Subject='He said "slow", twice', Type=CASE_TYPES[number % 3], Priority="High", Origin="Phone",
            Status="Closed" if done else "New", IsClosed=done, ClosedDate=closed if done else None,
        )  # fmt: skip

    def _from_hubspot(self, number: int) -> dict[str, Any]:
        """The same person, whose address somebody typed with capitals."""
        known = self._known[int(self._rng.integers(len(self._known)))].properties
        email = known.get("email")
        written = email.title() if email and number % 2 else email
        return {
            "FirstName": known.get("firstname"),
            "LastName": known.get("lastname") or "Unknown",
            "Email": written,
            "Country": known.get("country"),
        }

    def _unknown(self, number: int) -> dict[str, Any]:
        place = int(self._rng.integers(len(FIRST_NAMES)))
        first = str(self._rng.choice(FIRST_NAMES[place]))
        last = str(self._rng.choice(LAST_NAMES[place]))
        email = None if number % 50 == 7 else f"{plain(first) or 'x'}.{plain(last) or 'y'}{number}@group.example"
        return {"FirstName": first, "LastName": last, "Email": email, "Country": COUNTRIES[place]}

    def _owner(self) -> str:
        return self._users[int(self._rng.integers(len(self._users)))]

    def _moment(self) -> int:
        """Working hours in Budapest, more often of late."""
        days = (calendar.LAST_DAY - calendar.FIRST_DAY).days
        day = calendar.FIRST_DAY + timedelta(days=int(days * float(self._rng.random()) ** 0.8))
        return int(self._midnights[calendar.day_index(day)]) + int(self._rng.integers(8, 18)) * MS_PER_HOUR + 61_000

    def _later(self, moment: int, most_days: int) -> int:
        return moment + int(self._rng.integers(MS_PER_HOUR, most_days * MS_PER_DAY))


def _day(moment: int) -> str:
    """The company's day."""
    return from_ms(moment).astimezone(calendar.ZONE).date().isoformat()
