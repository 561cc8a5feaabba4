"""The workbook's outside: the file, read back with another library where it only has to be read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from python_calamine import load_workbook

from connectors.contract import Tracker
from connectors.trackers import excel
from tests.connectors.trackers.harness import SHOWN, State

_NAMES = {"title": "key_result"}


class ExcelHarness:
    def __init__(self, folder: Path) -> None:
        self._path = folder / "tracker.xlsx"
        self._lock = folder / "~$tracker.xlsx"
        self._aside = folder / "tracker.aside"

    def tracker(self, folder: Path) -> Tracker:
        return excel.tracker({}, folder)

    def state(self) -> State:
        if not self._path.exists():
            return {}
        header, *rows = load_workbook(str(self._path)).get_sheet_by_name("okr_data").to_python()
        state: State = {}
        for row in rows:
            cells = dict(zip(header, row, strict=True))
            shown = {name: _plain(cells[_NAMES.get(name, name)]) for name in SHOWN}
            state[str(cells["cycle_id"]), str(cells["key_result_id"])] = shown
        return state

    def touches(self) -> int:
        return self._path.stat().st_mtime_ns if self._path.exists() else 0

    def refuse(self) -> None:
        if self._path.exists():
            self._path.rename(self._aside)
        self._path.write_text("this is not a workbook")

    def be_busy(self) -> None:
        self._lock.write_text("Anna")

    def recover(self) -> None:
        self._lock.unlink(missing_ok=True)
        if self._path.exists() and self._path.read_bytes().startswith(b"this"):
            self._path.unlink()
        if self._aside.exists():
            self._aside.rename(self._path)

    def secrets(self) -> tuple[str, ...]:
        return ()


def _plain(value: object) -> object:
    if value == "":
        return None
    return value.isoformat()[:10] if isinstance(value, date) else value


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[ExcelHarness]:
    yield ExcelHarness(folder)
