from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest

from tests.warehouse.snapshots import AS_OF, NOW
from warehouse.engine import Connection
from warehouse.okr_schema import create_schema
from warehouse.run_store import claim_slot, finish_run, last_slot, recent_runs, start_run

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


def test_a_slot_is_claimed_once(con: Connection) -> None:
    start_run(con, "run-1", "run", AS_OF, NOW)
    assert claim_slot(con, "run-1", "daily", NOW)
    assert claim_slot(con, "run-1", "daily", NOW)  # its own
    finish_run(con, "run-1", "failed", NOW)
    start_run(con, "run-2", "run", AS_OF, NOW)
    assert not claim_slot(con, "run-2", "daily", NOW)
    assert claim_slot(con, "run-2", "weekly", NOW)
    assert (last_slot(con, "daily"), last_slot(con, "hourly")) == (NOW, None)


def test_a_slot_of_a_killed_run_is_free_again(con: Connection) -> None:
    start_run(con, "run-1", "run", AS_OF, NOW)
    claim_slot(con, "run-1", "daily", NOW)
    start_run(con, "run-2", "run", AS_OF, NOW + DAY)
    assert last_slot(con, "daily") is None
    assert claim_slot(con, "run-2", "daily", NOW)
