"""Writes one snapshot as the event `key_result.progress`: the bytes that are signed and sent.

The bytes depend only on the snapshot and on names, so that a second attempt sends the same ones. Field names are those of
`okr_mappings.snapshot`, described for receivers in `connectors/trackers/webhook.schema.json`. The SQL text stays at home: it is
long, and says more about the warehouse than a receiver should know; `sql_hash` identifies it. What `reason` is
made of is for our own pages. Numbers that are none (NaN,
infinity) are refused; null means "there is no such number".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from okr_mappings.document import Plain, snapshot_to_dict
from okr_mappings.snapshot import ProgressDocument, Snapshot

EVENT_TYPE = "key_result.progress"
EVENT_SCHEMA_VERSION = 1
MOST_BYTES = 20_000
LONGEST_TEXT = 1_000
NEVER_SENT = frozenset({"sql", "reason_parts"})
_FIRST_TO_GO = ("sub_periods", "parameters", "sources", "error", "formula", "notes", "source_link", "reason")


class TooLargeError(Exception):
    """The event does not fit even without everything that may be left out."""


@dataclass(frozen=True, slots=True)
class Names:
    """What people call teams and objectives, looked up once for all messages of a document."""

    document: ProgressDocument
    teams: Mapping[str, str]
    objectives: Mapping[tuple[str, str], str]


def names_in(document: ProgressDocument) -> Names:
    return Names(
        document,
        {team.team_id: team.name for team in document.teams},
        {(item.cycle_id, item.objective_id): item.title for item in document.objectives},
    )


def event_body(names: Names, snapshot: Snapshot) -> bytes:
    """The event as UTF-8 JSON below 20 KB; what had to go is named in `data.left_out`."""
    facts = _facts(snapshot)
    data = {**_named(names, snapshot), "snapshot": facts}
    event: dict[str, Plain] = {"type": EVENT_TYPE, "timestamp": snapshot.computed_at.isoformat(), "data": data}
    left_out: list[Plain] = []
    data["left_out"] = left_out
    body = _bytes(event)
    for name in _FIRST_TO_GO:
        if len(body) < MOST_BYTES:
            return body
        if facts.pop(name, None):
            left_out.append(name)
            body = _bytes(event)
    if len(body) < MOST_BYTES:
        return body
    raise TooLargeError(
        f"the message about {snapshot.key_result_id} has {len(body)} bytes, more than {MOST_BYTES}. Shorten its texts."
    )


def _named(names: Names, snapshot: Snapshot) -> dict[str, Plain]:
    document = names.document
    same_cycle = document.cycle_id == snapshot.cycle_id
    title = names.objectives.get((snapshot.cycle_id, snapshot.objective_id))
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
        "team": {"id": snapshot.team_id, "name": _text(names.teams.get(snapshot.team_id))},
        "objective": {"id": snapshot.objective_id, "title": _text(title)},
    }


def _facts(snapshot: Snapshot) -> dict[str, Plain]:
    facts = {name: value for name, value in snapshot_to_dict(snapshot).items() if name not in NEVER_SENT}
    return {name: _text(value) if isinstance(value, str) else value for name, value in facts.items()}


def _bytes(event: dict[str, Plain]) -> bytes:
    return json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def _text(value: str | None) -> str | None:
    return value if value is None or len(value) <= LONGEST_TEXT else value[: LONGEST_TEXT - 1] + "…"
