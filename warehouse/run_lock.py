"""One run at a time per data folder. Imports no DuckDB, so that a command which only finds out that it has to wait is quick."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from warehouse.errors import LockedError

_RETRY_SECONDS = 0.05


class RunLock:
    """One run at a time per data folder: an flock on `okr.lock`, which the kernel releases however the process ends.

    The file stays behind on purpose (deleting a locked file lets two holders in); only the lock on it counts. Its text tells who
    holds it. The lock is not handed to subprocesses started with exec, but a bare `os.fork` would share it.
    Another `name` is another lock, such as the scheduler's.
    """

    def __init__(self, folder: Path, *, wait_seconds: float = 0.0, name: str = "okr.lock") -> None:
        self._path = folder / name
        self._wait_seconds = wait_seconds
        self._descriptor: int | None = None

    def __enter__(self) -> RunLock:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._acquire(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return self

    def _acquire(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
                    raise LockedError(
                        f"{self._path.parent}: process {holder} is running here. Wait until it ends, or use another data folder."
                    ) from error
                time.sleep(_RETRY_SECONDS)

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
