"""What the imitated CRM account has set up: object types, their properties, life-cycle stages and pipelines."""

from __future__ import annotations

from dataclasses import dataclass, field

LIFECYCLE_STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
RECYCLED_STAGE = "184930562"
"""A stage that the account added itself: such stages have numbers as internal names."""

ALL_STAGES = (*LIFECYCLE_STAGES, "evangelist", "other", RECYCLED_STAGE)

CHANNELS = (
    "ORGANIC_SEARCH",
    "PAID_SEARCH",
    "SOCIAL_MEDIA",
    "REFERRALS",
    "EMAIL_MARKETING",
    "DIRECT_TRAFFIC",
    "OFFLINE",
    "OTHER_CAMPAIGNS",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a pipeline; `probability` only in deal pipelines."""

    id: str
    label: str
    closed: bool
    probability: float | None = None

    @property
    def won(self) -> bool:
        return self.closed and self.probability == 1.0


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`stages` in their order of display."""

    id: str
    label: str
    stages: tuple[Stage, ...]


WON = "148221907"
LOST = "148221908"
NEW_BUSINESS = Pipeline(
    "default",
    "New business",
    (
        Stage("appointmentscheduled", "Discovery", False, 0.2),
        Stage("148221904", "Trial", False, 0.4),
        Stage("148221905", "Offer sent", False, 0.6),
        Stage("148221906", "Contract sent", False, 0.9),
        Stage(WON, "Signed", True, 1.0),
        Stage(LOST, "Lost", True, 0.0),
    ),
)
RENEWAL_WON = "951120043"
RENEWAL_LOST = "951120044"
RENEWALS = Pipeline(
    "95112004",
    "Renewals and upgrades",
    (
        Stage("951120041", "Due", False, 0.5),
        Stage("951120042", "Offered", False, 0.7),
        Stage(RENEWAL_WON, "Renewed", True, 1.0),
        Stage(RENEWAL_LOST, "Cancelled", True, 0.0),
    ),
)
SUPPORT = Pipeline(
    "0",
    "Support",
    (
        Stage("1", "New", False),
        Stage("2", "Waiting on contact", False),
        Stage("3", "Waiting on us", False),
        Stage("4", "Closed", True),
    ),
)
PIPELINES = {"deals": (NEW_BUSINESS, RENEWALS), "tickets": (SUPPORT,)}


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """`kind` is the vendor's type: string, number, datetime, date, enumeration or bool."""

    name: str
    kind: str = "string"
    calculated: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectType:
    """`modified` names the property with the last change; `always` come with every answer, `default` when none is named."""

    name: str
    type_id: str
    modified: str
    created: str
    properties: dict[str, PropertyDefinition] = field(default_factory=dict)
    default: tuple[str, ...] = ()

    @property
    def always(self) -> tuple[str, ...]:
        return (self.created, "hs_object_id", self.modified)


def _object(
    name: str, type_id: str, kinds: dict[str, str], *, default: str = "", modified: str = "hs_lastmodifieddate",
    created: str = "createdate",
) -> ObjectType:  # fmt: skip
    properties = {
        "hs_object_id": PropertyDefinition("hs_object_id", "number"),
        created: PropertyDefinition(created, "datetime"),
        modified: PropertyDefinition(modified, "datetime"),
        "hs_merged_object_ids": PropertyDefinition("hs_merged_object_ids", "enumeration", calculated=True),
    }
    for kind, names in kinds.items():
        properties |= {word: PropertyDefinition(word, kind) for word in names.split()}
    return ObjectType(name, type_id, modified, created, properties, tuple(default.split()))


def _contacts() -> ObjectType:
    kinds = {
        "string": "email firstname lastname country hs_calculated_merged_vids hubspot_owner_id_history phone company",
        "number": "associatedcompanyid num_associated_deals",
        "enumeration": "hubspot_owner_id hs_lead_status",
    }
    result = _object(
        "contacts", "0-1", kinds, default="createdate email firstname hs_object_id lastmodifieddate lastname",
        modified="lastmodifieddate",
    )  # fmt: skip
    result.properties["lifecyclestage"] = PropertyDefinition("lifecyclestage", "enumeration", options=ALL_STAGES)
    result.properties["hs_analytics_source"] = PropertyDefinition(
        "hs_analytics_source", "enumeration", options=CHANNELS
    )
    for stage in ALL_STAGES:
        name = f"hs_v2_date_entered_{stage}"
        result.properties[name] = PropertyDefinition(name, "datetime", calculated=True)
    return result


_ACTIVITY = {"datetime": "hs_timestamp", "enumeration": "hubspot_owner_id", "string": "hs_activity_type"}
_TYPES = (
    _contacts(),
    _object(
        "companies", "0-2",
        {"string": "name domain country salesforceaccountid", "enumeration": "segment hubspot_owner_id lifecyclestage"},
        default="name domain",
    ),
    _object(
        "deals", "0-3",
        {
            "string": "dealname associated_company_id hs_salesforceopportunityid",
            "number": "amount amount_in_home_currency hs_mrr hs_arr hs_deal_stage_probability",
            "datetime": "closedate",
            "date": "contract_end_date",
            "enumeration": "dealstage pipeline dealtype deal_currency_code hubspot_owner_id",
            "bool": "hs_is_closed hs_is_closed_won",
        },
        default="amount closedate dealname dealstage pipeline",
    ),
    _object(
        "calls", "0-48",
        _ACTIVITY | {
            "enumeration": "hubspot_owner_id hs_call_direction hs_call_disposition hs_call_status",
            "number": "hs_call_duration",
            "string": "hs_activity_type salesforce_task_id",
        },
        created="hs_createdate",
    ),
    _object(
        "meetings", "0-47",
        _ACTIVITY | {
            "datetime": "hs_timestamp hs_meeting_start_time hs_meeting_end_time",
            "enumeration": "hubspot_owner_id hs_meeting_outcome",
        },
        created="hs_createdate",
    ),
    _object(
        "tickets", "0-5",
        {
            "string": "subject content salesforcecaseid",
            "datetime": "closed_date first_agent_reply_date",
            "number": "time_to_close",
            "enumeration": "hs_pipeline hs_pipeline_stage hs_ticket_category hs_ticket_priority hubspot_owner_id",
        },
        default="subject content hs_pipeline hs_pipeline_stage hs_ticket_category hs_ticket_priority",
    ),
    _object(
        "feedback_submissions", "0-19",
        {
            "string": "hs_survey_id hs_survey_name hs_content hs_ingestion_id hs_contact_id",
            "number": "hs_value",
            "datetime": "hs_submission_timestamp",
            "enumeration": "hs_survey_type hs_survey_channel hs_response_group hs_sentiment",
        },
        created="hs_createdate",
    ),
)  # fmt: skip
OBJECT_TYPES = {kind.name: kind for kind in _TYPES}


def object_type(word: str) -> ObjectType | None:
    """By name ("contacts"), singular ("contact") or number ("0-1"), as the vendor accepts them."""
    for kind in _TYPES:
        if word.lower() in (kind.name, kind.name[:-1], kind.type_id) or (
            word == "company" and kind.name == "companies"
        ):
            return kind
    return None
