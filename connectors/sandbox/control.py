"""The sandbox's own addresses under /_sandbox/, for people and programs outside its process."""

from __future__ import annotations

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
    match (request.method, request.path.removeprefix(PREFIX)):
        case (_, "clock"):
            return _clock(sandbox, request)
        case ("POST", "faults"):
            return json_answer(asdict(sandbox.faults.add(Fault(**orjson.loads(request.body)))))
        case ("GET", "faults"):
            return json_answer([asdict(fault) for fault in sandbox.faults])
        case ("DELETE", "faults"):
            sandbox.faults.clear()
            return json_answer([])
        case ("GET", "calls"):
            prefix = request.query.get("path", "/")
            return json_answer([asdict(call) for call in sandbox.calls.to(prefix)])
        case ("DELETE", "calls"):
            sandbox.calls.clear()
            return json_answer([])
        case ("GET", "truth"):
            return _truth(sandbox, request)
        case ("GET", "health"):
            return json_answer({"status": "ok"})
    return json_answer({"error": f"no such address: {request.method} {request.path}"}, 404)


def _clock(sandbox: Sandbox, request: Request) -> Answer:
    """POST {"now": "2026-11-22T05:00:00Z"} or {"advance": {"hours": 1}}; GET tells the time."""
    if request.method == "POST":
        asked: dict[str, Any] = orjson.loads(request.body)
        if "now" in asked:
            sandbox.clock.set(datetime.fromisoformat(asked["now"]))
        sandbox.clock.advance(**asked.get("advance", {}))
    return json_answer({"now": sandbox.clock.now().isoformat()})


def _truth(sandbox: Sandbox, request: Request) -> Answer:
    """?metric=website_sessions&from=2026-10-01&to=2026-11-21; without a metric the names."""
    name = request.query.get("metric")
    if name is None:
        return json_answer(sorted(truth.METRICS))
    begin, end = date.fromisoformat(request.query["from"]), date.fromisoformat(request.query["to"])
    return json_answer({"metric": name, "value": truth.METRICS[name](sandbox.company, begin, end)})
