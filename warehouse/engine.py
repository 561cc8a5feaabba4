"""Opening DuckDB: who may hold which file, for how long they wait, and what a metric's connection cannot do.

Facts of DuckDB that decide the shape of this file:

* One process may write a file, or many may read it, never both: a writer blocks even a read-only open, at once, without waiting.
  Hence `wait_seconds`, and a `LockedError` that names the holder.
* Within one process a file can be open in ONE configuration only. A process that holds the writing connection must close it
  before `open_guarded` on the same file, and the other way round. Each function here therefore closes on leaving.
* A connection must not be shared between threads (wrong rows were seen): one `cursor()` per thread.
* TIMESTAMPTZ arithmetic follows the session's time zone, which follows the machine's: it is set to UTC on every connection.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import LockedError, WarehouseError
from warehouse.run_lock import RunLock

__all__ = ["Connection", "RunLock", "open_guarded", "open_published", "open_warehouse"]

Connection = duckdb.DuckDBPyConnection

_RETRY_SECONDS = 0.05
_HOLDER = re.compile(r"held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")

# Nothing is ever fetched from outside: extensions come with the installation or not at all.
_OFFLINE = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
}
# Python variables must not become tables by having the right name.
_READER = {**_OFFLINE, "python_enable_replacements": "false"}
# enable_external_access=false refuses files, ATTACH, COPY, INSTALL and LOAD; temp_directory='' keeps big sorts off the disk.
_GUARDED = {**_READER, "enable_external_access": "false", "temp_directory": ""}


@contextmanager
def open_warehouse(path: Path, *, wait_seconds: float = 0.0) -> Iterator[Connection]:
    """The pipeline's writing connection; creates the file and its folder when absent. Raises LockedError after `wait_seconds`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _closing(_connect(path, _OFFLINE, wait_seconds, read_only=False)) as con:
        yield con


@contextmanager
def open_guarded(
    path: Path, *, memory_limit: str = "2GB", threads: int = 2, wait_seconds: float = 0.0
) -> Iterator[Connection]:
    """A reading connection for SQL that people wrote: no files, no network, no settings, bounded memory.

    This is the second of two layers; the first is `warehouse.guard.check`. Neither suffices alone.
    """
    config = {**_GUARDED, "memory_limit": memory_limit, "threads": str(threads)}
    with _closing(_connect(path, config, wait_seconds, read_only=True)) as con:
        con.execute("set lock_configuration = true")
        yield con


@contextmanager
def open_published(path: Path, *, wait_seconds: float = 0.0) -> Iterator[Connection]:
    """A reading connection on the published copy, which no writer ever locks. It sees the state of the moment it was opened."""
    with _closing(_connect(path, _READER, wait_seconds, read_only=True)) as con:
        yield con


@contextmanager
def _closing(con: Connection) -> Iterator[Connection]:
    try:
        con.execute("set TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


def _connect(path: Path, config: Mapping[str, str], wait_seconds: float, *, read_only: bool) -> Connection:
    if read_only and not path.exists():
        raise WarehouseError(f"{path}: there is no such database yet. Run `okr run` first.")
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only, config=dict(config))
        except duckdb.ConnectionException as error:
            raise LockedError(
                f"{path}: this process already holds it in another way. Close that connection first. DuckDB said: {error}"
            ) from error
        except duckdb.IOException as error:
            if "lock on file" not in str(error):
                raise WarehouseError(f"{path}: cannot be opened: {_first_line(error)}") from error
            if time.monotonic() >= deadline:
                raise LockedError(_locked_message(path, str(error), wait_seconds)) from error
            time.sleep(_RETRY_SECONDS)
        except duckdb.Error as error:
            raise WarehouseError(f"{path}: cannot be opened: {_first_line(error)}") from error


def _locked_message(path: Path, said: str, waited: float) -> str:
    holder = _HOLDER.search(said)
    who = f"process {holder['pid']} ({Path(holder['program']).name})" if holder else "another process"
    after = f" after waiting {waited:g} s" if waited else ""
    return f"{path}: held by {who}{after}. Wait until it ends, or read the published copy beside it."


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
