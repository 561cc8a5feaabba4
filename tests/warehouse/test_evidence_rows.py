from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pyarrow as pa
import pytest

from okr_mappings.questions import MetricQuestion, Window
from tests.warehouse.snapshots import AS_OF
from tests.warehouse.tiny_marts import CATALOG, CYCLE_START, question, tiny_marts
from warehouse.engine import Connection
from warehouse.evidence_rows import RecordChanges, Remembered, fingerprints, record_changes, remember
from warehouse.filters import read_marts
from warehouse.okr_schema import create_schema
from warehouse.rows import read_count

CYCLE = "2026-Q4"
YESTERDAY = AS_OF - timedelta(days=1)
ASKED = question("marketing_qualified_leads", window=Window(CYCLE_START, YESTERDAY))


@pytest.fixture
def con() -> Iterator[Connection]:
    with tiny_marts() as connection:
        create_schema(connection)
        yield connection


def rows_behind(con: Connection, asked: MetricQuestion = ASKED, most_rows: int = 100) -> pa.Table:
    found = fingerprints(con, CATALOG, read_marts(con), asked, most_rows=most_rows, seconds=5)
    assert found is not None
    return found


def keys(rows: pa.Table) -> list[str]:
    return sorted(rows.column("row_key").to_pylist())


def note(con: Connection, rows: pa.Table, *, day: int = 0, meaning: str = "m") -> None:
    remember(con, CYCLE, [Remembered("leads", meaning, YESTERDAY + timedelta(days=day), rows)])


def made(*rows: tuple[str, str]) -> pa.Table:
    return pa.table({"row_key": [key for key, _ in rows], "row_hash": [value for _, value in rows]})


def test_rows_are_told_by_their_key(con: Connection) -> None:
    # up to 11-20: all but l08, which became one on 11-21
    assert keys(rows_behind(con)) == ["l01", "l02", "l03", "l04", "l06", "l07"]


def test_without_a_key_every_text_and_day_tells_a_row_and_equal_ones_are_numbered(con: Connection) -> None:
    followers = question(
        sql="select sum(followers) as metric_value from marts.fct_followers_daily where observed_date <= $as_of"
    )
    con.execute("insert into marts.fct_followers_daily values ('2026-10-03', 'X', 104)")
    assert keys(rows_behind(con, followers)) == [
        "2026-09-30 · X", "2026-10-01 · X", "2026-10-02 · LinkedIn", "2026-10-03 · X", "2026-10-03 · X#2", "2026-11-20 · LinkedIn",
    ]  # fmt: skip


def test_added_removed_and_changed_records_are_named(con: Connection) -> None:
    note(con, rows_behind(con))
    con.execute("insert into marts.fct_leads values ('l13', 'Spain', 'Email', '2026-11-01', '2026-11-02', null)")
    con.execute("insert into marts.fct_leads values ('l14', 'Spain', 'Email', '2026-11-01', '2026-11-02', null)")
    con.execute("delete from marts.fct_leads where lead_key = 'l04'")
    con.execute("update marts.fct_leads set country = 'Austria' where lead_key = 'l01'")
    found = record_changes(con, CYCLE, "leads", "m", YESTERDAY, rows_behind(con))
    assert found == RecordChanges(2, 1, 1, {"added": ["l13", "l14"], "removed": ["l04"], "changed": ["l01"]})


def test_what_cannot_be_told_is_left_out(con: Connection) -> None:
    marts = read_marts(con)
    for asked in (question("typo"), question(sql="select 1 union select 2")):
        assert fingerprints(con, CATALOG, marts, asked, most_rows=100, seconds=5) is None
    assert fingerprints(con, CATALOG, marts, ASKED, most_rows=5, seconds=5) is None
    assert record_changes(con, CYCLE, "leads", "m", YESTERDAY, rows_behind(con)) is None


def test_each_day_keeps_its_own_rows_and_an_unchanged_row_is_stored_once(con: Connection) -> None:
    # day 0: a b c; day 1: a, b changed, d came, c left; day 2: c is back as it was
    days = [made(("a", "1"), ("b", "1"), ("c", "1")), made(("a", "1"), ("b", "2"), ("d", "1"))]
    days.append(made(("a", "1"), ("b", "2"), ("d", "1"), ("c", "1")))
    for number, rows in enumerate(days):
        note(con, rows, day=number)
    for number, rows in enumerate(days):
        found = record_changes(con, CYCLE, "leads", "m", YESTERDAY + timedelta(days=number), rows)
        assert found == RecordChanges(0, 0, 0, {}), number
    # a, b as 1, b as 2, c, d, and c again
    assert read_count(con, "select count(*) from okr.evidence_rows") == 6


def test_a_day_told_again_replaces_itself_and_an_earlier_day_changes_nothing(con: Connection) -> None:
    note(con, made(("a", "1"), ("b", "1")))
    note(con, made(("a", "1"), ("c", "1")), day=1)
    note(con, made(("a", "1"), ("b", "1"), ("d", "1")), day=1)
    note(con, made(("x", "1")))
    first, second = YESTERDAY, YESTERDAY + timedelta(days=1)
    assert record_changes(con, CYCLE, "leads", "m", first, made(("a", "1"), ("b", "1"))) == RecordChanges(0, 0, 0, {})
    told = made(("a", "1"), ("b", "1"), ("d", "1"))
    assert record_changes(con, CYCLE, "leads", "m", second, told) == RecordChanges(0, 0, 0, {})


def test_another_meaning_of_the_value_has_rows_of_its_own(con: Connection) -> None:
    note(con, made(("a", "1")))
    note(con, made(("z", "1")), day=1, meaning="other")
    assert record_changes(con, CYCLE, "leads", "m", YESTERDAY, made(("a", "1"))) == RecordChanges(0, 0, 0, {})
    assert record_changes(con, CYCLE, "leads", "m", YESTERDAY + timedelta(days=1), made(("z", "1"))) is None
