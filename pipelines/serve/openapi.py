"""The API's description: OpenAPI 3.1 for programs, a page for people, both from what is written here once.

Columns come from the feeds' own tables, so that the description cannot fall behind them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from okr_mappings.words import Status
from pipelines.serve.answer import JSON, PROBLEM, Answer
from pipelines.serve.asking import FILTERS, Asking
from pipelines.serve.pages import page
from pipelines.serve.tables import EVIDENCE, MOST_EVIDENCE, MOST_SNAPSHOTS, SNAPSHOTS
from warehouse.feed_tables import DAY, FLAG, MOMENT, NUMBER, TEXT, WHOLE, table_columns

Schema = dict[str, object]

_KIND: dict[str, Schema] = {
    TEXT: {"type": ["string", "null"]},
    NUMBER: {"type": ["number", "null"]},
    WHOLE: {"type": ["integer", "null"]},
    FLAG: {"type": ["boolean", "null"]},
    DAY: {"type": ["string", "null"], "format": "date"},
    MOMENT: {"type": ["string", "null"], "format": "date-time"},
}
ENDINGS = ("json", "csv", "parquet")
_PARAMETERS: dict[str, tuple[str, Schema]] = {
    "q": ("words that must all occur in title, owner, id, metric, notes, reason or objective", {"type": "string"}),
    "team": ("only key results of these teams, by id", {"type": "array", "items": {"type": "string"}}),
    "owner": ("only those that one of these answers for", {"type": "array", "items": {"type": "string"}}),
    "status": (
        "only those with one of these statuses",
        {"type": "array", "items": {"type": "string", "enum": [each.value for each in Status]}},
    ),
    "source": ("only those that rest on one of these sources", {"type": "array", "items": {"type": "string"}}),
    "as_of": ("as reported of the last reported day up to this one", {"type": "string", "format": "date"}),
    "cycle": ("another published cycle than the main one", {"type": "string"}),
    "limit": ("at most so many rows", {"type": "integer", "minimum": 1}),
    "offset": ("leave out so many rows first", {"type": "integer", "minimum": 0}),
    "cursor": ("the `seq` up to which you know all; 0 for everything", {"type": "integer", "minimum": 0, "default": 0}),
}
_FILTERED = (*FILTERS, "as_of", "cycle", "limit", "offset")


@dataclass(frozen=True, slots=True)
class Described:
    """One address. `table` names the feed whose columns its rows have; '' where the answer is no table."""

    address: str
    what: str
    parameters: tuple[str, ...] = ()
    table: str = ""
    endings: tuple[str, ...] = ()
    kind: str = JSON
    open_to_all: bool = False

    @property
    def written(self) -> str:
        return self.address + (f".{{{'|'.join(self.endings)}}}" if self.endings else "")


_DAY = ("as_of", "cycle")
_KEY_RESULT = "/api/v1/key-results/{key_result_id}"
_EVIDENCE = (
    f"The rows behind its value, where the setting `serve.evidence` allows; {EVIDENCE:,} unless `limit` says otherwise, "
    f"at most {MOST_EVIDENCE:,}"
)
_SNAPSHOTS = (
    f"What was reported, in the order of appending, from a cursor on; {SNAPSHOTS:,} at a time unless `limit` says otherwise, "
    f"at most {MOST_SNAPSHOTS:,}"
)

ADDRESSES = (
    Described("/api/v1/objectives", "Objectives with their scores", _FILTERED, "objectives", ENDINGS),
    Described(
        "/api/v1/key-results",
        "Key results as of a day: value, target, progress, status, reason, forecast",
        _FILTERED,
        "key_results",
        ENDINGS,
    ),
    Described(
        _KEY_RESULT, "One key result whole: also its SQL, parameters, sub-periods, sources and daily values", _DAY
    ),
    Described(
        f"{_KEY_RESULT}/history",
        "The daily values of one key result, as they are known now",
        (*_DAY, "limit", "offset"),
        "history",
        ENDINGS,
    ),
    Described(f"{_KEY_RESULT}/evidence", _EVIDENCE, (*_DAY, "limit"), "", ENDINGS),
    Described("/api/v1/history", "The daily values of all key results", _FILTERED, "history", ENDINGS),
    Described("/api/v1/snapshots", _SNAPSHOTS, ("cursor", "limit"), "snapshots", ENDINGS),
    Described("/api/v1/sources", "Sources: how fresh, up to when complete", _FILTERED, "sources", ENDINGS),
    Described("/api/v1/cycles", "Which cycles are published, and of which days there is a report"),
    Described("/api/v1/openapi.json", "This description"),
    Described("/api/v1/health", "200 while the process answers", open_to_all=True),
    Described("/api/v1/readiness", "200 once there is something to show, 503 before", open_to_all=True),
    Described("/metrics", "For Prometheus", kind="text/plain"),
)


@cache
def document() -> dict[str, object]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OKR numbers",
            "version": _version(),
            "summary": "Objectives and key results, with where every number comes from",
            "description": "Reads what was published last. Shares and values in % are fractions: 0.62 is 62 %. Money is in whole currency "
            "units with decimals. Days are the company's; moments are UTC. Missing is null or empty, never zero.",
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": {address: path for each in ADDRESSES for address, path in _paths(each)},
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "needed unless no token is configured"},
                "basic": {"type": "http", "scheme": "basic", "description": "any user name; the token is the password"},
            },
            "schemas": {**{_title(name): _row(name) for name in table_columns()}, "Problem": _PROBLEM},
            "responses": {"Problem": {"description": "RFC 9457", "content": {PROBLEM: {"schema": _reference("Problem")}}}},
        },
    }  # fmt: skip


def described(asking: Asking) -> Answer:
    asking.allow()
    return Answer(json.dumps(document(), ensure_ascii=False).encode(), JSON)


def for_people(asking: Asking) -> Answer:
    asking.allow()
    columns = {
        name: [(each.name, each.kind, each.meaning) for each in listed] for name, listed in table_columns().items()
    }
    parameters = {name: text for name, (text, _) in _PARAMETERS.items()}
    content = {"addresses": ADDRESSES, "columns": columns, "parameters": parameters}
    return page(asking, "api.html.j2", "API", content)


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _version() -> str:
    try:
        return version("okr-numbers")
    except PackageNotFoundError:
        return "0"


def _paths(each: Described) -> list[tuple[str, Schema]]:
    """Without an ending it is JSON; each ending is an address of its own, as OpenAPI knows no optional parts."""
    found = [(each.address, _path(each, each.kind, ""))]
    kinds = {"json": JSON, "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
    return found + [(f"{each.address}.{ending}", _path(each, kinds[ending], ending)) for ending in each.endings]


def _path(each: Described, kind: str, ending: str) -> Schema:
    operation: Schema = {
        "summary": each.what,
        "operationId": "".join(part.capitalize() for part in _words(each.address))
        + (ending.capitalize() if each.endings else ""),
        "parameters": [_parameter(name) for name in each.parameters],
        "responses": {
            "200": {"description": each.what, "content": {kind: {"schema": _schema(each, kind)}}},
            "304": {"description": "unchanged since the ETag in If-None-Match"},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if each.open_to_all:
        operation["security"] = []
    item: Schema = {"get": operation}
    if "{key_result_id}" in each.address:
        item["parameters"] = [{"name": "key_result_id", "in": "path", "required": True, "schema": {"type": "string"}}]
    return item


def _words(address: str) -> Sequence[str]:
    return [
        part
        for part in address.replace("{", "")
        .replace("}", "")
        .replace("_", "/")
        .replace("-", "/")
        .replace(".", "/")
        .split("/")
        if part
    ]


def _parameter(name: str) -> Schema:
    text, schema = _PARAMETERS[name]
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _schema(each: Described, kind: str) -> Schema:
    if kind == "application/vnd.apache.parquet":
        return {"type": "string", "contentEncoding": "binary"}
    if kind != JSON:
        return {"type": "string"}
    if not each.table:
        return {"type": "object"}
    rows: Schema = {"type": "array", "items": _reference(_title(each.table))}
    return {"type": "object", "required": ["_meta", "rows"], "properties": {"_meta": {"type": "object"}, "rows": rows}}


def _title(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_")) + "Row"


def _row(name: str) -> Schema:
    properties = {each.name: {**_KIND[each.kind], "description": each.meaning} for each in table_columns()[name]}
    if name == "snapshots":
        properties = {"seq": {"type": "integer", "description": "the order in which it was appended"}, **properties}
    return {"type": "object", "properties": properties}


_PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what, why, and what to do"},
        "instance": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "string"}, "description": "one line per wrong parameter"},
    },
}
