"""HubSpot's JSON answers as typed Arrow tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ContractError
from connectors.readers.columns import ARROW_TYPES, Kind, arrow_schema, from_text
from connectors.readers.hubspot.objects import HISTORY_COLUMNS, ObjectType
from connectors.readers.json_pages import parse

_PAGING = pa.struct([("next", pa.struct([("after", pa.string())]))])
_CHANGE = pa.struct([("value", pa.string()), ("timestamp", pa.string()), ("sourceType", pa.string())])
MERGED_AWAY = "MERGED_AWAY"
_ERRORS = pa.list_(pa.struct([("category", pa.string()), ("message", pa.string())]))


@dataclass(frozen=True)
class Page:
    """Records as HubSpot sent them (one struct each), in what `body`, and where the next ones are. `total` only in searches."""

    records: Any
    body: bytes
    after: str | None = None
    total: int | None = None

    def __len__(self) -> int:
        return len(self.records)

    @property
    def ids(self) -> list[str]:
        """The record ids, in the order of the answer."""
        ids: list[str] = pc.struct_field(self.records, "id").to_pylist()
        return ids

    def known_properties(self) -> set[str]:
        """Every property that HubSpot showed, null or not."""
        return {name for record in orjson.loads(self.body)["results"] for name in record.get("properties") or ()}


def list_reader(kind: ObjectType, what: str) -> Callable[[bytes], Page]:
    """Reads a page of a list."""

    def read(body: bytes) -> Page:
        row = parse(body, pa.schema([("results", pa.list_(_record(kind))), ("paging", _PAGING)]), what)
        paging = row["paging"][0].as_py()
        after = ((paging or {}).get("next") or {}).get("after")
        return Page(_records(row, what), body, after=after)

    return read


def search_reader(kind: ObjectType, what: str) -> Callable[[bytes], Page]:
    """Reads a page of a search; a search without its total is not one."""

    def read(body: bytes) -> Page:
        row = parse(body, pa.schema([("results", pa.list_(_record(kind))), ("total", pa.int64())]), what)
        total = row["total"][0].as_py()
        if total is None:
            raise ContractError(f"{what} answered without `total`. Nothing was loaded.")
        return Page(_records(row, what), body, total=total)

    return read


def batch_reader(kind: ObjectType, what: str) -> Callable[[bytes], Page]:
    """Reads a batch; ids that HubSpot no longer has are left out, any other trouble is an error."""

    def read(body: bytes) -> Page:
        row = parse(body, pa.schema([("results", pa.list_(_record(kind))), ("errors", _ERRORS)]), what)
        other = [e for e in row["errors"][0].as_py() or [] if e["category"] != "OBJECT_NOT_FOUND"]
        if other:
            raise ContractError(
                f"{what} could not read all: {other[0]['category']} {other[0]['message']}. Nothing was loaded."
            )
        return Page(_records(row, what), body)

    return read


def empty_records(kind: ObjectType) -> Any:
    """No record at all, in the shape of records."""
    return pa.array([], _record(kind))


def rows(records: Any, kind: ObjectType) -> Any:
    """The records as rows of the raw table. `modified` of an archived record is at least the moment of archiving, so that
    of two versions in one load the archived one stays."""
    columns = {"id": pc.struct_field(records, "id")}
    for name, of in kind.properties.items():
        columns[name] = from_text(pc.struct_field(records, ["properties", name]), of, f"hubspot: {kind.name}.{name}")
    if kind.reference:
        columns["salesforce_id"] = pc.struct_field(records, ["properties", kind.reference])
    columns["archived"] = pc.fill_null(pc.struct_field(records, "archived"), False)
    columns["archived_at"] = from_text(
        pc.struct_field(records, "archivedAt"), Kind.MOMENT, f"hubspot: {kind.name}.archivedAt"
    )
    columns[kind.modified] = _later(columns[kind.modified], columns["archived_at"])
    if columns[kind.modified].null_count:
        raise ContractError(
            f"hubspot: {kind.name} without {kind.modified}, which every record has. Nothing was loaded."
        )
    return pa.table(columns, schema=arrow_schema(kind.columns))


def history_rows(records: Any, kind: ObjectType) -> Any:
    """One row per value that the `history` property ever had."""
    changes = pc.struct_field(records, ["propertiesWithHistory", kind.history])
    owners = pc.struct_field(records, "id").take(pc.list_parent_indices(changes))
    flat = pc.list_flatten(changes)
    where = f"hubspot: {kind.name}.{kind.history} history"
    moments = from_text(pc.struct_field(flat, "timestamp"), Kind.MOMENT, where)
    if moments.null_count:
        raise ContractError(f"{where} has an entry without a timestamp. Nothing was loaded.")
    values = [owners, pc.fill_null(pc.struct_field(flat, "value"), ""), moments, pc.struct_field(flat, "sourceType")]
    return pa.table(values, schema=arrow_schema(HISTORY_COLUMNS))


def merge_marks(records: Any, kind: ObjectType) -> Any:
    """One row of the history per record merged into these, with no stage: it says whose history must outlive the record."""
    gone = _merged_away(records, kind)
    size = len(gone)
    ids, moments = pa.array(list(gone), pa.string()), pa.array(list(gone.values()), ARROW_TYPES[Kind.MOMENT])
    values = [ids, pa.array([""] * size, pa.string()), moments, pa.array([MERGED_AWAY] * size, pa.string())]
    return pa.table(values, schema=arrow_schema(HISTORY_COLUMNS))


def tombstones(records: Any, kind: ObjectType) -> Any:
    """Rows that mark the records merged into these as gone; they vanish from HubSpot without being archived."""
    gone = _merged_away(records, kind)
    columns = {name: pa.nulls(len(gone), ARROW_TYPES[of]) for name, of in kind.columns.items()}
    columns |= {"id": pa.array(list(gone), pa.string()), "archived": pa.array([True] * len(gone), pa.bool_())}
    moments = pa.array(list(gone.values()), ARROW_TYPES[Kind.MOMENT])
    return pa.table(columns | {kind.modified: moments, "archived_at": moments}, schema=arrow_schema(kind.columns))


def created_after(records: Any, kind: ObjectType, moment: datetime) -> int:
    """How many of the records came into being after the moment."""
    name = "createdate" if "createdate" in kind.properties else "hs_createdate"
    born = from_text(pc.struct_field(records, ["properties", name]), Kind.MOMENT, f"hubspot: {kind.name}.{name}")
    after = pc.greater(born, pa.scalar(moment, ARROW_TYPES[Kind.MOMENT]))
    return int(pc.sum(pc.fill_null(after, False)).as_py() or 0)


def _merged_away(records: Any, kind: ObjectType) -> dict[str, Any]:
    """Ids of the records merged into these, with the moment at which that was known at the latest."""
    if not kind.merges:
        return {}
    named = [pc.is_valid(pc.struct_field(records, ["properties", name])) for name in kind.merges]
    records = records.filter(reduce(pc.or_, named))  # few have swallowed others, and all that follows is Python
    names = [pc.struct_field(records, ["properties", name]) for name in kind.merges]
    modified = from_text(
        pc.struct_field(records, ["properties", kind.modified]), Kind.MOMENT, f"hubspot: {kind.modified}"
    )
    survivors = zip(
        pc.struct_field(records, "id").to_pylist(), modified.to_pylist(), *(n.to_pylist() for n in names), strict=True
    )
    return {loser: moment for own, moment, *texts in survivors for loser in merged_ids(texts) - {own}}


def merged_ids(texts: Sequence[str | None]) -> set[str]:
    """The ids in `hs_merged_object_ids` ("1;2") and `hs_calculated_merged_vids` ("1:1699...;2:1701...")."""
    parts = [part for text in texts if text for part in text.split(";")]
    return {part.split(":")[0].strip() for part in parts if part.strip()}


def _record(kind: ObjectType) -> Any:
    fields = [
        ("id", pa.string()),
        ("properties", pa.struct([(name, pa.string()) for name in kind.asked])),
        ("archived", pa.bool_()),
        ("archivedAt", pa.string()),
    ]
    if kind.history:
        fields.append(("propertiesWithHistory", pa.struct([(kind.history, pa.list_(_CHANGE))])))
    return pa.struct(fields)


def _records(row: Any, what: str) -> Any:
    results = row["results"].combine_chunks()
    if results.null_count:
        raise ContractError(f"{what} answered without `results`. Nothing was loaded.")
    records = results.flatten()
    if pc.struct_field(records, "id").null_count:
        raise ContractError(f"{what} answered with a record that has no id. Nothing was loaded.")
    return records


def _later(moments: Any, others: Any) -> Any:
    return pc.if_else(pc.fill_null(pc.greater(others, moments), False), others, moments)
