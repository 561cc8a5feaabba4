from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.warehouse.processes import holding
from warehouse.engine import RunLock, open_guarded, open_published, open_warehouse
from warehouse.errors import LockedError, WarehouseError

HOLD_DATABASE = """
import sys, time
from pathlib import Path
from warehouse.engine import open_warehouse
with open_warehouse(Path({path!r})):
    print("ready", flush=True)
    time.sleep({seconds})
"""
HOLD_LOCK = """
import time
from pathlib import Path
from warehouse.engine import RunLock
with RunLock(Path({path!r})):
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "warehouse.duckdb"
    with open_warehouse(path) as con:
        con.execute(
            "create schema marts; create table marts.t as select timestamptz '2026-11-21 23:30:00+00' as moment"
        )
    return path


def test_every_connection_thinks_in_utc(database: Path) -> None:
    for opened in (open_warehouse, open_guarded, open_published):
        with opened(database) as con:
            assert con.execute(
                "select cast(moment as date)::varchar, current_setting('TimeZone') from marts.t"
            ).fetchall() == [("2026-11-21", "UTC")]


def test_readers_cannot_write(database: Path) -> None:
    for opened in (open_guarded, open_published):
        with opened(database) as con, pytest.raises(duckdb.InvalidInputException):
            con.execute("insert into marts.t select * from marts.t")


def test_the_guarded_connection_is_locked_down(database: Path) -> None:
    names = ("enable_external_access", "lock_configuration", "python_enable_replacements", "threads", "temp_directory")
    with open_guarded(database, memory_limit="100MB", threads=1) as con:
        found = con.execute(
            "select name, value from duckdb_settings() where name in (select unnest($names))", {"names": list(names)}
        )
        assert dict(found.fetchall()) == {
            "enable_external_access": "false",
            "lock_configuration": "true",
            "python_enable_replacements": "false",
            "threads": "1",
            "temp_directory": "",
        }


def test_a_file_that_is_not_there_is_not_created_by_reading(tmp_path: Path) -> None:
    for opened in (open_guarded, open_published):
        with pytest.raises(WarehouseError, match="no such database yet"), opened(tmp_path / "none.duckdb"):
            pass
    assert not (tmp_path / "none.duckdb").exists()


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database, but long enough to be looked at" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened"), open_warehouse(path):
        pass


def test_a_setting_that_makes_no_sense_says_so(database: Path) -> None:
    with pytest.raises(WarehouseError, match="cannot be opened"), open_guarded(database, memory_limit="plenty"):
        pass


def test_a_second_process_is_told_who_holds_the_file(database: Path) -> None:
    with holding(HOLD_DATABASE.format(path=str(database), seconds=60)) as holder:
        for opened in (open_warehouse, open_guarded, open_published):
            with pytest.raises(LockedError, match=f"held by process {holder.pid} "), opened(database):
                pass


def test_waiting_outlasts_a_short_holder(database: Path) -> None:
    with (
        holding(HOLD_DATABASE.format(path=str(database), seconds=0.5)),
        open_warehouse(database, wait_seconds=20) as con,
    ):
        assert con.execute("select count(*) from marts.t").fetchall() == [(1,)]


def test_waiting_ends(database: Path) -> None:
    with (
        holding(HOLD_DATABASE.format(path=str(database), seconds=60)),
        pytest.raises(LockedError, match=r"after waiting 0\.2 s"),
        open_published(database, wait_seconds=0.2),
    ):
        pass


def test_two_ways_of_opening_in_one_process_are_told_apart(database: Path) -> None:
    with (
        open_warehouse(database),
        pytest.raises(LockedError, match="this process already holds it"),
        open_guarded(database),
    ):
        pass
    with open_guarded(database):
        pass


def test_one_run_per_folder_and_the_holder_is_named(tmp_path: Path) -> None:
    with holding(HOLD_LOCK.format(path=str(tmp_path))) as holder:
        with pytest.raises(LockedError, match=f"process {holder.pid} is running here"), RunLock(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with RunLock(tmp_path):  # the kernel released it
            pass


def test_a_run_lock_is_released_on_leaving_and_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), RunLock(tmp_path):
        1 / 0  # noqa: B018
    with RunLock(tmp_path), pytest.raises(LockedError), RunLock(tmp_path, wait_seconds=0.1):
        pass
    with RunLock(tmp_path):
        pass
