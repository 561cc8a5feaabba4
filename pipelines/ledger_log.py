"""`feeds/ledger.json`: what ran and what was delivered, written at the end of every run.

For who may not open the warehouse: a reader there would hold up a run that wants to write, and the published copy is made before the run
has sent anything or come to its end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from okr_mappings.document import to_plain
from pipelines.runs import Line, lines_of
from warehouse.atomic_files import write_file
from warehouse.delivery_log import StoredDelivery, recent_deliveries
from warehouse.delivery_store import delivery_counts
from warehouse.engine import Connection

FILE = "ledger.json"
MOST_RUNS = 60
MOST_DELIVERIES = 2_500
_MOMENTS = {"slot", "started_at", "next_attempt_at", "first_attempt_at", "created_at", "updated_at"}


@dataclass(frozen=True, slots=True)
class Ledger:
    """Newest first; `counts` are of all deliveries ever, by tracker and state."""

    runs: tuple[Line, ...]
    deliveries: tuple[StoredDelivery, ...]
    counts: Mapping[str, Mapping[str, int]]


def ledger_of(con: Connection) -> Ledger:
    return Ledger(lines_of(con, MOST_RUNS), tuple(recent_deliveries(con, MOST_DELIVERIES)), delivery_counts(con))


def note_ledger(feeds_dir: Path, con: Connection) -> None:
    """Replace the file whole."""
    feeds_dir.mkdir(parents=True, exist_ok=True)
    write_file(feeds_dir / FILE, (json.dumps(to_plain(ledger_of(con)), ensure_ascii=False) + "\n").encode())


def read_ledger(feeds_dir: Path) -> Ledger | None:
    """None before the first run that wrote it, and when the file is no longer what it was."""
    try:
        content = json.loads((feeds_dir / FILE).read_text(encoding="utf-8"))
        return Ledger(
            tuple(Line(**_values(Line, each)) for each in content["runs"]),
            tuple(StoredDelivery(**_values(StoredDelivery, each)) for each in content["deliveries"]),
            content["counts"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _values(kind: type[Line] | type[StoredDelivery], row: Mapping[str, Any]) -> dict[str, Any]:
    found = {each.name: row[each.name] for each in fields(kind)}
    found |= {name: datetime.fromisoformat(found[name]) for name in _MOMENTS & set(found) if found[name]}
    return found | ({"as_of": date.fromisoformat(found["as_of"])} if kind is StoredDelivery else {})
