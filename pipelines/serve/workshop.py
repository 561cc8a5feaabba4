"""Work that takes seconds, done in a process of its own: in a thread of the server everybody else would wait for the interpreter.

    python -m pipelines.serve.workshop < (function, arguments), pickled      ->      (result, what went wrong), pickled

Starting a process costs about as much as drawing a hundred key results, so small things are better done in place.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
MOST_SECONDS = 120.0
NICE = 5
_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()


class WorkshopError(Exception):
    """The work could not be done; the message says why."""


def apart(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """The function's result; it and its arguments can be pickled. Raises WorkshopError."""
    command = [sys.executable, "-m", "pipelines.serve.workshop"]
    quiet = (
        subprocess.DEVNULL
    )  # what went wrong is in the answer; libraries have a last word to say when a process ends
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=quiet) as process:  # noqa: S603
        with _lock:
            _running.add(process)
        try:
            told, _ = process.communicate(pickle.dumps((function, arguments, named)), timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise WorkshopError(f"it was not done within {MOST_SECONDS:.0f} seconds") from None
        finally:
            with _lock:
                _running.discard(process)
    if process.returncode != 0:
        raise WorkshopError(f"its process ended with {process.returncode}")
    result, trouble = pickle.loads(told)  # noqa: S301 - from our own process
    if trouble:
        raise WorkshopError(trouble)
    return result  # type: ignore[no-any-return]


def close() -> None:
    """Ends what is still being made."""
    with _lock:
        for process in _running:
            with suppress(OSError):
                process.kill()


def main() -> None:
    with suppress(OSError):
        os.nice(NICE)
    function, arguments, named = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from our own process
    try:
        answer = (function(*arguments, **named), "")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told on the other side
        answer = (None, str(error) or type(error).__name__)
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    main()
