"""A process killed with SIGKILL between sending and noting it: the channel counts what it was told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from okr_mappings.document import document_to_dict
from okr_mappings.snapshot import Snapshot
from okr_mappings.words import Status
from pipelines.jobs.track import track
from tests.connectors.messengers.channels import NAMES, Channel, channel
from tests.connectors.trackers.documents import document, snapshot
from warehouse.delivery_store import delivery_counts
from warehouse.engine import open_warehouse
from warehouse.okr_schema import create_schema
from warehouse.snapshot_store import append_snapshots

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
RISKY = snapshot(status=Status.AT_RISK, snapshot_id="risky")


@pytest.fixture(params=NAMES)
def room(request: pytest.FixtureRequest) -> Iterator[Channel]:
    with channel(str(request.param)) as found:
        yield found


def run(folder: Path, room: Channel, present: Snapshot, now: datetime) -> None:
    """Store and send, to the end."""
    with open_warehouse(folder / "warehouse.duckdb") as con:
        create_schema(con)
        append_snapshots(con, [present], [room.tracker_name], now)
        track(con, [document(present)], {room.tracker_name: room.messenger()}, now)


def kill_while_sending(folder: Path, room: Channel, now: datetime) -> None:
    """The channel shows the message and has not answered yet when the process dies."""
    room.fail("slow", seconds=20.0)
    before = len(room.shown())
    asked = {
        "name": room.tracker_name,
        "settings": room.settings,
        "document": document_to_dict(document(RISKY)),
        "now": now.isoformat(),
    }
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    command = [sys.executable, "-m", "tests.pipelines.tell_and_hang", str(folder)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        for _ in range(300):
            if len(room.shown()) > before:
                break
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    assert len(room.shown()) == before + 1
    room.sandbox.faults.clear()


def test_a_killed_message_is_repeated_at_most_once_and_with_its_mark(tmp_path: Path, room: Channel) -> None:
    run(tmp_path, room, snapshot(), NOW)
    later = NOW + timedelta(days=1)
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        append_snapshots(con, [RISKY], [room.tracker_name], later)
    kill_while_sending(tmp_path, room, later)
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        assert delivery_counts(con)[room.tracker_name]["pending"] == 1

    for _ in range(2):
        run(tmp_path, room, RISKY, later + timedelta(minutes=5))
    told = [each for each in room.shown() if "Became at risk" in each]
    assert len(told) == (1 if room.reads_back else 2)
    assert len({each.rsplit("· ", 1)[1] for each in told}) == 1
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        assert "pending" not in delivery_counts(con)[room.tracker_name]


def test_a_way_back_after_a_killed_message_is_told(tmp_path: Path, room: Channel) -> None:
    """The channel may have read `Became at risk`; that nothing ever took it back would be the last word."""
    run(tmp_path, room, snapshot(), NOW)
    later = NOW + timedelta(days=1)
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        append_snapshots(con, [RISKY], [room.tracker_name], later)
    kill_while_sending(tmp_path, room, later)

    back = snapshot(snapshot_id="back")
    for minute in (5, 6):
        run(tmp_path, room, back, later + timedelta(minutes=minute))
    assert [each for each in room.shown() if "Recovered" in each] == room.shown()[-1:]
    assert len([each for each in room.shown() if "Became at risk" in each]) == 1
