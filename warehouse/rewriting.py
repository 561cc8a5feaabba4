"""A warehouse written anew: DuckDB leaves what was deleted or replaced in the free blocks of its file, readable to whoever has the file.

Needed only where something must really be gone. Takes seconds per gigabyte and as much disk once more; killed, the old file stays.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.atomic_files import replacing
from warehouse.engine import open_warehouse


def rewrite(path: Path) -> None:
    """The caller holds the run lock and no connection."""
    with replacing(path) as temporary, open_warehouse(path) as con:
        home = con.execute("select current_database()").fetchall()[0][0]
        con.execute(f"attach '{str(temporary).replace(chr(39), chr(39) * 2)}' as rewritten")
        con.execute(f'copy from database "{home}" to rewritten')
        con.execute("checkpoint rewritten")
        con.execute("detach rewritten")
