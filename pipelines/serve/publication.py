"""One publication: the documents of its cycles and the database of the same run, which belong together.

`publish` replaces the database first and the main document last, so there is a moment when the two are of different runs. Such a pair
is not shown: `load` is asked again until they agree, and the one before stays for so long.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from okr_mappings.document import document_from_dict
from okr_mappings.errors import DocumentError
from okr_mappings.snapshot import ProgressDocument
from pipelines.errors import NothingPublishedError
from pipelines.loaded import Loaded, load_everything
from pipelines.published import progress_path, read_document
from pipelines.serve.answer import Answer
from pipelines.settings import Settings
from warehouse.published_reader import PublishedCopy
from warehouse.run_store import recent_runs

Mark = tuple[int, int, int]
KEPT_BYTES = 96_000_000
OVERHEAD = 2_000


def mark_of(data_dir: Path) -> Mark | None:
    """What changes whenever something new is published; None before the first time."""
    with suppress(OSError):
        stat = progress_path(data_dir).stat()
        return stat.st_mtime_ns, stat.st_ino, stat.st_size
    return None


class Kept:
    """Answers that stay true as long as this publication is shown; the longest unasked go first."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._answers: OrderedDict[object, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object) -> Answer | None:
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, key: object, answer: Answer) -> None:
        with self._lock:
            self._drop(key)
            self._answers[key] = answer
            self._bytes += _weight(answer)
            while self._bytes > self._most and len(self._answers) > 1:
                self._drop(next(iter(self._answers)))

    def _drop(self, key: object) -> None:
        if (old := self._answers.pop(key, None)) is not None:
            self._bytes -= _weight(old)


def _weight(answer: Answer) -> int:
    """Small answers are many, and each takes more than its bytes."""
    return len(answer.body) + len(answer.compressed or b"") + OVERHEAD


@dataclass
class Publication:
    """`documents` by cycle id, the main one first. `copy` is None where there are feeds but no database."""

    mark: Mark
    documents: dict[str, ProgressDocument]
    copy: PublishedCopy | None
    settings: Settings
    kept: Kept = field(default_factory=Kept)
    _once: dict[str, object] = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    @property
    def main(self) -> ProgressDocument:
        return next(iter(self.documents.values()))

    @property
    def loaded(self) -> Loaded | None:
        """Mappings and metrics as they stand now; None where they cannot be loaded just now."""
        found = self.once("loaded", lambda: _loaded(self.settings))
        return found if isinstance(found, Loaded) else None

    def once(self, name: str, make: Callable[[], object]) -> object:
        """Made by the first who asks, kept for the others."""
        with self._locks.setdefault(name, threading.Lock()):
            if name not in self._once:
                self._once[name] = make()
            return self._once[name]


def load(settings: Settings) -> tuple[Publication | None, str]:
    """What is published now, and '' or why it should not be shown yet. None where nothing is published, or nothing readable."""
    mark = mark_of(settings.data_dir)
    try:
        main = read_document(settings.data_dir)
    except NothingPublishedError as error:
        return None, str(error)
    beside = _beside(settings.feeds_dir)
    documents = {each.cycle_id: each for each in (main, *beside)}
    copy = PublishedCopy(settings.published_path) if settings.published_path.exists() else None
    if mark is None or mark != mark_of(settings.data_dir):
        return None, "a new copy landed meanwhile."
    return Publication(mark, documents, copy, settings), _disagreement(main, copy)


def _disagreement(document: ProgressDocument, copy: PublishedCopy | None) -> str:
    """'' where the document and the database were published by the same run."""
    if copy is None:
        return ""
    with copy.cursor() as con:
        newest = recent_runs(con, 1)
    if newest and newest[0].run_id != document.run_id:
        return f"the database is of run {newest[0].run_id}, the document of {document.run_id}."
    return ""


def _beside(feeds: Path) -> list[ProgressDocument]:
    found = []
    for path in sorted(feeds.glob("*/progress.json")):
        with suppress(OSError, ValueError, DocumentError):
            found.append(document_from_dict(json.loads(path.read_text(encoding="utf-8"))))
    return sorted(found, key=lambda each: (each.cycle_end, each.cycle_id), reverse=True)


def _loaded(settings: Settings) -> Loaded | None:
    try:
        return load_everything(settings)
    except Exception:  # noqa: BLE001 - mappings that are being edited must not take the numbers off the wall
        return None
