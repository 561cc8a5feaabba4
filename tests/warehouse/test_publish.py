from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.processes import holding, run_python
from tests.warehouse.snapshots import NOW, snapshot
from warehouse.engine import open_published, open_warehouse
from warehouse.errors import WarehouseError
from warehouse.okr_schema import create_schema
from warehouse.publish import publish
from warehouse.rows import read_count, read_rows
from warehouse.snapshot_store import append_snapshots, latest

SECRET = "somebody.private@example.org"
QUERY_PUBLISHED = """
from pathlib import Path
from warehouse.engine import open_published
with open_published(Path({path!r})) as con:
    print(con.execute("select count(*) from marts.fct_leads").fetchall()[0][0])
"""
READ_FOR_A_WHILE = """
import sys
from pathlib import Path
from warehouse.engine import open_published
with open_published(Path({path!r})) as con:
    before = con.execute("select count(*) from marts.fct_leads").fetchall()[0][0]
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        create_schema(con)
        append_snapshots(con, [snapshot()], ["sheet"], NOW)
        con.execute("create schema raw_hubspot; create schema marts; create schema metrics; create schema staging")
        con.execute(f"create table raw_hubspot.contacts as select '{SECRET}' as email from range(1000)")
        con.execute(
            "create table marts.fct_leads as select range as lead_key, date '2026-10-01' as created_date from range(1000)"
        )
        con.execute("comment on table marts.fct_leads is 'one row per lead; it''s all'")
        con.execute("comment on column marts.fct_leads.created_date is 'company-local'")
        con.execute(
            "create macro metrics.leads(window_start, as_of) as table"
            " select count(*) as metric_value from marts.fct_leads where created_date between window_start and as_of"
        )
        con.execute("comment on macro table metrics.leads is 'leads created'")
        con.execute("create view staging.stg_hubspot__contacts as select email from raw_hubspot.contacts")
    return path


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "published.duckdb"


def test_readers_find_marts_metrics_and_snapshots(warehouse: Path, published: Path) -> None:
    done = publish(warehouse, published)
    assert (done.path, done.bytes) == (published, published.stat().st_size)
    with open_published(published) as con:
        assert read_count(con, "select metric_value from metrics.leads(date '2026-10-01', date '2026-11-21')") == 1000
        assert latest(con, "2026-Q4") == [snapshot()]
        assert read_count(con, "select count(*) from okr.progress_history") == 1
        assert read_rows(con, "select comment from duckdb_tables() where table_name = 'fct_leads'") == [
            {"comment": "one row per lead; it's all"}
        ]
        assert read_rows(con, "select comment from duckdb_columns() where column_name = 'created_date'") == [
            {"comment": "company-local"}
        ]
        assert read_rows(con, "select comment from duckdb_functions() where function_name = 'leads'") == [
            {"comment": "leads created"}
        ]


def test_raw_data_is_not_even_in_the_bytes(warehouse: Path, published: Path) -> None:
    publish(warehouse, published)
    assert SECRET.encode() in warehouse.read_bytes()
    assert SECRET.encode() not in published.read_bytes()
    with open_published(published) as con:
        schemas = {row["schema_name"] for row in read_rows(con, "select distinct schema_name from duckdb_tables()")}
    assert schemas == {"marts", "okr"}


def test_the_whole_file_can_be_copied_instead(warehouse: Path, published: Path) -> None:
    publish(warehouse, published, whole_file=True)
    with open_published(published) as con:
        assert read_count(con, "select count(*) from staging.stg_hubspot__contacts") == 1000


def test_publishing_again_replaces_and_leaves_nothing_behind(warehouse: Path, published: Path, tmp_path: Path) -> None:
    (tmp_path / ".published.duckdb.123.new").write_bytes(b"left by a killed run")
    (tmp_path / ".published.duckdb.123.new.wal").write_bytes(b"and its log")
    publish(warehouse, published)
    with open_warehouse(warehouse) as con:
        con.execute("insert into marts.fct_leads select * from marts.fct_leads limit 1")
    publish(warehouse, published)
    with open_published(published) as con:
        assert read_count(con, "select count(*) from marts.fct_leads") == 1001
    assert {path.name for path in tmp_path.iterdir()} == {"warehouse.duckdb", "published.duckdb"}


def test_a_path_with_a_quote_is_only_a_path(warehouse: Path, tmp_path: Path) -> None:
    path = tmp_path / "o'clock" / "published.duckdb"
    publish(warehouse, path)
    with open_published(path) as con:
        assert read_count(con, "select count(*) from marts.fct_leads") == 1000


def test_what_cannot_be_published_leaves_the_previous_copy(warehouse: Path, published: Path, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="nothing to publish"):
        publish(tmp_path / "none.duckdb", published)
    publish(warehouse, published)
    with open_warehouse(warehouse) as con:
        con.execute("create view marts.broken as select * from staging.stg_hubspot__contacts")
    with pytest.raises(WarehouseError, match="the previous copy stays"):
        publish(warehouse, published)
    with open_published(published) as con:
        assert read_count(con, "select count(*) from marts.fct_leads") == 1000
    assert not list(tmp_path.glob(".published*"))


def test_who_opens_next_sees_the_new_copy_even_beside_an_old_reader(warehouse: Path, published: Path) -> None:
    publish(warehouse, published)
    count = "select count(*) from marts.fct_leads"
    with open_published(published) as early:
        with open_warehouse(warehouse) as con:
            con.execute("insert into marts.fct_leads select * from marts.fct_leads")
        publish(warehouse, published)
        with open_published(published) as late:
            assert (read_count(early, count), read_count(late, count)) == (1000, 2000)


def test_another_process_reads_while_this_one_writes_and_publishes(warehouse: Path, published: Path) -> None:
    publish(warehouse, published)
    code = QUERY_PUBLISHED.format(path=str(published))
    with open_warehouse(warehouse) as con:
        con.execute("insert into marts.fct_leads select * from marts.fct_leads")
        assert run_python(code) == "1000"
    with holding(READ_FOR_A_WHILE.format(path=str(published))):
        publish(warehouse, published)
        assert run_python(code) == "2000"
