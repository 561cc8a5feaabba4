"""`okr schedule` as a process: readiness, one instance, stopping, and a kill in the middle of a run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.schedule.job import main as run_slot
from pipelines.schedule.keeper import BUSY
from warehouse.engine import RunLock, open_warehouse
from warehouse.okr_schema import create_schema
from warehouse.rows import read_rows
from warehouse.slot_store import settle_definition, slots_of

ROOT = Path(__file__).parents[3]
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
TOML = """
sources = ["files"]

[schedules.often]
cron = "{cron}"
steps = {steps}
attempts = 2
"""


def installation(folder: Path, *, cron: str = "* * * * *", steps: str = '["transform"]') -> Path:
    """With a slot that is due at once: the schedule counts since long ago."""
    folder.mkdir(exist_ok=True)
    (folder / "okr.toml").write_text(TOML.format(cron=cron, steps=steps), encoding="utf-8")
    with open_warehouse(folder / "warehouse.duckdb") as con:
        create_schema(con)
        settle_definition(con, "often", f"{cron} Europe/Budapest", BEGINNING)
    return folder


@contextmanager
def daemon(folder: Path, *more: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "pipelines.cli", "schedule", "--data", str(folder), *more]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | variables, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.1)


def log(folder: Path) -> str:
    path = folder / "okr.log"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def states(folder: Path) -> list[tuple[str, int]]:
    with open_warehouse(folder / "warehouse.duckdb", wait_seconds=20) as con:
        found = slots_of(con, "often", BEGINNING)
    return [(slot.state, slot.attempts) for slot in found if slot.state != "skipped"]


def test_it_is_ready_runs_what_is_due_and_stops_when_told(tmp_path: Path) -> None:
    folder = installation(tmp_path / "data", cron="0 0 1 * *")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        with daemon(folder, NOTIFY_SOCKET=str(tmp_path / "notify")) as process:
            assert systemd.recv(200) == b"READY=1"
            until(lambda: "state=done" in log(folder))
            with daemon(folder) as second:
                assert second.wait(60) == 3
                assert f"process {process.pid} is running here" in (second.stderr.read() if second.stderr else "")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            said = []
            while not said or said[-1] != b"STOPPING=1":
                said.append(systemd.recv(200))
    assert "schedule state=ready schedules=1" in log(folder)
    assert states(folder) == [("done", 1)]


def test_killed_in_the_middle_of_a_run_the_slot_is_done_once_at_the_next_start(tmp_path: Path) -> None:
    folder = installation(tmp_path / "data", cron="0 0 1 * *")
    with daemon(folder) as process:
        until(lambda: "event=transform state=started" in log(folder))
        child = int((folder / "okr.lock").read_text(encoding="utf-8"))
        process.kill()
        os.kill(child, signal.SIGKILL)
        process.wait()
    with daemon(folder) as process:
        until(lambda: "attempt=2" in log(folder) and "state=done" in log(folder))
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert states(folder) == [("done", 2)]
    with open_warehouse(folder / "warehouse.duckdb") as con:
        runs = read_rows(con, "select state, slot from okr.runs order by started_at")
    assert [run["state"] for run in runs] == ["killed", "succeeded"]
    assert runs[0]["slot"] == runs[1]["slot"]


def test_a_run_that_takes_too_long_to_stop_is_abandoned_and_done_at_the_next_start(tmp_path: Path) -> None:
    folder = installation(tmp_path / "data", cron="0 0 1 * *")
    with daemon(folder, OKR_STOP_SECONDS="0") as process:
        until(lambda: "event=transform state=started" in log(folder))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert "event=abandoned" in log(folder)
    assert states(folder) == [("crashed", 1)]
    with daemon(folder, "--once") as process:
        assert process.wait(120) == 0
    assert states(folder) == [("done", 2)]


def test_once_does_what_is_due_and_ends(tmp_path: Path) -> None:
    folder = installation(tmp_path / "data", cron="0 0 1 * *")
    for _ in range(2):
        with daemon(folder, "--once") as process:
            assert process.wait(120) == 0
    assert states(folder) == [("done", 1)]


def test_a_run_that_cannot_begin_claims_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = installation(tmp_path / "data", cron="0 0 1 * *")
    given = ["--data", str(folder), "--schedule", "often", "--slot", "2026-11-01T00:00:00+00:00"]
    with RunLock(folder):
        monkeypatch.setenv("OKR_LOCK_WAIT_SECONDS", "0")
        assert run_slot(given) == BUSY
    monkeypatch.setenv("OKR_MAPPINGS_DIR", str(tmp_path / "nowhere"))
    assert run_slot(given) == 2
    assert "is running here" in capsys.readouterr().err
    assert states(folder) == []


def test_a_slot_that_another_run_has_done_is_not_done_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = installation(tmp_path / "data", cron="0 0 1 * *")
    given = [
        "--data",
        str(folder),
        "--schedule",
        "often",
        "--slot",
        "2026-11-01T00:00:00+00:00",
        "--as-of",
        "2026-10-31",
    ]
    assert [run_slot(given), run_slot(given)] == [0, 0]
    assert states(folder) == [("done", 1)]
    with open_warehouse(folder / "warehouse.duckdb") as con:
        found = [row["state"] for row in read_rows(con, "select state from okr.runs order by started_at")]
    assert found == ["succeeded", "not needed"]
    assert run_slot([*given[:3], "seldom", *given[4:]]) == 2
    assert "no schedule 'seldom'" in capsys.readouterr().err
