"""A warehouse that is lost: what was reported comes back from the published copy, whole or not at all."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from connectors.sandbox.server import Sandbox
from tests.pipelines.bench import D20, D21, bench
from tests.pipelines.job import NOW, pointed_at, run_job, start_job, state
from warehouse.engine import open_warehouse
from warehouse.errors import WarehouseError
from warehouse.recovery import ready_schema


def test_a_deleted_warehouse_forgets_nothing(tmp_path: Path) -> None:
    with Sandbox(contacts=60, now=NOW) as sandbox, pointed_at(sandbox, tmp_path):
        run_job(tmp_path)
        # a baseline as only that time could measure it: today's data would give another one
        _execute(tmp_path / "warehouse.duckdb", "update okr.baselines set value = value + 1000")
        run_job(tmp_path, ("snapshot", "publish"))
        before = state(tmp_path)
        assert before["okr.baselines"]

        (tmp_path / "warehouse.duckdb").unlink()
        outcome = run_job(tmp_path)

        assert state(tmp_path) == before
        line = next(each for each in outcome.lines if each.startswith("recovered"))
        assert f"{len(before['okr.snapshots']):,} snapshots, reported up to 2026-11-21" in line
        assert f"{len(before['okr.baselines']):,} frozen baselines came back from published.duckdb" in line
        assert "event=recovered" in (tmp_path / "okr.log").read_text(encoding="utf-8")
        assert not any(each.startswith("recovered") for each in run_job(tmp_path).lines)


def test_killed_while_it_comes_back_and_run_again_is_the_same(tmp_path: Path) -> None:
    with Sandbox(contacts=60, now=NOW) as sandbox, pointed_at(sandbox, tmp_path):
        run_job(tmp_path)
        before = state(tmp_path)
        (tmp_path / "warehouse.duckdb").unlink()
        # the copy goes into a transaction that is never ended: killed as soon as the file is there, and later
        for seconds in (0.0, 0.02, 0.1):
            with start_job(tmp_path) as process:
                while process.poll() is None and not (tmp_path / "warehouse.duckdb").exists():
                    pass
                time.sleep(seconds)
                process.kill()
                process.communicate()
            assert state(tmp_path) == before
        run_job(tmp_path)
        assert state(tmp_path) == before


def test_sources_are_not_fresh_before_they_are_loaded_again(tmp_path: Path) -> None:
    with bench(tmp_path) as job:
        job.run(D20)
        (tmp_path / "warehouse.duckdb").unlink()
        # without ingest the marts are empty: a true-looking 0 under a fresh source would be a lie
        run_job(
            tmp_path, ("transform", "snapshot", "publish"), as_of=D21, now=NOW, sources=("hubspot", "ga4"),
            mappings_dir=job.mappings, trackers={},
        )  # fmt: skip
        with duckdb.connect(str(tmp_path / "published.duckdb"), read_only=True) as con:
            found = con.execute("select distinct status from okr.snapshots where as_of = '2026-11-21'").fetchall()
        assert found == [("stale",)]


def test_a_copy_that_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    published = tmp_path / "published.duckdb"
    published.write_bytes(b"half a disk")
    with (
        open_warehouse(tmp_path / "warehouse.duckdb") as con,
        pytest.raises(WarehouseError, match=r"published\.duckdb: the warehouse is gone .* Put a backup in its place"),
    ):
        ready_schema(con, published, "run", NOW)


def test_a_copy_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """Version 3 had no slots: its baseline comes back, and the schema is this program's."""
    published = tmp_path / "published.duckdb"
    _execute(
        published,
        "create schema okr; create table okr.schema_version as select unnest([1, 2, 3]) as version;"
        "create table okr.evidence_days as select '2026-Q4' as cycle_id, 'kr' as key_result_id, 'h' as value_hash,"
        "  date '2026-11-20' as as_of, 3 as rows;"
        "create table okr.baselines as select '2026-Q4' as cycle_id, 'kr' as key_result_id, 'd' as definition_hash,"
        "  date '2026-09-30' as day, 41.5 as value, 's' as sql_hash, 'e' as evidence_hash, 0 as evidence_rows,"
        "  'first' as run_id, now() as frozen_at;",
    )
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        recovered = ready_schema(con, published, "run", NOW)
        assert recovered is not None
        assert (recovered.baselines, recovered.snapshots, recovered.last_day) == (1, 0, None)
        assert con.execute("select key_result_id, value from okr.baselines").fetchall() == [("kr", 41.5)]
        # the rows behind that day were not published, so nobody may compare with them
        assert con.execute("select count(*) from okr.evidence_days").fetchall() == [(0,)]
        assert con.execute("select count(*) from okr.slots").fetchall() == [(0,)]
        assert ready_schema(con, published, "run", NOW + timedelta(1)) is None


def _execute(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute(sql)
