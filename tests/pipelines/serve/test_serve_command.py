"""`okr serve` as a process: what it prints, how it ends, and what it says when it cannot begin."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.pipelines.report.documents import document, key_result
from tests.pipelines.serve.served import publish_by_hand

ROOT = Path(__file__).parent.parent.parent.parent


@contextmanager
def started(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    command = [sys.executable, "-m", "pipelines.cli", "serve", "--data", str(folder), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said: list[str] = []
    try:
        said.append(process.stderr.readline())
        found = re.search(r"http://127\.0\.0\.1:\d+", said[0])
        assert found, said[0] + process.stderr.read()
        yield process, found[0], said
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        said += process.stderr.readlines()
        process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_stops_when_it_is_told_to(tmp_path: Path, number: signal.Signals) -> None:
    publish_by_hand(tmp_path, document(key_result()))
    with started(tmp_path, "--port", "0") as (process, address, said):
        assert httpx.get(f"{address}/api/v1/readiness").json() == {"status": "ready"}
        process.send_signal(number)
        assert process.wait(10) == 0
    assert said[-1] == "Stopped.\n"
    assert "Traceback" not in "".join(said)


def test_a_folder_without_numbers_is_served_and_filled_later(tmp_path: Path) -> None:
    with started(tmp_path, "--port", "0") as (_, address, said):
        assert httpx.get(f"{address}/").status_code == 503
        publish_by_hand(tmp_path, document(key_result()))
        for _ in range(100):
            if httpx.get(f"{address}/api/v1/readiness").status_code == 200:
                break
            time.sleep(0.1)
        assert "leads" in httpx.get(f"{address}/", timeout=20).text
    assert any("Nothing is published yet" in line for line in said)


def test_a_port_that_is_taken_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "pipelines.cli", "serve", "--data", str(tmp_path), "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
