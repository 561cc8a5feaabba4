"""`okr status --sources`: can the numbers be trusted today, source by source; read from two small files, without database or lock.

`source_loads.json` says how the last load went, `progress.json` how fresh that made the source for the published day. A load that failed
after the last publication counts: what it says is newer.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.readers.tokens.grant import consent_notice
from connectors.readers.tokens.store import FOLDER as TOKENS
from connectors.readers.tokens.store import TokenStore
from okr_mappings.snapshot import ProgressDocument, SourceFreshness
from pipelines import clock
from pipelines.errors import NothingPublishedError
from pipelines.published import data_folder, read_document
from pipelines.report.dates import through
from pipelines.source_log import FOUND, read_loads

NOT_JUDGED = "not judged"
_HEAD = ("source", "state", "data through", "last success", "last try", "rows", "set aside", "requests", "goes on from")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source, or one table of a source whose tables arrive separately (`files.invoices`). Moments are ISO in UTC.

    `rows` are those that the last success loaded, `set_aside` those that lie in the quarantine now (None where there is none), `requests`
    those of the last try; `watermark` is where the next load goes on.
    """

    source: str
    state: str
    data_through: str | None
    last_success_at: str | None
    last_try_at: str | None
    last_try_ok: bool | None
    rows: int | None
    requests: int | None
    watermark: str
    error: str
    notes: tuple[str, ...]
    set_aside: int | None = None


@dataclass(frozen=True, slots=True)
class SourceReport:
    """All sources, in alphabetical order; `as_of` and `time_zone` are those of the publication, if there is one."""

    lines: tuple[SourceLine, ...]
    as_of: str | None
    time_zone: str

    def as_json(self) -> str:
        """For programs."""
        content = {"as_of": self.as_of, "sources": [asdict(line) for line in self.lines]}
        return json.dumps(content, ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        """A line per source, then what is wrong with whom."""
        if not self.lines:
            return "No source was ever loaded. Run `okr ingest`."
        rows = [_HEAD, *(self._cells(line) for line in self.lines)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
        table = ["  ".join(_put(row, widths)).rstrip() for row in rows]
        told = dict.fromkeys(
            text if text.startswith(f"{line.source.partition('.')[0]}: ") else f"{line.source}: {text}"
            for line in self.lines
            for text in (line.error, *line.notes)
            if text
        )
        return "\n".join([*table, *([""] if told else []), *told])

    def _cells(self, line: SourceLine) -> tuple[str, ...]:
        tried = self._moment(line.last_try_at) + ("" if line.last_try_ok is not False else " FAILED")
        counts = ("" if each is None else f"{each:,}" for each in (line.rows, line.set_aside, line.requests))
        moments = (self._moment(line.data_through), self._moment(line.last_success_at), tried)
        return (line.source, line.state, *moments, *counts, self._moment(line.watermark))

    def _moment(self, text: str | None) -> str:
        if not text or "T" not in text:
            return text or ""
        return through(datetime.fromisoformat(text), self.time_zone)


def source_report(data_dir: Path | None, now: datetime | None = None) -> SourceReport:
    """What is known now; empty before the first load. Consents are looked at anew: they end also while nothing runs."""
    loads = read_loads(data_folder(data_dir) / "feeds")
    document: ProgressDocument | None = None
    try:
        document = read_document(data_dir)
    except NothingPublishedError:
        if not loads:
            raise
    judged = {each.source: each for each in document.sources} if document else {}
    consents = _consents(data_folder(data_dir), now or clock.now())
    names = sorted({*judged, *(name for name in loads if not any(each.startswith(f"{name}.") for each in judged))})
    lines = tuple(
        _told(_line(name, loads.get(name.partition(".")[0]), judged.get(name), document), consents) for name in names
    )
    return SourceReport(
        lines, document.as_of.isoformat() if document else None, document.time_zone if document else "UTC"
    )


def _consents(data_dir: Path, now: datetime) -> dict[str, str]:
    """What is to be said of each source's consent."""
    store = TokenStore(data_dir / TOKENS)
    found = ((name, store.read(name)) for name in store.names())
    return {name: text for name, grant in found if grant and (text := consent_notice(name, grant.person_by, now))}


def _told(line: SourceLine, consents: dict[str, str]) -> SourceLine:
    notice = consents.get(line.source.partition(".")[0])
    return line if notice is None or notice in line.notes else replace(line, notes=(*line.notes, notice))


def _line(
    name: str, load: dict[str, Any] | None, judged: SourceFreshness | None, document: ProgressDocument | None
) -> SourceLine:
    load = load or {}
    table = name.partition(".")[2]
    newer = (
        document is None
        or datetime.fromisoformat(load.get("last_try_at") or "2000-01-01T00:00Z") > document.published_at
    )
    failed = load.get("last_try_ok") is False
    state = "failed" if failed and newer else judged.state.value if judged else NOT_JUDGED
    known = judged.data_through.isoformat() if judged and judged.data_through else None
    passed = (load.get("tables_through") or {}).get(table) if table else load.get("data_through")
    rows = (load.get("rows_by_table") or {}).get(table, 0) if table and load else load.get("rows")
    aside: dict[str, int] | None = load.get("set_aside")
    note = judged.note if judged and not load else ""
    return SourceLine(
        source=name,
        state=state,
        data_through=passed or known,
        last_success_at=load.get("last_success_at"),
        last_try_at=load.get("last_try_at"),
        last_try_ok=load.get("last_try_ok"),
        rows=rows,
        requests=None if table else load.get("requests"),
        watermark=str(load.get("watermark") or ""),
        error=str(load.get("error") or ""),
        notes=tuple(filter(None, (*(load.get("warnings") or ()), load.get(FOUND) or "", note))),
        set_aside=None if aside is None else aside.get(table, 0) if table else sum(aside.values()),
    )


def _put(row: tuple[str, ...], widths: list[int]) -> list[str]:
    """Counts lean to the right."""
    numbers = (5, 6, 7)
    return [
        text.rjust(width) if place in numbers else text.ljust(width)
        for place, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
