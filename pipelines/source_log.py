"""`feeds/source_loads.json`: how the last load of each source went, written by ingest itself, so before anything is published.

Small and plain, for `okr status --sources` and for whoever watches from outside: no database, no lock. `okr.sources` in the warehouse holds
the same of every load ever tried; the last success stays here when later tries fail.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.atomic_files import write_file

if TYPE_CHECKING:
    from pipelines.jobs.ingest import SourceResult

FILE = "source_loads.json"
FOUND = "found"


def note_loads(
    feeds_dir: Path, run_id: str, results: Sequence[SourceResult], aside: Mapping[str, Mapping[str, int]]
) -> None:
    """Add what this run found; sources that it did not read keep their line. `aside` counts quarantined rows by source and table."""
    known = read_loads(feeds_dir)
    for result in results:
        line = _line(result, run_id, known.get(result.source, {}))
        found = {name: value for name, value in known.get(result.source, {}).items() if name == FOUND}
        known[result.source] = (
            line | found | ({"set_aside": dict(aside[result.source])} if result.source in aside else {})
        )
    _write(feeds_dir, run_id, known)


def note_found(feeds_dir: Path, run_id: str, source: str, text: str) -> None:
    """What the transform found out about a source, until the next one finds something else or, with an empty text, nothing."""
    known = read_loads(feeds_dir)
    line = known.get(source, {})
    if source in known and line.get(FOUND, "") != text:
        known[source] = {name: value for name, value in line.items() if name != FOUND} | ({FOUND: text} if text else {})
        _write(feeds_dir, run_id, known)


def read_loads(feeds_dir: Path) -> dict[str, dict[str, Any]]:
    """By source; empty before the first load, and when the file is no longer what it was."""
    try:
        content = json.loads((feeds_dir / FILE).read_text(encoding="utf-8"))
        return dict(content["sources"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(feeds_dir: Path, run_id: str, known: Mapping[str, Mapping[str, Any]]) -> None:
    feeds_dir.mkdir(parents=True, exist_ok=True)
    content = {"_meta": {"run_id": run_id}, "sources": known}
    write_file(feeds_dir / FILE, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def _line(result: SourceResult, run_id: str, before: dict[str, Any]) -> dict[str, Any]:
    tried = {
        "run_id": run_id,
        "last_try_at": result.finished_at.isoformat(),
        "last_try_ok": result.ok,
        "seconds": round((result.finished_at - result.started_at).total_seconds(), 3),
        "requests": result.requests,
        "error": result.error,
        "warnings": list(result.warnings),
    }
    if not result.ok:
        kept = ("last_success_at", "rows", "rows_by_table", "data_through", "tables_through", "watermark")
        return tried | {name: before.get(name) for name in kept}
    return tried | {
        "last_success_at": result.finished_at.isoformat(),
        "rows": sum(count for table, count in result.rows.items() if table != "quarantine"),
        "rows_by_table": dict(result.rows),
        "data_through": result.data_through.isoformat() if result.data_through else None,
        "tables_through": {table: moment.isoformat() for table, moment in result.tables_through.items()},
        "watermark": result.watermark,
    }
