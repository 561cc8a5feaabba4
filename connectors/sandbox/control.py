"""The sandbox's own addresses under /_sandbox/, for people and programs outside its process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import orjson

from connectors.sandbox.answer import Answer, Request, json_answer
from connectors.sandbox.company import truth
from connectors.sandbox.faults import Fault

if TYPE_CHECKING:
    from connectors.sandbox.server import Sandbox

PREFIX = "/_sandbox/"


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Wrong input is a 400 with one sentence."""
    try:
        return _route(sandbox, request)
    except (ValueError, KeyError, TypeError) as wrong:
        return json_answer({"error": f"{type(wrong).__name__}: {wrong}"}, 400)


def _route(sandbox: Sandbox, request: Request) -> Answer:
    act = _ROUTES.get((request.method, request.path.removeprefix(PREFIX)))
    if act is None:
        known = ", ".join(f"{method} {PREFIX}{name}" for method, name in _ROUTES)
        return json_answer({"error": f"no such address: {request.method} {request.path}. Known: {known}"}, 404)
    return json_answer(act(sandbox, request))


def _add_fault(sandbox: Sandbox, request: Request) -> object:
    return asdict(sandbox.faults.add(Fault(**orjson.loads(request.body))))


def _list_faults(sandbox: Sandbox, _request: Request) -> object:
    return [asdict(fault) for fault in sandbox.faults]


def _clear_faults(sandbox: Sandbox, _request: Request) -> object:
    sandbox.faults.clear()
    return []


def _list_calls(sandbox: Sandbox, request: Request) -> object:
    """?path=/crm/v3/objects/contacts for those only; `total` counts forgotten ones too, `most_at_once` those under way together."""
    calls = [asdict(call) for call in sandbox.calls.to(request.query.get("path", "/"))]
    return {"total": sandbox.calls.total, "most_at_once": sandbox.calls.most_at_once, "calls": calls}


def _clear_calls(sandbox: Sandbox, _request: Request) -> object:
    sandbox.calls.clear()
    return []


def _tell_clock(sandbox: Sandbox, _request: Request) -> object:
    return {"now": sandbox.clock.now().isoformat()}


def _move_clock(sandbox: Sandbox, request: Request) -> object:
    """{"now": "2026-11-22T05:00:00Z"} or {"advance": {"hours": 1}}."""
    asked: dict[str, Any] = orjson.loads(request.body)
    if "now" in asked:
        sandbox.clock.set(datetime.fromisoformat(asked["now"]))
    sandbox.clock.advance(**asked.get("advance", {}))
    return _tell_clock(sandbox, request)


def _truth(sandbox: Sandbox, request: Request) -> object:
    """?metric=website_sessions&from=2026-10-01&to=2026-11-21; without a metric the names."""
    name = request.query.get("metric")
    if name is None:
        return sorted(truth.METRICS)
    begin, end = date.fromisoformat(request.query["from"]), date.fromisoformat(request.query["to"])
    with sandbox.company.lock:
        return {"metric": name, "from": begin, "to": end, "value": truth.METRICS[name](sandbox.company, begin, end)}


_ROUTES: Mapping[tuple[str, str], Callable[[Sandbox, Request], object]] = {
    ("GET", "health"): lambda _sandbox, _request: {"status": "ok"},
    ("GET", "clock"): _tell_clock,
    ("POST", "clock"): _move_clock,
    ("GET", "faults"): _list_faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "calls"): _list_calls,
    ("DELETE", "calls"): _clear_calls,
    ("GET", "truth"): _truth,
    ("GET", "webhooks"): lambda sandbox, _request: sandbox.webhooks.messages,
    ("GET", "sheet"): lambda sandbox, _request: sandbox.sheets.book.shown_rows(),
    ("GET", "slack"): lambda sandbox, _request: sandbox.slack.rendered(),
    ("GET", "teams"): lambda sandbox, _request: sandbox.teams.rendered(),
}
