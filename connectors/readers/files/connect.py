"""How a newcomer connects the drop folder, and the look into it that proves it."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, SourceRun
from connectors.readers.files.declaration import FILE_NAME, Declaration, absent, declarations_of, read_yaml
from connectors.readers.files.inbox import look
from connectors.readers.files.place import Place, open_place

TEXT = """\
Files are read from one folder, into which people and programs drop them: survey answers, follower counts, invoices.
It may be a folder of this machine, or an address such as s3://bucket/inbox, gs://, az://, sftp:// or https://.

1. Make a folder that the job can read, a shared drive for example.
2. Put a files.yml into it that says which files belong to which table and how their cells are written;
   connectors/README.md ("Files") has an example for each format."""


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """Reads files.yml and looks at the files; nothing is loaded."""
    place = open_place(given["folder"])
    declarations = declarations_at(place)
    inbox = look(place, declarations, {}, now=run.now.timestamp())
    found = {declaration.table: 0 for declaration in declarations}
    for delivery in (*inbox.news, *inbox.known):
        found[delivery.declaration.table] += 1
    told = ", ".join(f"{table} {count} file{'' if count == 1 else 's'}" for table, count in found.items())
    strays = f" {'; '.join((*inbox.troubles, *inbox.strays))}." if inbox.strays or inbox.troubles else ""
    return f"The folder answers: {told}.{strays}"


def declarations_at(place: Place) -> list[Declaration]:
    """The tables that the place's own `files.yml` declares."""
    if FILE_NAME not in [file.name for file in place.files()]:
        raise absent(place.shown)
    where = f"{place.shown}/{FILE_NAME}"
    return declarations_of(read_yaml(place.read(FILE_NAME), f"files: {where}"), where)


CONNECT = Connect(TEXT, (Asked("folder", "Path or address of the folder", "/srv/okr/inbox"),), attempt)
