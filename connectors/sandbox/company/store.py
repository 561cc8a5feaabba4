"""The records of one object type: generated columns underneath, written versions on top.

A write is seen by reading at once but by searching only after the index lag, as with HubSpot; so each written
record keeps its versions with the moment of writing. `None` as a version means that the record has vanished.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.sandbox.company.columns import ColumnTable
from connectors.sandbox.company.moments import NONE_MS, Longs
from connectors.sandbox.company.record import Record

_ALWAYS = NONE_MS
_NO_IDS: Longs = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Version:
    """What a record became at `written` (sandbox clock, ms)."""

    written: int
    record: Record | None


class ObjectTable:
    """Thread-safe through `lock`, which the company shares between its tables."""

    def __init__(
        self,
        lock: threading.RLock,
        base: ColumnTable | None = None,
        records: Iterable[Record] = (),
    ) -> None:
        self.lock = lock
        self.base = base
        self._versions: dict[int, list[Version]] = {}
        self._order: dict[bool, Longs] = {}
        self._unwritten: dict[bool, Longs] = {}
        for record in records:
            if self.get(record.id) is not None:
                raise ValueError(f"two records with id {record.id}")
            self._versions[record.id] = [Version(_ALWAYS, record)]

    def get(
        self, record_id: int, names: Sequence[str] | None = None, with_history: Sequence[str] | None = None
    ) -> Record | None:
        """As it is now, archived or not; `names` and `with_history` only save work."""
        versions = self._versions.get(record_id)
        if versions:
            return versions[-1].record
        row = None if self.base is None else self.base.row_of(record_id)
        if row is None or self.base is None:
            return None
        return self.base.record(row, names, list(self.base.history) if with_history is None else with_history)

    def base_record(self, record_id: int, names: Sequence[str]) -> Record | None:
        """The generated record, whatever has been written over it."""
        row = None if self.base is None else self.base.row_of(record_id)
        return None if row is None or self.base is None else self.base.record(row, names)

    def put(self, record: Record, written: int) -> None:
        self._write(record.id, record, written)

    def vanish(self, record_id: int, written: int) -> None:
        self._write(record_id, None, written)

    def _write(self, record_id: int, record: Record | None, written: int) -> None:
        with self.lock:
            versions = self._versions.setdefault(record_id, [])
            if not versions and (known := self._from_base(record_id)) is not None:
                versions.append(Version(_ALWAYS, known))
            versions.append(Version(written, record))
            self._order.clear()
            self._unwritten.clear()

    def _from_base(self, record_id: int) -> Record | None:
        row = None if self.base is None else self.base.row_of(record_id)
        return None if row is None or self.base is None else self.base.record(row, None, list(self.base.history))

    def ids(self, *, archived: bool) -> Longs:
        """Ascending ids of what the list endpoint shows, live or archived."""
        with self.lock:
            if archived not in self._order:
                self._order[archived] = self._ids(archived=archived)
            return self._order[archived]

    def _ids(self, *, archived: bool) -> Longs:
        written = {i for i, versions in self._versions.items() if _is(versions[-1].record, archived=archived)}
        base = self.unwritten(archived=archived)
        ids = np.fromiter(written, np.int64, len(written))
        own = _NO_IDS if self.base is None else self.base.ids[base]
        return np.sort(np.concatenate([own, ids]))

    def unwritten(self, *, archived: bool) -> Longs:
        """Rows of the base that nobody has written to."""
        with self.lock:
            if archived not in self._unwritten:
                self._unwritten[archived] = self._rows_unwritten(archived=archived)
            return self._unwritten[archived]

    def _rows_unwritten(self, *, archived: bool) -> Longs:
        if self.base is None:
            return _NO_IDS
        keep = (self.base.archived_at != NONE_MS) == archived
        for record_id in self._versions:
            row = self.base.row_of(record_id)
            if row is not None:
                keep[row] = False
        return np.flatnonzero(keep).astype(np.int64)

    def written_as_of(self, indexed_until: int) -> Iterator[Record]:
        """Live written records as the search index knows them: the last version written at or before the moment."""
        for versions in list(self._versions.values()):
            known = [version for version in versions if version.written <= indexed_until]
            if known and known[-1].record is not None and not known[-1].record.archived:
                yield known[-1].record

    def __iter__(self) -> Iterator[Record]:
        """All live records, by id, complete."""
        for record_id in self.ids(archived=False):
            record = self.get(int(record_id))
            if record is not None:
                yield record

    def __len__(self) -> int:
        return len(self.ids(archived=False))

    def next_id(self) -> int:
        highest = [int(ids[-1]) for ids in (self.ids(archived=False), self.ids(archived=True)) if len(ids)]
        return max([*highest, *self._versions, 1000]) + 1

    def update(self, record_id: int, change: Callable[[Record], Record], written: int) -> Record:
        with self.lock:
            record = self.get(record_id)
            if record is None:
                raise KeyError(f"no record {record_id}")
            changed = change(record)
            self.put(changed, written)
            return changed


def _is(record: Record | None, *, archived: bool) -> bool:
    return record is not None and record.archived == archived
