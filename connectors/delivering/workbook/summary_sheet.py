"""The first sheet: which cycle, as of when, how many key results have which status, and each objective's score.

Each cycle has its own, the newest in front. It is ours from column A to G and written as a whole when one of its numbers changes;
what people put to the right stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from connectors.delivering.workbook import look
from connectors.delivering.workbook.pen import CellValue, Pen, safe_title
from okr_mappings.display import format_day, status_label
from okr_mappings.snapshot import ObjectiveProgress, ProgressDocument
from okr_mappings.words import Status

SUMMARY = "Summary"
_WIDTHS = (48, 20, 22, 11, 11, 16, 14)
_STATUS_COLUMN = 6
_PUBLISHED_ROW = 3
_ROW_HEIGHT = 20
_COUNTS_HEADER = 6
_OBJECTIVE_HEADINGS = ("Objective", "Team", "Owner", "Score", "Expected", "Status", "Counted")


def write_summary(workbook: Workbook, document: ProgressDocument, sheets: Mapping[str, str], pen: Pen) -> None:
    """`sheets` maps a team id to the title of its sheet."""
    title = summary_title(document.cycle_id)
    sheet = workbook[title] if title in workbook.sheetnames else _new_sheet(workbook, title, pen)
    rows = _rows(document)
    probe = Pen()
    for row in range(1, max(len(rows), sheet.max_row) + 1):
        wanted = rows[row - 1] if row <= len(rows) else ()
        for column in range(1, len(_WIDTHS) + 1):
            value = wanted[column - 1] if column <= len(wanted) else None
            if isinstance(value, _Formula):
                _put_formula(sheet, row, column, value, probe)
            else:
                probe.put(sheet, row, column, value, counts=row != _PUBLISHED_ROW)
    if probe.changed:
        pen.changed = True
        _dress(sheet, document, sheets)


def summary_title(cycle_id: str) -> str:
    """`Summary 2026-Q4`."""
    return safe_title(f"{SUMMARY} {cycle_id}")


def _rows(document: ProgressDocument) -> list[tuple[CellValue, ...]]:
    counts = _counts(document)
    published = document.published_at.astimezone(ZoneInfo(document.time_zone))
    return [
        (f"{document.company} · OKRs {document.cycle_label}",),
        (f"{format_day(document.cycle_start)} – {format_day(document.cycle_end)}, as of {format_day(document.as_of)}",),
        (f"Published {published:%Y-%m-%d %H:%M} ({document.time_zone})",),
        (_overdue(document),),
        ("Key results",),
        ("Status", "Number"),
        *((status_label(status), count) for status, count in counts.items()),
        ("All", len(document.key_results)),
        (),
        ("Objectives",),
        _OBJECTIVE_HEADINGS,
        *(_objective_row(objective, document) for objective in document.objectives),
        (),
        ("This sheet is written anew when a number changes. Notes of your own belong on the team sheets.",),
    ]


class _Formula(str):
    """Written by us, with nothing in it that anybody else wrote but the published moments."""

    __slots__ = ()


def _overdue(document: ProgressDocument) -> str | None:
    """The workbook has a clock: it says by itself that no newer numbers came, also when no run can tell it any more.

    The clock is that of whoever looks, so the line may come some hours early or late in another part of the world.
    """
    if document.overdue:
        return document.overdue
    if document.next_run is None:
        return None
    zone = ZoneInfo(document.time_zone)
    late = document.next_run.overdue_at.astimezone(zone)
    moment = f"DATE({late.year},{late.month},{late.day})+TIME({late.hour},{late.minute},0)"
    # nothing of this run in it: a run that changes no number must not change the file
    words = f"No newer numbers had come by {late:%Y-%m-%d %H:%M}. The job has stopped; these numbers are old."
    return _Formula(f'=IF(NOW()>{moment},"{words}","")')


def _put_formula(sheet: Worksheet, row: int, column: int, formula: _Formula, pen: Pen) -> None:
    cell = sheet.cell(row, column)
    if cell.data_type != "f" or cell.value != str(formula):
        cell.value = str(formula)
        pen.changed = True


def _counts(document: ProgressDocument) -> dict[Status, int]:
    found = Counter(snapshot.status for snapshot in document.key_results)
    return {status: found[status] for status in Status if found[status]}


def _objective_row(objective: ObjectiveProgress, document: ProgressDocument) -> tuple[CellValue, ...]:
    teams = {team.team_id: team.name for team in document.teams}
    return (
        objective.title,
        teams.get(objective.team_id, objective.team_id),
        objective.owner,
        objective.score,
        objective.expected,
        status_label(objective.status),
        f"{objective.counted} of {objective.total}",
    )


def _new_sheet(workbook: Workbook, title: str, pen: Pen) -> Worksheet:
    sheet: Worksheet = workbook.create_sheet(title, 0)
    workbook.active = 0
    pen.changed = True
    for column in (1, _STATUS_COLUMN):
        look.colour_statuses(sheet, column, _COUNTS_HEADER + 1)
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = "1F3A5F"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    return sheet


def _dress(sheet: Worksheet, document: ProgressDocument, sheets: Mapping[str, str]) -> None:
    for row, cells in enumerate(sheet.iter_rows(max_col=len(_WIDTHS)), start=1):
        sheet.row_dimensions[row].height = None
        for cell in cells:
            cell.style = "Normal"
            cell.hyperlink = None
    first_objective = _COUNTS_HEADER + len(_counts(document)) + 5
    for row, font in (
        (1, look.title_font()),
        (2, look.quiet_font()),
        (3, look.quiet_font()),
        (4, look.section_font()),
        (5, look.section_font()),
    ):
        sheet.cell(row, 1).font = font
    sheet.row_dimensions[1].height = 28
    sheet.cell(first_objective - 2, 1).font = look.section_font()
    look.dress_header(sheet, _COUNTS_HEADER, _WIDTHS[:2], {2: "right"})
    look.dress_header(sheet, first_objective - 1, _WIDTHS, {4: "right", 5: "right", 6: "center", 7: "center"})
    for row in range(_COUNTS_HEADER + 1, first_objective - 3):
        sheet.row_dimensions[row].height = _ROW_HEIGHT
        for column in (1, 2):
            look.dress_cell(sheet.cell(row, column), number=look.WHOLE if column == 2 else "")
    for place, objective in enumerate(document.objectives):
        _dress_objective(sheet, first_objective + place, sheets.get(objective.team_id))
    sheet.cell(first_objective + len(document.objectives) + 1, 1).font = look.quiet_font()


def _dress_objective(sheet: Worksheet, row: int, team_sheet: str | None) -> None:
    for column, number in enumerate(("", "", "", look.SCORE, look.SCORE, "", ""), start=1):
        look.dress_cell(
            sheet.cell(row, column),
            number=number,
            wrap=column <= 3,
            horizontal="center" if column >= _STATUS_COLUMN else None,
        )
    words = [str(sheet.cell(row, column).value or "") for column in (1, 2, 3)]
    sheet.row_dimensions[row].height = look.height(words, _WIDTHS[:3])
    if team_sheet is not None:
        cell = sheet.cell(row, 2)
        quoted = team_sheet.replace("'", "''")
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!A1")
        look.dress_link(cell)
