"""A snapshot as a row of `okr.snapshots` and back: one column per field, the nested ones as JSON.

Two hashes decide what is written. `content_name` covers everything but who looked and when (`snapshot_id`, `run_id`,
`computed_at`): equal content is not stored twice. `payload_hash` covers what a tracker shows: it leaves out the SQL, the place in the
mapping file and up to which minute a source is loaded, so that another load on the same day which changes no number sends nothing.
`as_of` stays in, since a new day is news: a tracker that shows Tuesday's date on Friday looks broken even when the number stood still.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime

from okr_mappings.document import to_plain
from okr_mappings.identity import content_hash, seal
from okr_mappings.snapshot import Snapshot, SourceFreshness, SubPeriod
from okr_mappings.words import Better, Kind, SourceState, Status
from warehouse.rows import Row

FIELDS = tuple(field.name for field in fields(Snapshot))
_NOT_SHOWN = frozenset(
    (
        "snapshot_id",
        "run_id",
        "computed_at",
        "sql",
        "sql_hash",
        "mapping_path",
        "mapping_line",
        "mapping_hash",
        "data_through",
        "observation",
        "reason_parts",
    )
)


def to_row(snapshot: Snapshot) -> Row:
    row: dict[str, object] = {name: getattr(snapshot, name) for name in FIELDS}
    row["parameters"] = _json(snapshot.parameters)
    row["sources"] = _json(snapshot.sources)
    row["sub_periods"] = _json(snapshot.sub_periods)
    return row


def from_row(row: Mapping[str, object]) -> Snapshot:
    values = {
        name: row[name] for name in FIELDS if name in row
    }  # a copy published by an older version lacks the newest
    values["kind"], values["better"] = Kind(str(row["kind"])), Better(str(row["better"]))
    values["status"] = Status(str(row["status"]))
    values["parameters"] = json.loads(str(row["parameters"]))
    values["sources"] = tuple(_source(item) for item in json.loads(str(row["sources"])))
    values["sub_periods"] = tuple(_sub_period(item) for item in json.loads(str(row["sub_periods"])))
    return Snapshot(**values)  # type: ignore[arg-type]


def content_name(snapshot: Snapshot) -> str:
    """What `snapshot_id` should be; computed again, so that a snapshot that was changed and not sealed again is still told apart."""
    return seal(snapshot).snapshot_id


def payload_hash(snapshot: Snapshot) -> str:
    shown = {name: to_plain(getattr(snapshot, name)) for name in FIELDS if name not in _NOT_SHOWN}
    return content_hash({**shown, "sources": [[source.source, str(source.state)] for source in snapshot.sources]})


def snapshot_columns() -> dict[str, str]:
    """Every field with the Python type its column holds."""
    return {field.name: str(field.type).removesuffix(" | None") for field in fields(Snapshot)}


def _source(item: Mapping[str, str | None]) -> SourceFreshness:
    through = item["data_through"]
    return SourceFreshness(
        source=str(item["source"]),
        state=SourceState(str(item["state"])),
        data_through=None if through is None else datetime.fromisoformat(through),
        note=str(item["note"]),
    )


def _sub_period(item: Mapping[str, str]) -> SubPeriod:
    days = {"start": date.fromisoformat(item["start"]), "end": date.fromisoformat(item["end"])}
    return SubPeriod(**{**item, **days})  # type: ignore[arg-type]


def _json(value: object) -> str:
    return json.dumps(to_plain(value), sort_keys=True, ensure_ascii=False)
