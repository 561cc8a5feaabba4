"""One sheet per team: a row per key result, for people to read, sort and write beside.

Ours are the columns of `team_columns` except `Notes`; everything else on the sheet belongs to people and is never written. A row is
a key result of a cycle, found by the columns `Key result id` and `Cycle`. Rows of earlier cycles stay as they were last shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from connectors.delivering.workbook import look
from connectors.delivering.workbook.headings import HeadingError, Headings, find_headings, last_row, rows_by_key
from connectors.delivering.workbook.pen import MergedError, Pen
from connectors.delivering.workbook.team_columns import (
    COLUMNS,
    CYCLE,
    KEY,
    LINK,
    OBJECTIVE,
    OWNED,
    STATUS,
    UNIT,
    Column,
    Line,
)

_OWNED_HEADINGS = [column.heading for column in OWNED]
_PEOPLES_HEADINGS = [column.heading for column in COLUMNS if column.value is None]


@dataclass
class Refused:
    """Why something could not be written: for the whole sheet, or for single key results."""

    sheet: str = ""
    key_results: dict[str, str] = field(default_factory=dict)


def lay_out(sheet: Worksheet, pen: Pen) -> None:
    """A new, empty sheet with headings, frozen panes, colours for the statuses and the key out of sight."""
    for place, column in enumerate(COLUMNS, start=1):
        pen.put(sheet, 1, place, column.heading)
        if column.heading == STATUS:
            look.colour_statuses(sheet, place, 2)
    aligned = {place: column.horizontal for place, column in enumerate(COLUMNS, start=1)}
    look.dress_header(sheet, 1, [column.width for column in COLUMNS], aligned)
    sheet.freeze_panes = "C2"
    sheet.column_dimensions[get_column_letter(len(COLUMNS))].hidden = True
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}1"
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.print_title_rows = "1:1"


def write(sheet: Worksheet, lines: Sequence[Line], cycle_id: str, pen: Pen) -> Refused:
    """Bring the rows of `cycle_id` to `lines`: write, append, mark what is gone. Nothing at all when a heading is not found."""
    try:
        headings = _headings(sheet)
    except HeadingError as error:
        return Refused(sheet=str(error))
    refused = Refused()
    rows = rows_by_key(sheet, headings, (CYCLE, KEY))
    end = max(last_row(sheet), headings.row)
    for line in lines:
        places = rows.pop((line.snapshot.cycle_id, line.snapshot.key_result_id), [])
        try:
            if not places:
                _append(sheet, end + 1, headings, line, pen)
                end += 1
            else:
                _write_row(sheet, _only_row(sheet, places), headings, line, pen)
        except (HeadingError, MergedError) as error:
            refused.key_results[line.snapshot.key_result_id] = str(error)
    mark_removed(
        sheet, headings, [row for (cycle, _), places in rows.items() if cycle == cycle_id for row in places], pen
    )
    _stretch_filter(sheet, headings, end)
    return refused


def mark_removed(sheet: Worksheet, headings: Headings, rows: Sequence[int], pen: Pen) -> None:
    """Say of rows that their key result is not in the mapping any more; their last numbers stay."""
    for row in rows:
        pen.put(sheet, row, headings.columns[STATUS], look.REMOVED)


def team_headings(sheet: Worksheet) -> Headings | None:
    """Our headings on a sheet; None when it has none or they are incomplete."""
    try:
        return find_headings(sheet, _OWNED_HEADINGS, KEY)
    except HeadingError:
        return None


def _headings(sheet: Worksheet) -> Headings:
    found = find_headings(sheet, _OWNED_HEADINGS, KEY, optional=_PEOPLES_HEADINGS)
    if found is None:
        raise HeadingError(
            f"sheet '{sheet.title}' has no column named '{KEY}'; it was renamed or deleted, or the sheet is not a tracker's. "
            f"Name the column '{KEY}' again, or rename the sheet so that a new one can be made."
        )
    return found


def _only_row(sheet: Worksheet, places: Sequence[int]) -> int:
    if len(places) > 1:
        rows = " and ".join(str(place) for place in places)
        raise HeadingError(f"sheet '{sheet.title}' shows it in rows {rows}. Delete all but one of these rows.")
    return places[0]


def _append(sheet: Worksheet, row: int, headings: Headings, line: Line, pen: Pen) -> None:
    for column in COLUMNS:
        place = headings.columns.get(column.heading)
        if place is not None:
            look.dress_cell(
                sheet.cell(row, place), number=column.number, wrap=column.wrap, horizontal=column.horizontal
            )
    _write_row(sheet, row, headings, line, pen)
    link = sheet.cell(row, headings.columns[LINK])
    if link.hyperlink is not None:
        look.dress_link(link)


def _write_row(sheet: Worksheet, row: int, headings: Headings, line: Line, pen: Pen) -> None:
    shown_unit = sheet.cell(row, headings.columns[UNIT]).value
    row_pen = Pen()
    for column in OWNED:
        if column.heading == OBJECTIVE and line.objective is None:
            continue
        try:
            _write_cell(sheet, row, headings.columns[column.heading], column, line, str(shown_unit or ""), row_pen)
        except MergedError as error:
            if column.heading != OBJECTIVE:  # people merge an objective over its key results; the top cell shows it
                raise MergedError(
                    f"sheet '{sheet.title}', cell {error}: it is merged with others. Split it."
                ) from error
    if row_pen.changed:
        pen.changed = True
        _grow(sheet, row, headings)


def _write_cell(sheet: Worksheet, row: int, place: int, column: Column, line: Line, shown_unit: str, pen: Pen) -> None:
    if column.heading == LINK:
        pen.put_link(sheet, row, place, line.snapshot.source_link)
        return
    before = sheet.cell(row, place).value
    cell = pen.put(sheet, row, place, column.value(line) if column.value else None)
    if column.number:
        return
    untouched = look.number_format(shown_unit, before) if shown_unit else "General"
    if cell.number_format == untouched:  # else a person chose another format
        cell.number_format = look.number_format(line.snapshot.unit, cell.value)


def _grow(sheet: Worksheet, row: int, headings: Headings) -> None:
    """Make a row high enough for our texts; never lower, a person may have made it so."""
    places = [headings.columns[column.heading] for column in OWNED if column.wrap]
    widths = [sheet.column_dimensions[get_column_letter(place)].width for place in places]
    words = [str(sheet.cell(row, place).value or "") for place in places]
    dimension = sheet.row_dimensions[row]
    dimension.height = max(look.height(words, widths), dimension.height or 0)


def _stretch_filter(sheet: Worksheet, headings: Headings, end: int) -> None:
    """Let the filter reach the last row, if a person has not taken it away."""
    present = re.fullmatch(r"([A-Z]+)(\d+):([A-Z]+)(\d+)", str(sheet.auto_filter.ref or "").replace("$", ""))
    if present and int(present[2]) == headings.row and int(present[4]) < end:
        sheet.auto_filter.ref = f"{present[1]}{present[2]}:{present[3]}{end}"
