"""The object types that are read, with the scope each needs and the type of each property.

`custom` properties exist only where somebody created them in the account, `calculated` ones only where HubSpot computes
them: absent, they are a warning and an empty column. Any other property that HubSpot does not know is an error, because it
ignores unknown names in a request without a word and the column would just turn null.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.readers.columns import Kind

STAGES = ("lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
ENTERED = tuple(f"hs_v2_date_entered_{stage}" for stage in STAGES)


@dataclass(frozen=True)
class ObjectType:
    """`modified` is the property that every change moves; `history` the property whose whole past is kept.

    `personal` properties name a person; only their codes are loaded.
    `reference` is the property in which integrations write the id of the same record in Salesforce: the column salesforce_id.
    With `reference_known` somebody named it, so it must be there; else an account without it is an account without Salesforce.
    """

    name: str
    scope: str
    modified: str
    properties: dict[str, Kind]
    custom: frozenset[str] = frozenset()
    calculated: frozenset[str] = frozenset()
    history: str | None = None
    personal: frozenset[str] = frozenset()
    reference: str = ""
    reference_known: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """The properties to ask for."""
        return (*self.properties, *([self.reference] if self.reference else []))

    @property
    def columns(self) -> dict[str, Kind]:
        """The columns of the raw table."""
        linked = {"salesforce_id": Kind.TEXT} if self.reference else {}
        return {"id": Kind.TEXT, **self.properties, **linked, "archived": Kind.FLAG, "archived_at": Kind.MOMENT}

    @property
    def merges(self) -> tuple[str, ...]:
        """The properties in which a record names those that were merged into it."""
        return tuple(name for name in ("hs_merged_object_ids", "hs_calculated_merged_vids") if name in self.properties)


def _properties(**kinds: str) -> dict[str, Kind]:
    return {name: Kind(kind) for kind, names in kinds.items() for name in names.split()}


CONTACTS = ObjectType(
    "contacts",
    "crm.objects.contacts.read",
    "lastmodifieddate",
    _properties(
        text="email firstname lastname lifecyclestage hs_analytics_source country hubspot_owner_id associatedcompanyid",
        moment=f"createdate lastmodifieddate {' '.join(ENTERED)}",
    )
    | _properties(text="hs_merged_object_ids hs_calculated_merged_vids"),
    calculated=frozenset({*ENTERED, "hs_merged_object_ids", "hs_calculated_merged_vids"}),
    history="lifecyclestage",
    personal=frozenset({"email"}),
)
COMPANIES = ObjectType(
    "companies",
    "crm.objects.companies.read",
    "hs_lastmodifieddate",
    _properties(
        text="name domain country segment hubspot_owner_id hs_merged_object_ids",
        moment="createdate hs_lastmodifieddate",
    ),
    custom=frozenset({"segment"}),
    calculated=frozenset({"hs_merged_object_ids"}),
    reference="salesforceaccountid",
)
DEALS = ObjectType(
    "deals",
    "crm.objects.deals.read",
    "hs_lastmodifieddate",
    _properties(
        text="dealname deal_currency_code dealstage pipeline dealtype associated_company_id hubspot_owner_id hs_merged_object_ids",
        money="amount amount_in_home_currency hs_mrr",
        moment="closedate createdate hs_lastmodifieddate",
        date="contract_end_date",
        flag="hs_is_closed hs_is_closed_won",
    ),
    custom=frozenset({"associated_company_id", "contract_end_date"}),
    calculated=frozenset({"hs_merged_object_ids", "hs_mrr", "amount_in_home_currency", "deal_currency_code"}),
    reference="hs_salesforceopportunityid",
)
CALLS = ObjectType(
    "calls",
    "crm.objects.contacts.read",
    "hs_lastmodifieddate",
    _properties(
        text="hs_call_direction hs_call_disposition hs_call_status hubspot_owner_id",
        moment="hs_timestamp hs_createdate hs_lastmodifieddate",
        integer="hs_call_duration",
    ),
)
MEETINGS = ObjectType(
    "meetings",
    "crm.objects.contacts.read",
    "hs_lastmodifieddate",
    _properties(
        text="hs_meeting_outcome hubspot_owner_id",
        moment="hs_timestamp hs_createdate hs_lastmodifieddate hs_meeting_start_time hs_meeting_end_time",
    ),
)
TICKETS = ObjectType(
    "tickets",
    "tickets",
    "hs_lastmodifieddate",
    _properties(
        text="subject hs_pipeline hs_pipeline_stage hs_ticket_category hs_ticket_priority hubspot_owner_id",
        moment="createdate closed_date hs_lastmodifieddate",
    ),
    reference="salesforcecaseid",
)
FEEDBACK = ObjectType(
    "feedback_submissions",
    "crm.objects.feedback_submissions.read",
    "hs_lastmodifieddate",
    _properties(
        text="hs_survey_id hs_survey_name hs_survey_type hs_survey_channel hs_response_group hs_content hs_contact_id",
        moment="hs_submission_timestamp hs_createdate hs_lastmodifieddate",
        number="hs_value",
    ),
    calculated=frozenset({"hs_contact_id"}),
    personal=frozenset({"hs_contact_id"}),
)
OBJECT_TYPES = (CONTACTS, COMPANIES, DEALS, CALLS, MEETINGS, TICKETS, FEEDBACK)

HISTORY_COLUMNS = {"contact_id": Kind.TEXT, "stage": Kind.TEXT, "entered_at": Kind.MOMENT, "source_type": Kind.TEXT}
ACCOUNT_COLUMNS = {
    "portal_id": Kind.TEXT,
    "company_currency": Kind.TEXT,
    "time_zone": Kind.TEXT,
}
PERSONAL_OF_OWNERS = "email"
OWNER_COLUMNS = {
    "id": Kind.TEXT,
    "user_id": Kind.TEXT,
    PERSONAL_OF_OWNERS: Kind.TEXT,
    "first_name": Kind.TEXT,
    "last_name": Kind.TEXT,
    "archived": Kind.FLAG,
}
STAGE_COLUMNS = {
    "pipeline_id": Kind.TEXT,
    "stage_id": Kind.TEXT,
    "pipeline_label": Kind.TEXT,
    "stage_label": Kind.TEXT,
    "is_closed": Kind.FLAG,
    "probability": Kind.NUMBER,
    "display_order": Kind.INTEGER,
}
EMAIL_COLUMNS = {
    "id": Kind.TEXT,
    "name": Kind.TEXT,
    "subject": Kind.TEXT,
    "type": Kind.TEXT,
    "state": Kind.TEXT,
    "is_published": Kind.FLAG,
    "publish_date": Kind.MOMENT,
    "created_at": Kind.MOMENT,
    "updated_at": Kind.MOMENT,
    "archived": Kind.FLAG,
}
