"""The main job end to end, over HTTP, against the sandbox: its numbers equal an independent count of the same company."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import openpyxl
import pytest

from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.server import Sandbox
from pipelines.exit_codes import ExitCode
from tests.pipelines.job import AS_OF, NOW, pointed_at, progress, run_job, state

CONTACTS = 400


@pytest.fixture
def sandbox() -> Sandbox:
    with Sandbox(contacts=CONTACTS, now=NOW) as running:
        yield running


def test_a_second_run_changes_nothing_that_people_see(sandbox: Sandbox, tmp_path: Path) -> None:
    with pointed_at(sandbox, tmp_path):
        first = run_job(tmp_path)
        before, workbook = state(tmp_path), (tmp_path / "tracker.xlsx").read_bytes()
        asked = len(sandbox.calls)
        second = run_job(tmp_path)
        asked_again = len(sandbox.calls) - asked
    assert first.exit_code == second.exit_code
    assert state(tmp_path) == before
    assert (tmp_path / "tracker.xlsx").read_bytes() == workbook
    assert asked_again < asked / 2, "the second run asks only for news"


def test_the_workbook_shows_what_was_published(sandbox: Sandbox, tmp_path: Path) -> None:
    with pointed_at(sandbox, tmp_path):
        run_job(tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "tracker.xlsx")["okr_data"]
    header = [cell.value for cell in sheet[1]]
    rows = [dict(zip(header, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=2)]
    published = progress(tmp_path)
    # a workbook keeps 15 digits, JSON 17
    assert {row["key_result_id"]: row["value"] for row in rows} == {
        key: None if each["value"] is None else pytest.approx(each["value"], rel=1e-14)
        for key, each in published.items()
    }


def test_a_source_that_fails_makes_its_key_results_stale_and_no_others(sandbox: Sandbox, tmp_path: Path) -> None:
    with pointed_at(sandbox, tmp_path):
        run_job(tmp_path)
        good = progress(tmp_path)
        sandbox.faults.add(Fault("/v1beta", FaultKind.FORBIDDEN, times=None))
        outcome = run_job(tmp_path)
    now = progress(tmp_path)
    assert outcome.exit_code is ExitCode.SOURCE_FAILED
    assert now["website-sessions"]["status"] == "stale"
    assert now["website-sessions"]["value"] is None
    assert now["website-sessions"]["last_good_value"] == good["website-sessions"]["value"]
    assert now["qualified-leads"]["value"] == good["qualified-leads"]["value"]
    assert now["qualified-leads"]["status"] == good["qualified-leads"]["status"]


def test_a_source_never_loaded_is_no_data_and_never_zero(sandbox: Sandbox, tmp_path: Path) -> None:
    with pointed_at(sandbox, tmp_path):
        outcome = run_job(tmp_path, sources=("files",))
    now = progress(tmp_path)
    assert outcome.exit_code is ExitCode.SOME_NOT_FRESH
    assert (now["qualified-leads"]["status"], now["qualified-leads"]["value"]) == ("no_data", None)
    assert now["nps"]["value"] is not None


def test_the_next_day_keeps_what_was_reported_before(sandbox: Sandbox, tmp_path: Path) -> None:
    with pointed_at(sandbox, tmp_path):
        run_job(tmp_path)
        sandbox.clock.advance(days=1)
        run_job(tmp_path, as_of=date(2026, 11, 22), now=NOW + timedelta(days=1))
    with duckdb.connect(str(tmp_path / "published.duckdb"), read_only=True) as con:
        days = con.execute("select distinct as_of from okr.snapshots order by 1").fetchall()
    assert days == [(AS_OF,), (date(2026, 11, 22),)]


def test_an_analyst_reads_the_published_copy_while_a_run_writes(sandbox: Sandbox, tmp_path: Path) -> None:
    with pointed_at(sandbox, tmp_path):
        run_job(tmp_path)
        leads = len(state(tmp_path)["marts.fct_leads"])
        # ten opens a second in another process, through a whole run; each must see all leads, never some
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, str(tmp_path / "published.duckdb")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(0.5)
        run_job(tmp_path)
        out, _ = reader.communicate("stop\n", timeout=60)
    seen = out.split()
    assert set(seen) == {str(leads)}
    assert len(seen) >= 5


READER = """
import select, sys, time, duckdb
while not select.select([sys.stdin], [], [], 0)[0]:
    with duckdb.connect(sys.argv[1], read_only=True) as con:
        print(con.execute("select count(*) from marts.fct_leads").fetchone()[0], flush=True)
    time.sleep(0.1)
"""
