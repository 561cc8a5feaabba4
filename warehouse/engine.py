"""Opening DuckDB: who may hold which file, for how long they wait, and what a metric's connection cannot do.

Facts of DuckDB that decide the shape of this file:

* One process may write a file, or many may read it, never both: a writer blocks even a read-only open, at once, without waiting.
  Hence `wait_seconds`, and a `LockedError` that names the holder.
* Within one process a file can be open in ONE configuration only. A process that holds the writing connection must close it
  before `open_guarded` on the same file, and the other way round. Each function here therefore closes on leaving.
* Within one process a path that is open stays what it was when it was opened, also after the file was replaced.
* A connection must not be shared between threads (wrong rows were seen): one `cursor()` per thread.
* TIMESTAMPTZ arithmetic follows the session's time zone, which follows the machine's: it is set to UTC on every connection.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import LockedError, WarehouseError
from warehouse.run_lock import RunLock

__all__ = ["Connection", "RunLock", "open_guarded", "open_published", "open_warehouse"]

Connection = duckdb.DuckDBPyConnection

_Config = dict[str, str | bool | int | float | list[str]]

_RETRY_SECONDS = 0.05
_HOLDER = re.compile(r"held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")

# Nothing is ever fetched from outside: extensions come with the installation or not at all.
_OFFLINE: _Config = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
}
# Python variables must not become tables by having the right name.
_READER: _Config = {**_OFFLINE, "python_enable_replacements": "false"}
# enable_external_access=false refuses files, ATTACH, COPY, INSTALL and LOAD; temp_directory='' keeps big sorts off the disk.
_GUARDED: _Config = {**_READER, "enable_external_access": "false", "temp_directory": ""}


@contextmanager
def open_warehouse(path: Path, *, wait_seconds: float = 0.0) -> Iterator[Connection]:
    """The pipeline's writing connection; creates the file and its folder when absent. Raises LockedError after `wait_seconds`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _closing(
        _retrying(path, lambda: duckdb.connect(str(path), config=_OFFLINE), wait_seconds, must_exist=False)
    ) as con:
        yield con


@contextmanager
def open_guarded(
    path: Path, *, memory_limit: str = "2GB", threads: int = 2, wait_seconds: float = 0.0
) -> Iterator[Connection]:
    """A reading connection for SQL that people wrote: no files, no network, no settings, bounded memory.

    This is the second of two layers; the first is `warehouse.guard.check`. Neither suffices alone.
    """
    config: _Config = {**_GUARDED, "memory_limit": memory_limit, "threads": str(threads)}
    with _closing(
        _retrying(path, lambda: duckdb.connect(str(path), read_only=True, config=config), wait_seconds, must_exist=True)
    ) as con:
        con.execute("set lock_configuration = true")
        yield con


@contextmanager
def open_published(path: Path, *, wait_seconds: float = 0.0) -> Iterator[Connection]:
    """A reading connection on the published copy, which no writer ever locks. It sees the state of the moment it was opened.

    Open one per thread or request: a `cursor()` of it would not know the published database.
    """
    with _closing(_retrying(path, lambda: _attached(path), wait_seconds, must_exist=True)) as con:
        yield con


@contextmanager
def _closing(con: Connection) -> Iterator[Connection]:
    try:
        con.execute("set global TimeZone = 'UTC'")  # global, so that cursors have it too
        yield con
    finally:
        con.close()


def _attached(path: Path) -> Connection:
    """Not opened by its path: DuckDB hands out the instance that is already open under a path, and after `os.replace` that is the
    old file for as long as anybody in this process still reads it."""
    con = duckdb.connect(":memory:", config={**_READER, "temp_directory": f"{path}.tmp"})
    try:
        con.execute(f"attach {_quoted(str(path))} as published (read_only)")
        con.execute("use published")
    except BaseException:
        con.close()
        raise
    return con


def _retrying(path: Path, opened: Callable[[], Connection], wait_seconds: float, *, must_exist: bool) -> Connection:
    if must_exist and not path.exists():
        raise WarehouseError(f"{path}: there is no such database yet. Run `okr run` first.")
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return opened()
        except (duckdb.ConnectionException, duckdb.ResourceInUseException) as error:
            raise LockedError(
                f"{path}: this process already holds it in another way. Close that connection first. DuckDB said: {_first_line(error)}"
            ) from error
        except duckdb.IOException as error:
            if "lock on file" not in str(error):
                raise WarehouseError(f"{path}: cannot be opened: {_first_line(error)}") from error
            if time.monotonic() >= deadline:
                raise LockedError(_locked_message(path, str(error), wait_seconds)) from error
            time.sleep(_RETRY_SECONDS)
        except duckdb.Error as error:
            raise WarehouseError(f"{path}: cannot be opened: {_first_line(error)}") from error


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _locked_message(path: Path, said: str, waited: float) -> str:
    holder = _HOLDER.search(said)
    who = f"process {holder['pid']} ({Path(holder['program']).name})" if holder else "another process"
    after = f" after waiting {waited:g} s" if waited else ""
    return f"{path}: held by {who}{after}. Wait until it ends, or read the published copy beside it."


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
