"""Writes one snapshot as the event `key_result.progress`: the bytes that are signed and sent.

The bytes depend only on the snapshot and on names, so that a second attempt sends the same ones. Field names are those of
`okr_mappings.snapshot`, described for receivers in `connectors/trackers/webhook.schema.json`. The SQL text stays at home: it is
long, and says more about the warehouse than a receiver should know; `sql_hash` identifies it. Numbers that are none (NaN,
infinity) become null, which also means "there is no such number".
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum

from okr_mappings.snapshot import ProgressDocument, Snapshot

EVENT_TYPE = "key_result.progress"
EVENT_SCHEMA_VERSION = 1
MOST_BYTES = 20_000
LONGEST_TEXT = 1_000
NEVER_SENT = frozenset({"sql"})
_FIRST_TO_GO = ("sub_periods", "parameters", "sources", "error", "formula", "notes", "source_link", "reason")

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class TooLargeError(Exception):
    """The event does not fit even without everything that may be left out."""


def event_body(document: ProgressDocument, snapshot: Snapshot) -> bytes:
    """The event as UTF-8 JSON below 20 KB; what had to go is named in `data.left_out`."""
    data = _data(document, snapshot)
    event: dict[str, Json] = {"type": EVENT_TYPE, "timestamp": _moment(snapshot.computed_at), "data": data}
    body = _bytes(event)
    facts = data["snapshot"]
    left_out: list[Json] = []
    for name in _FIRST_TO_GO:
        if len(body) < MOST_BYTES:
            return body
        if isinstance(facts, dict) and facts.pop(name, None):
            left_out.append(name)
            data["left_out"] = left_out
            body = _bytes(event)
    if len(body) < MOST_BYTES:
        return body
    raise TooLargeError(
        f"the message about {snapshot.key_result_id} has {len(body)} bytes, more than {MOST_BYTES}. Shorten its texts."
    )


def _data(document: ProgressDocument, snapshot: Snapshot) -> dict[str, Json]:
    same_cycle = document.cycle_id == snapshot.cycle_id
    teams = {team.team_id: team.name for team in document.teams}
    objectives = {item.objective_id: item.title for item in document.objectives if item.cycle_id == snapshot.cycle_id}
    return {
        "schema_version": EVENT_SCHEMA_VERSION,
        "company": _text(document.company),
        "time_zone": document.time_zone,
        "currency": document.currency,
        "cycle": {
            "id": snapshot.cycle_id,
            "label": _text(document.cycle_label) if same_cycle else None,
            "start": snapshot.cycle_start.isoformat(),
            "end": snapshot.cycle_end.isoformat(),
        },
        "team": {"id": snapshot.team_id, "name": _json(teams.get(snapshot.team_id))},
        "objective": {"id": snapshot.objective_id, "title": _json(objectives.get(snapshot.objective_id))},
        "snapshot": _fields(snapshot),
        "left_out": [],
    }


def _bytes(event: dict[str, Json]) -> bytes:
    return json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def _fields(value: object) -> dict[str, Json]:
    named = fields(value)  # type: ignore[arg-type]
    return {field.name: _json(getattr(value, field.name)) for field in named if field.name not in NEVER_SENT}


def _json(value: object) -> Json:
    if value is None:
        return None
    if is_dataclass(value):
        return _fields(value)
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise TypeError(f"{type(value).__name__} has no place in an event")


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _text(value: str) -> str:
    return value if len(value) <= LONGEST_TEXT else value[: LONGEST_TEXT - 1] + "…"


_WRITERS: tuple[tuple[type, Callable[..., Json]], ...] = (
    (Enum, lambda value: str(value.value)),
    (bool, bool),
    (int, int),
    (float, lambda value: value if math.isfinite(value) else None),
    (str, _text),
    (datetime, _moment),
    (date, lambda value: value.isoformat()),
    (tuple, lambda value: [_json(item) for item in value]),
    (list, lambda value: [_json(item) for item in value]),
    (Mapping, lambda value: {str(key): _json(item) for key, item in value.items()}),
)
