"""The small tables of an account: its owners, and the stages of its pipelines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from connectors.errors import ContractError
from connectors.readers.columns import arrow_schema
from connectors.readers.hubspot.calls import HubSpotCalls
from connectors.readers.hubspot.objects import OWNER_COLUMNS, STAGE_COLUMNS, ObjectType
from connectors.readers.json_pages import parse

_OWNER = pa.struct(
    [
        ("id", pa.string()),
        ("userId", pa.int64()),
        ("userIdIncludingInactive", pa.int64()),
        ("email", pa.string()),
        ("firstName", pa.string()),
        ("lastName", pa.string()),
        ("archived", pa.bool_()),
    ]
)
_PAGING = pa.struct([("next", pa.struct([("after", pa.string())]))])
_STAGE = pa.struct(
    [
        ("id", pa.string()),
        ("label", pa.string()),
        ("displayOrder", pa.int64()),
        ("archived", pa.bool_()),
        (
            "metadata",
            pa.struct([("isClosed", pa.string()), ("ticketState", pa.string()), ("probability", pa.string())]),
        ),
    ]
)
_PIPELINE = pa.struct(
    [("id", pa.string()), ("label", pa.string()), ("archived", pa.bool_()), ("stages", pa.list_(_STAGE))]
)


def owners(calls: HubSpotCalls) -> Any:
    """All owners; those who left (archived) still own what they owned."""
    found = [owner for archived in (False, True) for owner in _owners(calls, archived=archived)]
    by_id = {owner["id"]: _owner_row(owner) for owner in reversed(found)}
    return pa.Table.from_pylist(list(by_id.values()), schema=arrow_schema(OWNER_COLUMNS))


def stages(calls: HubSpotCalls, kind: ObjectType) -> Any:
    """One row per stage of the object type's pipelines; an account always has one."""
    what = f"hubspot: pipelines/{kind.name}"

    def read(body: bytes) -> list[Any]:
        return _results(parse(body, pa.schema([("results", pa.list_(_PIPELINE))]), what), what)

    pipelines = calls.pipelines(kind.name, kind.scope, read)
    found = [_stage_row(pipeline, stage) for pipeline in pipelines for stage in pipeline["stages"] or []]
    if not found:
        raise ContractError(f"{what} has no stage at all. Nothing was loaded.")
    return pa.Table.from_pylist(found, schema=arrow_schema(STAGE_COLUMNS))


def _owners(calls: HubSpotCalls, *, archived: bool) -> Iterable[Any]:
    def read(body: bytes) -> tuple[list[Any], str | None]:
        what = "hubspot: owners"
        row = parse(body, pa.schema([("results", pa.list_(_OWNER)), ("paging", _PAGING)]), what)
        paging = row["paging"][0].as_py() or {}
        return _results(row, what), (paging.get("next") or {}).get("after")

    after: str | None = None
    while True:
        found, following = calls.owners(read, after=after, archived=archived)
        yield from found
        if following is None:
            return
        if following == after:
            raise ContractError(f"hubspot: owners gave the same page twice (after={after}). Nothing was loaded.")
        after = following


def _results(row: Any, what: str) -> list[Any]:
    results = row["results"][0].as_py()
    if results is None or any(result["id"] is None for result in results):
        raise ContractError(f"{what} answered without `results` or with one that has no id. Nothing was loaded.")
    return list(results)


def _owner_row(owner: Any) -> dict[str, Any]:
    user = owner["userId"] if owner["userId"] is not None else owner["userIdIncludingInactive"]
    return {
        "id": owner["id"],
        "user_id": None if user is None else str(user),
        "email": owner["email"],
        "first_name": owner["firstName"],
        "last_name": owner["lastName"],
        "archived": bool(owner["archived"]),
    }


def _stage_row(pipeline: Any, stage: Any) -> dict[str, Any]:
    """HubSpot sends `isClosed` and `probability` as texts; tickets have `ticketState` as well, and no probability."""
    metadata = stage["metadata"] or {}
    probability = metadata.get("probability")
    return {
        "pipeline_id": pipeline["id"],
        "stage_id": stage["id"],
        "pipeline_label": pipeline["label"],
        "stage_label": stage["label"],
        "is_closed": metadata.get("isClosed") == "true" or metadata.get("ticketState") == "CLOSED",
        "probability": float(probability) if probability else None,
        "display_order": stage["displayOrder"],
    }
