"""The objects that are read, and the type of each field.

A field that the integration user may not see is missing from describe, and an answer could not tell it from an empty one. So a hidden
field is an error, except for `optional` ones, which not every org has or which models can do without: those are a warning and an
empty column. `extra` columns hold what the org itself invented; which field that is, is a setting.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.readers.columns import Kind


@dataclass(frozen=True)
class ObjectType:
    """`table` is the raw table; its columns are the fields in lower case. `where` narrows what is read, for good.

    `kept` rows outlive a full read: Salesforce forgets changes after 18 months. `merges`: rows merged into another stay too, as
    they say whose history is whose after Salesforce has emptied its bin. `may_be_absent`: orgs that track nothing lack it.
    `personal` columns name a person; only their codes are loaded.
    """

    name: str
    table: str
    fields: dict[str, Kind]
    optional: frozenset[str] = frozenset()
    extra: dict[str, Kind] = field(default_factory=dict)
    where: str = ""
    kept: bool = False
    may_be_absent: bool = False
    personal: frozenset[str] = frozenset()

    @property
    def columns(self) -> dict[str, Kind]:
        """The columns of the raw table."""
        return {name.lower(): kind for name, kind in self.fields.items()} | self.extra

    @property
    def merges(self) -> bool:
        return "MasterRecordId" in self.fields


def _fields(**kinds: str) -> dict[str, Kind]:
    return {name: Kind(kind) for kind, names in kinds.items() for name in names.split()}


def _record(**kinds: str) -> dict[str, Kind]:
    stamps = _fields(moment="CreatedDate SystemModstamp", flag="IsDeleted")
    return _fields(text="Id") | _fields(**kinds) | stamps


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


QUALIFIED = {
    f"{stage}_qualified_{way}": kind
    for stage in ("marketing", "sales")
    for way, kind in (("on", Kind.DATE), ("at", Kind.MOMENT))
}
LINK = {"hubspot_id": Kind.TEXT}
"""The id of the same record in HubSpot, where the org has a field for it."""
LEAD = ObjectType(
    "Lead",
    "leads",
    _record(
        text="FirstName LastName Email Company Country Status LeadSource OwnerId"
        " ConvertedContactId ConvertedAccountId ConvertedOpportunityId MasterRecordId",
        flag="IsConverted",
        date="ConvertedDate",
    ),
    optional=_names("FirstName Company Country LeadSource"),
    extra=QUALIFIED,
    personal=_names("email"),
)
CONTACT = ObjectType(
    "Contact",
    "contacts",
    _record(text="FirstName LastName Email MailingCountry LeadSource OwnerId AccountId MasterRecordId"),
    optional=_names("FirstName MailingCountry LeadSource"),
    extra=QUALIFIED,
    personal=_names("email"),
)
ACCOUNT = ObjectType(
    "Account",
    "accounts",
    _record(text="Name BillingCountry OwnerId MasterRecordId", integer="NumberOfEmployees"),
    optional=_names("BillingCountry NumberOfEmployees"),
    extra={"segment": Kind.TEXT, **LINK},
)
OPPORTUNITY = ObjectType(
    "Opportunity",
    "opportunities",
    _record(
        text="Name AccountId OwnerId StageName Type LeadSource CampaignId CurrencyIsoCode",
        money="Amount ExpectedRevenue",
        number="Probability",
        flag="IsClosed IsWon",
        date="CloseDate",
    ),
    optional=_names("ExpectedRevenue Probability LeadSource CampaignId CurrencyIsoCode Type"),
    extra={"monthly_recurring_revenue": Kind.MONEY, "contract_end_date": Kind.DATE, **LINK},
)
OPPORTUNITY_HISTORY = ObjectType(
    "OpportunityHistory",
    "opportunity_history",
    _record(text="OpportunityId StageName", money="Amount", number="Probability", date="CloseDate"),
    kept=True,
)
TASK = ObjectType(
    "Task",
    "tasks",
    _record(
        text="Subject TaskSubtype CallType CallDisposition Status WhoId WhatId OwnerId",
        date="ActivityDate",
        moment="CompletedDateTime",
        integer="CallDurationInSeconds",
        flag="IsClosed IsArchived IsRecurrence",
    ),
    optional=_names("Subject CallType CallDisposition CallDurationInSeconds CompletedDateTime WhoId WhatId"),
    extra=LINK,
)
EVENT = ObjectType(
    "Event",
    "events",
    _record(
        text="Subject EventSubtype WhoId WhatId OwnerId",
        date="ActivityDate",
        moment="StartDateTime EndDateTime",
        integer="DurationInMinutes",
        flag="IsAllDayEvent IsChild IsArchived IsRecurrence",
    ),
    optional=_names("Subject EventSubtype WhoId WhatId"),
    extra=LINK,
)
CASE = ObjectType(
    "Case",
    "cases",
    _record(
        text="CaseNumber Subject Status Priority Origin Type Reason OwnerId ContactId AccountId ParentId MasterRecordId",
        moment="ClosedDate",
        flag="IsClosed IsEscalated",
    ),
    optional=_names("Subject Priority Origin Reason ContactId AccountId ParentId IsEscalated MasterRecordId"),
    extra=LINK,
)
CAMPAIGN = ObjectType(
    "Campaign",
    "campaigns",
    _record(text="Name Type Status OwnerId", date="StartDate EndDate", flag="IsActive"),
    optional=_names("StartDate EndDate OwnerId"),
)
CAMPAIGN_MEMBER = ObjectType(
    "CampaignMember",
    "campaign_members",
    _record(text="CampaignId LeadId ContactId Status", date="FirstRespondedDate", flag="HasResponded"),
)
USER = ObjectType(
    "User",
    "users",
    _fields(text="Id FirstName LastName Name Email", flag="IsActive", moment="CreatedDate SystemModstamp"),
    personal=_names("email"),
)
LEAD_HISTORY = ObjectType(
    "LeadHistory",
    "lead_history",
    _fields(text="Id LeadId Field OldValue NewValue", moment="CreatedDate", flag="IsDeleted"),
    # other fields' values are numbers or dates at times; their column could then have no one type
    where="Field = 'Status'",
    kept=True,
    may_be_absent=True,
)
OPPORTUNITY_FIELD_HISTORY = ObjectType(
    "OpportunityFieldHistory",
    "opportunity_field_history",
    _fields(text="Id OpportunityId Field OldValue NewValue", moment="CreatedDate", flag="IsDeleted"),
    where="Field = 'StageName'",
    kept=True,
    may_be_absent=True,
)
OBJECT_TYPES = (
    USER,
    ACCOUNT,
    LEAD,
    LEAD_HISTORY,
    CONTACT,
    CAMPAIGN,
    CAMPAIGN_MEMBER,
    OPPORTUNITY,
    OPPORTUNITY_HISTORY,
    OPPORTUNITY_FIELD_HISTORY,
    TASK,
    EVENT,
    CASE,
)
RULE_COLUMNS = {"stage": Kind.TEXT, "kind": Kind.TEXT, "value": Kind.TEXT}
RATE_COLUMNS = {
    "iso_code": Kind.TEXT,
    "start_date": Kind.DATE,
    "next_start_date": Kind.DATE,
    "conversion_rate": Kind.NUMBER,
    "is_corporate": Kind.FLAG,
    "is_dated": Kind.FLAG,
}
