"""The ingest job: sources do not hurt each other, and nothing that happens to a run shows in the tables afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from pipelines.jobs.ingest import SourceResult, Unwatched
from tests.connectors.bench import Bench
from tests.connectors.company import NOW, small_company
from warehouse.errors import LockedError, WarehouseError

ALL = ("hubspot", "ga4", "files")
TABLES = (
    "raw_hubspot.contacts",
    "raw_hubspot.contact_lifecycle_history",
    "raw_hubspot.deals",
    "raw_ga4.traffic_daily",
    "raw_files.nps_responses",
)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(small_company(), now=NOW) as running:
        yield running


@pytest.fixture
def bench(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(sandbox, tmp_path, monkeypatch)
    bench.configure()
    sandbox.write_files(bench.inbox)
    return bench


def tables(bench: Bench) -> dict[str, list[object]]:
    return {table: bench.table(table) for table in TABLES}


def test_a_failing_source_stops_no_other_and_keeps_its_tables(bench: Bench) -> None:
    bench.ingest(*ALL)
    before = tables(bench)
    bench.sandbox.clock.advance(hours=1)
    bench.sandbox.company.change_contact(1001, country="Finland")
    bench.sandbox.company.restate_traffic(NOW.date().replace(day=20), "Direct", sessions=500)
    bench.sandbox.faults.add(Fault("/crm/v3/objects/tickets", "200_html", times=None))
    bench.sandbox.clock.advance(hours=1)
    hubspot, ga4, files = bench.ingest(*ALL)
    assert (hubspot.ok, ga4.ok, files.ok) == (False, True, True)
    assert hubspot.data_through is None
    after = tables(bench)
    assert after["raw_hubspot.contacts"] == before["raw_hubspot.contacts"]
    assert after["raw_ga4.traffic_daily"] != before["raw_ga4.traffic_daily"]
    bench.sandbox.faults.clear()
    bench.load("hubspot")
    assert bench.value("SELECT country FROM raw_hubspot.contacts WHERE id = '1001'") == "Finland"


def test_somebody_may_watch(bench: Bench) -> None:
    seen: list[object] = []

    class Diary(Unwatched):
        def started(self, source: str) -> None:
            seen.append(source)

        def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
            seen.append((resource, rows, expected))

        def finished(self, source: str, result: SourceResult) -> None:
            seen.append(result)

    results = bench.ingest("hubspot", "files", watch=Diary())
    assert [entry for entry in seen if not isinstance(entry, tuple)] == ["hubspot", results[0], "files", results[1]]
    assert ("contacts", 5, 5) in seen
    assert results[0].started_at == NOW
    assert results[0].finished_at > NOW


def test_a_name_that_is_no_source_is_an_error_of_its_own(bench: Bench) -> None:
    unknown, files = bench.ingest("sap", "files")
    assert "there is no source named 'sap'. Known: " in unknown.error
    assert all(f" {name}," in unknown.error for name in ("files", "ga4", "hubspot"))
    assert files.ok


def test_a_warehouse_in_use_is_not_the_fault_of_a_source(bench: Bench) -> None:
    bench.ingest("files")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, time; c = duckdb.connect({str(bench.warehouse)!r}); print(1, flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(LockedError, match="cannot be opened for writing"):
            bench.ingest("files")
    finally:
        holder.kill()
        holder.communicate()
    assert bench.ingest("files")[0].ok


def test_a_file_that_is_no_warehouse_is_not_the_fault_of_a_source_either(bench: Bench) -> None:
    bench.warehouse.write_bytes(b"something else" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened for writing"):
        bench.ingest("files")


def test_a_deleted_warehouse_is_filled_again(bench: Bench) -> None:
    """dlt's working folder still remembers a load that no table holds any more."""
    bench.ingest(*ALL)
    before = tables(bench)
    bench.warehouse.unlink()
    bench.ingest(*ALL)
    assert tables(bench) == before


def test_a_restored_backup_catches_up(bench: Bench) -> None:
    bench.ingest(*ALL)
    backup = bench.folder / "backup.duckdb"
    shutil.copyfile(bench.warehouse, backup)
    bench.sandbox.clock.advance(hours=20)
    bench.sandbox.company.change_contact(1001, country="Finland")
    bench.sandbox.clock.advance(hours=1)
    bench.ingest(*ALL)
    expected = tables(bench)
    shutil.copyfile(backup, bench.warehouse)
    bench.sandbox.clock.advance(hours=10)
    bench.ingest(*ALL)
    assert tables(bench) == expected


def test_a_deleted_working_folder_is_no_loss(bench: Bench) -> None:
    everything = bench.ingest(*ALL)[0].requests
    news = bench.ingest(*ALL)[0].requests
    before = tables(bench)
    shutil.rmtree(bench.folder / "dlt")
    results = bench.ingest(*ALL)
    assert tables(bench) == before
    assert results[0].requests == news < everything


def test_nothing_is_written_outside_the_data_folder(bench: Bench) -> None:
    home = bench.folder / "home"
    home.mkdir()
    bench.monkeypatch.setenv("HOME", str(home))
    bench.monkeypatch.chdir(home)
    bench.ingest("files")
    assert list(home.rglob("*")) == []


def test_our_schema_names_stay_ours(bench: Bench) -> None:
    bench.ingest(*ALL)
    schemas = [row[0] for row in bench.rows("SELECT DISTINCT table_schema FROM information_schema.tables ORDER BY 1")]
    assert schemas == ["_merge_files", "_merge_ga4", "_merge_hubspot", "raw_files", "raw_ga4", "raw_hubspot"]


INGEST = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from pipelines.jobs.ingest import IngestRequest, ingest
folder, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]).astimezone(UTC)
request = IngestRequest(folder, folder / "warehouse.duckdb", ("hubspot", "ga4", "files"), "r", now, "Europe/Budapest")
print("begin", flush=True)
result = ingest(request)
print("end" if result.ok else [source.error for source in result.sources], flush=True)
"""


def start(bench: Bench) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", INGEST, str(bench.folder), bench.sandbox.clock.now().isoformat()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begin\n"
    return process


def test_killed_at_any_moment_it_ends_in_the_same_tables(bench: Bench) -> None:
    """Killed five times, from the first call to the last commit, while the company goes on changing."""
    company = bench.sandbox.company
    for step in range(5):
        process = start(bench)
        time.sleep(0.1 + 0.35 * step)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        bench.sandbox.clock.advance(hours=1)
        company.change_contact(1001 + step, country=f"Country {step}")
        company.restate_traffic(NOW.date().replace(day=20), "Direct", sessions=500 + step)
        bench.sandbox.clock.advance(hours=1)
    process = start(bench)
    said, _ = process.communicate()
    assert said == b"end\n"
    untouched = Bench(bench.sandbox, bench.folder / "untouched", bench.monkeypatch, waits=[])
    untouched.folder.mkdir()
    shutil.copy(bench.folder / "personal.key", untouched.folder)  # codes of persons differ with it
    untouched.ingest(*ALL)
    assert tables(bench) == tables(untouched)
    with duckdb.connect(str(bench.warehouse), read_only=True) as connection:
        loads = connection.execute("SELECT count(*), count(DISTINCT load_id) FROM raw_hubspot._dlt_loads").fetchone()
    assert loads is not None
    assert loads[0] == loads[1]
