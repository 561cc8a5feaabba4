from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from okr_mappings.errors import DocumentError
from okr_mappings.snapshot import RECONSTRUCTED, DayValue, Snapshot
from okr_mappings.words import Status
from tests.warehouse.snapshots import AS_OF, NOW, snapshot
from warehouse.baseline_store import FrozenBaseline, freeze_baseline, frozen_baseline, frozen_baselines
from warehouse.delivery_store import delivery_counts
from warehouse.engine import Connection
from warehouse.errors import WarehouseError
from warehouse.okr_schema import create_schema
from warehouse.rows import read_count, read_rows
from warehouse.snapshot_store import (
    Appended,
    LastGood,
    append_snapshots,
    daily_values,
    history,
    last_good,
    latest,
    replace_daily_values,
)

CYCLE = "2026-Q4"
DAY = timedelta(days=1)


@pytest.fixture
def con() -> Iterator[Connection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_schema(connection)
        yield connection


def test_every_field_of_a_snapshot_has_a_column(con: Connection) -> None:
    columns = {
        row["column_name"]
        for row in read_rows(con, "select column_name from duckdb_columns() where table_name = 'snapshots'")
    }
    assert columns == {field.name for field in fields(Snapshot)} | {"seq", "content_hash"}


def test_a_snapshot_comes_back_as_it_was(con: Connection) -> None:
    full = snapshot()
    bare = snapshot(
        "bare",
        value=None,
        n=None,
        sources=(),
        sub_periods=(),
        parameters={},
        data_through=None,
        projected_p50=None,
        target=None,
    )
    append_snapshots(con, [full, bare], [], NOW)
    assert latest(con, CYCLE) == [bare, full]


def test_the_same_content_is_stored_once(con: Connection) -> None:
    again = replace(snapshot(), run_id="run-2", computed_at=NOW + DAY)
    assert append_snapshots(con, [snapshot()], [], NOW) == Appended(1, 0, 0)
    assert append_snapshots(con, [again], [], NOW) == Appended(0, 1, 0)
    assert append_snapshots(con, [again, again], [], NOW) == Appended(0, 2, 0)
    assert latest(con, CYCLE)[0].run_id == "run-1"


def test_changed_content_is_appended_and_the_old_one_stays(con: Connection) -> None:
    append_snapshots(con, [snapshot()], [], NOW)
    append_snapshots(con, [snapshot(value=26.0)], [], NOW)
    append_snapshots(con, [snapshot()], [], NOW)  # back to what it was: that is news again
    assert [row["value"] for row in read_rows(con, "select value from okr.snapshots order by seq")] == [
        25.0,
        26.0,
        25.0,
    ]
    assert latest(con, CYCLE)[0].value == 25.0
    assert len(history(con, CYCLE)) == 1


def test_history_has_the_latest_per_day_and_the_cycle_its_latest_day(con: Connection) -> None:
    monday = snapshot(as_of=AS_OF - DAY, value=20.0)
    append_snapshots(con, [monday, snapshot(), snapshot("other")], [], NOW)
    append_snapshots(con, [replace(monday, value=21.0)], [], NOW)  # a past day computed again
    assert [(item.as_of, item.value) for item in history(con, CYCLE, "leads")] == [(AS_OF - DAY, 21.0), (AS_OF, 25.0)]
    assert len(history(con, CYCLE)) == 3
    assert [item.value for item in latest(con, CYCLE)] == [25.0, 25.0]
    assert latest(con, "2027-Q1") == []


def test_equal_ids_of_two_cycles_do_not_meet(con: Connection) -> None:
    append_snapshots(con, [snapshot(), snapshot(cycle_id="2026-Q3", value=9.0)], [], NOW)
    assert [item.value for item in latest(con, CYCLE)] == [25.0]
    assert [item.value for item in latest(con, "2026-Q3")] == [9.0]


def test_the_last_good_value_skips_stale_missing_and_broken_days(con: Connection) -> None:
    days = [
        snapshot(as_of=AS_OF - 4 * DAY, value=21.0),
        snapshot(as_of=AS_OF - 3 * DAY, value=22.0, status=Status.STALE),
        snapshot(as_of=AS_OF - 2 * DAY, value=None, status=Status.NO_DATA),
        snapshot(as_of=AS_OF - DAY, value=23.0, error="refused"),
        snapshot(as_of=AS_OF, value=24.0),
    ]
    append_snapshots(con, days, [], NOW)
    assert last_good(con, CYCLE, AS_OF - DAY) == {"leads": LastGood(21.0, AS_OF - 4 * DAY)}
    assert last_good(con, CYCLE, AS_OF + DAY) == {"leads": LastGood(24.0, AS_OF)}


def test_a_source_that_fails_at_noon_leaves_the_mornings_value_as_the_last_good_one(con: Connection) -> None:
    append_snapshots(con, [snapshot(as_of=AS_OF - DAY, value=20.0, observation=RECONSTRUCTED)], [], NOW)
    append_snapshots(con, [snapshot(value=24.0)], [], NOW)
    append_snapshots(con, [snapshot(value=None, status=Status.STALE)], [], NOW)
    assert last_good(con, CYCLE, AS_OF) == {"leads": LastGood(24.0, AS_OF)}
    # what a later run computed for a past day was never shown by any run of that day
    assert last_good(con, CYCLE, AS_OF - DAY) == {}


def test_nothing_is_written_when_the_outbox_fails(con: Connection) -> None:
    con.execute("drop table okr.deliveries")
    with pytest.raises(duckdb.Error):
        append_snapshots(con, [snapshot()], ["sheet"], NOW)
    assert read_count(con, "select count(*) from okr.snapshots") == 0


def test_a_number_that_is_none_is_refused_before_anything_is_written(con: Connection) -> None:
    with pytest.raises(DocumentError, match="nan"):
        append_snapshots(con, [snapshot(), snapshot("bad", value=float("nan"))], ["sheet"], NOW)
    assert read_count(con, "select count(*) from okr.snapshots") == 0
    assert delivery_counts(con) == {}


def test_daily_values_are_replaced_whole(con: Connection) -> None:
    first = {"leads": [DayValue(AS_OF - DAY, 24.0), DayValue(AS_OF, None)], "old": [DayValue(AS_OF, 1.0)]}
    replace_daily_values(con, CYCLE, first, "run-1")
    replace_daily_values(con, "2026-Q3", {"leads": [DayValue(date(2026, 9, 1), 3.0)]}, "run-1")
    replace_daily_values(con, CYCLE, {"leads": [DayValue(AS_OF, 25.0)]}, "run-2")
    assert daily_values(con, CYCLE) == {"leads": (DayValue(AS_OF, 25.0),)}
    assert daily_values(con, "2026-Q3") == {"leads": (DayValue(date(2026, 9, 1), 3.0),)}


def test_what_was_observed_stands_before_what_was_reconstructed_later(con: Connection) -> None:
    append_snapshots(con, [snapshot(value=25.0)], [], NOW)
    append_snapshots(con, [snapshot(value=26.0, observation="reconstructed")], [], NOW)
    assert [(each.value, each.observation) for each in latest(con, CYCLE)] == [(25.0, "observed")]
    assert [each.value for each in history(con, CYCLE, "leads")] == [25.0]


def test_a_baseline_is_frozen_at_its_first_measurement(con: Connection) -> None:
    first = FrozenBaseline(
        CYCLE,
        "leads",
        "def-1",
        date(2026, 9, 30),
        20.0,
        None,
        None,
        None,
        "sql-1",
        "rows-1",
        20,
        "run-1",
        datetime(2026, 10, 2, tzinfo=UTC),
    )
    assert freeze_baseline(con, first) == first
    assert freeze_baseline(con, replace(first, value=22.0, evidence_hash="rows-2", run_id="run-2")) == first
    other = replace(first, definition_hash="def-2", value=7.0)
    assert freeze_baseline(con, other) == other
    assert frozen_baseline(con, CYCLE, "leads", "def-1") == first
    assert frozen_baseline(con, CYCLE, "leads", "def-3") is None
    assert frozen_baselines(con, CYCLE) == {("leads", "def-1"): first, ("leads", "def-2"): other}


def test_the_schema_is_made_once_and_never_by_an_older_program(con: Connection) -> None:
    append_snapshots(con, [snapshot()], [], NOW)
    create_schema(con)
    assert len(latest(con, CYCLE)) == 1
    con.execute("insert into okr.schema_version values (99)")
    with pytest.raises(WarehouseError, match="newer version"):
        create_schema(con)
