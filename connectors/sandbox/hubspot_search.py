"""HubSpot's search endpoint: filters, one sort, offset paging with its cap, and the lag of its index.

Searching looks at plain numbers (ids, moments) with numpy first, and builds only the records that are shown; texts are
compared row by row. That keeps a search over a million contacts at some milliseconds for the filters connectors use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.company.columns import ColumnTable
from connectors.sandbox.company.moments import NONE_MS, Longs, to_ms
from connectors.sandbox.company.record import Record
from connectors.sandbox.company.schema import ObjectType, PropertyDefinition
from connectors.sandbox.company.store import ObjectTable
from connectors.sandbox.hubspot_errors import refuse

MAX_RESULTS = 10_000
MAX_LIMIT = 200
MAX_GROUPS, MAX_FILTERS, MAX_ALL_FILTERS = 5, 6, 18
MAX_BODY = 3_000

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "EQ": lambda a, b: a == b,
    "NEQ": lambda a, b: a != b,
    "LT": lambda a, b: a < b,
    "LTE": lambda a, b: a <= b,
    "GT": lambda a, b: a > b,
    "GTE": lambda a, b: a >= b,
}
_OPERATORS = {
    *_COMPARE,
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Checked and with its values converted: numbers for number, date and datetime properties, texts for others."""

    name: str
    kind: str
    operator: str
    values: tuple[float | str, ...]

    def accepts(self, text: str | None) -> bool:
        if self.operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
            return (text not in (None, "")) == (self.operator == "HAS_PROPERTY")
        if text in (None, ""):
            return self.operator in ("NOT_IN", "NOT_CONTAINS_TOKEN", "NEQ")
        return bool(self._test(comparable(text or "", self.kind)))

    def accepts_number(self, number: int) -> bool:
        return self.operator == "HAS_PROPERTY" or (self.operator != "NOT_HAS_PROPERTY" and bool(self._test(number)))

    def mask(self, numbers: Longs) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = np.asarray(numbers != NONE_MS)
        if self.operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
            return known if self.operator == "HAS_PROPERTY" else ~known
        absent = self.operator in ("NOT_IN", "NEQ")
        return np.asarray(np.where(known, self._test(numbers), absent), dtype=np.bool_)

    def _test(self, value: Any) -> Any:
        if self.operator in _COMPARE:
            return _COMPARE[self.operator](value, self.values[0])
        if self.operator == "BETWEEN":
            return (value >= self.values[0]) & (value <= self.values[1])
        if self.operator in ("IN", "NOT_IN"):
            inside = np.isin(value, self.values) if isinstance(value, np.ndarray) else value in self.values
            return ~inside if isinstance(inside, np.ndarray) else inside == (self.operator == "IN")
        found = str(self.values[0]).strip("*") in str(value)
        return found == (self.operator == "CONTAINS_TOKEN")


def comparable(text: str, kind: str) -> float | str:
    """A stored text in the form in which it is compared: moments in milliseconds, texts without case."""
    if kind == "datetime":
        return to_ms(text)
    if kind == "date":
        return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))
    return float(text) if kind == "number" else text.lower()


@dataclass(frozen=True, slots=True)
class Search:
    """One checked request body."""

    groups: tuple[tuple[Filter, ...], ...]
    sort: str
    descending: bool
    limit: int
    after: int
    names: tuple[str, ...]


def parse_search(content: Any, kind: ObjectType, known: Mapping[str, PropertyDefinition]) -> Search:
    if not isinstance(content, dict):
        raise refuse("Invalid input JSON on line 1, column 1: expected an object")
    groups = [_group(group, known) for group in content.get("filterGroups") or ()]
    _check_counts(groups)
    limit, after = _whole(content, "limit", 10), _whole(content, "after", 0)
    if limit > MAX_LIMIT:
        raise refuse(f"Invalid input JSON: limit must be at most {MAX_LIMIT}, was {limit}")
    if after + limit > MAX_RESULTS:
        raise refuse(f"The requested after + limit ({after + limit}) exceeds the limit of {MAX_RESULTS} results.")
    name, descending = _sort(content.get("sorts") or (), kind, known)
    return Search(tuple(groups), name, descending, limit, after, tuple(content.get("properties") or ()))


def _check_counts(groups: Sequence[tuple[Filter, ...]]) -> None:
    if len(groups) > MAX_GROUPS:
        raise refuse(f"too many filterGroups: {len(groups)}, at most {MAX_GROUPS}")
    if any(len(group) > MAX_FILTERS for group in groups) or sum(map(len, groups)) > MAX_ALL_FILTERS:
        raise refuse(f"too many filters: at most {MAX_FILTERS} in a group and {MAX_ALL_FILTERS} in all")


def _whole(content: Mapping[str, Any], name: str, default: int) -> int:
    value = content.get(name)
    if value in (None, ""):
        return default
    if not str(value).isdigit():
        raise refuse(f"Invalid input JSON: `{name}` must be a whole number, was {value!r}")
    return int(value)


def _group(group: Any, known: Mapping[str, PropertyDefinition]) -> tuple[Filter, ...]:
    if not isinstance(group, dict) or not isinstance(group.get("filters"), list):
        raise refuse("Invalid input JSON: each filter group needs a list `filters`")
    return tuple(_filter(item, known) for item in group["filters"])


def _filter(item: Any, known: Mapping[str, PropertyDefinition]) -> Filter:
    name, operator = item.get("propertyName"), item.get("operator")
    if name not in known:
        raise refuse(f"There was a problem with the request. Property {name} does not exist")
    if operator not in _OPERATORS:
        raise refuse(f"Invalid input JSON: {operator} is not a search operator")
    if operator == "BETWEEN":
        given = [item.get("value"), item.get("highValue")]
    elif operator in ("IN", "NOT_IN"):
        given = list(item.get("values") or ())
    else:
        given = [] if operator.endswith("HAS_PROPERTY") else [item.get("value")]
    if any(not isinstance(value, str) for value in given) or (not given and not operator.endswith("HAS_PROPERTY")):
        raise refuse(f"operator {operator} on {name} needs its value as text")
    kind = known[name].kind
    return Filter(name, kind, operator, tuple(_value(value, kind, name) for value in given))


def _value(text: str, kind: str, name: str) -> float | str:
    if kind in ("datetime", "date", "number"):
        try:
            return int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError:
            raise refuse(
                f"{text} is not a valid number for the {kind} property {name}; moments are epoch milliseconds"
            ) from None
    return text.lower()


def _sort(sorts: Sequence[Any], kind: ObjectType, known: Mapping[str, PropertyDefinition]) -> tuple[str, bool]:
    if not sorts:
        return kind.created, False
    if len(sorts) > 1:
        raise refuse("Only one sort is allowed")
    only = sorts[0]
    if isinstance(only, str):
        name, descending = only.lstrip("-"), only.startswith("-")
    else:
        name, descending = only.get("propertyName"), only.get("direction", "ASCENDING") == "DESCENDING"
    if name not in known:
        raise refuse(f"There was a problem with the request. Property {name} does not exist")
    return name, descending


def run_search(search: Search, table: ObjectTable, kind: ObjectType, indexed_until: int) -> tuple[int, list[Record]]:
    """How many match, and the records of the asked page, complete or with the asked names."""
    written = {record.id: record for record in table.written_as_of(indexed_until) if _wanted(record, search, kind)}
    rows = _matching_rows(search, table, kind)
    own_ids = table.base.ids[rows] if table.base is not None else rows
    ids = np.concatenate([own_ids, np.fromiter(written, np.int64, len(written))])
    if search.sort == "hs_object_id":
        order = np.argsort(-ids if search.descending else ids, kind="stable")
    else:
        order = _order(search, table, kind, rows, list(written.values()))
    page = ids[order[search.after : search.after + search.limit]]
    names = [*search.names, *kind.default, *kind.always]
    found = (written.get(int(i)) or table.base_record(int(i), names) for i in page)
    return len(ids), [record for record in found if record is not None]


def _wanted(record: Record, search: Search, kind: ObjectType) -> bool:
    groups = search.groups
    return not groups or any(all(_accepts(f, record, kind) for f in group) for group in groups)


def _accepts(asked: Filter, record: Record, kind: ObjectType) -> bool:
    own = own_number(record, kind, asked.name)
    return asked.accepts(record.properties.get(asked.name)) if own is None else asked.accepts_number(own)


def own_number(record: Record, kind: ObjectType, name: str) -> int | None:
    """The three values that every record has outside its properties."""
    if name == "hs_object_id":
        return record.id
    if name == kind.modified:
        return record.modified
    return record.created if name == kind.created else None


def numbers_of(base: ColumnTable, kind: ObjectType, name: str) -> Longs | None:
    own = {"hs_object_id": base.ids, kind.created: base.created, kind.modified: base.modified}
    if name in own:
        return own[name]
    return base.columns[name].numbers() if name in base.columns else None


def _matching_rows(search: Search, table: ObjectTable, kind: ObjectType) -> Longs:
    rows = table.unwritten(archived=False)
    base = table.base
    if base is None or not search.groups:
        return rows
    found = [_rows_of_group(group, base, kind, rows) for group in search.groups]
    return found[0] if len(found) == 1 else np.unique(np.concatenate(found))


def _rows_of_group(group: Sequence[Filter], base: ColumnTable, kind: ObjectType, rows: Longs) -> Longs:
    quick = [(one, numbers) for one in group if (numbers := numbers_of(base, kind, one.name)) is not None]
    # an increasing id leaves ever fewer rows to look at, so it goes first
    for one, numbers in sorted(quick, key=lambda pair: pair[0].name != "hs_object_id"):
        if one.name == "hs_object_id" and one.operator == "GT":
            rows = rows[np.searchsorted(numbers[rows], one.values[0], side="right") :]
        else:
            rows = rows[one.mask(numbers[rows])]
    for one in (f for f in group if numbers_of(base, kind, f.name) is None):
        column = base.columns.get(one.name)
        rows = np.array([row for row in rows if one.accepts(column.text(row) if column else None)], dtype=np.int64)
    return rows


def _order(search: Search, table: ObjectTable, kind: ObjectType, rows: Longs, written: Sequence[Record]) -> Longs:
    """Places in (rows, then written), in the asked order; ties by id, records without a value first."""
    base = table.base
    numbers = None if base is None else numbers_of(base, kind, search.sort)
    if numbers is not None and not written:
        keys = numbers[rows]
        return np.argsort(-keys if search.descending else keys, kind="stable").astype(np.int64)
    column = None if base is None else base.columns.get(search.sort)
    texts = [numbers[row] if numbers is not None else column.text(row) if column else None for row in rows]
    own = ((own_number(r, kind, search.sort), r.properties.get(search.sort)) for r in written)
    values = [_key(value) for value in [*texts, *(text if number is None else number for number, text in own)]]
    order = sorted(range(len(values)), key=values.__getitem__, reverse=search.descending)
    return np.array(order, dtype=np.int64)


def _key(value: Any) -> tuple[int, float, str]:
    if value is None or (not isinstance(value, str) and int(value) == NONE_MS):
        return (0, 0.0, "")
    if not isinstance(value, str):
        return (1, float(value), "")
    if value[:4].isdigit() and "T" in value:
        return (1, float(to_ms(value)), "")
    try:
        return (1, float(value), "")
    except ValueError:
        return (2, 0.0, value.lower())
