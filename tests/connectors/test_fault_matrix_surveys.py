"""The bad days of SurveyMonkey, Typeform and Mailchimp, each cell a test, with the machinery of `test_fault_matrix.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from tests.connectors.bench import Bench
from tests.connectors.company import NOW, small_company
from tests.connectors.test_fault_matrix import ADVICE, FOREVER, PATIENT, SOON, TOMORROW, Cell

PLACES = {"surveymonkey": "/v3/surveys/501/responses", "typeform": "/forms/501/responses", "mailchimp": "/3.0/reports"}
SPOKEN = {"surveymonkey": "surveys/501/responses", "typeform": "forms/501/responses", "mailchimp": "reports"}
LISTS = {"surveymonkey": "data", "typeform": "items", "mailchimp": "reports"}
TABLES = {
    "surveymonkey": ("surveys", "responses"),
    "typeform": ("surveys", "responses"),
    "mailchimp": ("list_sizes", "list_activity", "list_growth", "campaigns"),
}
SECRETS = {
    "surveymonkey": "SOURCES__SURVEYMONKEY__ACCESS_TOKEN",
    "typeform": "SOURCES__TYPEFORM__ACCESS_TOKEN",
    "mailchimp": "SOURCES__MAILCHIMP__API_KEY",
}
PAUSES = {"surveymonkey": 20.0, "typeform": 2.0, "mailchimp": 10.0}
"""Nobody says Retry-After: SurveyMonkey's headers count the seconds to the next minute, the others say nothing."""
VENDORS = tuple(PLACES)

ENDURED = [
    *(Cell(vendor, "429", {}, (PAUSES[vendor],)) for vendor in VENDORS),
    *(Cell(vendor, "429", {"retry_after": "3"}, (3.0,)) for vendor in VENDORS),
    *(Cell(vendor, "429", {"retry_after": SOON}, (30.0,)) for vendor in VENDORS),
    *(Cell(vendor, "slow", {"seconds": 0.7, "times": 1}, (0.5,)) for vendor in VENDORS),
    *(Cell(vendor, "5xx", {"status": 503, "times": 3}, PATIENT) for vendor in VENDORS),
    *(Cell(vendor, "reset", {}, (0.5,)) for vendor in VENDORS),
    *(Cell(vendor, "new_field", {"field": "brandNew", "value": {"deep": [1]}, **FOREVER}) for vendor in VENDORS),
    Cell("mailchimp", "403", {"policy": "BARE"}, (10.0,)),  # the wall in front: too much traffic, no matter of rights
]
REPORTED = [
    *(Cell(vendor, "401", {}, says=(SECRETS[vendor],), calls=1) for vendor in VENDORS),
    *(Cell(vendor, "401", FOREVER, says=(SECRETS[vendor],), calls=1) for vendor in VENDORS),
    *(Cell(vendor, "403", FOREVER, says=("scope",), calls=1) for vendor in VENDORS),
    Cell("mailchimp", "403", {"policy": "BARE", **FOREVER}, (10.0, 10.0, 10.0), says=("Too much traffic",)),
    *(Cell(vendor, "429", FOREVER, (PAUSES[vendor],) * 3, says=("429", "Too many calls")) for vendor in VENDORS),
    *(Cell(vendor, "429", {"retry_after": TOMORROW, **FOREVER}, says=("429",), calls=1) for vendor in VENDORS),
    Cell("surveymonkey", "429", {"policy": "DAILY", **FOREVER}, says=("used up", "next run"), calls=1),
    *(Cell(vendor, "slow", {"seconds": 0.5, **FOREVER}, PATIENT, says=("no complete answer",)) for vendor in VENDORS),
    *(Cell(vendor, "5xx", FOREVER, PATIENT, says=("502", "a problem of its own")) for vendor in VENDORS),
    *(
        Cell(vendor, "reset", FOREVER, PATIENT, says=("no complete answer", f"{vendor}__API_BASE".upper()))
        for vendor in VENDORS
    ),
    *(Cell(vendor, "cut_short", FOREVER, PATIENT, says=("no complete answer",)) for vendor in VENDORS),
    *(Cell(vendor, "cut_matching", FOREVER, PATIENT, says=("Tried 4 times",)) for vendor in VENDORS),
    *(Cell(vendor, "200_html", FOREVER, PATIENT, says=("Tried 4 times", "not with JSON")) for vendor in VENDORS),
    *(Cell(vendor, "200_empty", FOREVER, PATIENT, says=("Tried 4 times",)) for vendor in VENDORS),
    Cell("surveymonkey", "200_error", FOREVER, says=("Client revoked access grant", SECRETS["surveymonkey"]), calls=1),
    Cell("typeform", "200_error", FOREVER, says=("without `items`",), calls=1),
    Cell("mailchimp", "200_error", FOREVER, says=("without `reports`",), calls=1),
    *(
        Cell(v, "missing_field", {"field": LISTS[v], **FOREVER}, says=(f"without `{LISTS[v]}`",), calls=1)
        for v in VENDORS
    ),
    *(
        Cell(v, "wrong_type", {"field": LISTS[v], "value": "?", **FOREVER}, says=("another type",), calls=1)
        for v in VENDORS
    ),
    # more are counted than come
    Cell("surveymonkey", "wrong_type", {"field": "total", "value": 99, **FOREVER}, says=("3 of 99 came",), calls=1),
    Cell("typeform", "wrong_type", {"field": "items", "value": [], **FOREVER}, says=("0 of 3 came",), calls=1),
    Cell("mailchimp", "wrong_type", {"field": "reports", "value": [], **FOREVER}, says=("0 of 2 came",), calls=1),
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One bench for all cells: what they have in common is that they change nothing."""
    with Sandbox(small_company(), now=NOW) as sandbox, pytest.MonkeyPatch.context() as patch:
        sandbox.surveymonkey.minute_limit = sandbox.surveymonkey.day_limit = 100_000
        bench = Bench(sandbox, Path(tmp_path_factory.mktemp("matrix")), patch, answer_seconds=0.4)
        bench.configure()
        for vendor in VENDORS:
            bench.load(vendor)
        yield bench


@pytest.fixture
def bench(loaded: Bench) -> Iterator[Bench]:
    """Without anything that an earlier cell left."""
    loaded.sandbox.calls.clear()
    loaded.waits.clear()
    yield loaded
    loaded.sandbox.faults.clear()


def contents(bench: Bench, vendor: str) -> dict[str, list[Any]]:
    return {table: bench.table(f"raw_{vendor}.{table}") for table in TABLES[vendor]}


@pytest.mark.parametrize("cell", ENDURED, ids=str)
def test_it_is_endured_and_the_load_is_complete(cell: Cell, bench: Bench) -> None:
    before = contents(bench, cell.vendor)
    bench.sandbox.faults.add(Fault(PLACES[cell.vendor], cell.kind, **cell.how))
    result = bench.load(cell.vendor, full=True)
    assert sum(result.rows.values()) >= sum(len(rows) for rows in before.values())
    assert contents(bench, cell.vendor) == before
    assert tuple(bench.waits) == cell.waits


@pytest.mark.parametrize("cell", REPORTED, ids=str)
def test_it_is_reported_and_the_tables_stay(cell: Cell, bench: Bench) -> None:
    before = contents(bench, cell.vendor)
    bench.sandbox.faults.add(Fault(PLACES[cell.vendor], cell.kind, **cell.how))
    result = bench.attempt(cell.vendor, full=True)
    assert not result.ok
    assert (result.rows, result.data_through) == ({}, None)
    assert result.error.startswith(f"{cell.vendor}: "), "what"
    assert SPOKEN[cell.vendor] in result.error, "where"
    assert [word for word in cell.says if word not in result.error] == [], result.error
    assert any(advice in result.error for advice in (*ADVICE, "needs the role")), "what to do"
    assert tuple(bench.waits) == cell.waits
    spoilt = [call for call in bench.sandbox.calls.to(PLACES[cell.vendor]) if call.fault]
    assert 1 <= len(spoilt) <= cell.calls, [(call.path, call.status, call.fault) for call in spoilt]
    assert contents(bench, cell.vendor) == before


def test_after_any_of_it_the_next_load_is_whole_again(bench: Bench) -> None:
    for vendor in VENDORS:
        before = contents(bench, vendor)
        bench.load(vendor, full=True)
        assert contents(bench, vendor) == before
