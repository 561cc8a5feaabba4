"""What earlier runs loaded, brought in line with how personal data is treated now, before a source's news come on top of it.

Plain addresses (of a version or a setting that kept them) are hashed where they stand: a vendor does not tell again of everything that the
tables hold. Codes that a lost key made can match nothing new, nor can codes beside plain addresses once those are to be kept: so that
source is read again in full, and codes that even then stay (of records that the vendor no longer has) are marked as former.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import ModuleType

from connectors.contract import SourceRun
from connectors.personal import CODE_START
from pipelines.jobs.held import HeldWarehouse
from warehouse.engine import Connection
from warehouse.personal_columns import FORMER, count_codes, hide_plain, mark_codes
from warehouse.rewriting import rewrite

Columns = Mapping[str, Collection[str]]


def personal_columns(module: ModuleType) -> Columns:
    """Table -> columns of a source that hold codes; none for most sources."""
    declared = getattr(module, "personal_columns", None)
    return {table: columns for table, columns in declared().items() if columns} if declared else {}


def hide_earlier(name: str, columns: Columns, warehouse: HeldWarehouse, run: SourceRun) -> bool:
    """Asks `run` for everything again where codes do not fit any more. True when the file was written anew, with a new connection."""
    if not columns:
        return False
    hidden = 0
    con = warehouse.connection
    if not run.personal.keep:
        hidden = hide_plain(con, f"raw_{name}", columns, run.personal.hashed, CODE_START)
        # dlt's own copy of the last load is as telling as the table
        hide_plain(con, f"_merge_{name}", columns, run.personal.hashed, CODE_START)
    strange = count_codes(con, f"raw_{name}", columns, CODE_START, but=_fitting(run))
    if strange:
        run.full = True
        why = "addresses are to be kept" if run.personal.keep else "personal.key is another one now"
        run.warnings.append(f"{strange:,} codes of persons do not fit, because {why}: everything was read again")
    if hidden:
        with warehouse.released():
            rewrite(warehouse.path)
        run.warnings.append(f"{hidden:,} e-mail addresses of earlier loads were hashed")
    return hidden > 0


def mark_former(name: str, columns: Columns, con: Connection, run: SourceRun) -> None:
    """After everything was read again: what still does not fit never will."""
    if columns:
        mark_codes(con, f"raw_{name}", columns, CODE_START, but=_fitting(run))


def _fitting(run: SourceRun) -> tuple[str, ...]:
    return (FORMER,) if run.personal.keep else (FORMER, run.personal.code_start)
