"""Opens what this product remembers for looking at: the warehouse, or the published copy while a run holds the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from okr_mappings.errors import DocumentError
from pipelines.errors import NothingPublishedError
from pipelines.published import read_document
from pipelines.settings import Settings
from warehouse.engine import Connection, open_guarded, open_published
from warehouse.errors import LockedError, WarehouseError
from warehouse.okr_schema import keeps_slots

WHILE_A_RUN = "A run is going on; this is what was known when it last published."
_WAIT_SECONDS = 2.0


@contextmanager
def open_ledger(settings: Settings) -> Iterator[tuple[Connection, str]]:
    """A reading connection, and a note on how far it can be trusted ('' for fully). WarehouseError before the first run."""
    try:
        opened = open_guarded(settings.warehouse_path, wait_seconds=_WAIT_SECONDS)
        con = opened.__enter__()
    except LockedError:
        with open_published(settings.published_path) as con:
            _check(con)
            yield con, WHILE_A_RUN
        return
    try:
        _check(con)
        yield con, ""
    finally:
        opened.__exit__(None, None, None)


def zone_of(settings: Settings) -> str:
    """The company's zone as last published; UTC before. The mappings may be broken just now, and looking must work all the same."""
    try:
        return read_document(settings.data_dir).time_zone
    except (NothingPublishedError, DocumentError):
        return "UTC"


def _check(con: Connection) -> None:
    if not keeps_slots(con):
        raise WarehouseError(
            "this data folder was written by an older version. Run `okr run` once; it brings it up to date."
        )
