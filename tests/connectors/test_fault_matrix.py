"""The bad days of a vendor, each cell a test: complete, retried to completion, or reported failed with the tables untouched.

Never anything else: no short load that looks complete. The accidents that happen once are in `test_conformance.py`; here are those
that last, slow answers, and what a vendor says about when to come back. Every cell meets tables that a load before it has filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.readers.salesforce.objects import OBJECT_TYPES as SALESFORCE_TYPES
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from tests.connectors.bench import Bench
from tests.connectors.company import NOW, small_company
from tests.connectors.small_org import small_org

LIST, BULK, JOB, RESULTS = "salesforce", "bulk job", "bulk look", "bulk result"
"""Salesforce answers in four ways: pages of a list; and of a Bulk job when it is made, looked after and read."""
PLACES = {
    "hubspot": "/crm/v3/objects/deals",
    "ga4": "/v1beta/",
    LIST: "/services/data/v66.0/queryAll",
    BULK: "/services/data/v66.0/jobs/query",
    JOB: "/services/data/v66.0/jobs/query/750",
    RESULTS: "/services/data/v66.0/jobs/query/750",
}
CONTAINS = {LIST: "FROM+Opportunity+ORDER", BULK: "FROM Opportunity", RESULTS: "maxRecords"}
SPOKEN = {
    "hubspot": "objects/deals",
    "ga4": "runReport",
    LIST: "query",
    BULK: "jobs/query",
    JOB: "jobs/query",
    RESULTS: "jobs/query",
}
TABLES = {
    "hubspot": ("raw_hubspot.deals", "raw_hubspot.deal_stages", "raw_hubspot.owners"),
    "ga4": ("raw_ga4.traffic_daily",),
    "salesforce": ("raw_salesforce.opportunities", "raw_salesforce.currency_rates", "raw_salesforce.stage_rules"),
}
ADVICE = ("Check", "check", "Give", "Add", "next run", "othing was loaded", "problem of its own")
ALL_BUT_OPPORTUNITIES = ",".join(kind.name for kind in SALESFORCE_TYPES if kind.name != "Opportunity")
ALL_BUT_DEALS = "contacts, companies, calls, meetings, tickets, feedback_submissions"
SOON = "Sun, 22 Nov 2026 05:00:30 GMT"  # the sandbox's clock stands at 05:00:00
TOMORROW = "Mon, 23 Nov 2026 05:00:00 GMT"
FOREVER: dict[str, Any] = {"times": None}


@dataclass(frozen=True)
class Cell:
    """One accident of one vendor. `waits` are the pauses, `says` stands in the error, `calls` is the most that may be made."""

    vendor: str
    kind: str
    how: dict[str, Any] = field(default_factory=dict)
    waits: tuple[float, ...] = ()
    says: tuple[str, ...] = ()
    calls: int = 4

    @property
    def source(self) -> str:
        return self.vendor if self.vendor in ("hubspot", "ga4") else "salesforce"

    @property
    def fault(self) -> Fault:
        return Fault(PLACES[self.vendor], self.kind, contains=CONTAINS.get(self.vendor, ""), **self.how)

    def __str__(self) -> str:
        details = [f"{name}={value}" for name, value in self.how.items() if name not in ("times", "message")]
        return "-".join([self.vendor, self.kind, *details])


ENDURED = [
    Cell("ga4", "401"),  # the token ran out: Google's own session signs another and asks again
    Cell("hubspot", "429", {"retry_after": "3"}, (3.0,)),
    Cell("ga4", "429", {"retry_after": "3"}, (3.0,)),
    Cell("hubspot", "429", {"retry_after": SOON}, (30.0,)),
    Cell("ga4", "429", {"retry_after": SOON}, (30.0,)),
    Cell("hubspot", "429", {}, (10.0,)),  # its window is ten seconds
    Cell("hubspot", "429", {"policy": "SECONDLY"}, (1.0,)),
    Cell("ga4", "429", {"message": "Exhausted concurrent requests quota."}, (5.0,)),
    Cell("hubspot", "slow", {"seconds": 0.7, "times": 2}, (0.5, 1.0)),
    Cell("ga4", "slow", {"seconds": 0.7, "times": 2}, (0.5, 1.0)),
    Cell("hubspot", "5xx", {"status": 503, "times": 3}, (0.5, 1.0, 2.0)),
    Cell("ga4", "5xx", {"status": 503, "times": 3}, (0.5, 1.0, 2.0)),
    Cell("hubspot", "new_field", {"field": "brandNew", "value": {"deep": [1]}, **FOREVER}),
    Cell("ga4", "new_field", {"field": "brandNew", "value": {"deep": [1]}, **FOREVER}),
    # a session that ended is opened anew, in the middle of a list, a job or its result
    *(Cell(place, "401") for place in (LIST, BULK, JOB, RESULTS)),
    # Salesforce documents no 429 and no Retry-After: too many at once is a 403 with a code
    *(Cell(place, "429", {"times": 2}, (30.0, 30.0)) for place in (LIST, BULK, JOB, RESULTS)),
    *(Cell(place, "slow", {"seconds": 0.7, "times": 2}, (0.5, 1.0)) for place in (LIST, BULK, JOB, RESULTS)),
    *(Cell(place, "5xx", {"status": 503, "times": 3}, (0.5, 1.0, 2.0)) for place in (LIST, BULK, JOB, RESULTS)),
    *(
        Cell(place, kind, {"times": 3}, (0.5, 1.0, 2.0))
        for place in (LIST, BULK, JOB, RESULTS)
        for kind in ("reset", "cut_short", "cut_matching", "200_html", "200_empty")
    ),
    Cell(LIST, "new_field", {"field": "brandNew", "value": {"deep": [1]}, **FOREVER}),
    Cell(BULK, "new_field", {"field": "brandNew", "value": {"deep": [1]}, **FOREVER}),
    Cell(JOB, "new_field", {"field": "brandNew", "value": {"deep": [1]}, "times": 1}),
]
PATIENT = (0.5, 1.0, 2.0)
REPORTED = [
    # a key has nothing to refresh: the first no is the last call
    Cell("hubspot", "401", {}, says=("SOURCES__HUBSPOT__ACCESS_TOKEN", "scope crm.objects.deals.read"), calls=1),
    Cell("hubspot", "401", FOREVER, says=("SOURCES__HUBSPOT__ACCESS_TOKEN", "scope crm.objects.deals.read"), calls=1),
    Cell("ga4", "401", FOREVER, says=("SOURCES__GA4__SERVICE_ACCOUNT_FILE", "analytics.readonly"), calls=3),
    Cell("hubspot", "403", FOREVER, says=("scope crm.objects.deals.read", "SOURCES__HUBSPOT__SKIP_OBJECTS"), calls=1),
    Cell("ga4", "403", FOREVER, says=("as Viewer",), calls=1),
    Cell("hubspot", "429", {"retry_after": "999000", **FOREVER}, says=("429",), calls=1),
    Cell("ga4", "429", {"retry_after": "10000", **FOREVER}, says=("429",), calls=1),
    Cell("hubspot", "429", {"retry_after": TOMORROW, **FOREVER}, says=("429",), calls=1),
    Cell("ga4", "429", {"retry_after": TOMORROW, **FOREVER}, says=("429",), calls=1),
    Cell("hubspot", "429", {"policy": "DAILY", **FOREVER}, says=("used up", "next run"), calls=1),
    Cell("ga4", "429", FOREVER, says=("tokens of this hour", "next run"), calls=1),
    Cell("hubspot", "429", {"retry_after": "3", **FOREVER}, (3.0, 3.0, 3.0), says=("429", "Too many calls")),
    Cell("ga4", "429", {"retry_after": "3", **FOREVER}, (3.0, 3.0, 3.0), says=("429",)),
    Cell("hubspot", "slow", {"seconds": 0.4, **FOREVER}, PATIENT, says=("no complete answer",)),
    Cell("ga4", "slow", {"seconds": 0.4, **FOREVER}, PATIENT, says=("no complete answer",)),
    Cell("hubspot", "5xx", FOREVER, PATIENT, says=("502", "a problem of its own")),
    Cell("ga4", "5xx", FOREVER, PATIENT, says=("502", "a problem of its own")),
    Cell("hubspot", "reset", FOREVER, PATIENT, says=("no complete answer", "SOURCES__HUBSPOT__API_BASE")),
    Cell("ga4", "reset", FOREVER, PATIENT, says=("no complete answer", "SOURCES__GA4__API_ENDPOINT")),
    Cell("hubspot", "cut_short", FOREVER, PATIENT, says=("no complete answer",)),
    Cell("ga4", "cut_short", FOREVER, PATIENT),
    Cell("hubspot", "cut_matching", FOREVER, PATIENT, says=("Tried 4 times",)),
    Cell("ga4", "cut_matching", FOREVER, PATIENT, says=("Tried 4 times",)),
    Cell("hubspot", "200_html", FOREVER, PATIENT, says=("Tried 4 times", "not with JSON")),
    Cell("ga4", "200_html", FOREVER, PATIENT, says=("Tried 4 times", "not with a whole report")),
    Cell("hubspot", "200_error", FOREVER, says=("othing was loaded",), calls=1),
    Cell("ga4", "200_error", FOREVER, says=("othing was loaded",), calls=1),
    Cell("hubspot", "missing_field", {"field": "results", **FOREVER}, says=("without `results`",), calls=1),
    Cell("ga4", "missing_field", {"field": "metricHeaders", **FOREVER}, says=("not those asked",), calls=1),
    Cell("ga4", "missing_field", {"field": "rows", **FOREVER}, says=("0 of 60 rows",), calls=1),
    Cell("hubspot", "wrong_type", {"field": "results", "value": "?", **FOREVER}, says=("another type",), calls=1),
    Cell("ga4", "wrong_type", {"field": "rowCount", "value": "?", **FOREVER}, PATIENT, says=("Tried 4 times",)),
    Cell(
        "ga4",
        "wrong_type",
        {"field": "rows", "value": [{"dimensionValues": []}], **FOREVER},
        says=("came short",),
        calls=3,
    ),
    # one new login, and if that does not help no more
    *(
        Cell(
            place,
            "401",
            FOREVER,
            says=("INVALID_SESSION_ID", "SOURCES__SALESFORCE__CONSUMER_KEY", "new login"),
            calls=2,
        )
        for place in (LIST, BULK, JOB, RESULTS)
    ),
    *(
        Cell(place, "403", FOREVER, says=("scope api", "SOURCES__SALESFORCE__SKIP_OBJECTS"), calls=1)
        for place in (LIST, BULK, JOB, RESULTS)
    ),
    *(
        Cell(place, "429", {"policy": "DAILY", **FOREVER}, says=("used up", "later run"), calls=1)
        for place in (LIST, BULK, JOB, RESULTS)
    ),
    *(
        Cell(place, "429", FOREVER, (30.0, 30.0, 30.0), says=("REQUEST_LIMIT_EXCEEDED", "Too many calls"))
        for place in (LIST, BULK, JOB, RESULTS)
    ),
    *(
        Cell(place, kind, how | FOREVER, PATIENT, says=(said,))
        for place in (LIST, BULK, JOB, RESULTS)
        for kind, how, said in (
            ("slow", {"seconds": 0.4}, "no complete answer"),
            ("5xx", {}, "a problem of its own"),
            ("reset", {}, "no complete answer"),
            ("cut_short", {}, "no complete answer"),
            ("cut_matching", {}, "Tried 4 times"),
            ("200_html", {}, "Tried 4 times"),
            ("200_empty", {}, "Tried 4 times"),
        )
    ),
    Cell(LIST, "200_error", FOREVER, PATIENT, says=("Tried 4 times",)),
    *(Cell(place, "200_error", FOREVER, PATIENT, says=("Tried 4 times",)) for place in (BULK, JOB, RESULTS)),
    *(
        Cell(LIST, "missing_field", {"field": name, **FOREVER}, says=(name,), calls=1)
        for name in ("records", "done", "totalSize", "StageName")
    ),
    *(
        Cell(RESULTS, "missing_field", {"field": name, **FOREVER}, says=("other columns than were asked",), calls=1)
        for name in ("Id", "StageName", "Amount")
    ),
    Cell(RESULTS, "new_field", {"field": "BrandNew", "value": "1", **FOREVER}, says=("other columns",), calls=1),
    Cell(BULK, "missing_field", {"field": "id", **FOREVER}, PATIENT, says=("without `id`",)),
    Cell(JOB, "missing_field", {"field": "state", **FOREVER}, PATIENT, says=("without `state`",)),
    *(
        Cell(LIST, "wrong_type", {"field": name, "value": value, **FOREVER}, says=("another type",), calls=1)
        for name, value in (("records", "?"), ("IsWon", "no"), ("StageName", 12))
    ),
    # in CSV every text is a stage name; what is no flag, number, day or moment is seen
    *(
        Cell(
            RESULTS,
            "wrong_type",
            {"field": name, "value": "?", **FOREVER},
            says=(f"Opportunity.{name.lower()}",),
            calls=1,
        )
        for name in ("IsWon", "Amount", "CloseDate", "SystemModstamp")
    ),
    Cell(RESULTS, "wrong_type", {"field": "Id", "value": "", **FOREVER}, says=("no Id",), calls=1),
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One bench for all cells: what they have in common is that they change nothing."""
    with Sandbox(small_company(), now=NOW, salesforce=small_org()) as sandbox, pytest.MonkeyPatch.context() as patch:
        bench = Bench(sandbox, Path(tmp_path_factory.mktemp("matrix")), patch)
        bench.configure()
        bench.set("HUBSPOT__SKIP_OBJECTS", ALL_BUT_DEALS)
        bench.set("SALESFORCE__SKIP_OBJECTS", ALL_BUT_OPPORTUNITIES)
        sandbox.salesforce.bulk.looks_until_done = 0
        for source in TABLES:
            bench.load(source)
        yield bench


@pytest.fixture
def bench(loaded: Bench) -> Iterator[Bench]:
    """Without anything that an earlier cell left."""
    loaded.sandbox.calls.clear()
    loaded.waits.clear()
    yield loaded
    loaded.sandbox.faults.clear()


@pytest.fixture(scope="module")
def filled(loaded: Bench) -> dict[str, list[Any]]:
    """What the first load brought, and what stays through all cells."""
    return {source: contents(loaded, source) for source in TABLES}


def contents(bench: Bench, source: str) -> list[Any]:
    """All rows of a source's tables as texts, read at once."""
    parts = [f"SELECT '{table}' AS name, t::VARCHAR FROM {_without_load_id(table)} AS t" for table in TABLES[source]]
    return bench.rows(f"{' UNION ALL '.join(parts)} ORDER BY ALL")


def _without_load_id(table: str) -> str:
    return f"(SELECT * EXCLUDE (_dlt_load_id) FROM {table})"


def prepare(cell: Cell, bench: Bench) -> None:
    # a busy machine is no slow vendor: only where slowness is the matter answers must be quick
    bench.answer_seconds = 0.2 if cell.kind == "slow" else 20.0
    bench.set("SALESFORCE__BULK_FROM", "2000" if cell.vendor == LIST else "1")
    bench.sandbox.faults.add(cell.fault)


@pytest.mark.parametrize("cell", ENDURED, ids=str)
def test_it_is_endured_and_the_load_is_complete(cell: Cell, bench: Bench, filled: dict[str, list[Any]]) -> None:
    before = filled[cell.source]
    prepare(cell, bench)
    result = bench.load(cell.source, full=True)
    assert sum(result.rows.values()) >= len(before)
    assert contents(bench, cell.source) == before
    assert tuple(bench.waits) == cell.waits


@pytest.mark.parametrize("cell", REPORTED, ids=str)
def test_it_is_reported_and_the_tables_stay(cell: Cell, bench: Bench, filled: dict[str, list[Any]]) -> None:
    prepare(cell, bench)
    result = bench.attempt(cell.source, full=True)
    assert not result.ok
    assert (result.rows, result.data_through) == ({}, None)
    assert result.error.startswith(f"{cell.source}: "), "what"
    assert SPOKEN[cell.vendor] in result.error, "where"
    assert [word for word in cell.says if word not in result.error] == [], result.error
    assert any(advice in result.error for advice in ADVICE), "what to do"
    assert tuple(bench.waits) == cell.waits
    spoilt = [call for call in bench.sandbox.calls.to(PLACES[cell.vendor]) if call.fault]
    assert 1 <= len(spoilt) <= cell.calls, [(call.path, call.status, call.fault) for call in spoilt]
    assert contents(bench, cell.source) == filled[cell.source]


def test_after_any_of_it_the_next_load_is_whole_again(bench: Bench, filled: dict[str, list[Any]]) -> None:
    bench.answer_seconds = 20.0
    for source in TABLES:
        bench.load(source, full=True)
    assert {source: contents(bench, source) for source in TABLES} == filled
