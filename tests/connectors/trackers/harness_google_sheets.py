"""A Google spreadsheet of the sandbox, written over HTTP by the real login library and read here from its cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from connectors.contract import Tracker
from connectors.sandbox.faults import Fault
from connectors.sandbox.google_keys import EMAIL
from connectors.sandbox.google_sheets import BOOK_ID, PREFIX
from connectors.sandbox.google_sheets_book import SheetTab
from connectors.sandbox.server import Sandbox
from connectors.trackers.google_sheets import tracker
from tests.connectors.company import NOW, small_company
from tests.connectors.trackers.harness import SHOWN, State

NAMES = {"title": "key_result"}


@contextmanager
def opened(folder: Path) -> Iterator[GoogleSheetsHarness]:
    with Sandbox(small_company(), now=NOW) as sandbox:
        yield GoogleSheetsHarness(sandbox, folder)


class GoogleSheetsHarness:
    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.key = sandbox.service_account_file(folder)

    def settings(self, **more: str) -> dict[str, str]:
        link = f"https://docs.google.com/spreadsheets/d/{BOOK_ID}/edit?gid=0#gid=0"
        places = {"spreadsheet": link, "service_account_file": str(self.key), "api_base": self.sandbox.url}
        return {**places, **more}

    def tracker(self, folder: Path) -> Tracker:
        return tracker(self.settings(), folder)

    def state(self) -> State:
        try:
            tab = self.sandbox.sheets.book.tab("okr_data")
        except KeyError:
            return {}
        return {
            (row["cycle_id"], row["key_result_id"]): {
                name: _plain(name, row.get(NAMES.get(name, name))) for name in SHOWN
            }
            for row in lines(tab)
        }

    def touches(self) -> int:
        """Writes, and whatever was refused; looking is free."""
        calls = self.sandbox.calls.to(PREFIX)
        return sum(call.method == "POST" or call.status != 200 for call in calls)

    def refuse(self) -> None:
        self.sandbox.sheets.book.shared.clear()

    def be_busy(self) -> None:
        self.sandbox.faults.add(Fault(PREFIX, "5xx", times=None, status=503))

    def recover(self) -> None:
        self.sandbox.faults.clear()
        self.sandbox.sheets.book.shared[EMAIL] = "writer"

    def secrets(self) -> tuple[str, ...]:
        """The key itself, without its first and last line."""
        return tuple(self.key.read_text().split("\\n")[1:-2])


def lines(tab: SheetTab) -> list[dict[str, object]]:
    """Rows below the headings, blank cells left out."""
    head = tab.rows[0]
    return [{head[c]: value for c, value in row.items() if c in head} for row in tab.rows[1 : tab.last_row()]]


def _plain(name: str, value: object) -> object:
    """Google counts days from 30 December 1899."""
    if name == "as_of" and isinstance(value, float):
        return (date(1899, 12, 30) + timedelta(days=value)).isoformat()
    return value
