from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest

from tests.warehouse.snapshots import AS_OF, NOW
from warehouse.engine import Connection
from warehouse.okr_schema import create_schema
from warehouse.run_store import bury_dead, finish_run, recent_runs, start_run
from warehouse.slot_store import claim_slot, forget_slots, note_failed_start, settle_definition, skip_slots, slots_of

DAY = timedelta(days=1)


@pytest.fixture
def con() -> Iterator[Connection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_schema(connection)
        yield connection


def test_a_run_is_noted_from_beginning_to_end(con: Connection) -> None:
    start_run(con, "run-1", "run", AS_OF, NOW)
    (running,) = recent_runs(con)
    assert (running.state, running.finished_at, running.as_of) == ("running", None, AS_OF)
    finish_run(con, "run-1", "succeeded", NOW + DAY, {"snapshots": 12, "note": "fine"})
    (done,) = recent_runs(con)
    assert (done.state, done.started_at, done.finished_at) == ("succeeded", NOW, NOW + DAY)
    assert done.detail == {"snapshots": 12, "note": "fine"}


def test_a_run_that_was_killed_is_noticed_by_the_next(con: Connection) -> None:
    start_run(con, "run-1", "run", AS_OF, NOW)
    start_run(con, "run-2", "run", None, NOW + DAY)
    assert [(run.run_id, run.state) for run in recent_runs(con)] == [("run-2", "running"), ("run-1", "killed")]


def slots(con: Connection, schedule: str = "daily") -> list[tuple[str, int, int | None]]:
    return [(each.state, each.attempts, each.exit_code) for each in slots_of(con, schedule, NOW - 99 * DAY)]


def test_a_slot_is_claimed_once(con: Connection) -> None:
    start_run(con, "run-1", "run", AS_OF, NOW)
    assert claim_slot(con, "run-1", "daily", NOW, NOW)
    assert claim_slot(con, "run-1", "daily", NOW, NOW)  # its own
    finish_run(con, "run-1", "succeeded", NOW, {"exit_code": 1})
    assert slots(con) == [("done", 1, 1)]
    start_run(con, "run-2", "run", AS_OF, NOW)
    assert not claim_slot(con, "run-2", "daily", NOW, NOW, most_attempts=9)
    assert claim_slot(con, "run-2", "weekly", NOW, NOW)
    assert [(run.run_id, run.schedule, run.slot) for run in recent_runs(con)] == [
        ("run-2", "weekly", NOW),
        ("run-1", "daily", NOW),
    ]


def test_a_slot_of_a_killed_run_may_be_tried_again_as_often_as_allowed(con: Connection) -> None:
    start_run(con, "run-1", "run", AS_OF, NOW)
    claim_slot(con, "run-1", "daily", NOW, NOW)
    start_run(con, "run-2", "run", AS_OF, NOW + DAY)  # whoever starts next finds out
    assert slots(con) == [("crashed", 1, None)]
    assert not claim_slot(con, "run-2", "daily", NOW, NOW + DAY, most_attempts=1)
    assert claim_slot(con, "run-2", "daily", NOW, NOW + DAY, most_attempts=2)
    bury_dead(con, NOW + DAY)
    assert slots(con) == [("crashed", 2, None)]
    start_run(con, "run-3", "run", AS_OF, NOW + DAY)
    assert not claim_slot(con, "run-3", "daily", NOW, NOW + DAY, most_attempts=2)


def test_a_run_that_fails_before_its_claim_has_used_an_attempt(con: Connection) -> None:
    note_failed_start(con, "daily", NOW, NOW, exit_code=2, note="no such mapping")
    note_failed_start(con, "daily", NOW, NOW, exit_code=2, note="no such mapping")
    assert slots(con) == [("failed", 2, 2)]
    note_failed_start(con, "daily", NOW, NOW, exit_code=-9, note="killed before it began")
    assert slots(con) == [("crashed", 3, -9)]


def test_skipped_slots_say_why_and_can_be_forgotten(con: Connection) -> None:
    skip_slots(con, "daily", {NOW: "too late", NOW + DAY: "too late"}, NOW)
    start_run(con, "run-1", "run", AS_OF, NOW)
    assert not claim_slot(con, "run-1", "daily", NOW, NOW, most_attempts=9)
    forget_slots(con, "daily", [NOW])
    assert [each.slot for each in slots_of(con, "daily", NOW - DAY)] == [NOW + DAY]
    assert claim_slot(con, "run-1", "daily", NOW, NOW)


def test_a_schedule_counts_since_it_is_as_it_is(con: Connection) -> None:
    assert settle_definition(con, "daily", "0 6 * * *", NOW) == NOW
    assert settle_definition(con, "daily", "0 6 * * *", NOW + DAY) == NOW
    assert settle_definition(con, "daily", "0 7 * * *", NOW + DAY) == NOW + DAY
    # the clock was wrong and has been set back
    assert settle_definition(con, "daily", "0 7 * * *", NOW) == NOW
