"""Which property of a record holds the id of the same record in Salesforce.

HubSpot's own Salesforce integration writes `hs_salesforceopportunityid` into deals and `salesforceaccountid` into companies; both are seen
in many published models and scripts, HubSpot's manual does not list them. `salesforcecaseid` of tickets is seen more rarely.
For calls and meetings no such property is known: whatever copies them can write one, which the setting names. A wrong guess is harmless,
as an id counts only where Salesforce has a live record under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from connectors.errors import SettingError
from connectors.readers import settings
from connectors.readers.hubspot.objects import ObjectType

SETTING = "salesforce_id_properties"
REFERENCES = settings.environment_name("hubspot", SETTING)
REFERRING = ("companies", "deals", "calls", "meetings", "tickets")


def referring(kinds: Iterable[ObjectType], written: str) -> Iterator[ObjectType]:
    """The object types with the properties that the setting names; `deals.none` asks for none. SettingError where it cannot be read."""
    named = dict(_pair(part.strip()) for part in written.split(",") if part.strip())
    for kind in kinds:
        name = named.get(kind.name, "")
        if name == "none":
            yield replace(kind, reference="")
        else:
            yield replace(kind, reference=name, reference_known=True) if name else kind


def _pair(text: str) -> tuple[str, str]:
    kind, _, name = text.partition(".")
    if kind not in REFERRING or not name:
        raise SettingError(
            f"hubspot: {REFERENCES} has {text!r}, which is not like calls.salesforce_task_id. Known: {', '.join(REFERRING)}."
        )
    return kind, name
