"""Tables are read side by side, and a vendor still gets no more calls at once or in a second than it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import SourceRun
from connectors.readers.ahead import Readings
from connectors.readers.limits import GA4, HUBSPOT, SALESFORCE, Limiter, Limits, Rate, StoppedError, hubspot_rate
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from tests.connectors.bench import Bench
from tests.connectors.company import NOW, small_company
from tests.connectors.small_org import small_org


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with Sandbox(small_company(), now=NOW, salesforce=small_org()) as sandbox:
        bench = Bench(sandbox, tmp_path, monkeypatch)
        bench.configure()
        sandbox.latency = 0.03
        yield bench


def limiter(limits: Limits, pauses: list[float]) -> Limiter:
    """Its clock stands still."""
    return Limiter(limits, SourceRun(now=datetime(2026, 11, 22, tzinfo=UTC), pause=pauses.append), clock=lambda: 100.0)


def test_a_rate_holds_in_every_window() -> None:
    """Five in a second, windows a tenth longer: the sixth to tenth wait for 1.1 s, the eleventh for 2.2 s."""
    pauses: list[float] = []
    calls = limiter(Limits(at_once=1, searches=Rate(5, 1.0)), pauses)
    for _ in range(11):
        with calls.call(search=True):
            pass
    with calls.call():
        pass
    assert pauses == pytest.approx([1.1] * 5 + [2.2])


def test_a_rate_is_learnt_from_what_the_vendor_says() -> None:
    said = {"x-hubspot-RateLimit-Max": "2", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
    assert hubspot_rate(said) == Rate(2, 10.0)
    assert hubspot_rate({}) is None
    pauses: list[float] = []
    calls = limiter(Limits(at_once=1), pauses)
    calls.learn(hubspot_rate(said))
    calls.learn(None)  # a search says nothing
    for _ in range(3):
        with calls.call():
            pass
    assert pauses == pytest.approx([11.0])


def test_nothing_begins_after_the_end() -> None:
    calls = limiter(Limits(at_once=1), [])
    calls.end()
    with pytest.raises(StoppedError), calls.call():
        pytest.fail("a call was made")


def test_of_several_failures_the_cause_is_told_and_not_what_it_stopped() -> None:
    stopped = threading.Event()

    def waiting() -> Iterator[int]:
        yield 1
        stopped.wait(10)
        raise StoppedError

    def broken() -> Iterator[int]:
        yield 2
        raise ValueError("the cause")

    readings = Readings(stopped.set)
    first, second = readings.add(waiting()), readings.add(broken())
    assert (next(first), next(second)) == (1, 2)
    with pytest.raises(ValueError, match="the cause"):
        next(first)
    assert not [thread for thread in threading.enumerate() if thread.name == "reading ahead"]


@pytest.mark.parametrize(("source", "limits"), [("hubspot", HUBSPOT), ("salesforce", SALESFORCE), ("ga4", GA4)])
def test_tables_are_read_side_by_side_within_the_limit(source: str, limits: Limits, bench: Bench) -> None:
    bench.set("GA4__EXTRA_REPORTS", "source_medium, landing_page, country, users")
    bench.load(source)
    assert 3 <= bench.sandbox.calls.most_at_once <= limits.at_once


def test_searches_keep_to_five_a_second(bench: Bench) -> None:
    """Seven object types are counted at the same time; the sixth and seventh count wait."""
    bench.pause = time.sleep
    bench.load("hubspot")
    moments = [call.at for call in bench.sandbox.calls.to("/crm/v3/objects/") if call.path.endswith("/search")]
    assert len(moments) == 7
    assert max(sum(begin <= moment < begin + 1.0 for moment in moments) for begin in moments) <= 5


def test_the_rate_that_hubspot_states_is_kept(bench: Bench) -> None:
    """Ten calls in ten seconds: of the listings some must wait for most of eleven seconds."""
    pauses: list[float] = []
    bench.pause = pauses.append
    bench.sandbox.hubspot.calls_per_ten_seconds = 10
    bench.load("hubspot")
    assert [seconds for seconds in pauses if 9 < seconds <= 11]


def test_a_failure_stops_the_calls_for_other_tables(bench: Bench) -> None:
    """The first list that is refused ends the load: of seven types at most one more page each was asked for."""
    bench.sandbox.faults.add(Fault("/crm/v3/objects/companies", "403", method="GET", times=None))
    error = bench.attempt("hubspot").error
    assert "scope crm.objects.companies.read" in error
    made = len(bench.sandbox.calls)
    time.sleep(0.2)
    assert len(bench.sandbox.calls) == made
    assert len([call for call in bench.sandbox.calls if call.fault]) == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "reading ahead"]
