"""A process killed with SIGKILL while Google answers a write that it has applied: the next run neither doubles nor loses a row."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from connectors.sandbox.faults import Fault
from connectors.sandbox.google_sheets import BOOK_ID, PREFIX
from okr_mappings.document import document_to_dict
from pipelines.jobs.track import track
from tests.connectors.company import NOW
from tests.connectors.trackers.documents import document, snapshot
from tests.connectors.trackers.harness_google_sheets import GoogleSheetsHarness, lines, opened
from warehouse.delivery_store import delivery_counts
from warehouse.engine import open_warehouse
from warehouse.okr_schema import create_schema
from warehouse.snapshot_store import append_snapshots

ROOT = Path(__file__).parents[2]
WRITE = f"{PREFIX}{BOOK_ID}/values:batchUpdate"


def kill_while_written(folder: Path, sheet: GoogleSheetsHarness) -> None:
    """The cells are there and the answer has not arrived when the process dies."""
    sheet.sandbox.faults.add(Fault(WRITE, "slow", seconds=20.0))
    shown = document_to_dict(document(snapshot()))
    asked = {"name": "google_sheets", "settings": sheet.settings(), "document": shown, "now": NOW.isoformat()}
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    command = [sys.executable, "-m", "tests.pipelines.tell_and_hang", str(folder)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        for _ in range(300):
            if sheet.state():
                break
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    sheet.sandbox.faults.clear()


def test_a_spreadsheet_counts_one_row_after_a_kill_between_write_and_note(tmp_path: Path) -> None:
    with opened(tmp_path) as sheet:
        with open_warehouse(tmp_path / "warehouse.duckdb") as con:
            create_schema(con)
            append_snapshots(con, [snapshot()], ["google_sheets"], NOW)
        kill_while_written(tmp_path, sheet)
        with open_warehouse(tmp_path / "warehouse.duckdb") as con:
            assert delivery_counts(con) == {"google_sheets": {"pending": 1}}
            before = sheet.state()
            trackers = {"google_sheets": sheet.tracker(tmp_path)}
            (result,) = track(con, [document(snapshot())], trackers, NOW + timedelta(minutes=5))
            assert (result.sent, result.remarks) == (1, ())
        assert sheet.state() == before
        assert len(lines(sheet.sandbox.sheets.book.tab("okr_data"))) == 1
        assert len(lines(sheet.sandbox.sheets.book.tab("okr_history"))) == 1
