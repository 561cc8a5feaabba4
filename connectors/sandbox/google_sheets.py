"""Google Sheets' API v4, as far as a tracker goes: spreadsheets.get and batchUpdate, values.batchGet, batchUpdate and append.

Every request is atomic. Quotas count real minutes, since the sandbox's own clock stands still. A spreadsheet must be shared with the
service account: as editor to be written, as viewer to be read.
"""

from __future__ import annotations

import copy
import re
import threading
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from connectors.sandbox.answer import Answer, Request, json_answer
from connectors.sandbox.ga4 import google_error
from connectors.sandbox.google_keys import EMAIL, ServiceAccount
from connectors.sandbox.google_sheets_book import Area, Book, SheetTab
from connectors.sandbox.google_sheets_requests import PROTECTED, apply, check_size, described, may_edit
from connectors.sandbox.google_sheets_values import Change, Refused, a1, changes, parse, read

PREFIX = "/v4/spreadsheets/"
SCOPE = "https://www.googleapis.com/auth/spreadsheets"
BOOK_ID = "1BrightwaterOkrTrackerSandbox0000000000000000"
PER_MINUTE = 60
_PATH = re.compile(r"^/v4/spreadsheets/([^/:]+)(?:/values/?([^:]*(?::[^:]*)??))?(?::(\w+))?$")
_BODIES = {
    "batchUpdate": {"requests", "includeSpreadsheetInResponse", "responseRanges", "responseIncludeGridData"},
    "values:batchUpdate": {
        "valueInputOption",
        "data",
        "includeValuesInResponse",
        "responseValueRenderOption",
        "responseDateTimeRenderOption",
    },
    "append": {"range", "majorDimension", "values"},
}


class SheetsApi:
    """The spreadsheets by id; `reads_per_minute` and `writes_per_minute` may be lowered, `disabled` switches the API off."""

    def __init__(self, account: ServiceAccount) -> None:
        book = Book(BOOK_ID)
        book.shared[EMAIL] = "writer"
        self.books = {book.identity: book}
        self.reads_per_minute = self.writes_per_minute = PER_MINUTE
        self.disabled = False
        self._account = account
        self._lock = threading.Lock()
        self._calls: dict[str, deque[float]] = {"Read": deque(), "Write": deque()}

    @property
    def book(self) -> Book:
        return self.books[BOOK_ID]

    def answer(self, request: Request) -> Answer:
        allowed = (SCOPE, f"{SCOPE}.readonly") if request.method == "GET" else (SCOPE,)
        refused = [self._account.refusal(request.bearer, each, "https://sheets.googleapis.com/") for each in allowed]
        if all(refused) and (why := refused[0]):
            return google_error(401, why, reason="ACCESS_TOKEN_INVALID")
        if self.disabled:
            message = (
                "Google Sheets API has not been used in project 1082 before or it is disabled. Enable it, then retry."
            )
            return google_error(403, message, reason="SERVICE_DISABLED")
        found = _PATH.match(request.path)
        if found is None:
            return google_error(404, f"Method not found: {request.path}")
        with self._lock:
            return self._over_quota(request.method) or self._permitted(request, *found.groups())

    def _over_quota(self, method: str) -> Answer | None:
        kind, limit = ("Read", self.reads_per_minute) if method == "GET" else ("Write", self.writes_per_minute)
        calls, now = self._calls[kind], time.monotonic()
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) < limit:
            calls.append(now)
            return None
        message = (
            f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per minute per user' of service "
            "'sheets.googleapis.com' for consumer 'project_number:108200000000'."
        )
        meta = {"quota_limit": f"{kind}RequestsPerMinutePerUser", "service": "sheets.googleapis.com"}
        return google_error(429, message, reason="RATE_LIMIT_EXCEEDED", metadata=meta)

    def _permitted(self, request: Request, identity: str, values: str | None, verb: str | None) -> Answer:
        book = self.books.get(identity)
        if book is None:
            return google_error(404, "Requested entity was not found.")
        role = book.shared.get(EMAIL)
        if role is None or (role == "reader" and request.method != "GET"):
            return google_error(403, "The caller does not have permission")
        try:
            return json_answer(self._route(request, book, values, verb))
        except Refused as refused:
            return google_error(400, str(refused))
        except orjson.JSONDecodeError as wrong:
            return google_error(400, f"Invalid JSON payload received. {wrong}")

    def _route(self, request: Request, book: Book, values: str | None, verb: str | None) -> dict[str, Any]:
        query = parse_qs(request.raw_query, keep_blank_values=True)
        act = (request.method, "values" if values is not None else "", verb)
        if act == ("GET", "", None):
            return dict(masked(described(book, EMAIL), query.get("fields", ["*"])[0]))
        if act == ("GET", "values", "batchGet"):
            return _batch_get(book, query)
        if act == ("POST", "values", "batchUpdate"):
            return _values_update(book, _body(request, "values:batchUpdate"))
        if act == ("POST", "values", "append"):
            return _append(book, unquote(values or ""), _body(request, "append"), query)
        if act == ("POST", "", "batchUpdate"):
            return self._update(book, _body(request, "batchUpdate"))
        raise Refused(f"The sandbox does not know {request.method} {request.path}")

    def _update(self, book: Book, body: dict[str, Any]) -> dict[str, Any]:
        trial = copy.copy(book)
        trial.tabs = copy.deepcopy(book.tabs)
        replies = [apply(trial, each, number, EMAIL) for number, each in enumerate(body.get("requests", []))]
        if not replies:
            raise Refused("Must specify at least one request.")
        # the same objects go on, with new content: somebody may be looking at them
        known = {tab.number: tab for tab in book.tabs}
        book.tabs = [known[tab.number].become(tab) if tab.number in known else tab for tab in trial.tabs]
        book.revision += 1
        return {"spreadsheetId": book.identity, "replies": replies}


def masked(content: Any, fields: str) -> Any:
    """A field mask like `sheets(properties(title),protectedRanges)`; `a.b` is `a(b)`."""
    if fields == "*":
        return content
    if isinstance(content, list):
        return [masked(each, fields) for each in content]
    shown: dict[str, Any] = {}
    for name, inner in _fields(fields):
        if name in content:
            part = masked(content[name], inner or "*")
            shown[name] = {**shown[name], **part} if isinstance(shown.get(name), dict) else part
    return shown


def _fields(text: str) -> list[tuple[str, str]]:
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text + ","):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    if depth:
        raise Refused("Invalid field selection")
    found = []
    for part in parts:
        split = re.match(r"^(\w+)(?:\.(.+)|\((.+)\))?$", part)
        if split is None:
            raise Refused(f"Invalid field selection {part}")
        found.append((split[1], split[2] or split[3] or ""))
    return found


def _body(request: Request, kind: str) -> dict[str, Any]:
    body = orjson.loads(request.body)
    unknown = set(body) - _BODIES[kind] if isinstance(body, dict) else {"?"}
    if unknown:
        raise Refused(f'Invalid JSON payload received. Unknown name "{min(unknown)}": Cannot find field.')
    return dict(body)


def _batch_get(book: Book, query: dict[str, list[str]]) -> dict[str, Any]:
    render = query.get("valueRenderOption", ["FORMATTED_VALUE"])[0]
    dimension = query.get("majorDimension", ["ROWS"])[0]
    ranges = [read(book, text, render, dimension) for text in query.get("ranges", [])]
    return {"spreadsheetId": book.identity, "valueRanges": ranges}


def _option(text: Any) -> str:
    if text not in ("RAW", "USER_ENTERED"):
        raise Refused("'valueInputOption' is required but not specified")
    return str(text)


def _values_update(book: Book, body: dict[str, Any]) -> dict[str, Any]:
    option = _option(body.get("valueInputOption"))
    wanted: list[Change] = []
    for number, data in enumerate(body.get("data", [])):
        where = f"Invalid data[{number}]: "
        found = changes(book, data, option, where)
        if any(not may_edit(tab, Area(row, row + 1, column, column + 1), EMAIL) for tab, row, column, _ in found):
            raise Refused(where + PROTECTED)
        wanted += found
    for tab, row, column, content in wanted:
        tab.put(row, column, content)
    book.revision += 1
    answers = [_updated(book, data, body) for data in body.get("data", [])]
    return {
        "spreadsheetId": book.identity,
        "totalUpdatedCells": len(wanted),
        "totalUpdatedRows": len({(tab.number, row) for tab, row, _, _ in wanted}),
        "responses": answers,
    }


def _updated(book: Book, data: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    tab, area = parse(book, data["range"])
    shown: dict[str, Any] = {"spreadsheetId": book.identity, "updatedRange": a1(tab, area)}
    if body.get("includeValuesInResponse"):
        render = body.get("responseValueRenderOption", "FORMATTED_VALUE")
        shown["updatedData"] = read(book, data["range"], render, data.get("majorDimension", "ROWS"))
    return shown


def _append(book: Book, text: str, body: dict[str, Any], query: dict[str, list[str]]) -> dict[str, Any]:
    option = _option(query.get("valueInputOption", [""])[0])
    tab, area = parse(book, text)
    lines = body.get("values", [])
    start = _after_table(tab, area)
    tab.resize(max(tab.row_count, start + len(lines)), tab.column_count)
    check_size(book, "")
    whole = a1(tab, Area(start, start + len(lines), area.left, tab.column_count))
    for found, row, column, content in changes(book, {"range": whole, "values": lines}, option, ""):
        if not may_edit(found, Area(row, row + 1, column, column + 1), EMAIL):
            raise Refused(PROTECTED)
        found.put(row, column, content)
    book.revision += 1
    return {"spreadsheetId": book.identity, "tableRange": a1(tab, area), "updates": {"updatedRange": whole}}


def _after_table(tab: SheetTab, area: Area) -> int:
    """The first blank row below the table at the range's top; people who leave gaps get their rows in the gap."""
    row = area.top
    while row < tab.row_count and tab.rows[row]:
        row += 1
    return row
