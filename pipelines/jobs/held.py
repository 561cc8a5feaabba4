"""The warehouse as an ingest holds it: one connection from the first source to the last, and what dlt is given of it.

DuckDB writes a checkpoint when the last connection to a file closes, and dlt closes its own after every job: held open, a load costs its
rows and not its number of jobs. What is committed is on the disk all the same, in the log beside the file, which the next opening reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dlt
from dlt.common.destination.capabilities import DestinationCapabilitiesContext
from dlt.common.normalizers.naming import NamingConvention
from dlt.destinations.impl.duckdb.configuration import DuckDbClientConfiguration, DuckDbCredentials

from warehouse.engine import Connection, open_warehouse
from warehouse.errors import LockedError, WarehouseError

_LOAD_MEMORY = "512MB"
"""What DuckDB may use to merge a load; beyond, it goes to a temporary file beside the warehouse. It would take most of the machine."""


_Known = dict[bool | None, DestinationCapabilitiesContext]
"""What DuckDB can do, by whether names are told apart by case."""


class HeldWarehouse:
    """Made by `holding`; `connection` is another one after `released` and `renew`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open = ExitStack()
        self._known: _Known = {}
        self.connection: Connection
        self._take()

    def destination(self, source: str) -> Destination:
        """For the pipeline of one source. dlt works on copies of the connection, and leaves it open."""
        return Destination(
            self._known,
            DuckDbCredentials(self.connection, global_config={"memory_limit": _LOAD_MEMORY}),
            supports_transactions=True,
            staging_dataset_name_layout=f"_merge_{source}",
        )

    @contextmanager
    def released(self) -> Iterator[None]:
        """For work that needs the file for itself."""
        self.let_go()
        try:
            yield
        finally:
            self._take()

    def renew(self) -> None:
        """After whatever went wrong: DuckDB may refuse all further work on a connection that once met a full disk."""
        with self.released():
            pass

    def let_go(self) -> None:
        self._open.close()

    def _take(self) -> None:
        try:
            self.connection = self._open.enter_context(open_warehouse(self.path))
        except LockedError as error:
            raise LockedError(f"{self.path} cannot be opened for writing: {error}") from error
        except WarehouseError as error:
            raise WarehouseError(f"{self.path} cannot be opened for writing: {error}") from error


@contextmanager
def holding(path: Path) -> Iterator[HeldWarehouse]:
    """Raises LockedError or WarehouseError when the file cannot be opened."""
    held = HeldWarehouse(path)
    try:
        yield held
    finally:
        held.let_go()


class Destination(dlt.destinations.duckdb):
    """dlt's own, which works out anew what DuckDB can do some forty times per load, each time from all its places of settings."""

    def __init__(self, known: _Known, credentials: DuckDbCredentials, **settings: Any) -> None:
        super().__init__(credentials, **settings)
        self._known = known

    @property
    def destination_type(self) -> str:
        """Under this name the state of earlier loads lies in the warehouse."""
        return "dlt.destinations.duckdb"

    def capabilities(
        self, config: DuckDbClientConfiguration | None = None, naming: NamingConvention | None = None
    ) -> DestinationCapabilitiesContext:
        """For DuckDB they depend on whether names are told apart by case, and on nothing else; dlt changes what it is given."""
        key = naming.is_case_sensitive if naming else None
        if key not in self._known:
            self._known[key] = super().capabilities(config, naming)
        return self._known[key].copy()
