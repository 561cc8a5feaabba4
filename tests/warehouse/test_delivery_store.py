from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from okr_mappings.snapshot import SourceFreshness
from okr_mappings.words import SourceState, Status
from tests.warehouse.snapshots import AS_OF, NOW, snapshot
from warehouse.delivery_log import next_attempt, recent_deliveries
from warehouse.delivery_store import (
    LONGEST_WAIT,
    DeliveryOutcome,
    delivery_counts,
    delivery_id,
    due,
    note_begun,
    perhaps_sent,
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
        assert due(con, "sheet", NOW + wait * 1.25)[0].attempt == attempts + 1
    for _ in range(30):
        end(con, "retriable")
    assert due(con, "sheet", NOW + LONGEST_WAIT - timedelta(seconds=1)) == []
    assert len(due(con, "sheet", NOW + LONGEST_WAIT * 1.25)) == 1


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


def test_jitter_is_up_to_a_quarter_and_shared_by_what_failed_together(con: Connection) -> None:
    append_snapshots(con, [snapshot("a"), snapshot("b")], ["sheet", "hook"], NOW)
    moments = set()
    for minute in range(40):
        now = NOW + minute * DAY / 40
        for tracker in ("sheet", "hook"):
            owed = [DeliveryOutcome(item.delivery_id, "retriable") for item in due(con, tracker, now + 9 * DAY)]
            record_outcomes(con, owed, now)
        (moment,) = {next_attempt(con, ["sheet"]), next_attempt(con, ["hook"])}
        assert moment is not None
        usual = min(MINUTE * 2**minute, LONGEST_WAIT)
        assert usual <= moment - now <= usual * 1.25
        moments.add((moment - now) / usual)
    assert len(moments) == 40
    assert next_attempt(con, ["nobody"]) is None


def test_three_days_after_the_first_attempt_it_is_given_up_until_a_person_asks(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    now = NOW + 5 * DAY  # nobody was there to try before: the three days begin now
    tries = 0
    while waiting := due(con, "sheet", now):
        record_outcomes(con, [DeliveryOutcome(waiting[0].delivery_id, "retriable", "sheet: 503.")], now)
        tries += 1
        now = next_attempt(con, ["sheet"]) or now
    # 1 + 2 + ... + 256 minutes are 8.5 h; then every 6 h, or 7.5 h with most jitter: (72 - 8.5) / 6 = 10.6 more
    assert 9 + 8 <= tries <= 9 + 13
    assert NOW + 8 * DAY <= now < NOW + 8 * DAY + LONGEST_WAIT * 1.25
    (stored,) = recent_deliveries(con, 5, failed=True)
    assert (stored.state, stored.attempts) == ("permanent", tries)
    assert stored.last_error == "sheet: 503. Given up after 3 days; `okr redeliver` tries again."
    assert requeue_permanent(con, "sheet", now) == 1
    record_outcomes(con, [DeliveryOutcome(stored.delivery_id, "retriable")], now)
    assert next_attempt(con, ["sheet"]) is not None  # with three days of its own


def test_a_wish_for_a_very_late_retry_is_honoured_up_to_three_days(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    end(con, "retriable", retry_after=1e12)
    assert next_attempt(con, ["sheet"]) == NOW + 3 * DAY


def test_what_comes_back_before_anything_else_was_sent_is_not_sent_again(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    end(con, "sent")
    other = snapshot(value=26.0, snapshot_id="s-2")
    assert append_snapshots(con, [other], ["sheet"], NOW).queued == 1
    for _ in range(2):
        assert append_snapshots(con, [snapshot()], ["sheet"], NOW).queued == 0
        assert due(con, "sheet", NOW + DAY) == []
    assert delivery_counts(con) == {"sheet": {"sent": 1, "superseded": 1}}
    assert append_snapshots(con, [other], ["sheet"], NOW).queued == 1


def test_what_comes_back_after_something_else_was_tried_is_sent_again(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    end(con, "sent")
    append_snapshots(con, [snapshot(value=26.0, snapshot_id="s-2")], ["sheet"], NOW)
    end(con, "retriable", message="no answer")  # it may have arrived all the same
    assert append_snapshots(con, [snapshot()], ["sheet"], NOW).queued == 1
    assert [item.snapshot.value for item in due(con, "sheet", NOW + DAY)] == [25.0]


def test_what_comes_back_after_a_kill_while_something_else_was_sent_is_sent_again(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    end(con, "sent")
    other = snapshot(value=26.0, snapshot_id="s-2")
    append_snapshots(con, [other], ["sheet"], NOW + MINUTE)
    note_begun(con, "sheet", NOW + MINUTE)  # and then the process is killed: the other side may show 26
    assert perhaps_sent(con, "sheet") == {}  # it still waits and will be sent again
    assert append_snapshots(con, [snapshot()], ["sheet"], NOW + 2 * MINUTE).queued == 1
    assert perhaps_sent(con, "sheet") == {("2026-Q4", "leads"): other}
    assert [item.snapshot.value for item in due(con, "sheet", NOW + DAY)] == [25.0]
    end(con, "sent")
    assert perhaps_sent(con, "sheet") == {}
    assert delivery_counts(con) == {"sheet": {"sent": 2, "superseded": 1}}


def test_an_attempt_that_a_kill_cut_short_does_not_begin_the_three_days(con: Connection) -> None:
    append_snapshots(con, [snapshot()], ["sheet"], NOW)
    note_begun(con, "sheet", NOW)
    later = NOW + 9 * DAY  # the machine was off
    record_outcomes(con, [DeliveryOutcome(due(con, "sheet", later)[0].delivery_id, "retriable")], later)
    assert delivery_counts(con) == {"sheet": {"retriable": 1}}
    (stored,) = recent_deliveries(con, 5)
    assert (stored.first_attempt_at, stored.attempts) == (later, 1)
