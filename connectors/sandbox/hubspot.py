"""HubSpot's CRM API as far as reading goes: lists, search, batch reading, owners, pipelines and properties.

Both address styles work: /crm/v3/objects/contacts and the dated /crm/objects/2026-09/contacts. Values are texts or null.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from connectors.sandbox.answer import Answer, Request, VendorError, html_answer, json_answer
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.moments import iso
from connectors.sandbox.company.record import HistoryEntry, Record
from connectors.sandbox.company.schema import ObjectType, object_type
from connectors.sandbox.hubspot_emails import emails_page
from connectors.sandbox.hubspot_errors import error, invalid_token, missing_scopes, refuse
from connectors.sandbox.hubspot_search import MAX_BODY, parse_search, run_search
from connectors.sandbox.hubspot_settings import account_details, owners_page, pipelines_page, properties_page

MAX_LIST, MAX_WITH_HISTORY, MAX_BATCH = 100, 50, 100
MAX_TARGET = 16_000
_DATED = re.compile(r"^/crm/(objects|owners|pipelines|properties)/20\d\d-(?:03|09)(?=/|$)")
_PER_DAY = 650_000
MOST_HISTORY = 45
"""Changes of a property that are told; HubSpot's own limit for contacts."""


class HubSpotApi:
    """Answers for one company; `index_lag_ms` is how long search does not know of a write;
    `calls_per_ten_seconds` is what the headers say, if anything."""

    def __init__(self, company: Company, token: str, index_lag_ms: int) -> None:
        self.company = company
        self.token = token
        self.index_lag_ms = index_lag_ms
        self.missing_scopes: set[str] = set()
        self.calls_per_ten_seconds: int | None = None
        self._count = 0

    def answer(self, request: Request) -> Answer:
        if len(request.path) + len(request.raw_query) > MAX_TARGET:
            return html_answer(414, "414 Request-URI Too Large")
        if request.bearer != self.token:
            return invalid_token()
        path = _DATED.sub(r"/crm/v3/\1", request.path).rstrip("/")
        self._count += 1
        try:
            with self.company.lock:
                answer = self._route(request, path.removeprefix("/crm/v3/").split("/"))
        except VendorError as refused:
            answer = refused.answer
        if not path.endswith("/search"):
            answer.headers.update(self._limits())
        return answer

    def _limits(self) -> dict[str, str]:
        """Of the day always; that of ten seconds where the company is given one, for the sandbox answers as fast as it is asked."""
        said = {
            "X-HubSpot-RateLimit-Daily": str(_PER_DAY),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, _PER_DAY - self._count)),
        }
        if self.calls_per_ten_seconds is not None:
            said["X-HubSpot-RateLimit-Max"] = str(self.calls_per_ten_seconds)
            said["X-HubSpot-RateLimit-Interval-Milliseconds"] = "10000"
        return said

    def _route(self, request: Request, parts: Sequence[str]) -> Answer:
        match (request.method, *parts):
            case ("GET", "owners", *rest):
                return owners_page(self.company, request.query, rest)
            case ("GET", "", *rest):
                return self._beside_the_crm(request, rest)
            case ("GET", "pipelines", word, *rest):
                return pipelines_page(self.company, self._kind(word).name, rest)
            case ("GET", "properties", word, *rest):
                return properties_page(self.company, self._kind(word), rest)
            case (_, "objects", word, *rest):
                return self._objects(request, self._kind(word), rest)
        return html_answer(404, "404 Not Found")

    def _beside_the_crm(self, request: Request, parts: Sequence[str]) -> Answer:
        match parts:
            case ("account-info", "v3", "details"):
                self._needs("account-info")
                return account_details(self.company)
            case ("marketing", "v3", "emails"):
                self._needs("content")
                return emails_page(self.company, request.query)
        return html_answer(404, "404 Not Found")

    def _needs(self, scope: str) -> None:
        if scope in self.missing_scopes:
            raise VendorError(missing_scopes(scope))

    def _objects(self, request: Request, kind: ObjectType, rest: Sequence[str]) -> Answer:
        match (request.method, *rest):
            case ("GET",):
                return self._list(request.query, kind)
            case ("POST", "search"):
                return self._search(request, kind)
            case ("POST", "batch", "read"):
                return self._batch(request, kind)
            case ("GET", record_id):
                return self._one(request.query, kind, record_id)
        return error(405, "Method not allowed: the sandbox imitates reading only.", "METHOD_NOT_ALLOWED")

    def _kind(self, word: str) -> ObjectType:
        kind = object_type(word)
        name = kind.name if kind else word
        if name in self.missing_scopes or name == "leads":
            raise VendorError(missing_scopes(f"crm.objects.{name}.read"))
        if kind is None:
            raise refuse(f"Unable to infer object type from: {word}")
        return kind

    def _list(self, query: Mapping[str, str], kind: ObjectType) -> Answer:
        history = _known(_words(query, "propertiesWithHistory"), self.company, kind)
        limit = _limit(query, MAX_WITH_HISTORY if "propertiesWithHistory" in query else MAX_LIST)
        archived = query.get("archived", "false").lower() == "true"
        table = self.company.tables[kind.name]
        ids = table.ids(archived=archived)
        begin = int(ids.searchsorted(_cursor(query.get("after")), side="right"))
        page = ids[begin : begin + limit]
        names = self._names(_words(query, "properties"), kind)
        associated = _words(query, "associations")
        records = [
            table.get(int(record_id), [*names, "associatedcompanyid", "associated_company_id"], history)
            for record_id in page
        ]
        results = [_shown(r, kind, names, history, associated) for r in records if r is not None]
        content: dict[str, Any] = {"results": results}
        if begin + limit < len(ids):
            content["paging"] = _next(_opaque(int(page[-1])), kind)
        return json_answer(content)

    def _search(self, request: Request, kind: ObjectType) -> Answer:
        if len(request.body) > MAX_BODY:
            raise refuse(f"The request body is too long: {len(request.body)} characters, at most {MAX_BODY}")
        search = parse_search(_json(request.body), kind, self.company.properties[kind.name])
        table = self.company.tables[kind.name]
        indexed_until = self.company.clock.now_ms() - self.index_lag_ms
        total, records = run_search(search, table, kind, indexed_until)
        names = self._names(search.names, kind)
        content: dict[str, Any] = {"total": total, "results": [_shown(r, kind, names) for r in records]}
        end = search.after + search.limit
        if end < total:
            content["paging"] = {"next": {"after": str(end)}}
        return json_answer(content)

    def _batch(self, request: Request, kind: ObjectType) -> Answer:
        content = _json(request.body)
        if not isinstance(content, dict) or not isinstance(content.get("inputs"), list):
            raise refuse("Invalid input JSON: `inputs` must be a list")
        wanted = content["inputs"]
        history = _known(content.get("propertiesWithHistory") or (), self.company, kind)
        limit = MAX_WITH_HISTORY if content.get("propertiesWithHistory") else MAX_BATCH
        if len(wanted) > limit:
            raise refuse(f"Batch size {len(wanted)} exceeds the limit of {limit}")
        archived = request.query.get("archived", "false").lower() == "true"
        ids = [str(item.get("id")) for item in wanted]
        found = {i: self._find(i, kind, content.get("properties") or (), history, archived=archived) for i in ids}
        missing = [i for i, shown in found.items() if shown is None]
        now = iso(self.company.clock.now_ms())
        results = [shown for shown in found.values() if shown is not None]
        answer: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        if not missing:
            return json_answer(answer)
        message = "Could not get some objects, they may be deleted or not exist. Check that ids are valid."
        explanation = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": message,
            "context": {"ids": missing},
        }
        return json_answer(answer | {"numErrors": 1, "errors": [explanation]}, 207)

    def _one(self, query: Mapping[str, str], kind: ObjectType, record_id: str) -> Answer:
        history = _known(_words(query, "propertiesWithHistory"), self.company, kind)
        archived = query.get("archived", "false").lower() == "true"
        shown = self._find(record_id, kind, _words(query, "properties"), history, archived=archived)
        if shown is None:
            raise refuse("resource not found", "OBJECT_NOT_FOUND", 404)
        return json_answer(shown)

    def _find(
        self, record_id: str, kind: ObjectType, asked: Iterable[str], history: Sequence[str], *, archived: bool
    ) -> dict[str, Any] | None:
        if not record_id.isdigit():
            return None
        names = self._names(asked, kind)
        record = self.company.tables[kind.name].get(int(record_id), names, history)
        return None if record is None or record.archived != archived else _shown(record, kind, names, history)

    def _names(self, asked: Iterable[str], kind: ObjectType) -> list[str]:
        """Unknown names are dropped without a word, as HubSpot does."""
        known = self.company.properties[kind.name]
        return [name for name in asked if name in known] or list(kind.default)


def _shown(
    record: Record, kind: ObjectType, names: Iterable[str], history: Sequence[str] = (), associated: Sequence[str] = ()
) -> dict[str, Any]:
    created, modified = iso(record.created), iso(record.modified)
    values = record.properties
    shown: dict[str, Any] = {
        "id": str(record.id),
        "properties": {name: values.get(name) for name in names}
        | {kind.created: created, "hs_object_id": str(record.id), kind.modified: modified},
        "createdAt": created,
        "updatedAt": modified,
        "archived": record.archived,
    }
    if history:
        shown["propertiesWithHistory"] = {name: _history(record.history.get(name, ())) for name in history}
    if record.archived_at is not None:
        shown["archivedAt"] = iso(record.archived_at)
    company = values.get("associatedcompanyid") or values.get("associated_company_id")
    if "companies" in associated and company:
        shown["associations"] = {"companies": {"results": [{"id": company, "type": f"{kind.name[:-1]}_to_company"}]}}
    return shown


def _history(entries: Sequence[HistoryEntry]) -> list[dict[str, Any]]:
    """Newest first, and no more than the latest."""
    return [
        {"value": e.value, "timestamp": iso(e.ms), "sourceType": e.source_type}
        | ({"sourceId": e.source_id} if e.source_id else {})
        for e in list(reversed(entries))[:MOST_HISTORY]
    ]


def _words(query: Mapping[str, str], name: str) -> list[str]:
    return [word.strip() for word in query.get(name, "").split(",") if word.strip()]


def _known(asked: Iterable[str], company: Company, kind: ObjectType) -> list[str]:
    return [name for name in asked if name in company.properties[kind.name]]


def _limit(query: Mapping[str, str], highest: int) -> int:
    text = query.get("limit") or "10"
    if not text.isdigit() or int(text) < 1:
        raise refuse(f"Invalid query parameter: limit must be a whole number above 0, was {text}")
    if int(text) > highest:
        raise refuse(f"Invalid query parameter: limit must be at most {highest}, was {text}")
    return int(text)


def _opaque(record_id: int) -> str:
    return base64.urlsafe_b64encode(f"{record_id}\n".encode()).decode()


def _cursor(after: str | None) -> int:
    if not after:
        return -1
    try:
        return int(base64.urlsafe_b64decode(after).decode())
    except ValueError:
        raise refuse(f"Invalid query parameter: after is not a cursor: {after}") from None


def _next(after: str, kind: ObjectType) -> dict[str, Any]:
    return {"next": {"after": after, "link": f"https://api.hubapi.com/crm/v3/objects/{kind.name}?after={after}"}}


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise refuse(f"Invalid input JSON on line 1: {wrong}") from None
