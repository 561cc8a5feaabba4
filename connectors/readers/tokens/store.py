"""Where grants are kept: `tokens/<source>.json` in the data folder, one file per source, readable by its owner only.

A file is replaced as a whole after its content has reached the disk, so a kill at any moment leaves the old grant or the new one. Who
renews holds the source's lock: with refresh tokens that are good for one use, two renewals at once would end the consent.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import RetriableError
from connectors.readers.tokens.grant import Grant

FOLDER = "tokens"
_LOCK_SECONDS = 90.0


class TokenStore:
    """Of one data folder; without one (`okr check`, a test call before anything is stored) it only remembers."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, Grant] = {}

    def read(self, source: str) -> Grant | None:
        """None before the first grant, and when the file is no longer what it was: the consent in the settings is then used anew."""
        if self._folder is None:
            return self._memory.get(source)
        try:
            return Grant.from_plain(json.loads(self._file(self._folder, source).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def names(self) -> list[str]:
        """The sources that have a grant here."""
        return [] if self._folder is None else sorted(path.stem for path in self._folder.glob("[!.]*.json"))

    def write(self, source: str, grant: Grant) -> None:
        """On the disk when this returns."""
        if self._folder is None:
            self._memory[source] = grant
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(self._file(self._folder, source), json.dumps(grant.to_plain(), indent=1) + "\n")

    @contextmanager
    def locked(self, source: str, wait: Callable[[float], None] = time.sleep) -> Iterator[None]:
        """One process at a time; RetriableError when another one does not come to an end."""
        if self._folder is None:
            yield
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._folder / f".{source}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(handle, source, wait)
            yield
        finally:
            os.close(handle)  # which gives the lock back, as a kill does

    @staticmethod
    def _file(folder: Path, source: str) -> Path:
        return folder / f"{source}.json"


def _lock(handle: int, source: str, wait: Callable[[float], None]) -> None:
    pause, waited = 0.25, 0.0
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waited >= _LOCK_SECONDS:
                raise RetriableError(
                    f"{source}: another run is renewing the token and does not come to an end; the next run reads again."
                ) from None
            wait(pause)
            waited += pause
        else:
            return


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)  # for its owner only
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        _sync_folder(path.parent)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """So that the new name outlives a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
