"""Since when a person is marketing-qualified or sales-qualified: Salesforce has no such moment, so the org says which of its own means it.

`SOURCES__SALESFORCE__MARKETING_QUALIFIED` and `..._SALES_QUALIFIED` are one of

    field: MQL_Date__c                       a date field of the org's own, of leads (and of contacts, where they have it too)
    status: Marketing Qualified, Working     the first day with one of these lead statuses, from the history of Lead.Status
    campaign                                 the first response to any campaign
    campaign: Webinar, Trade Show            the first response to a campaign of one of these types

A rule that names what the org does not have is an error that says what it does have. Without a rule nobody is qualified in
Salesforce, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import SettingError
from connectors.readers import settings
from connectors.readers.columns import arrow_schema
from connectors.readers.salesforce.objects import (
    ACCOUNT,
    CAMPAIGN,
    CONTACT,
    LEAD,
    LEAD_HISTORY,
    OBJECT_TYPES,
    OPPORTUNITY,
    RULE_COLUMNS,
)
from connectors.readers.salesforce.schema import OrgSchema

STAGES = ("marketing_qualified", "sales_qualified")
_FIELD_TYPES = {"date": "on", "datetime": "at"}
_OWN_FIELDS = {
    "monthly_revenue_field": (OPPORTUNITY.name, "monthly_recurring_revenue", ("currency", "double", "percent", "int")),
    "contract_end_field": (OPPORTUNITY.name, "contract_end_date", ("date",)),
    "segment_field": (ACCOUNT.name, "segment", ("picklist", "string")),
}
"""Setting -> object, column of the raw table, and the types that the field may have."""
HUBSPOT_IDS = "hubspot_id_fields"
REFERRING = tuple(kind.name for kind in OBJECT_TYPES if "hubspot_id" in kind.extra)


class Way(StrEnum):
    FIELD = "field"
    STATUS = "status"
    CAMPAIGN = "campaign"


@dataclass(frozen=True)
class Rule:
    """`text` is the setting as written, `setting` its full name."""

    stage: str
    way: Way
    values: tuple[str, ...]
    text: str

    @property
    def setting(self) -> str:
        return settings.environment_name("salesforce", self.stage)

    def refuse(self, why: str) -> SettingError:
        return SettingError(f"salesforce: {self.setting} = {self.text!r}, but {why}")


def rules_from_settings() -> tuple[Rule, ...]:
    """SettingError when a rule is not one of the three."""
    return rules_of({stage: settings.optional("salesforce", stage) for stage in STAGES})


def rules_of(written: Mapping[str, str]) -> tuple[Rule, ...]:
    """Stage -> rule as written, empty where there is none."""
    return tuple(_rule(stage, text) for stage, text in written.items() if text)


def own_fields_from_settings() -> dict[str, str]:
    """Setting -> field of the org's own, for those that are set."""
    named = {name: settings.optional("salesforce", name) for name in _OWN_FIELDS}
    return {name: field for name, field in named.items() if field}


def hubspot_fields_from_settings() -> dict[str, str]:
    """Object -> field that holds the id of the same record in HubSpot, as `HUBSPOT_ID_FIELDS` says: Opportunity.HubSpot_Deal_Id__c, ..."""
    named: dict[str, str] = {}
    for text in settings.optional("salesforce", HUBSPOT_IDS).split(","):
        name, _, field = text.strip().partition(".")
        if text.strip() and (name not in REFERRING or not field):
            raise SettingError(
                f"salesforce: {settings.environment_name('salesforce', HUBSPOT_IDS)} has {text.strip()!r}, which is not like"
                f" Opportunity.HubSpot_Deal_Id__c. Known: {', '.join(REFERRING)}."
            )
        if field:
            named[name] = field
    return named


def _rule(stage: str, text: str) -> Rule:
    word, _, rest = text.partition(":")
    values = tuple(part.strip() for part in rest.split(",") if part.strip())
    way = word.strip().lower()
    if way not in set(Way) or (not values and way != Way.CAMPAIGN) or (way == Way.FIELD and len(values) > 1):
        raise SettingError(
            f"salesforce: {settings.environment_name('salesforce', stage)} = {text!r} is none of `field: <one date field>`,"
            " `status: <status>, ...`, `campaign` and `campaign: <type>, ...`."
        )
    return Rule(stage, Way(way), values, text)


class Meanings:
    """What the org's own fields and rules mean for the columns, checked against what the org has."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        own_fields: Mapping[str, str],
        schema: OrgSchema,
        run: SourceRun,
        hubspot_ids: Mapping[str, str] | None = None,
    ) -> None:
        self._rules = rules
        self._own_fields = own_fields
        self._hubspot_ids = hubspot_ids or {}
        self._schema = schema
        self._run = run

    def columns(self, object_name: str) -> dict[str, str]:
        """Column of the raw table -> field that fills it."""
        return self._checked.get(object_name, {})

    def table(self) -> Any:
        """The rules as rows, for the models; a rule without values has an empty one."""
        _ = self._checked
        rows = [
            {"stage": rule.stage, "kind": rule.way.value, "value": value}
            for rule in self._rules
            for value in rule.values or ("",)
        ]
        return pa.Table.from_pylist(rows, schema=arrow_schema(RULE_COLUMNS))

    def tell_untracked(self) -> None:
        """A history without a single change of status most likely is not kept."""
        if ruled := [rule.setting for rule in self._rules if rule.way is Way.STATUS]:
            self._run.warnings.append(
                f"salesforce: {' and '.join(ruled)} rest on the history of Lead.Status, but it holds no change. Is field history tracking"
                " on for it?"
            )

    @cached_property
    def _checked(self) -> dict[str, dict[str, str]]:
        columns: dict[str, dict[str, str]] = {}
        for rule in self._rules:
            match rule.way:
                case Way.FIELD:
                    for name, column in self._field(rule).items():
                        columns.setdefault(name, {})[column] = rule.values[0]
                case Way.STATUS:
                    self._check_status(rule)
                case Way.CAMPAIGN:
                    self._check_picklist(rule, CAMPAIGN.name, "Type")
        for setting, field in self._own_fields.items():
            columns.setdefault(_OWN_FIELDS[setting][0], {})[_OWN_FIELDS[setting][1]] = self._own(setting, field)
        for object_name, field in self._hubspot_ids.items():
            columns.setdefault(object_name, {})["hubspot_id"] = self._text_field(HUBSPOT_IDS, object_name, field)
        self._tell_unset()
        return columns

    def _field(self, rule: Rule) -> dict[str, str]:
        """Object -> column. On leads or on contacts the field must be; the other may lack it."""
        [name] = rule.values
        found = {}
        for object_name in (LEAD.name, CONTACT.name):
            field = (self._schema.fields(object_name) or {}).get(name)
            if field is not None and field.type not in _FIELD_TYPES:
                raise rule.refuse(f"{object_name}.{name} is no date: its type is {field.type}.")
            if field is not None:
                found[object_name] = f"{rule.stage}_{_FIELD_TYPES[field.type]}"
        if not found:
            raise rule.refuse(
                f"neither Lead nor Contact has a field {name} that the integration user may see. Date fields of leads:"
                f" {_dates(self._schema)}."
            )
        return found

    def _check_status(self, rule: Rule) -> None:
        if self._schema.fields(LEAD_HISTORY.name) is None:
            raise rule.refuse(
                "the org has no LeadHistory for this user. Switch field history tracking on for Lead Status (Setup > Object Manager >"
                " Lead > Fields > Set History Tracking) and give the integration user access to leads."
            )
        self._check_picklist(rule, LEAD.name, "Status")

    def _check_picklist(self, rule: Rule, object_name: str, field: str) -> None:
        known = self._schema.fields(object_name)
        if known is None or field not in known:
            raise rule.refuse(f"the integration user may not see {object_name}.{field}.")
        values = known[field].values
        if strange := [value for value in rule.values if value not in values]:
            raise rule.refuse(
                f"{object_name}.{field} knows no {', '.join(map(repr, strange))}. It knows: {', '.join(values)}."
            )

    def _own(self, setting: str, field: str) -> str:
        object_name, _, types = _OWN_FIELDS[setting]
        return self._of_type(setting, object_name, field, types)

    def _text_field(self, setting: str, object_name: str, field: str) -> str:
        return self._of_type(setting, object_name, field, ("string", "picklist"))

    def _of_type(self, setting: str, object_name: str, field: str, types: tuple[str, ...]) -> str:
        known = (self._schema.fields(object_name) or {}).get(field)
        if known is None or known.type not in types:
            what = (
                "may not be seen or is not there" if known is None else f"is a {known.type}, not a {' or '.join(types)}"
            )
            raise SettingError(
                f"salesforce: {settings.environment_name('salesforce', setting)} = {field!r}, but {object_name}.{field} {what}."
            )
        return field

    def _tell_unset(self) -> None:
        ruled = {rule.stage for rule in self._rules}
        self._run.warnings += [
            f"salesforce: nobody is {stage.replace('_', '-')} in Salesforce until"
            f" {settings.environment_name('salesforce', stage)} says what means it (field, status or campaign)."
            for stage in STAGES
            if stage not in ruled
        ]


def _dates(schema: OrgSchema) -> str:
    fields = schema.fields(LEAD.name) or {}
    return ", ".join(sorted(name for name, field in fields.items() if field.type in _FIELD_TYPES)) or "none"
