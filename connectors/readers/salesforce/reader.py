"""The order in which an object is read, so that nothing is lost while records move.

First load, and once a week: everything, by a Bulk job where there is much of it. News: what was changed from a moment on and before
the window's end, in the order of change, so that a list whose place is lost goes on from the last moment seen; records changed at that
very moment come twice and count once. A full read has no such end: what was changed a minute ago would be missing from a table that it
replaces. Deleted and archived records are among both. What came is held against what the org counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from connectors.contract import SourceRun
from connectors.errors import ContractError, FatalError, RetriableError
from connectors.readers.salesforce.calls import SalesforceCalls
from connectors.readers.salesforce.failures import LocatorLostError, NotInBulkError
from connectors.readers.salesforce.pages import Page, Selection, count_reader, query_reader, results_reader
from connectors.readers.salesforce.watermark import soql

TOLERATED_SHORTFALL = 0.01
"""Records may be erased while they are read; when more than this share is missing, the read was cut."""
MOST_RESTARTS = 3
BULK_PAGE = 50_000
_LOOK_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
MOST_LOOKS = 240
"""Some two hours; a job that takes longer is Salesforce's trouble."""


class ObjectReader:
    """Reads one object of one org, news up to `end` (not included); `cursor` is the field with the moment of change."""

    def __init__(
        self, calls: SalesforceCalls, selection: Selection, cursor: str, end: datetime, run: SourceRun
    ) -> None:
        self._calls = calls
        self._selection = selection
        self._cursor = cursor
        self._before_end = f"{cursor} < {soql(end)}"
        self._run = run
        self._name = selection.kind.name
        self._table = selection.kind.table

    def everything(self, bulk_from: int) -> Iterator[Page]:
        """All records, deleted and archived ones too; ContractError when far fewer come than the org counts."""
        expected, ids = self._count(), set[str]()
        for page in self._in_bulk(bulk_from, expected):
            ids.update(page.ids)
            self._run.on_rows(self._table, len(ids), max(expected, len(ids)))
            yield page
        if len(ids) < expected:
            self._tell_missing(len(ids), min(expected, self._count()))

    def news(self, since: datetime) -> Iterator[Page]:
        """Records changed at or after `since`."""
        ids = set[str]()
        for page in self._listed(since, self._before_end):
            ids.update(page.ids)
            self._run.on_rows(self._table, len(ids), max(page.total, len(ids)))
            yield page

    def _in_bulk(self, bulk_from: int, expected: int) -> Iterator[Page]:
        if expected < bulk_from:
            return self._listed()
        try:
            job_id = self._calls.create_job(self._selection.soql())
        except NotInBulkError:
            return self._listed()
        return self._results(job_id)

    def _listed(self, since: datetime | None = None, *conditions: str) -> Iterator[Page]:
        """By pages; a list whose place is lost is asked for again from the last moment seen."""
        for _ in range(MOST_RESTARTS + 1):
            try:
                for page in self._list(since, conditions):
                    yield page
                    since = _last(page, self._cursor) or since
                return
            except LocatorLostError as problem:
                lost = problem
        raise ContractError(f"{lost}. Asked again {MOST_RESTARTS} times; nothing was loaded.") from lost

    def _list(self, since: datetime | None, conditions: Sequence[str]) -> Iterator[Page]:
        conditions = [*conditions, *([f"{self._cursor} >= {soql(since)}"] if since else [])]
        text = self._selection.soql(*conditions, order=f"{self._cursor}, Id")
        read = query_reader(self._selection, f"salesforce: queryAll {self._name}")
        page = self._calls.query(text, read)
        total, came = page.total, len(page)
        yield page
        while page.following:
            before = page.following
            page = self._calls.more(before, read)
            if page.following == before:
                raise ContractError(f"salesforce: {self._name} gave the same page twice. Nothing was loaded.")
            came += len(page)
            yield page
        if came < total:
            self._tell_missing(came, total)

    def _results(self, job_id: str) -> Iterator[Page]:
        found = self._finished(job_id)
        read = results_reader(self._selection, f"salesforce: jobs/query/results of {self._name}")
        locator, came, seen = "", 0, set[str]()
        while True:
            page = self._calls.results(job_id, locator, BULK_PAGE, read)
            came += len(page)
            yield page
            if not page.following:
                break
            if page.following in seen:
                raise ContractError(
                    f"salesforce: the job of {self._name} gave the same page twice. Nothing was loaded."
                )
            locator = page.following
            seen.add(locator)
        if came != found:
            raise ContractError(
                f"salesforce: the job of {self._name} found {found} records, but {came} came. Nothing was loaded."
            )

    def _finished(self, job_id: str) -> int:
        """How many records the job found, once it is done."""
        for look in range(MOST_LOOKS):
            job = self._calls.job(job_id)
            match job["state"]:
                case "JobComplete":
                    return int(job.get("numberRecordsProcessed", 0))
                case "Failed" | "Aborted" as state:
                    raise FatalError(
                        f"salesforce: the Bulk job of {self._name} {state.lower()}: {job.get('errorMessage', 'no reason given')}."
                        " Nothing was loaded; the next run tries again, or set SOURCES__SALESFORCE__BULK_FROM higher to read it by REST."
                    )
            self._run.wait(_LOOK_SECONDS[min(look, len(_LOOK_SECONDS) - 1)])
        raise RetriableError(
            f"salesforce: the Bulk job of {self._name} did not end in two hours. The next run tries again."
        )

    def _count(self) -> int:
        read = count_reader(f"salesforce: COUNT() of {self._name}")
        return self._calls.query(self._selection.count(), read)

    def _tell_missing(self, came: int, expected: int) -> None:
        missing = expected - came
        if missing <= 0:
            return
        text = f"salesforce: {self._name}: {came} came, but the org counts {expected}"
        if missing > TOLERATED_SHORTFALL * expected:
            raise ContractError(f"{text}. The read was cut; nothing was loaded.")
        self._run.warnings.append(f"{text}; {missing} are missing until the next load.")


def _last(page: Page, cursor: str) -> datetime | None:
    """The page is in order of change."""
    latest: Any = pc.max(page.rows[cursor.lower()]).as_py()
    return None if latest is None else latest
