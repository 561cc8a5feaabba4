"""What people do to the workbook between two runs, and how to look at it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from connectors.contract import DeliveryResult, DeliveryState
from connectors.trackers import excel
from okr_mappings.snapshot import ProgressDocument, Snapshot
from tests.connectors.trackers.documents import deliveries, document, snapshot

NOW = datetime(2026, 11, 22, 5, 0, 9, tzinfo=UTC)
COLUMNS = {
    name: column
    for column, name in enumerate(
        (
            "Objective",
            "Key result",
            "Owner",
            "Baseline",
            "Target",
            "Current",
            "Unit",
            "Progress",
            "Expected",
            "Status",
            "Data through",
            "Source",
            "Remark",
            "Notes",
            "Cycle",
            "Key result id",
        ),
        start=1,
    )
}


@dataclass
class Shelf:
    """A folder with the tracker's workbook."""

    folder: Path
    now: datetime = NOW

    @property
    def path(self) -> Path:
        return self.folder / "tracker.xlsx"

    def send(self, shown: ProgressDocument, *owed: Snapshot) -> list[DeliveryResult]:
        return excel.tracker({}, self.folder).send(shown, deliveries(*(owed or shown.key_results)), self.now)

    def send_well(self, *shown: Snapshot, **changes: Any) -> None:
        """Send a document of these snapshots; every delivery has to be accepted."""
        results = self.send(document(*shown, **changes))
        assert [result.state for result in results] == [DeliveryState.SENT] * len(shown), results

    @contextmanager
    def person(self) -> Iterator[Workbook]:
        """A person opens the workbook, changes it and saves."""
        workbook = load_workbook(self.path, rich_text=True)
        yield workbook
        workbook.properties.lastModifiedBy = "Anna Kovács"
        workbook.save(self.path)

    def sheet(self, title: str = "Growth") -> Worksheet:
        return load_workbook(self.path, rich_text=True)[title]

    def rows(self, title: str = "Growth", *columns: str) -> list[tuple[Any, ...]]:
        """The cells under these headings, row by row, wherever the columns are."""
        header, *rows = self.sheet(title).iter_rows(values_only=True)
        places = [header.index(column) for column in columns]
        return [tuple(row[place] for place in places) for row in rows]

    def backups(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*backup*"))


def two() -> tuple[Snapshot, Snapshot]:
    return snapshot("a", title="A"), snapshot("b", title="B")


def later(item: Snapshot, **changes: Any) -> Snapshot:
    """The same key result the next time, with news."""
    return replace(item, **{"snapshot_id": f"{item.snapshot_id}-later", "value": 200.0, **changes})
