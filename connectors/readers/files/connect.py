"""How a newcomer connects the drop folder, and the look into it that proves it."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, SourceRun
from connectors.readers.files.declaration import read_declarations
from connectors.readers.files.inbox import look, open_folder

TEXT = """\
Files are read from one folder, into which people and programs drop them: survey answers, follower counts, invoices.

1. Make a folder that the job can read, a shared drive for example.
2. Put a files.yml into it that says which files belong to which table and how their cells are written;
   connectors/README.md ("Files") has an example for each format."""


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """Reads files.yml and looks at the names; no file is opened."""
    del run  # nobody is called
    place = open_folder(given["folder"])
    declarations = read_declarations(place)
    inbox = look(place, declarations, {}, full=True)
    found = {declaration.table: 0 for declaration in declarations}
    for delivery in (*inbox.news, *inbox.known):
        found[delivery.declaration.table] += 1
    told = ", ".join(f"{table} {count} file{'' if count == 1 else 's'}" for table, count in found.items())
    strays = f" No table wants {', '.join(inbox.strays)}." if inbox.strays else ""
    return f"The folder answers: {told}.{strays}"


CONNECT = Connect(TEXT, (Asked("folder", "Path of the folder", "/srv/okr/inbox"),), attempt)
