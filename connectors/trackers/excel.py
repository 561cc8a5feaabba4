"""Keeps an Excel workbook at the state of what was published, beside whatever people write in it.

Manual: ECMA-376 through openpyxl, https://openpyxl.readthedocs.io
Grain: a sheet per team with a row per key result; a summary and a sheet of charts per cycle; `okr_data` (present state) and
`okr_history` (a row per snapshot) are flat.
Ownership: our columns are found by their headings, our rows by `Key result id` and `Cycle`, both read just before writing. All
the rest is never written: own columns and rows, order, formats, notes, formulas, sheets. A key result that left the mapping is
marked, not deleted.
Repeats: a workbook that already shows the document is not rewritten. `okr_history` is keyed by snapshot.
Limits: openpyxl drops macros, pictures, shapes, slicers and more, so a workbook with one of them is refused; threaded comments and
sparklines, which it drops too, are carried over. Formulas lose their stored results and are calculated when the file is opened. A
file that is open elsewhere is tried again later.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from openpyxl.workbook.workbook import Workbook

from connectors.contract import Delivery, DeliveryResult, DeliveryState, Setting, Tracker
from connectors.delivering.settings import TrackerSettings
from connectors.delivering.workbook import team_sheet
from connectors.delivering.workbook.charts_sheet import write_charts
from connectors.delivering.workbook.data_sheets import DATA, write_data, write_history
from connectors.delivering.workbook.file import ChangedMeanwhileError, open_workbook, replace_workbook
from connectors.delivering.workbook.headings import rows_by_key
from connectors.delivering.workbook.pen import Pen
from connectors.delivering.workbook.summary_sheet import write_summary
from connectors.delivering.workbook.team_columns import CYCLE, KEY, Line
from connectors.delivering.workbook.team_sheet import Refused
from connectors.delivering.workbook.titles import find_sheets, team_titles
from connectors.errors import ConnectorError, RetriableError
from okr_mappings.snapshot import ProgressDocument, Snapshot

LABEL = "Excel workbook"

SETTINGS = {
    "workbook": Setting("The workbook's file, from the data folder or as a full path; tracker.xlsx by default."),
}

_DEFAULT = "tracker.xlsx"
_TIMES = 3
_log = logging.getLogger(__name__)


def tracker(settings: Mapping[str, str], folder: Path) -> Tracker:
    """The workbook as set; SettingError names what is wrong."""
    given = TrackerSettings("excel", settings, SETTINGS)
    path = folder / Path(given.text("workbook") or _DEFAULT).expanduser()
    if path.suffix.lower() == ".xlsm":
        raise given.fault(
            "workbook",
            f"{path.name} holds macros, which would be lost. Name an .xlsx file; your .xlsm may read its okr_data sheet.",
        )
    if path.suffix.lower() != ".xlsx":
        raise given.fault("workbook", f"{path.name} is not the name of an Excel workbook. It ends in .xlsx.")
    if path.is_dir():
        raise given.fault("workbook", f"{path.name} is a folder. Name a file in it, like {path.name}/{_DEFAULT}.")
    return _ExcelWorkbook(path)


@dataclass(frozen=True, slots=True)
class _ExcelWorkbook:
    path: Path
    name: str = "excel"

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        """Bring the whole workbook to the document; a sheet that is not understood delays only its own key results."""
        if not (deliveries or document.key_results or document.objectives or self.path.exists()):
            return []
        try:
            refused = self._update(document, deliveries, now)
        except ConnectorError as error:
            state = DeliveryState.RETRIABLE if isinstance(error, RetriableError) else DeliveryState.PERMANENT
            _log.warning("track tracker=excel state=%s message=%r", state.value, str(error))
            return [DeliveryResult(delivery.delivery_id, state, f"excel: {error}") for delivery in deliveries]
        return [_result(delivery, refused) for delivery in deliveries]

    def _update(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> dict[str, Refused]:
        path = self.path.resolve()  # a link stays a link
        for attempt in range(1, _TIMES + 1):
            opened = open_workbook(path)
            pen = Pen()
            refused = _write_all(opened.workbook, document, deliveries, pen)
            if not pen.changed:
                break
            try:
                replace_workbook(path, opened, now.astimezone(ZoneInfo(document.time_zone)).date())
                break
            except ChangedMeanwhileError:
                if attempt == _TIMES:
                    raise
        return refused


def _write_all(
    workbook: Workbook, document: ProgressDocument, deliveries: Sequence[Delivery], pen: Pen
) -> dict[str, Refused]:
    """Every sheet; what was refused, by team id."""
    snapshots = [*document.key_results, *_late(document, deliveries)]
    lines = _lines_by_team(document, snapshots)
    names = {team.team_id: team.name for team in document.teams}
    titles = team_titles([(team, names.get(team, team)) for team in names | lines])
    keys = {
        team: {(line.snapshot.cycle_id, line.snapshot.key_result_id) for line in mine} for team, mine in lines.items()
    }
    sheets = find_sheets(workbook, titles, keys)
    for team in lines:
        if team not in sheets:
            sheets[team] = _new_team_sheet(workbook, titles[team], pen)
    refused = {
        team: _write_team(workbook, sheet, lines.get(team, []), document.cycle_id, pen)
        for team, sheet in sheets.items()
    }
    _mark_teams_gone(workbook, set(sheets.values()), document, pen)
    write_summary(workbook, document, sheets, pen)
    write_charts(workbook, document, pen)
    write_data(workbook, document, snapshots, pen)
    write_history(workbook, [*document.key_results, *(delivery.snapshot for delivery in deliveries)], pen)
    return refused


def _late(document: ProgressDocument, deliveries: Sequence[Delivery]) -> list[Snapshot]:
    """What is still owed about other cycles, such as the last numbers of one that has ended."""
    return [delivery.snapshot for delivery in deliveries if delivery.snapshot.cycle_id != document.cycle_id]


def _lines_by_team(document: ProgressDocument, snapshots: Sequence[Snapshot]) -> dict[str, list[Line]]:
    objectives = {(item.cycle_id, item.objective_id): item.title for item in document.objectives}
    zone = ZoneInfo(document.time_zone)
    lines: dict[str, list[Line]] = {}
    for snapshot in snapshots:
        title = objectives.get((snapshot.cycle_id, snapshot.objective_id))
        lines.setdefault(snapshot.team_id, []).append(Line(snapshot, title, zone))
    return lines


def _new_team_sheet(workbook: Workbook, title: str, pen: Pen) -> str:
    place = workbook.sheetnames.index(DATA) if DATA in workbook.sheetnames else None
    team_sheet.lay_out(workbook.create_sheet(title, place), pen)
    return title


def _write_team(workbook: Workbook, title: str, lines: Sequence[Line], cycle_id: str, pen: Pen) -> Refused:
    sheet = workbook[title]
    if all(cell is None for row in sheet.iter_rows(values_only=True) for cell in row):
        team_sheet.lay_out(sheet, pen)  # emptied by a person
    return team_sheet.write(sheet, lines, cycle_id, pen)


def _mark_teams_gone(workbook: Workbook, sheets_in_use: set[str], document: ProgressDocument, pen: Pen) -> None:
    """Mark the rows on the sheet of a team that left the mapping; a copy somebody made of a living sheet stays as it is."""
    living = {snapshot.key_result_id for snapshot in document.key_results}
    for sheet in workbook.worksheets:
        headings = team_sheet.team_headings(sheet) if sheet.title not in sheets_in_use else None
        if headings is None:
            continue
        rows = rows_by_key(sheet, headings, (CYCLE, KEY))
        gone = {key[1]: places for key, places in rows.items() if key[0] == document.cycle_id}
        if not living & set(gone):
            team_sheet.mark_removed(sheet, headings, [row for places in gone.values() for row in places], pen)


def _result(delivery: Delivery, refused: Mapping[str, Refused]) -> DeliveryResult:
    about = refused.get(delivery.snapshot.team_id, Refused())
    why = about.sheet or about.key_results.get(delivery.snapshot.key_result_id, "")
    if why:
        return DeliveryResult(
            delivery.delivery_id, DeliveryState.PERMANENT, f"excel: {delivery.snapshot.key_result_id}: {why}"
        )
    return DeliveryResult(delivery.delivery_id, DeliveryState.SENT)
