"""One sheet per team: a row per key result, for people to read, sort and write beside.

Ours are the columns of `COLUMNS` except `Notes`; everything else on the sheet belongs to people and is never written. A row is a
key result of a cycle, found by the columns `Key result id` and `Cycle`. Rows of earlier cycles stay as they were last shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from connectors.delivering.workbook import look
from connectors.delivering.workbook.headings import HeadingError, Headings, find_headings, last_row, rows_by_key
from connectors.delivering.workbook.pen import CellValue, MergedError, Pen
from okr_mappings.snapshot import Snapshot
from okr_mappings.words import Kind, Status

KEY = "Key result id"
CYCLE = "Cycle"
STATUS = "Status"
LINK = "Source"
NOTES = "Notes"
UNIT = "Unit"
_NUMBERS = frozenset({"Baseline", "Target", "Current"})


@dataclass(frozen=True, slots=True)
class Line:
    """What one row shows."""

    snapshot: Snapshot
    objective: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Column:
    """One column of ours. `number` is its format; `value` is None where people write."""

    heading: str
    width: float
    value: Callable[[Line], CellValue] | None
    number: str = ""
    wrap: bool = False
    horizontal: str | None = None


@dataclass
class Refused:
    """Why something could not be written: for the whole sheet, or for single key results."""

    sheet: str = ""
    key_results: dict[str, str] = field(default_factory=dict)


def _current(snapshot: Snapshot) -> float | None:
    """The value; for a stale one the last good one, which the remark dates."""
    return snapshot.last_good_value if snapshot.value is None and snapshot.status is Status.STALE else snapshot.value


def _target(snapshot: Snapshot) -> CellValue:
    low, high = snapshot.target, snapshot.target_high
    if low is not None and high is not None:
        return f"{_number(snapshot.unit, low)} – {_number(snapshot.unit, high)}"
    if high is not None:
        return f"≤ {_number(snapshot.unit, high)}"
    if low is not None and snapshot.kind is Kind.RANGE:
        return f"{'≤' if snapshot.better == 'lower' else '≥'} {_number(snapshot.unit, low)}"
    return low


def _number(unit: str, number: float) -> str:
    return f"{number:.1%}" if unit == "%" else f"{number:,.10g}"


def _data_through(line: Line) -> CellValue:
    moment = line.snapshot.data_through
    return None if moment is None else moment.astimezone(line.zone).replace(tzinfo=None, second=0, microsecond=0)


def _remark(snapshot: Snapshot) -> str:
    parts = [snapshot.reason]
    if snapshot.value is None and snapshot.status is Status.STALE and snapshot.last_good_as_of is not None:
        parts.append(f"The number shown is of {snapshot.last_good_as_of.isoformat()}.")
    if snapshot.provisional:
        parts.append("Provisional: the source may still correct its last days.")
    return " ".join(part for part in [*parts, snapshot.notes] if part)


COLUMNS = (
    Column("Objective", 32, lambda line: line.objective, wrap=True),
    Column("Key result", 44, lambda line: line.snapshot.title, wrap=True),
    Column("Owner", 18, lambda line: line.snapshot.owner, wrap=True),
    Column("Baseline", 12, lambda line: line.snapshot.baseline),
    Column("Target", 12, lambda line: _target(line.snapshot), horizontal="right"),
    Column("Current", 12, lambda line: _current(line.snapshot)),
    Column(UNIT, 12, lambda line: line.snapshot.unit),
    Column("Progress", 10, lambda line: line.snapshot.progress, look.SHARE),
    Column("Expected", 10, lambda line: line.snapshot.expected, look.SHARE),
    Column(STATUS, 15, lambda line: look.status_words(line.snapshot.status), horizontal="center", wrap=True),
    Column("Data through", 17, _data_through, look.MOMENT, horizontal="left"),
    Column(LINK, 9, lambda line: line.snapshot.source_link),
    Column("Remark", 48, lambda line: _remark(line.snapshot), wrap=True),
    Column(NOTES, 36, None, wrap=True),
    Column(CYCLE, 11, lambda line: line.snapshot.cycle_id),
    Column(KEY, 24, lambda line: line.snapshot.key_result_id),
)
OWNED = tuple(column for column in COLUMNS if column.value is not None)


def lay_out(sheet: Worksheet, pen: Pen) -> None:
    """A new, empty sheet with headings, frozen panes, colours for the statuses and the key out of sight."""
    for place, column in enumerate(COLUMNS, start=1):
        pen.put(sheet, 1, place, column.heading)
        if column.heading == STATUS:
            look.colour_statuses(sheet, place, 2)
    look.dress_header(sheet, 1, [column.width for column in COLUMNS])
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
        return find_headings(sheet, [column.heading for column in OWNED], KEY)
    except HeadingError:
        return None


def _headings(sheet: Worksheet) -> Headings:
    found = find_headings(sheet, [column.heading for column in OWNED], KEY)
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
    numbers = _number_format(line)
    for column in COLUMNS:
        place = headings.columns.get(column.heading)
        if place is not None:
            number = numbers if column.heading in _NUMBERS else column.number
            look.dress_cell(sheet.cell(row, place), number=number, wrap=column.wrap, horizontal=column.horizontal)  # type: ignore[arg-type]
    look.dress_link(sheet.cell(row, headings.columns[LINK]))  # type: ignore[arg-type]
    _write_row(sheet, row, headings, line, pen)


def _write_row(sheet: Worksheet, row: int, headings: Headings, line: Line, pen: Pen) -> None:
    other_unit = sheet.cell(row, headings.columns[UNIT]).value not in {None, line.snapshot.unit}
    for column in OWNED:
        place = headings.columns[column.heading]
        try:
            if column.heading == LINK:
                pen.put_link(sheet, row, place, line.snapshot.source_link)
                continue
            cell = pen.put(sheet, row, place, column.value(line) if column.value else None)
        except MergedError as error:
            if column.heading == "Objective":  # people merge an objective over its key results; the top cell shows it
                continue
            raise MergedError(f"sheet '{sheet.title}', cell {error}: it is merged with others. Split it.") from error
        if column.heading in _NUMBERS and (other_unit or cell.number_format == look.COUNT):
            cell.number_format = _number_format(line)


def _number_format(line: Line) -> str:
    snapshot = line.snapshot
    return look.number_format(snapshot.unit, [snapshot.baseline, snapshot.target, _current(snapshot)])


def _stretch_filter(sheet: Worksheet, headings: Headings, end: int) -> None:
    """Let the filter reach the last row, if a person has not taken it away."""
    present = sheet.auto_filter.ref
    if not present or ":" not in present:
        return
    first, last = present.split(":")
    letters = last.rstrip("0123456789").replace("$", "")
    reaches = int("".join(letter for letter in last if letter.isdigit()) or 0)
    starts = int("".join(letter for letter in first if letter.isdigit()) or 0)
    if starts == headings.row and reaches < end:
        sheet.auto_filter.ref = f"{first.replace('$', '')}:{letters}{end}"
