"""The outside of the CSV tracker: its files, read back with DuckDB."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from connectors.contract import Tracker
from connectors.trackers import csv
from tests.connectors.trackers.harness import SHOWN, State

_NAMES = {"title": "key_result"}


class CsvHarness:
    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tracker"
        self._path = self._folder / "okr_data.csv"
        self._lock = self._folder / ".~lock.okr_data.csv#"
        self._aside = self._folder / "okr_data.aside"

    def tracker(self, folder: Path) -> Tracker:
        return csv.tracker({}, folder)

    def state(self) -> State:
        if not self._path.exists():
            return {}
        relation = duckdb.read_csv(str(self._path), header=True, quotechar='"', sample_size=-1)
        names = relation.columns
        state: State = {}
        for row in relation.fetchall():
            cells = dict(zip(names, row, strict=True))
            shown = {name: _plain(cells[_NAMES.get(name, name)]) for name in SHOWN}
            state[str(cells["cycle_id"]), str(cells["key_result_id"])] = shown
        return state

    def touches(self) -> int:
        return self._path.stat().st_mtime_ns if self._path.exists() else 0

    def refuse(self) -> None:
        self._folder.mkdir(exist_ok=True)
        if self._path.exists():
            self._path.rename(self._aside)
        self._path.write_text("mine,not yours\n1,2\n")

    def be_busy(self) -> None:
        self._folder.mkdir(exist_ok=True)
        self._lock.write_text("Anna")

    def recover(self) -> None:
        self._lock.unlink(missing_ok=True)
        if self._path.exists() and self._path.read_bytes().startswith(b"mine"):
            self._path.unlink()
        if self._aside.exists():
            self._aside.rename(self._path)

    def secrets(self) -> tuple[str, ...]:
        return ()


def _plain(value: object) -> object:
    """Text without the apostrophe that keeps spreadsheets from taking it for a formula."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    return value[1:] if isinstance(value, str) and value.startswith("'") else value


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[CsvHarness]:
    yield CsvHarness(folder)
