"""Keeps two CSV files at the state of what was published: `okr_data.csv`, the present, and `okr_history.csv`, a row per snapshot.

Manual: RFC 4180, https://www.rfc-editor.org/rfc/rfc4180
Grain: the same columns as the workbook's sheets of these names; shares are fractions, times are UTC. Of cycles that the document is not
about `okr_data.csv` keeps what was shown last.
Ownership: both files are ours as a whole. For people's own columns there is the workbook; a formula or a query of theirs reads these.
Repeats: a file that already shows the rows is not touched; the history is keyed by snapshot and key result.
Limits: the history is read and written whole, some 300 bytes a row. The feeds (`feeds/*.csv`) hold the same for programs; this is for a
folder of your own, such as one that is synchronised.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors.contract import Delivery, DeliveryResult, DeliveryState, Setting, Tracker
from connectors.delivering.flat_file import FlatFile, written
from connectors.delivering.settings import TrackerSettings
from connectors.delivering.workbook.data_sheets import DATA, HISTORY, HISTORY_COLUMNS, DataColumn, data_columns
from connectors.errors import ConnectorError, RetriableError
from okr_mappings.snapshot import ProgressDocument, Snapshot

LABEL = "CSV files"

SETTINGS = {
    "folder": Setting("Where the files lie, from the data folder or as a full path; tracker by default."),
    "delimiter": Setting(
        "What stands between cells: , by default, or ; for Excel where the comma is the decimal sign."
    ),
    "byte_order_mark": Setting("false to begin without the mark by which Excel knows UTF-8; true by default."),
}

_DEFAULT = "tracker"
_DELIMITERS = {",": ",", ";": ";", "tab": "\t", "\t": "\t"}
_HISTORY_KEY = ("snapshot_id", "key_result_id")
_log = logging.getLogger(__name__)


def tracker(settings: Mapping[str, str], folder: Path) -> Tracker:
    """The files as set; SettingError names what is wrong."""
    given = TrackerSettings("csv", settings, SETTINGS)
    place = folder / Path(given.text("folder") or _DEFAULT).expanduser()
    if place.is_file():
        raise given.fault("folder", f"{place.name} is a file. Name a folder.")
    delimiter = _DELIMITERS.get(given.values.get("delimiter", "").strip(" ").lower() or ",")
    if delimiter is None:
        raise given.fault("delimiter", "is none. Write a comma, a semicolon or the word tab.")
    mark = given.flag("byte_order_mark") if given.text("byte_order_mark") else True
    return _CsvFiles(place, delimiter, mark)


@dataclass(frozen=True, slots=True)
class _CsvFiles:
    folder: Path
    delimiter: str
    mark: bool
    name: str = "csv"

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        """Both files, or an answer that says why not."""
        if not (deliveries or document.key_results or self.folder.exists()):
            return []
        state, message = DeliveryState.SENT, ""
        try:
            self._write(document, deliveries)
        except ConnectorError as error:
            state = DeliveryState.RETRIABLE if isinstance(error, RetriableError) else DeliveryState.PERMANENT
            message = f"csv: {error}"
            _log.warning("track tracker=csv state=%s message=%r", state.value, str(error))
        return [DeliveryResult(each.delivery_id, state, message) for each in deliveries]

    def _write(self, document: ProgressDocument, deliveries: Sequence[Delivery]) -> None:
        owed = [each.snapshot for each in deliveries]
        late = [each for each in owed if each.cycle_id != document.cycle_id]
        # the history first: a kill between the two leaves a state that is not acknowledged yet, and is written again
        self._append([*document.key_results, *owed])
        self._show(document, [*document.key_results, *late])

    def _append(self, snapshots: Sequence[Snapshot]) -> None:
        file, places = self._file(HISTORY, HISTORY_COLUMNS)
        rows = file.rows()
        known = {tuple(row[places[name]] for name in _HISTORY_KEY) for row in rows if len(row) == len(places)}
        for snapshot in snapshots:
            key = (written(snapshot.snapshot_id), written(snapshot.key_result_id))
            if key not in known:
                known.add(key)
                rows.append(_row(HISTORY_COLUMNS, snapshot))
        file.replace(rows)

    def _show(self, document: ProgressDocument, snapshots: Sequence[Snapshot]) -> None:
        columns = data_columns(document)
        file, places = self._file(DATA, columns)
        cycle, key = places["cycle_id"], places["key_result_id"]
        current = written(document.cycle_id)
        kept = {(row[cycle], row[key]): row for row in file.rows() if len(row) == len(places) and row[cycle] != current}
        shown = {(written(each.cycle_id), written(each.key_result_id)): _row(columns, each) for each in snapshots}
        file.replace(sorted((kept | shown).values(), key=lambda row: row[cycle]))

    def _file(self, name: str, columns: Sequence[DataColumn]) -> tuple[FlatFile, dict[str, int]]:
        names = tuple(column[0] for column in columns)
        file = FlatFile(self.folder / f"{name}.csv", names, self.delimiter, self.mark)
        return file, {each: place for place, each in enumerate(names)}


def _row(columns: Sequence[DataColumn], snapshot: Snapshot) -> list[str]:
    return [written(value(snapshot)) for _, _, _, value in columns]
