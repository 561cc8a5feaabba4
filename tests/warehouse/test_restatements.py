from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from okr_mappings.questions import MetricQuestion, Window
from okr_mappings.snapshot import DayValue
from tests.warehouse.snapshots import AS_OF, NOW, snapshot
from tests.warehouse.tiny_marts import CATALOG, CYCLE_START, question, tiny_marts
from warehouse import restatements
from warehouse.engine import Connection
from warehouse.filters import read_marts
from warehouse.okr_schema import create_schema
from warehouse.restatements import Fingerprints, Remembered, RowChanges, compare, fingerprints, remember, remembered
from warehouse.rows import read_rows
from warehouse.snapshot_store import append_snapshots, replace_daily_values

CYCLE = "2026-Q4"
YESTERDAY = AS_OF - timedelta(days=1)
ASKED = question("marketing_qualified_leads", window=Window(CYCLE_START, YESTERDAY))


@pytest.fixture
def con() -> Iterator[Connection]:
    with tiny_marts() as connection:
        create_schema(connection)
        yield connection


def rows_behind(con: Connection, asked: MetricQuestion = ASKED) -> Fingerprints:
    found = fingerprints(con, CATALOG, read_marts(con), asked)
    assert found is not None
    return found


def test_rows_are_told_by_their_key(con: Connection) -> None:
    # up to 11-20: all but l08, which became one on 11-21
    assert set(rows_behind(con)) == {f"{lead}#1" for lead in ("l01", "l02", "l03", "l04", "l06", "l07")}


def test_rows_that_share_a_key_are_numbered(con: Connection) -> None:
    con.execute("insert into marts.fct_leads select * from marts.fct_leads where lead_key = 'l01'")
    assert {"l01#1", "l01#2"} <= set(rows_behind(con))


def test_added_removed_and_changed_rows_are_counted(con: Connection) -> None:
    before = Remembered(YESTERDAY, "def", rows_behind(con))
    con.execute("insert into marts.fct_leads values ('l13', 'Spain', 'Email', '2026-11-01', '2026-11-02', null)")
    con.execute("insert into marts.fct_leads values ('l14', 'Spain', 'Email', '2026-11-01', '2026-11-02', null)")
    con.execute("delete from marts.fct_leads where lead_key = 'l04'")
    con.execute("update marts.fct_leads set country = 'Austria' where lead_key = 'l01'")
    assert compare("leads", before, rows_behind(con)) == RowChanges("leads", YESTERDAY, added=2, removed=1, changed=1)
    assert not compare("leads", before, before.rows).any


def test_what_cannot_be_told_is_left_out(con: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    marts = read_marts(con)
    assert fingerprints(con, CATALOG, marts, question("typo")) is None
    assert fingerprints(con, CATALOG, marts, question(sql="select 1 union select 2")) is None
    monkeypatch.setattr(restatements, "MOST_ROWS", 5)
    assert fingerprints(con, CATALOG, marts, ASKED) is None


def test_what_is_remembered_is_replaced_key_result_by_key_result(con: Connection) -> None:
    remember(
        con,
        CYCLE,
        {"leads": Remembered(YESTERDAY, "def", rows_behind(con)), "none": Remembered(AS_OF, "d", {})},
        [],
        "run-1",
        NOW,
    )
    remember(con, CYCLE, {"leads": Remembered(AS_OF, "def-2", {"l01#1": "x"})}, [], "run-2", NOW)
    assert remembered(con, CYCLE) == {
        "leads": Remembered(AS_OF, "def-2", {"l01#1": "x"}),
        "none": Remembered(AS_OF, "d", {}),
    }
    assert remembered(con, "2027-Q1") == {}


def test_the_restatement_tells_the_records_beside_the_values(con: Connection) -> None:
    before = Remembered(YESTERDAY, "def", rows_behind(con))
    append_snapshots(con, [snapshot(as_of=YESTERDAY, value=6.0)], [], NOW)
    con.execute("insert into marts.fct_leads values ('l13', 'Spain', 'Email', '2026-11-01', '2026-11-02', null)")
    remember(
        con, CYCLE, {}, [compare("leads", before, rows_behind(con)), RowChanges("other", AS_OF, 0, 0, 0)], "run-2", NOW
    )
    replace_daily_values(con, CYCLE, {"leads": [DayValue(YESTERDAY, 7.0)]}, "run-2")
    columns = "day, reported_value, value_now, records_added, records_removed, records_changed"
    assert read_rows(con, f"select {columns} from okr.restatements") == [
        {
            "day": YESTERDAY,
            "reported_value": 6.0,
            "value_now": 7.0,
            "records_added": 1,
            "records_removed": 0,
            "records_changed": 0,
        }
    ]
    assert len(read_rows(con, "select * from okr.row_changes")) == 1
