"""One published copy held open by a process that lives long: the dashboard and the API.

A reader that opens the file anew for each question may get a newer copy half-way through an answer. This one keeps the copy that it
opened, however often a newer one takes its place on the disk, and takes a cursor per question, which may be a thread's own. It is
attached rather than opened by its path, because within a process DuckDB hands out the instance that is already open under a path.

Nothing that is asked here can reach files, the network or settings: access to the outside is switched off after attaching.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.engine import Connection, open_published
from warehouse.errors import WarehouseError


class PublishedCopy:
    """Closed when the last one lets go of it, a question that is still running included: closing it would end those as well."""

    def __init__(self, path: Path, *, memory_limit: str = "2GB", threads: int = 2) -> None:
        """Raises WarehouseError."""
        self._opened = open_published(path)
        self._con = self._opened.__enter__()
        try:
            self._con.execute("set memory_limit = $limit", {"limit": memory_limit})
            self._con.execute(f"set threads = {int(threads)}")
            self._con.execute("set enable_external_access = false")
            self._con.execute("set lock_configuration = true")
        except duckdb.Error as error:
            self._opened.__exit__(None, None, None)
            raise WarehouseError(f"{path}: cannot be read safely: {error}") from error

    @contextmanager
    def cursor(self) -> Iterator[Connection]:
        """For one thread, for one question."""
        cursor = self._con.cursor()
        try:
            cursor.execute("use published")
            yield cursor
        finally:
            cursor.close()
