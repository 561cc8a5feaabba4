"""Files that people and programs drop into a folder, here or at an address (s3, gs, az, sftp, https ...): CSV, Excel, Parquet and
JSON lines, also within zip and gz archives, declared in the folder's `files.yml`.

Manual: connectors/README.md, and the head of connectors/readers/files/declaration.py for every word of a declaration.
Grain: one row per row of a file, by the declared key; of two deliveries of a key the later one stays. quarantine has one row
per row that does not fit its declaration: the others of its file are loaded all the same.
History: whatever lies in the folder. A file is read once, by its content; corrected under its name, it replaces its rows; taken
away, its rows stay.
Delay: none. How far each table goes is the latest day in its `date_column` that has come, in its time zone; without one the file's own
time. Each is judged on its own, so that a report that stops arriving cannot hide behind the others.
Limits: a file is read into memory, so one of more than 512 MB (SOURCES__FILES__MAX_MB) is refused, as is an archive that would unfold
into more, or more than 200 times its size. Of an address without checksums every file is fetched in every load.
Credential: none for a folder, SOURCES__FILES__FOLDER; for an address those of its library (readers/files/place.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import dlt
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.errors import ContractError
from connectors.readers import settings
from connectors.readers.files import connect
from connectors.readers.files.declaration import Declaration
from connectors.readers.files.inbox import Delivery, Inbox, Memory, look
from connectors.readers.files.place import open_place
from connectors.readers.files.rows import FileRows, read_rows
from connectors.readers.files.sizes import UnreadableFileError, most_bytes
from connectors.readers.files.tables import Reading, joined, reach, remark_on, table_resources
from connectors.readers.state import resource_memory

LABEL = "Files"
CONNECT = connect.CONNECT
_READINGS = "file_readings"


@dlt.source(name="files", spec=BaseConfiguration)
def source(run: SourceRun, folder: str | None = None) -> Iterator[DltResource]:
    """One resource per declared table, and the quarantine. `folder` defaults to SOURCES__FILES__FOLDER."""
    place = open_place(folder or settings.required("files", "folder", "the folder into which files are dropped"))
    declarations = connect.declarations_at(place)
    memory: Memory = resource_memory(_READINGS).get("tables", {})
    now = run.now.timestamp()
    inbox = look(place, declarations, memory, now=now, most=most_bytes("files"), full=run.full)
    readings = dlt.resource(_readings(inbox, declarations, run), name=_READINGS, selected=False)
    yield readings
    outdated = {declaration.table: inbox.outdated(declaration.table, memory) for declaration in declarations}
    yield from table_resources(readings, declarations, outdated)


def personal_columns() -> dict[str, Collection[str]]:
    """Where codes stand in place of texts that name a person."""
    place = open_place(settings.required("files", "folder", "the folder into which files are dropped"))
    return {declaration.table: declaration.personal for declaration in connect.declarations_at(place)}


def _readings(inbox: Inbox, declarations: Sequence[Declaration], run: SourceRun) -> Any:
    def read() -> Iterator[Reading]:
        state = dlt.current.resource_state()
        memory: dict[str, dict[str, Any]] = state.setdefault("tables", {})
        through: dict[str, str] = state.setdefault("through", {})
        troubles = list(inbox.troubles)
        for declaration in declarations:
            news = [delivery for delivery in inbox.news if delivery.declaration.table == declaration.table]
            found = _read_all(news, run, troubles)
            if news or declaration.table not in memory:
                yield joined(declaration, list(found.values()))
            known = [delivery for delivery in inbox.known if delivery.declaration.table == declaration.table]
            _remember(memory.setdefault(declaration.table, {}), known, found, run)
            for delivery, rows in found.items():
                if latest := reach(declaration, rows, delivery.modified, run):
                    through[declaration.table] = max(latest.isoformat(), through.get(declaration.table, ""))
        if troubles:
            raise ContractError(f"files: {'; '.join(troubles)}. Nothing was loaded.")
        run.warnings.extend(_remarks(memory, inbox))
        run.tables_through = {table: datetime.fromisoformat(moment) for table, moment in through.items()}
        finished = {declaration.table for declaration in declarations if declaration.finished}
        run.tables_through |= dict.fromkeys(finished & run.tables_through.keys(), run.now)
        run.data_through = min(run.tables_through.values(), default=None)

    return read


def _read_all(news: Sequence[Delivery], run: SourceRun, troubles: list[str]) -> dict[Delivery, FileRows]:
    """All troubles are collected, so that a person corrects all files at once."""
    found = {}
    total = 0
    for delivery in news:
        run.requests += 1
        try:
            rows = read_rows(
                delivery.read(),
                delivery.name,
                delivery.sha256,
                delivery.declaration,
                run.time_zone,
                run.personal,
            )
        except UnreadableFileError as trouble:
            troubles.append(f"{delivery.name} {trouble}")
            continue
        found[delivery] = rows
        total += len(rows.good)
        run.on_rows(delivery.declaration.table, total, None)
    return found


def _remember(
    loaded: dict[str, Any], known: Sequence[Delivery], found: dict[Delivery, FileRows], run: SourceRun
) -> None:
    """A known file under a new name is remembered by that name as well, with the remark of its content."""
    remarks = {tuple(mark[:2]): mark[2] for mark in loaded.values()}
    for delivery in known:
        loaded[delivery.name] = [*delivery.mark, remarks.get(delivery.mark, ""), delivery.stamp]
    for delivery, rows in found.items():
        loaded[delivery.name] = [*delivery.mark, remark_on(delivery.declaration, rows, run), delivery.stamp]


def _remarks(memory: Memory, inbox: Inbox) -> Iterator[str]:
    """Rows set aside, or dated in the future, are named on every run until their file is corrected."""
    present = {(delivery.declaration.table, delivery.name) for delivery in (*inbox.news, *inbox.known)}
    for table, loaded in memory.items():
        for name, mark in loaded.items():
            if (table, name) in present and mark[2]:
                yield f"files: {name}: {mark[2]}"
    yield from (f"files: {stray}" for stray in inbox.strays)
