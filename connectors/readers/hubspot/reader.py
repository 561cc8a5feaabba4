"""The order in which an object type is read, so that nothing is lost while records move.

First load, and once a week: the list, from start to end. News: a search for `modified >= since AND id > last`, by id and never
by offset, because a record that changes while offsets are counted shifts the others and one is skipped. Deletes are in
neither: the archived list is read every time, or, when it is long, when the number of live records shows that some went. A restored
record need not be "modified": an id that left the archived list is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ContractError
from connectors.readers.hubspot.calls import HISTORY_LIMIT, LIST_LIMIT, SEARCH_LIMIT, HubSpotCalls
from connectors.readers.hubspot.objects import ObjectType
from connectors.readers.hubspot.pages import (
    Page,
    batch_reader,
    created_after,
    empty_records,
    list_reader,
    search_reader,
)
from connectors.readers.hubspot.properties import PropertyCheck

TOLERATED_SHORTFALL = 0.01
"""Records may be deleted while they are listed; when more than this share is missing, the list was cut."""
BATCH = 20_000
"""Pages are joined to about so many records before they are cast and handed on: dlt spends 16 ms on each table it is handed."""


def batches(found: Iterator[Page], kind: ObjectType) -> Iterator[Any]:
    """The records of the pages, joined."""
    waiting, size = [empty_records(kind)], 0
    for page in found:
        waiting.append(page.records)
        size += len(page)
        if size >= BATCH:
            yield pa.concat_arrays(waiting)
            waiting, size = [empty_records(kind)], 0
    if size:
        yield pa.concat_arrays(waiting)


class ObjectReader:
    """Reads one object type of one account."""

    def __init__(self, calls: HubSpotCalls, kind: ObjectType, run: SourceRun) -> None:
        self._calls = calls
        self._kind = kind
        self._run = run
        self._properties = PropertyCheck(calls, kind, run)
        self._history = (kind.history,) if kind.history else ()
        self._born = 0

    def everything(self) -> Iterator[Page]:
        """All live records; ContractError when far fewer come than the account has."""
        expected, ids = self._count(), set[str]()
        after: str | None = None
        while True:
            page = self._list(after, archived=False)
            self._properties.look(page)
            ids.update(page.ids)
            self._run.on_rows(self._kind.name, len(ids), expected)
            yield page
            if page.after is None:
                break
            after = self._onward(after, page.after)
        self._reconcile(len(ids), expected)

    def news(self, since: datetime, counted: datetime) -> Iterator[Page]:
        """Records modified at or after `since`, at least; those created after `counted` are noted as new."""
        last, read, expected = 0, 0, None
        while True:
            found = self._changed(since, last)
            expected = found.total if expected is None else expected
            if len(found):
                last = self._last_id(found, last)
                read += len(found)
                self._run.on_rows(self._kind.name, read, max(read, expected or 0))
                for page in self._with_history(found):
                    self._born += created_after(page.records, self._kind, counted)
                    yield page
            if found.total is None or found.total <= len(found) or not len(found):
                return

    def live(self) -> int:
        """How many records are not archived."""
        return self._count()

    def misses_some(self, before: int) -> bool:
        """Whether records went that the news did not tell of: `before` were live, and the news had so many new ones."""
        return self._count() != before + self._born

    def archived(self) -> Iterator[Page]:
        """All archived records that can still be restored (90 days)."""
        after: str | None = None
        while True:
            page = self._list(after, archived=True)
            if len(page):
                yield page
            if page.after is None:
                return
            after = self._onward(after, page.after)

    def by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """The live ones among these records."""
        size = HISTORY_LIMIT if self._history else LIST_LIMIT
        for start in range(0, len(ids), size):
            page = self._calls.batch(
                self._kind.name,
                self._kind.scope,
                ids[start : start + size],
                batch_reader(self._kind, self._what("batch/read")),
                properties=list(self._kind.asked),
                history=self._history,
            )
            self._properties.look(page)
            if len(page):
                yield page

    def _with_history(self, found: Page) -> Iterator[Page]:
        """Searches know no history, so such records are read again from the primary store."""
        if self._history:
            yield from self.by_id(found.ids)
        else:
            self._properties.look(found)
            yield found

    def _list(self, after: str | None, *, archived: bool) -> Page:
        return self._calls.list_page(
            self._kind.name,
            self._kind.scope,
            list_reader(self._kind, self._what("")),
            properties=list(self._kind.asked),
            history=() if archived else self._history,
            after=after,
            archived=archived,
        )

    def _changed(self, since: datetime, last: int) -> Page:
        conditions = [
            {"propertyName": self._kind.modified, "operator": "GTE", "value": str(int(since.timestamp() * 1000))},
            {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)},
        ]
        names = [self._kind.modified] if self._history else list(self._kind.asked)
        return self._search({"filterGroups": [{"filters": conditions}], "limit": SEARCH_LIMIT, "properties": names})

    def _count(self) -> int:
        """How many live records the account has, as the search index knows it."""
        return self._search({"filterGroups": [], "limit": 1, "properties": [self._kind.modified]}).total or 0

    def _search(self, body: dict[str, Any]) -> Page:
        body |= {"sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]}
        return self._calls.search(
            self._kind.name, self._kind.scope, body, search_reader(self._kind, self._what("search"))
        )

    def _reconcile(self, listed: int, expected: int) -> None:
        if listed >= expected:
            return
        expected = min(expected, self._count())
        missing = expected - listed
        if missing <= 0:
            return
        text = f"hubspot: {self._kind.name}: {listed} listed, but the account has {expected}"
        if missing > TOLERATED_SHORTFALL * expected:
            raise ContractError(f"{text}. The list was cut; nothing was loaded.")
        self._run.warnings.append(f"{text}; {missing} are missing until the next load.")

    def _last_id(self, page: Page, last: int) -> int:
        try:
            highest = max(int(record_id) for record_id in page.ids)
        except ValueError as problem:
            raise ContractError(
                f"{self._what('search')} answered with an id that is not a number. Nothing was loaded."
            ) from problem
        if highest <= last:
            raise ContractError(f"{self._what('search')} went backwards at id {highest}. Nothing was loaded.")
        return highest

    def _onward(self, before: str | None, after: str) -> str:
        if after == before:
            raise ContractError(f"{self._what('')} gave the same page twice (after={after}). Nothing was loaded.")
        return after

    def _what(self, call: str) -> str:
        return f"hubspot: {'/'.join(part for part in ('objects', self._kind.name, call) if part)}"
