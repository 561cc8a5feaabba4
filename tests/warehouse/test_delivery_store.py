from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from okr_mappings.snapshot import SourceFreshness
from okr_mappings.words import SourceState, Status
from tests.warehouse.snapshots import AS_OF, NOW, snapshot
from warehouse.delivery_store import (
    LONGEST_WAIT,
    DeliveryOutcome,
    delivery_counts,
    delivery_id,
    due,
    record_outcomes,
    requeue_permanent,
)
from warehouse.engine import Connection
from warehouse.okr_schema import create_schema
from warehouse.snapshot_store import append_snapshots

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def con() -> Iterator[Connection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_schema(connection)
        yield connection


def end(con: Connection, state: str, *, message: str = "", retry_after: float | None = None) -> str:
    """Let the one delivery that is due for the sheet end so; returns its id."""
    (waiting,) = due(con, "sheet", NOW + 99 * DAY)
    record_outcomes(con, [DeliveryOutcome(waiting.delivery_id, state, message, retry_after)], NOW)
    return waiting.delivery_id


def test_a_new_snapshot_is_queued_for_every_tracker(con: Connection) -> None:
    assert append_snapshots(con, [snapshot(), snapshot("other")], ["sheet", "hook"], NOW).queued == 4
    waiting = due(con, "hook", NOW)
    assert [(item.snapshot, item.attempt) for item in waiting] == [(snapshot(), 1), (snapshot("other"), 1)]
    assert waiting[0].delivery_id == delivery_id("hook", "s-leads") != delivery_id("sheet", "s-leads")
    assert due(con, "nobody", NOW) == []
    assert len(due(con, "hook", NOW, limit=1)) == 1


def test_running_again_queues_nothing(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    assert append_snapshots(con, [replace(snapshot(), run_id="run-2")], ["sheet"], NOW).queued == 0
    end(con, "sent")
    assert append_snapshots(con, [replace(snapshot(), run_id="run-3")], ["sheet"], NOW).queued == 0
    assert due(con, "sheet", NOW + DAY) == []


def test_a_later_load_that_changes_no_number_is_no_news(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    later = (SourceFreshness("hubspot", SourceState.FRESH, NOW + MINUTE),)
    assert append_snapshots(con, [snapshot(sources=later, data_through=NOW + MINUTE)], ["sheet"], NOW).queued == 0
    assert append_snapshots(con, [snapshot(sql="select 2", sql_hash="x", mapping_line=13)], ["sheet"], NOW).queued == 0
    assert append_snapshots(con, [snapshot(status=Status.ON_TRACK)], ["sheet"], NOW).queued == 1
    failed = (SourceFreshness("hubspot", SourceState.FAILED, NOW),)
    assert append_snapshots(con, [snapshot(status=Status.ON_TRACK, sources=failed)], ["sheet"], NOW).queued == 1


def test_a_new_day_is_news_even_when_the_number_stands_still(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    assert append_snapshots(con, [snapshot(as_of=AS_OF + DAY, snapshot_id="s-2")], ["sheet"], NOW).queued == 1


def test_a_past_day_computed_again_is_stored_but_not_sent(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    done = append_snapshots(con, [snapshot(as_of=AS_OF - DAY, value=1.0, snapshot_id="s-0")], ["sheet"], NOW)
    assert (done.appended, done.queued) == (1, 0)
    assert [item.snapshot.as_of for item in due(con, "sheet", NOW)] == [AS_OF]


def test_the_newest_supersedes_what_still_waits(con: Connection) -> None:
    append_snapshots(con, [snapshot(), snapshot("other")], ["sheet"], NOW)
    append_snapshots(con, [snapshot(value=26.0, snapshot_id="s-2")], ["sheet"], NOW)
    assert [(item.snapshot.key_result_id, item.snapshot.value) for item in due(con, "sheet", NOW)] == [
        ("other", 25.0),
        ("leads", 26.0),
    ]
    assert delivery_counts(con) == {"sheet": {"pending": 2, "superseded": 1}}


def test_several_days_appended_at_once_send_the_last(con: Connection) -> None:
    days = [snapshot(as_of=AS_OF + offset * DAY, snapshot_id=f"s-{offset}") for offset in range(3)]
    append_snapshots(con, days, ["sheet"], NOW)
    assert [item.snapshot.as_of for item in due(con, "sheet", NOW)] == [AS_OF + 2 * DAY]


def test_a_return_to_an_earlier_state_is_a_message_of_its_own(con: Connection) -> None:
    good, stale = snapshot(), snapshot(status=Status.STALE, snapshot_id="s-stale")
    ids = []
    for item in (good, stale, good, stale, good):
        append_snapshots(con, [item], ["sheet"], NOW)
        ids.append(end(con, "sent"))
    assert len(set(ids)) == 5
    assert ids[0] == delivery_id("sheet", "s-leads")
    assert ids[2] == delivery_id("sheet", "s-leads", earlier=1)


def test_a_tracker_set_up_later_gets_what_is_already_stored(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    done = append_snapshots(con, [snapshot()], ["sheet", "hook"], NOW)
    assert (done.appended, done.queued) == (0, 1)
    assert [item.snapshot for item in due(con, "hook", NOW)] == [snapshot()]


def test_waits_double_up_to_a_limit(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    # 1, 2, 4, 8 ... minutes
    for attempts, wait in enumerate([MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE], start=1):
        end(con, "retriable", message="503")
        assert due(con, "sheet", NOW + wait - timedelta(seconds=1)) == []
        assert due(con, "sheet", NOW + wait)[0].attempt == attempts + 1
    for _ in range(30):
        end(con, "retriable")
    assert due(con, "sheet", NOW + LONGEST_WAIT - timedelta(seconds=1)) == []
    assert len(due(con, "sheet", NOW + LONGEST_WAIT)) == 1


def test_the_other_side_may_ask_for_a_longer_wait(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    end(con, "retriable", retry_after=3600)
    assert due(con, "sheet", NOW + timedelta(minutes=59)) == []
    assert len(due(con, "sheet", NOW + timedelta(minutes=60))) == 1


def test_what_failed_for_good_waits_for_a_person_or_for_news(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    end(con, "permanent", message="404 gone")
    assert due(con, "sheet", NOW + 99 * DAY) == []
    assert append_snapshots(con, [snapshot()], ["sheet"], NOW).queued == 0
    assert requeue_permanent(con, "sheet", NOW) == 1
    assert end(con, "permanent") == delivery_id("sheet", "s-leads")
    assert append_snapshots(con, [snapshot(value=26.0, snapshot_id="s-2")], ["sheet"], NOW).queued == 1
    assert requeue_permanent(con, "sheet", NOW) == 0  # a newer one is on its way
    assert delivery_counts(con) == {"sheet": {"pending": 1, "permanent": 1}}


def test_an_outcome_is_recorded_once(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    sent = end(con, "sent")
    record_outcomes(con, [DeliveryOutcome(sent, "retriable")], NOW)
    record_outcomes(con, [DeliveryOutcome("unknown", "sent")], NOW)
    assert delivery_counts(con) == {"sheet": {"sent": 1}}
    with pytest.raises(ValueError, match="cannot end as"):
        record_outcomes(con, [DeliveryOutcome(sent, "lost")], NOW)
