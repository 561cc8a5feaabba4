from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest

from okr_mappings.restated import ReportedDay, RestatedDay, RestatedDays
from tests.warehouse.snapshots import AS_OF, NOW, snapshot
from warehouse.definition_store import definition_changes, definitions
from warehouse.engine import Connection
from warehouse.evidence_rows import RecordChanges
from warehouse.okr_schema import _VERSION_1, _VERSION_2, create_schema, remembers
from warehouse.restatement_store import (
    BASELINE,
    VALUE,
    Entry,
    last_known,
    log_restatements,
    reported_values,
    restated_days,
    restatements,
)
from warehouse.snapshot_store import append_snapshots, latest

CYCLE = "2026-Q4"
YESTERDAY = AS_OF - timedelta(days=1)
TOLD = ReportedDay(YESTERDAY, 24.0, "s-leads")


@pytest.fixture
def con() -> Iterator[Connection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_schema(connection)
        reported = snapshot(as_of=YESTERDAY, value=24.0)
        append_snapshots(connection, [reported, snapshot(value=25.0)], [], NOW)
        yield connection


def log(con: Connection, now: float | None, run: str = "run-2", what: str = VALUE, **more: object) -> None:
    entry = Entry("leads", what, RestatedDay(TOLD, now), **more)  # type: ignore[arg-type]
    log_restatements(con, CYCLE, [entry], run, NOW)


def test_what_was_reported_is_what_was_observed_with_a_number(con: Connection) -> None:
    more = [
        snapshot("gone", as_of=YESTERDAY, value=None),
        snapshot("later", as_of=YESTERDAY, observation="reconstructed"),
    ]
    append_snapshots(con, more, [], NOW)
    assert [(each.key_result_id, each.day) for each in reported_values(con, CYCLE, AS_OF)] == [("leads", TOLD)]


def test_the_last_entry_counts_and_the_first_is_remembered(con: Connection) -> None:
    log(con, 22.0)
    log(con, 20.0, "run-3", records=RecordChanges(0, 4, 0, {"removed": ["l1"]}))
    (found,) = restatements(con, CYCLE, "leads")
    assert (found.reported_value, found.value_now, found.difference) == (24.0, 20.0, -4.0)
    assert (found.first_run_id, found.last_run_id) == ("run-2", "run-3")
    assert (found.records_added, found.records_removed, found.records) == (0, 4, {"removed": ["l1"]})
    assert restated_days(con, CYCLE) == {"leads": RestatedDays(1, -4.0, 0)}
    assert last_known(con, CYCLE) == {("leads", VALUE, YESTERDAY, "s-leads"): 20.0}


def test_a_day_that_came_back_is_in_the_log_only(con: Connection) -> None:
    log(con, 22.0)
    log(con, 24.0, "run-3")
    assert restatements(con, CYCLE) == []
    assert len(con.execute("select * from okr.restatement_log").fetchall()) == 2


def test_a_value_that_is_gone_is_restated(con: Connection) -> None:
    log(con, None)
    assert [(each.value_now, each.difference) for each in restatements(con, CYCLE)] == [(None, None)]


def test_a_day_reported_anew_is_measured_against_its_new_report(con: Connection) -> None:
    log(con, 22.0)
    append_snapshots(con, [snapshot(as_of=YESTERDAY, value=22.0, snapshot_id="s-anew")], [], NOW)
    assert restatements(con, CYCLE) == []


def test_a_baseline_is_listed_and_not_counted_among_the_days(con: Connection) -> None:
    log(con, 22.0, what=BASELINE)
    assert [each.what for each in restatements(con, CYCLE)] == [BASELINE]
    assert restated_days(con, CYCLE) == {}


@pytest.mark.parametrize("scripts", [(_VERSION_1,), (_VERSION_1, _VERSION_2)], ids=["version 1", "version 2"])
def test_an_older_database_is_brought_up_to_date(scripts: tuple[str, ...]) -> None:
    with duckdb.connect() as old:
        old.execute("create schema okr; create table okr.schema_version (version integer not null)")
        for version, script in enumerate(scripts, start=1):
            old.execute(script)
            old.execute(f"insert into okr.schema_version values ({version})")
        old.execute("create view okr.restatements as select 1 as something_else")
        fields = [row[0] for row in old.execute("describe okr.snapshots").fetchall()]
        with duckdb.connect() as new:
            create_schema(new)
            append_snapshots(new, [snapshot()], [], NOW)
            row = new.sql(f"select {', '.join(fields)} from okr.snapshots").to_arrow_table()
        old.register("row", row)
        old.execute("insert into okr.snapshots by name select * from row")
        assert not remembers(old)
        create_schema(old)
        assert remembers(old)
        assert [each.observation for each in latest(old, CYCLE)] == ["observed"]
        assert restatements(old, CYCLE) == []
        assert (definitions(old, CYCLE), definition_changes(old)) == ([], [])
