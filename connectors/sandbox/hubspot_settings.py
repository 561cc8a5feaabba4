"""What HubSpot tells about an account's set-up: owners, pipelines with stages, and properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.answer import Answer, json_answer
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.moments import iso
from connectors.sandbox.company.people import Owner
from connectors.sandbox.company.schema import ObjectType, Pipeline, PropertyDefinition, Stage
from connectors.sandbox.hubspot_errors import refuse

_SET_UP = "2023-02-06T08:00:00.000Z"
MAX_OWNERS = 500
_FIELD_TYPES = {"bool": "booleancheckbox", "enumeration": "select", "string": "text", "datetime": "date"}


ACCOUNT_PATH = "/account-info/v3/details"
PORTAL_ID = 143_000_711


def account_details(company: Company) -> Answer:
    return json_answer(
        {
            "portalId": PORTAL_ID,
            "accountType": "STANDARD",
            "timeZone": str(company.zone),
            "companyCurrency": company.currency,
            "additionalCurrencies": [],
            "utcOffset": "+01:00",
            "utcOffsetMilliseconds": 3_600_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "eu1",
        }
    )


def owners_page(company: Company, query: Mapping[str, str], rest: Sequence[str]) -> Answer:
    """Active and archived owners are two separate sweeps, 100 to a page by default."""
    archived = query.get("archived", "false").lower() == "true"
    owners = sorted((o for o in company.owners if o.archived == archived), key=lambda o: o.id)
    if rest:
        found = [o for o in owners if str(o.id) == rest[0]]
        if not found:
            raise refuse("resource not found", "OBJECT_NOT_FOUND", 404)
        return json_answer(_owner(found[0]))
    if email := query.get("email"):
        owners = [o for o in owners if o.email == email]
    limit, after = int(query.get("limit") or 100), int(query.get("after") or 0)
    if limit > MAX_OWNERS:
        raise refuse(f"Invalid query parameter: limit must be at most {MAX_OWNERS}, was {limit}")
    later = [o for o in owners if o.id > after]
    content: dict[str, Any] = {"results": [_owner(o) for o in later[:limit]]}
    if len(later) > limit:
        content["paging"] = {"next": {"after": str(later[limit - 1].id)}}
    return json_answer(content)


def _owner(owner: Owner) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": str(owner.id),
        "email": owner.email,
        "type": "PERSON",
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "createdAt": iso(owner.created),
        "updatedAt": iso(owner.modified),
        "archived": owner.archived,
        "userIdIncludingInactive": owner.user_id or owner.id - 32_043_270,
    }
    return shown if owner.user_id is None else shown | {"userId": owner.user_id}


def pipelines_page(company: Company, object_name: str, rest: Sequence[str]) -> Answer:
    pipelines = company.pipelines.get(object_name, ())
    if not rest:
        return json_answer({"results": [_pipeline(p, n) for n, p in enumerate(pipelines)]})
    found = next((p for p in pipelines if p.id == rest[0]), None)
    if found is None:
        raise refuse("resource not found", "OBJECT_NOT_FOUND", 404)
    if rest[1:] == ["stages"]:
        return json_answer({"results": [_stage(s, n) for n, s in enumerate(found.stages)]})
    return json_answer(_pipeline(found, pipelines.index(found)))


def _pipeline(pipeline: Pipeline, order: int) -> dict[str, Any]:
    return {
        "id": pipeline.id,
        "label": pipeline.label,
        "displayOrder": order,
        "stages": [_stage(stage, n) for n, stage in enumerate(pipeline.stages)],
        "createdAt": _SET_UP,
        "updatedAt": _SET_UP,
        "archived": False,
    }


def _stage(stage: Stage, order: int) -> dict[str, Any]:
    metadata = {"isClosed": "true" if stage.closed else "false"}
    if stage.probability is None:
        metadata["ticketState"] = "CLOSED" if stage.closed else "OPEN"
    else:
        metadata["probability"] = str(stage.probability)
    return {
        "id": stage.id,
        "label": stage.label,
        "displayOrder": order,
        "metadata": metadata,
        "createdAt": _SET_UP,
        "updatedAt": _SET_UP,
        "archived": False,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }


def properties_page(company: Company, kind: ObjectType, rest: Sequence[str]) -> Answer:
    known = company.properties[kind.name]
    if not rest:
        return json_answer({"results": [_property(p) for p in known.values()]})
    if rest[0] not in known:
        raise refuse(f"Property {rest[0]} does not exist", "OBJECT_NOT_FOUND", 404)
    return json_answer(_property(known[rest[0]]))


def _property(definition: PropertyDefinition) -> dict[str, Any]:
    options = [
        {"label": word.title(), "value": word, "displayOrder": n, "hidden": False}
        for n, word in enumerate(definition.options)
    ]
    return {
        "name": definition.name,
        "label": definition.name.replace("_", " ").capitalize(),
        "type": definition.kind,
        "fieldType": _FIELD_TYPES.get(definition.kind, definition.kind),
        "description": "",
        "groupName": "crm_information",
        "options": options,
        "displayOrder": -1,
        "calculated": definition.calculated,
        "externalOptions": False,
        "hasUniqueValue": definition.name == "hs_object_id",
        "hidden": False,
        "formField": False,
        "archived": False,
        "createdAt": _SET_UP,
        "updatedAt": _SET_UP,
        "modificationMetadata": {
            "archivable": True,
            "readOnlyDefinition": True,
            "readOnlyValue": definition.calculated,
        },
    }
