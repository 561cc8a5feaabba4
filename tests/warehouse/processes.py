"""Other processes for tests: one that holds something until told to stop, and one that is killed at a chosen line."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Counts the lines executed in some files of the warehouse and kills its own process before the n-th of them; kill 0 only counts.
_TRACED = """
import os, signal, sys
files, kill_at, count = {files!r}, {kill_at}, 0
def trace(frame, event, argument):
    global count
    if not frame.f_code.co_filename.endswith(files):
        return None
    if event == "line":
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
    return trace
{prepare}
sys.settrace(trace)
{act}
sys.settrace(None)
print(count)
"""


@contextmanager
def holding(code: str) -> Iterator[subprocess.Popen[str]]:
    """Runs `code`, which prints `ready` once it holds what it should; killed on leaving."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield process
    finally:
        process.kill()
        process.communicate()


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def count_lines(files: tuple[str, ...], prepare: str, act: str) -> int:
    """How many lines of `files` one undisturbed execution of `act` passes."""
    return int(run_python(_TRACED.format(files=files, kill_at=0, prepare=prepare, act=act)).splitlines()[-1])


def kill_before_line(number: int, files: tuple[str, ...], prepare: str, act: str) -> None:
    """Run `act` and kill the process with SIGKILL before the `number`-th line of `files`."""
    code = _TRACED.format(files=files, kill_at=number, prepare=prepare, act=act)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
