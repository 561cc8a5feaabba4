"""What the imitated Salesforce org has set up: objects, the three characters their ids begin with, and the types of their fields.

Types are Salesforce's own words. Every object has Id; `System` fields come with `_RECORD`; history objects lack SystemModstamp.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Marketing Qualified",
    "Sales Qualified",
    "Closed - Converted",
    "Closed - Not Converted",
)
OPPORTUNITY_STAGES = ("Prospecting", "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost")
CAMPAIGN_TYPES = ("Webinar", "Trade Show", "Email")
CASE_TYPES = ("Complaint", "Product issue", "Question")


@dataclass(frozen=True, slots=True)
class SObject:
    """`fields` maps names to types; `picklists` names to their values; `tracked` fields leave rows in `history`."""

    name: str
    prefix: str
    fields: Mapping[str, str]
    picklists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    history: str | None = None
    unfilterable: frozenset[str] = frozenset()

    @property
    def can_be_deleted(self) -> bool:
        return "IsDeleted" in self.fields


_RECORD = {"datetime": "CreatedDate LastModifiedDate SystemModstamp", "boolean": "IsDeleted"}
_NO_BIN = {"datetime": "CreatedDate LastModifiedDate SystemModstamp"}
_HISTORY = {
    "datetime": "CreatedDate",
    "boolean": "IsDeleted",
    "picklist": "Field DataType",
    "anyType": "OldValue NewValue",
}


def _fields(*groups: Mapping[str, str]) -> dict[str, str]:
    fields = {"Id": "id"}
    for group in groups:
        fields |= {name: kind for kind, names in group.items() for name in names.split()}
    return fields


_OBJECTS = (
    SObject(
        "Lead",
        "00Q",
        _fields(
            _RECORD,
            {
                "string": "FirstName LastName Company Country",
                "email": "Email",
                "picklist": "Status LeadSource Rating",
                "date": "ConvertedDate",
                "reference": "OwnerId ConvertedContactId ConvertedAccountId ConvertedOpportunityId MasterRecordId",
            },
            {"boolean": "IsConverted"},
        ),
        {"Status": LEAD_STATUSES, "LeadSource": ("Web", "Trade Show", "Partner Referral", "Phone Inquiry", "Other")},
        history="LeadHistory",
    ),
    SObject(
        "Contact",
        "003",
        _fields(
            _RECORD,
            {
                "string": "FirstName LastName MailingCountry",
                "email": "Email",
                "picklist": "LeadSource",
                "reference": "OwnerId AccountId MasterRecordId",
            },
        ),
    ),
    SObject(
        "Account",
        "001",
        _fields(
            _RECORD,
            {"string": "Name BillingCountry", "int": "NumberOfEmployees", "reference": "OwnerId MasterRecordId"},
        ),
    ),
    SObject(
        "Opportunity",
        "006",
        _fields(
            _RECORD,
            {
                "string": "Name",
                "currency": "Amount ExpectedRevenue",
                "percent": "Probability",
                "picklist": "StageName Type LeadSource ForecastCategoryName",
                "date": "CloseDate",
                "reference": "AccountId OwnerId CampaignId",
            },
            {"boolean": "IsClosed IsWon"},
        ),
        {"StageName": OPPORTUNITY_STAGES, "Type": ("New Business", "Existing Business")},
        history="OpportunityFieldHistory",
    ),
    SObject(
        "OpportunityHistory",
        "008",
        _fields(
            {
                "datetime": "CreatedDate SystemModstamp",
                "boolean": "IsDeleted",
                "picklist": "StageName",
                "currency": "Amount ExpectedRevenue",
                "percent": "Probability",
                "date": "CloseDate",
                "reference": "OpportunityId",
            }
        ),
    ),
    SObject(
        "Task",
        "00T",
        _fields(
            _RECORD,
            {
                "string": "Subject CallDisposition",
                "picklist": "TaskSubtype CallType Status Priority",
                "date": "ActivityDate",
                "int": "CallDurationInSeconds",
                "reference": "WhoId WhatId OwnerId",
            },
            {"boolean": "IsClosed IsArchived IsRecurrence", "datetime": "CompletedDateTime"},
        ),
    ),
    SObject(
        "Event",
        "00U",
        _fields(
            _RECORD,
            {
                "string": "Subject",
                "picklist": "EventSubtype",
                "date": "ActivityDate",
                "int": "DurationInMinutes",
                "reference": "WhoId WhatId OwnerId",
            },
            {
                "boolean": "IsAllDayEvent IsChild IsGroupEvent IsArchived IsRecurrence",
                "datetime": "StartDateTime EndDateTime",
            },
        ),
    ),
    SObject(
        "Case",
        "500",
        _fields(
            _RECORD,
            {
                "string": "CaseNumber Subject",
                "picklist": "Status Priority Origin Type Reason",
                "reference": "OwnerId ContactId AccountId ParentId MasterRecordId",
            },
            {"boolean": "IsClosed IsEscalated", "datetime": "ClosedDate"},
        ),
        {"Type": CASE_TYPES},
    ),
    SObject(
        "Campaign",
        "701",
        _fields(
            _RECORD,
            {"string": "Name", "picklist": "Type Status", "date": "StartDate EndDate", "reference": "OwnerId"},
            {"boolean": "IsActive"},
        ),
        {"Type": CAMPAIGN_TYPES},
    ),
    SObject(
        "CampaignMember",
        "00v",
        _fields(
            _RECORD,
            {"picklist": "Status", "date": "FirstRespondedDate", "reference": "CampaignId LeadId ContactId"},
            {"boolean": "HasResponded"},
        ),
    ),
    SObject(
        "User",
        "005",
        _fields(_NO_BIN, {"string": "FirstName LastName Name Username", "email": "Email", "boolean": "IsActive"}),
    ),
    SObject(
        "LeadHistory",
        "017",
        _fields(_HISTORY, {"reference": "LeadId"}),
        unfilterable=frozenset({"OldValue", "NewValue"}),
    ),
    SObject(
        "OpportunityFieldHistory",
        "019",
        _fields(_HISTORY, {"reference": "OpportunityId"}),
        unfilterable=frozenset({"OldValue", "NewValue"}),
    ),
)
OBJECTS = {each.name: each for each in _OBJECTS}
MONEY_OBJECTS = (
    "Lead",
    "Contact",
    "Account",
    "Opportunity",
    "OpportunityHistory",
    "Campaign",
    "CampaignMember",
    "User",
)
"""What gets CurrencyIsoCode when the org has several currencies."""
CURRENCIES = (
    SObject(
        "CurrencyType",
        "01L",
        _fields(_NO_BIN, {"string": "IsoCode", "double": "ConversionRate", "boolean": "IsActive IsCorporate"}),
    ),
    SObject(
        "DatedConversionRate",
        "04w",
        _fields(_NO_BIN, {"string": "IsoCode", "double": "ConversionRate", "date": "StartDate NextStartDate"}),
    ),
)
