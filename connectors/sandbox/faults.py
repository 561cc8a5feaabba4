"""Switchable misbehaviour: what networks and vendors do on bad days, for the next so many matching calls.

A fault looks at calls in order: it lets `after` matching ones pass, then spoils `times` of them (None: all).
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from connectors.sandbox import mailchimp, surveymonkey, typeform
from connectors.sandbox.answer import Answer, Request, html_answer
from connectors.sandbox.ga4 import google_error
from connectors.sandbox.hubspot_errors import error, invalid_token, missing_scopes, rate_limited
from connectors.sandbox.salesforce_errors import spoilt
from connectors.sandbox.social_errors import spoilt as spoilt_social


class FaultKind(StrEnum):
    """`status` answers replace the vendor's; `changed` ones alter its body; `broken` ones break the connection."""

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    RATE_LIMITED = "429"
    SERVER_ERROR = "5xx"
    RESET = "reset"
    SLOW = "slow"
    CUT_SHORT = "cut_short"
    CUT_MATCHING = "cut_matching"
    HTML_200 = "200_html"
    ERROR_200 = "200_error"
    EMPTY_200 = "200_empty"
    MISSING_FIELD = "missing_field"
    NEW_FIELD = "new_field"
    WRONG_TYPE = "wrong_type"
    DUPLICATE = "duplicate"


@dataclass(slots=True)
class Fault:
    """What goes wrong, where and how often.

    `contains` is looked for in query and body. `retry_after` is sent as it is ("2", "10000", an HTTP date), None sends
    none. `policy` is HubSpot's: TEN_SECONDLY_ROLLING, SECONDLY or DAILY. `status` is that of a 5xx. `seconds` is how long a
    slow answer waits. `field` is the property or top-level member that goes missing, appears or changes its type to `value`.
    A duplicate repeats the last record of the page before as the first of the next.
    """

    path_prefix: str
    kind: str
    times: int | None = 1
    after: int = 0
    method: str | None = None
    contains: str = ""
    retry_after: str | None = None
    policy: str = "TEN_SECONDLY_ROLLING"
    status: int = 502
    seconds: float = 1.0
    field: str = "results"
    value: Any = 12345
    message: str = ""

    def __post_init__(self) -> None:
        self.kind = FaultKind(self.kind)

    def concerns(self, request: Request) -> bool:
        if not request.path.startswith(self.path_prefix) or self.method not in (None, request.method):
            return False
        return not self.contains or self.contains in f"{request.raw_query}\n{request.body.decode('utf-8', 'replace')}"


class Faults:
    """The faults switched on; the first that concerns a call spoils it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._last_record: dict[str, Any] = {}

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults))

    def __len__(self) -> int:
        return len(self._faults)

    def next_for(self, request: Request) -> Fault | None:
        """Counts the call against every fault that concerns it."""
        with self._lock:
            due = [fault for fault in self._faults if fault.concerns(request)]
            chosen: Fault | None = None
            for fault in due:
                if fault.after > 0:
                    fault.after -= 1
                elif chosen is None and fault.times != 0:
                    chosen = fault
            if chosen is not None and chosen.times is not None:
                chosen.times -= 1
            self._faults = [fault for fault in self._faults if fault.times != 0]
            return chosen

    def spoil(self, fault: Fault, request: Request, answer: Answer) -> Answer:
        google = request.path.startswith(("/v1beta/", "/v4/"))
        replaced = (
            _salesforce(fault, request)
            or _social(fault, request)
            or _surveys_and_letters(fault, request)
            or _replacement(fault, google=google)
        )
        if replaced is not None:
            return replaced
        if fault.kind == FaultKind.CUT_SHORT:
            return replace(answer, body=answer.body[: len(answer.body) // 2], promised=len(answer.body))
        if fault.kind == FaultKind.CUT_MATCHING:
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        if fault.kind == FaultKind.DUPLICATE:
            return self._with_duplicate(request, answer)
        changed = _CHANGES.get(fault.kind)
        return answer if changed is None else _changed(answer, fault, changed)

    def remember(self, request: Request, answer: Answer) -> None:
        """The last record of each listing, should a duplicate be wanted later."""
        if any(fault.kind == FaultKind.DUPLICATE for fault in self._faults) and b'"results"' in answer.body[:200]:
            results = orjson.loads(answer.body).get("results") or [None]
            self._last_record[request.path] = results[-1]

    def _with_duplicate(self, request: Request, answer: Answer) -> Answer:
        content = orjson.loads(answer.body)
        name = "records" if "records" in content else "results"
        before = self._last_record.get(request.path)
        again = before if before is not None else (content.get(name) or [None])[0]
        content[name] = ([] if again is None else [again]) + content.get(name, [])
        return replace(answer, body=orjson.dumps(content))


def _surveys_and_letters(fault: Fault, request: Request) -> Answer | None:
    path, kind, message = request.path, fault.kind, fault.message
    if path.startswith(surveymonkey.PREFIX):
        made = surveymonkey.spoilt(kind, message=message, policy=fault.policy)
    elif path.startswith(typeform.PREFIX):
        made = typeform.spoilt(kind, message=message)
    elif path.startswith(mailchimp.PREFIX):
        made = mailchimp.spoilt(kind, message=message, policy=fault.policy)
    else:
        return None
    if made is not None and fault.retry_after is not None:
        made.headers["Retry-After"] = fault.retry_after
    return made


def _salesforce(fault: Fault, request: Request) -> Answer | None:
    if not request.path.startswith("/services/"):
        return None
    login = request.path.startswith("/services/oauth2/")
    return spoilt(fault.kind, message=fault.message, policy=fault.policy, login=login)


def _social(fault: Fault, request: Request) -> Answer | None:
    return spoilt_social(fault.kind, request, message=fault.message, retry_after=fault.retry_after, policy=fault.policy)


def _replacement(fault: Fault, *, google: bool) -> Answer | None:
    make = _REPLACEMENTS.get(FaultKind(fault.kind))
    return None if make is None else make(fault, google)


def _unauthorized(fault: Fault, google: bool) -> Answer:
    if google:
        return google_error(401, fault.message or "Request had invalid authentication credentials.")
    return invalid_token()


def _forbidden(fault: Fault, google: bool) -> Answer:
    if google:
        return google_error(403, fault.message or "User does not have sufficient permissions for this property.")
    return missing_scopes(fault.message or "crm.objects.contacts.read")


def _rate_limited(fault: Fault, google: bool) -> Answer:
    message = fault.message or "Exhausted property tokens per hour. These quota tokens will return in under an hour."
    answer = google_error(429, message) if google else rate_limited(fault.policy)
    return answer if fault.retry_after is None else replace(answer, headers={"Retry-After": fault.retry_after})


def _server_error(fault: Fault, _google: bool) -> Answer:
    return html_answer(fault.status, fault.message or f"{fault.status} Server Error")


def _html(fault: Fault, _google: bool) -> Answer:
    return html_answer(200, fault.message or "Log in")


def _nothing(_fault: Fault, _google: bool) -> Answer:
    return Answer(200, b"")


def _error_inside(fault: Fault, google: bool) -> Answer:
    message = fault.message or "internal error"
    made = google_error(500, message) if google else error(500, message, "INTERNAL_ERROR")
    return replace(made, status=200)


_REPLACEMENTS: Mapping[FaultKind, Callable[[Fault, bool], Answer]] = {
    FaultKind.UNAUTHORIZED: _unauthorized,
    FaultKind.FORBIDDEN: _forbidden,
    FaultKind.RATE_LIMITED: _rate_limited,
    FaultKind.SERVER_ERROR: _server_error,
    FaultKind.HTML_200: _html,
    FaultKind.EMPTY_200: _nothing,
    FaultKind.ERROR_200: _error_inside,
}


def _changed(answer: Answer, fault: Fault, change: Any) -> Answer:
    if answer.content_type.startswith("text/csv"):
        return replace(answer, body=_changed_csv(answer.body, fault, change))
    content = orjson.loads(answer.body)
    for member in _members(content, fault.field):
        change(member, fault)
    return replace(answer, body=orjson.dumps(content))


def _changed_csv(body: bytes, fault: Fault, change: Any) -> bytes:
    """A column that goes, comes or holds something else in every row."""
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    for row in rows:
        change(row, fault)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _members(content: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The records' properties where the field is one of theirs, the whole answer otherwise; Salesforce's records are flat."""
    if isinstance(content.get("records"), list):
        return [content] if field in content else list(content["records"])
    records: list[Any] = content.get("results") or []
    properties = [r["properties"] for r in records if isinstance(r, dict) and isinstance(r.get("properties"), dict)]
    if field in content or not properties:
        return [content]
    return properties if field not in records[0] else list(records)


def _remove(member: dict[str, Any], fault: Fault) -> None:
    member.pop(fault.field, None)


def _set(member: dict[str, Any], fault: Fault) -> None:
    member[fault.field] = fault.value


_CHANGES: Mapping[str, Any] = {
    FaultKind.MISSING_FIELD: _remove,
    FaultKind.NEW_FIELD: _set,
    FaultKind.WRONG_TYPE: _set,
}
