"""A million records in little memory: columns of numbers and codes, turned into a vendor's texts only when asked for.

A contact takes about 150 bytes here and 2,000 as a dict of texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.company.moments import NONE_MS, Longs, from_day_number, iso
from connectors.sandbox.company.record import HistoryEntry, Record


class Column(Protocol):
    """One property of all records; `text` of a row is what the vendor's JSON shows."""

    def text(self, row: int) -> str | None: ...

    def numbers(self) -> Longs | None:
        """The same as whole numbers for quick filtering, where the property is a number or a moment."""
        ...


@dataclass(frozen=True, slots=True)
class Coded:
    """Few different texts: a pool, and for each row the place in it."""

    pool: Sequence[str | None]
    codes: NDArray[Any]

    def text(self, row: int) -> str | None:
        return self.pool[int(self.codes[row])]

    def numbers(self) -> Longs | None:
        return None


@dataclass(frozen=True, slots=True)
class Moment:
    """Moments in milliseconds."""

    ms: Longs

    def text(self, row: int) -> str | None:
        value = int(self.ms[row])
        return None if value == NONE_MS else iso(value)

    def numbers(self) -> Longs | None:
        return self.ms


@dataclass(frozen=True, slots=True)
class Day:
    """Dates as days since 1970."""

    days: Longs

    def text(self, row: int) -> str | None:
        value = int(self.days[row])
        return None if value == NONE_MS else from_day_number(value).isoformat()

    def numbers(self) -> Longs | None:
        return None


@dataclass(frozen=True, slots=True)
class Whole:
    """Whole numbers."""

    values: Longs

    def text(self, row: int) -> str | None:
        value = int(self.values[row])
        return None if value == NONE_MS else str(value)

    def numbers(self) -> Longs | None:
        return self.values


@dataclass(frozen=True, slots=True)
class Money:
    """Cents, shown with a decimal point; whole amounts without, as HubSpot does."""

    cents: Longs

    def text(self, row: int) -> str | None:
        value = int(self.cents[row])
        if value == NONE_MS:
            return None
        whole, rest = divmod(value, 100)
        return f"{whole}.{rest:02d}" if rest else str(whole)

    def numbers(self) -> Longs | None:
        return None


@dataclass(frozen=True, slots=True)
class Flag:
    """Booleans as "true" and "false"."""

    values: NDArray[np.bool_]

    def text(self, row: int) -> str | None:
        return "true" if self.values[row] else "false"

    def numbers(self) -> Longs | None:
        return None


@dataclass(frozen=True, slots=True)
class Sparse:
    """A property that few rows have."""

    values: Mapping[int, str]

    def text(self, row: int) -> str | None:
        return self.values.get(row)

    def numbers(self) -> Longs | None:
        return None


@dataclass(frozen=True, slots=True)
class Computed:
    """A property worked out from others, such as a name from two codes."""

    make: Callable[[int], str | None]

    def text(self, row: int) -> str | None:
        return self.make(row)

    def numbers(self) -> Longs | None:
        return None


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """All records of one object type; `ids` ascend. `history` gives a property's entries of a row, oldest first."""

    ids: Longs
    created: Longs
    modified: Longs
    archived_at: Longs
    columns: Mapping[str, Column]
    history: Mapping[str, Callable[[int], tuple[HistoryEntry, ...]]] = field(default_factory=dict)

    def row_of(self, record_id: int) -> int | None:
        row = int(np.searchsorted(self.ids, record_id))
        return row if row < len(self.ids) and self.ids[row] == record_id else None

    def record(self, row: int, names: Sequence[str] | None = None, with_history: Sequence[str] = ()) -> Record:
        """With all properties, or only with `names`."""
        columns = self.columns
        chosen = columns if names is None else [name for name in names if name in columns]
        archived_at = int(self.archived_at[row])
        return Record(
            int(self.ids[row]),
            int(self.created[row]),
            int(self.modified[row]),
            {name: columns[name].text(row) for name in chosen},
            {name: self.history[name](row) for name in with_history if name in self.history},
            None if archived_at == NONE_MS else archived_at,
        )
