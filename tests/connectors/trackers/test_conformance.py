"""What every tracker promises, tried on each one that exists; a new tracker takes part by having a harness."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors import registry
from connectors.contract import DeliveryState, Setting, Tracker
from okr_mappings.snapshot import ProgressDocument
from tests.connectors.trackers.documents import brightwater, deliveries, document, snapshot
from tests.connectors.trackers.harness import SHOWN, Harness, State, open_harness

SENT, RETRIABLE, PERMANENT = DeliveryState.SENT, DeliveryState.RETRIABLE, DeliveryState.PERMANENT


def now() -> datetime:
    """This moment: receivers refuse messages that are minutes old, and a whole test run takes minutes."""
    return datetime.now(UTC)


# what speaks to people keeps no state; its promises are tried in `tests/connectors/messengers`
MESSENGERS = {"slack", "teams"}


@pytest.fixture(params=[name for name in registry.tracker_names() if name not in MESSENGERS])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def harness(name: str, tmp_path: Path) -> Iterator[Harness]:
    with ExitStack() as stack:
        yield stack.enter_context(open_harness(name, tmp_path))


@pytest.fixture
def tracker(harness: Harness, tmp_path: Path) -> Tracker:
    return harness.tracker(tmp_path)


def published(shown: ProgressDocument) -> State:
    """What the outside has to show for a document."""
    state: State = {}
    for item in shown.key_results:
        facts = {field: getattr(item, field) for field in SHOWN}
        state[item.cycle_id, item.key_result_id] = {
            field: value.isoformat() if isinstance(value, date) else value for field, value in facts.items()
        }
    return state


def same(found: State, wanted: State) -> bool:
    """Equal, to the 15 digits that a spreadsheet keeps."""
    return found.keys() == wanted.keys() and all(
        value == pytest.approx(found[key][field], rel=1e-14) if isinstance(value, float) else found[key][field] == value
        for key, fields in wanted.items()
        for field, value in fields.items()
    )


def test_every_tracker_is_described(name: str) -> None:
    module = registry.tracker_module(name)
    assert module.LABEL
    assert all(
        isinstance(setting, Setting) and setting.description.endswith(".") for setting in module.SETTINGS.values()
    )
    assert "Manual:" in module.__doc__
    assert "Grain:" in module.__doc__
    assert "Repeats:" in module.__doc__
    readme = Path(module.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert all(f"OKR_TRACKERS__{name}__{setting}".upper() in readme for setting in module.SETTINGS)


def test_it_is_named_like_its_file(name: str, tracker: Tracker) -> None:
    assert tracker.name == name


def test_the_outside_shows_exactly_what_was_published(tracker: Tracker, harness: Harness) -> None:
    shown = brightwater()
    results = tracker.send(shown, deliveries(*shown.key_results), now())
    assert [result.state for result in results] == [SENT] * 9
    assert same(harness.state(), published(shown))


def test_there_is_one_answer_for_each_delivery_in_order(tracker: Tracker) -> None:
    shown = brightwater()
    wanted = deliveries(*reversed(shown.key_results))
    results = tracker.send(shown, wanted, now())
    assert [result.delivery_id for result in results] == [delivery.delivery_id for delivery in wanted]


def test_sending_twice_leaves_the_outside_as_it_was(tracker: Tracker, harness: Harness) -> None:
    shown = brightwater()
    tracker.send(shown, deliveries(*shown.key_results), now())
    once = harness.state()
    results = tracker.send(shown, deliveries(*shown.key_results), now())
    assert [result.state for result in results] == [SENT] * 9
    assert harness.state() == once


def test_nothing_to_say_makes_no_call(tracker: Tracker, harness: Harness) -> None:
    assert tracker.send(document(), [], now()) == []
    assert harness.touches() == 0
    assert harness.state() == {}


def test_nothing_new_makes_no_call(tracker: Tracker, harness: Harness) -> None:
    shown = brightwater()
    tracker.send(shown, deliveries(*shown.key_results), now())
    before = harness.touches()
    assert tracker.send(shown, [], now()) == []
    assert harness.touches() == before


def test_a_permanent_failure_is_not_tried_again(tracker: Tracker, harness: Harness) -> None:
    shown = document(snapshot())
    harness.refuse()
    before = harness.touches()
    started = time.monotonic()
    results = tracker.send(shown, deliveries(snapshot()), now())
    assert [result.state for result in results] == [PERMANENT]
    assert results[0].message.startswith(tracker.name)
    assert harness.touches() - before <= 1
    assert time.monotonic() - started < 10  # it is not slept over


def test_a_passing_failure_is_answered_as_such_and_made_good_later(tracker: Tracker, harness: Harness) -> None:
    shown = brightwater()
    harness.be_busy()
    results = tracker.send(shown, deliveries(*shown.key_results), now())
    assert [result.state for result in results] == [RETRIABLE] * 9
    assert all(result.message for result in results)
    harness.recover()
    assert {result.state for result in tracker.send(shown, deliveries(*shown.key_results), now())} == {SENT}
    assert same(harness.state(), published(shown))


def test_no_secret_is_said_or_logged(tracker: Tracker, harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = document(snapshot())
    messages = []
    for step in (harness.recover, harness.be_busy, harness.recover, harness.refuse):
        step()
        messages += [result.message for result in tracker.send(shown, deliveries(snapshot()), now())]
    said = "\n".join([*messages, caplog.text, repr(tracker)])
    assert not [secret for secret in harness.secrets() if secret in said]


def test_any_text_arrives_whole(tracker: Tracker, harness: Harness) -> None:
    titles = [
        "árvíztűrő tükörfúrógép",
        "数字 и العربية",
        '🚀 <b>&amp;</b> "quoted"',
        "=1+1",
        "@cmd",
        "+1",
        "-1",
        "two\nlines",
    ]
    shown = document(*(snapshot(f"kr_{place}", title=title) for place, title in enumerate(titles)))
    tracker.send(shown, deliveries(*shown.key_results), now())
    assert [facts["title"] for facts in harness.state().values()] == titles


def test_missing_is_shown_as_missing(tracker: Tracker, harness: Harness) -> None:
    nothing = snapshot(value=None, baseline=None, target=None, progress=None, score=None, expected=None)
    shown = document(nothing)
    tracker.send(shown, deliveries(nothing), now())
    facts = harness.state()["2026-Q4", "more_leads"]
    assert [facts[name] for name in ("value", "baseline", "progress", "score", "expected")] == [None] * 5


def test_zero_is_shown_as_zero(tracker: Tracker, harness: Harness) -> None:
    none_yet = snapshot(value=0.0, progress=0.0, score=0.0)
    tracker.send(document(none_yet), deliveries(none_yet), now())
    assert harness.state()["2026-Q4", "more_leads"]["value"] == 0


def test_a_thousand_key_results_take_seconds(tracker: Tracker, harness: Harness) -> None:
    shown = document(*(snapshot(f"kr_{number:04}", team_id=f"team_{number % 20}") for number in range(1000)))
    started = time.process_time()
    results = tracker.send(shown, deliveries(*shown.key_results), now())
    assert time.process_time() - started < 15
    assert {result.state for result in results} == {SENT}
    assert len(harness.state()) == 1000
