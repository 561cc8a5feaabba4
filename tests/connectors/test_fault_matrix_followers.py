"""The bad days of the social networks, each cell a test, with the machinery of `test_fault_matrix.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from connectors.sandbox.social import FACEBOOK, IDS, INSTAGRAM
from tests.connectors.bench import Bench
from tests.connectors.company import NOW, small_company
from tests.connectors.test_fault_matrix import ADVICE, FOREVER, PATIENT, SOON, TOMORROW, Cell

PLACES = {
    "linkedin": "/rest/networkSizes/",
    "x": "/2/users/by",
    "facebook": f"/v25.0/{IDS[FACEBOOK]}",
    "instagram": f"/v25.0/{IDS[INSTAGRAM]}",
    "youtube": "/youtube/v3/channels",
}
SPOKEN = {**PLACES, "linkedin": "networkSizes", "x": "users/by", "youtube": "channels"}
SPOKEN |= {"facebook": IDS[FACEBOOK], "instagram": IDS[INSTAGRAM]}
FIELDS = {
    "linkedin": "firstDegreeSize",
    "x": "data",
    "facebook": "followers_count",
    "instagram": "followers_count",
    "youtube": "items",
}
VENDORS = ("linkedin", "x", "facebook", "youtube")
"""Instagram is Facebook's API with another name, so one cell of each kind is enough for it."""
IN_20_SECONDS = str(round(NOW.timestamp()) + 20)

ENDURED = [
    *(Cell(vendor, "5xx", {"status": 503, "times": 3}, (0.5, 1.0, 2.0)) for vendor in VENDORS),
    *(Cell(vendor, "reset", {}, (0.5,)) for vendor in VENDORS),
    *(Cell(vendor, "slow", {"seconds": 0.7, "times": 1}, (0.5,)) for vendor in VENDORS),
    *(Cell(vendor, "new_field", {"field": "brandNew", "value": {"deep": [1]}, **FOREVER}) for vendor in VENDORS),
    *(Cell(vendor, "429", {"retry_after": "3"}, (3.0,)) for vendor in VENDORS),
    Cell("linkedin", "429", {"retry_after": SOON}, (30.0,)),
    Cell("x", "429", {"policy": IN_20_SECONDS}, (20.0,)),  # x-rate-limit-reset less the answer's Date
    Cell("facebook", "429", {"policy": "1"}, (60.0,)),  # one minute to regain access, as its header says
    Cell("linkedin", "401"),  # the token was taken back: renewed once, and asked again
]
REPORTED = [
    *(Cell(vendor, "5xx", FOREVER, PATIENT, says=("502", "a problem of its own")) for vendor in VENDORS),
    *(
        Cell(vendor, "reset", FOREVER, PATIENT, says=("no complete answer", f"{vendor}__API_BASE".upper()))
        for vendor in VENDORS
    ),
    *(Cell(vendor, "cut_short", FOREVER, PATIENT) for vendor in VENDORS),
    *(Cell(vendor, "cut_matching", FOREVER, PATIENT, says=("Tried 4 times",)) for vendor in VENDORS),
    *(Cell(vendor, "200_html", FOREVER, PATIENT, says=("Tried 4 times", "not with JSON")) for vendor in VENDORS),
    *(Cell(vendor, "200_error", FOREVER, says=("othing was loaded",), calls=1) for vendor in VENDORS),
    *(Cell(vendor, "403", FOREVER, says=("scope",), calls=1) for vendor in VENDORS),
    *(Cell(vendor, "429", {"retry_after": TOMORROW, **FOREVER}, calls=1) for vendor in VENDORS),
    *(
        Cell(vendor, "missing_field", {"field": FIELDS[vendor], **FOREVER}, says=("othing was loaded",), calls=1)
        for vendor in VENDORS
    ),
    *(
        Cell(vendor, "wrong_type", {"field": FIELDS[vendor], "value": "?", **FOREVER}, says=("another type",), calls=1)
        for vendor in VENDORS
    ),
    Cell("linkedin", "401", FOREVER, says=("LINKEDIN__REFRESH_TOKEN", "okr connect linkedin"), calls=2),
    Cell("x", "401", FOREVER, says=("X__BEARER_TOKEN",), calls=1),
    Cell("facebook", "401", FOREVER, says=("FACEBOOK__ACCESS_TOKEN", "password has changed"), calls=1),
    Cell("youtube", "401", FOREVER, says=("YOUTUBE__API_KEY",), calls=1),
    Cell("linkedin", "429", FOREVER, says=("Too many calls",), calls=1),  # LinkedIn's limits last until midnight UTC
    Cell("x", "429", {"policy": "DAILY", **FOREVER}, says=("billing period",), calls=1),
    Cell("instagram", "429", FOREVER, says=("Too many calls",), calls=1),  # half an hour, by its header
    Cell("youtube", "429", {"policy": "DAILY", **FOREVER}, says=("quota of today",), calls=1),
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Sandbox(small_company(), now=NOW) as sandbox, pytest.MonkeyPatch.context() as patch:
        bench = Bench(sandbox, Path(tmp_path_factory.mktemp("matrix")), patch, answer_seconds=0.4)
        bench.configure()
        for vendor in PLACES:
            bench.load(vendor)
        yield bench


@pytest.fixture
def bench(loaded: Bench) -> Iterator[Bench]:
    loaded.sandbox.calls.clear()
    loaded.waits.clear()
    yield loaded
    loaded.sandbox.faults.clear()


def contents(bench: Bench, vendor: str) -> list[Any]:
    gains = bench.table("raw_linkedin.follower_gains") if vendor == "linkedin" else []
    return [*bench.table(f"raw_{vendor}.followers"), *gains]


@pytest.mark.parametrize("cell", ENDURED, ids=str)
def test_it_is_endured_and_the_load_is_complete(cell: Cell, bench: Bench) -> None:
    before = contents(bench, cell.vendor)
    bench.sandbox.faults.add(Fault(PLACES[cell.vendor], cell.kind, **cell.how))
    result = bench.load(cell.vendor)
    assert result.rows["followers"] == 1
    assert contents(bench, cell.vendor) == before
    assert tuple(bench.waits) == cell.waits


@pytest.mark.parametrize("cell", REPORTED, ids=str)
def test_it_is_reported_and_the_tables_stay(cell: Cell, bench: Bench) -> None:
    before = contents(bench, cell.vendor)
    bench.sandbox.faults.add(Fault(PLACES[cell.vendor], cell.kind, **cell.how))
    result = bench.attempt(cell.vendor)
    assert not result.ok
    assert (result.rows, result.data_through) == ({}, None)
    assert result.error.startswith(f"{cell.vendor}: "), "what"
    assert SPOKEN[cell.vendor] in result.error, "where"
    assert [word for word in cell.says if word not in result.error] == [], result.error
    assert any(advice in result.error for advice in (*ADVICE, "it needs", "Enable")), "what to do"
    assert tuple(bench.waits) == cell.waits
    spoilt = [call for call in bench.sandbox.calls.to(PLACES[cell.vendor]) if call.fault]
    assert 1 <= len(spoilt) <= cell.calls
    assert contents(bench, cell.vendor) == before
