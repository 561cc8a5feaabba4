"""The two flat sheets for formulas and pivots: `okr_data`, the present state, and `okr_history`, a row per snapshot shown.

Both have one header row and one type per column; shares are fractions, times are UTC. `okr_data` is ours: for a running cycle it
holds exactly the document, for an earlier one what was shown last. `okr_history` only grows. It is not called `history`, because
Excel keeps that name for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import cast

from openpyxl.utils import get_column_letter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from connectors.delivering.workbook import look
from connectors.delivering.workbook.headings import HeadingError, Headings, find_headings, last_row, rows_by_key, text
from connectors.delivering.workbook.pen import CellValue, Pen
from okr_mappings.snapshot import ProgressDocument, Snapshot

DATA = "okr_data"
HISTORY = "okr_history"
_HISTORY_KEY = ("snapshot_id", "key_result_id")

DataColumn = tuple[str, float, str, Callable[[Snapshot], CellValue]]


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


_SHARED: tuple[DataColumn, ...] = (
    ("cycle_id", 11, "", lambda s: s.cycle_id),
    ("as_of", 12, look.DAY, lambda s: s.as_of),
    ("key_result_id", 26, "", lambda s: s.key_result_id),
    ("value", 14, "", lambda s: s.value),
    ("baseline", 14, "", lambda s: s.baseline),
    ("target", 14, "", lambda s: s.target),
    ("target_high", 12, "", lambda s: s.target_high),
    ("unit", 12, "", lambda s: s.unit),
    ("progress", 12, "", lambda s: s.progress),
    ("score", 12, "", lambda s: s.score),
    ("expected", 12, "", lambda s: s.expected),
    ("status", 13, "", lambda s: s.status.value),
    ("provisional", 12, "", lambda s: s.provisional),
    ("data_through_utc", 18, look.MOMENT, lambda s: _utc(s.data_through)),
)
HISTORY_COLUMNS: tuple[DataColumn, ...] = (
    ("snapshot_id", 24, "", lambda s: s.snapshot_id),
    *_SHARED,
    ("computed_at_utc", 18, look.MOMENT, lambda s: _utc(s.computed_at)),
    ("run_id", 24, "", lambda s: s.run_id),
)


def write_data(workbook: Workbook, document: ProgressDocument, snapshots: Sequence[Snapshot], pen: Pen) -> None:
    """Make `okr_data` hold `snapshots`, and of the cycles that the document is not about what it held before."""
    columns = data_columns(document)
    sheet = workbook[DATA] if DATA in workbook.sheetnames else _new_sheet(workbook, DATA, columns, pen)
    shown = {(snapshot.cycle_id, snapshot.key_result_id): _values(columns, snapshot) for snapshot in snapshots}
    rows = list((_kept(sheet, columns, document.cycle_id) | shown).values())
    rows.sort(key=lambda row: str(row[0]))  # by cycle; within one, in the order of the document
    rows.insert(0, [name for name, _, _, _ in columns])
    for row, values in enumerate(rows, start=1):
        _write_row(sheet, row, range(1, len(columns) + 1), columns, values, pen)
    for row in range(len(rows) + 1, sheet.max_row + 1):
        for place in range(1, len(columns) + 1):
            pen.put(sheet, row, place, None)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows)}"


def _kept(sheet: Worksheet, columns: Sequence[DataColumn], cycle_id: str) -> dict[tuple[str, str], list[CellValue]]:
    """The rows of other cycles, by (cycle, key result id); none when the header is not today's."""
    header, *rows = [list(cells) for cells in sheet.iter_rows(max_col=len(columns), values_only=True)] or [[]]
    if header != [name for name, _, _, _ in columns]:
        return {}
    return {
        (text(row[0]), text(row[2])): cast("list[CellValue]", row) for row in rows if text(row[0]) not in {"", cycle_id}
    }


def write_history(workbook: Workbook, snapshots: Iterable[Snapshot], pen: Pen) -> None:
    """Append a row for each snapshot that has none yet."""
    names = [name for name, _, _, _ in HISTORY_COLUMNS]
    sheet, headings = _history(workbook, names) or _new_history(workbook, names, pen)
    known = rows_by_key(sheet, headings, _HISTORY_KEY)
    places = [headings.columns[name] for name in names]
    row = max(last_row(sheet), headings.row)
    for snapshot in snapshots:
        key = (snapshot.snapshot_id, snapshot.key_result_id)
        if key not in known:
            row += 1
            known[key] = [row]
            _write_row(sheet, row, places, HISTORY_COLUMNS, _values(HISTORY_COLUMNS, snapshot), pen)


def data_columns(document: ProgressDocument) -> tuple[DataColumn, ...]:
    teams = {team.team_id: team.name for team in document.teams}
    objectives = {objective.objective_id: objective.title for objective in document.objectives}
    return (
        *_SHARED[:3],
        ("key_result", 44, "", lambda s: s.title),
        ("objective_id", 20, "", lambda s: s.objective_id),
        ("objective", 34, "", lambda s: objectives.get(s.objective_id)),
        ("team_id", 14, "", lambda s: s.team_id),
        ("team", 18, "", lambda s: teams.get(s.team_id)),
        ("owner", 18, "", lambda s: s.owner),
        ("kind", 11, "", lambda s: s.kind.value),
        ("metric", 26, "", lambda s: s.metric),
        ("better", 9, "", lambda s: s.better.value),
        *_SHARED[3:],
        ("last_good_value", 14, "", lambda s: s.last_good_value),
        ("last_good_as_of", 14, look.DAY, lambda s: s.last_good_as_of),
        ("projected_p10", 14, "", lambda s: s.projected_p10),
        ("projected_p50", 14, "", lambda s: s.projected_p50),
        ("projected_p90", 14, "", lambda s: s.projected_p90),
        ("probability", 12, "", lambda s: s.probability),
        ("reason", 60, "", lambda s: s.reason),
        ("notes", 40, "", lambda s: s.notes),
        ("source_link", 40, "", lambda s: s.source_link),
        ("snapshot_id", 24, "", lambda s: s.snapshot_id),
    )


def _history(workbook: Workbook, names: Sequence[str]) -> tuple[Worksheet, Headings] | None:
    for sheet in workbook.worksheets:
        if not sheet.title.casefold().startswith(HISTORY):
            continue
        try:
            headings = find_headings(sheet, names, "snapshot_id")
        except HeadingError:
            continue  # a person changed it: it stays as it is, and a new one is begun beside it
        if headings is not None:
            return sheet, headings
    return None


def _new_history(workbook: Workbook, names: Sequence[str], pen: Pen) -> tuple[Worksheet, Headings]:
    taken = {title.casefold() for title in workbook.sheetnames}
    title = next(name for name in _numbered(HISTORY) if name not in taken)
    sheet = _new_sheet(workbook, title, HISTORY_COLUMNS, pen)
    for place, name in enumerate(names, start=1):
        pen.put(sheet, 1, place, name)
    return sheet, Headings(1, {name: place for place, name in enumerate(names, start=1)})


def _numbered(name: str) -> Iterable[str]:
    yield name
    for number in range(2, 1000):
        yield f"{name}_{number}"


def _new_sheet(workbook: Workbook, title: str, columns: Sequence[DataColumn], pen: Pen) -> Worksheet:
    sheet: Worksheet = workbook.create_sheet(title)
    pen.changed = True
    look.dress_header(sheet, 1, [width for _, width, _, _ in columns], {})
    sheet.freeze_panes = "A2"
    sheet.sheet_properties.tabColor = "9AA5B1"
    return sheet


def _values(columns: Sequence[DataColumn], snapshot: Snapshot) -> list[CellValue]:
    return [value(snapshot) for _, _, _, value in columns]


def _write_row(
    sheet: Worksheet,
    row: int,
    places: Sequence[int],
    columns: Sequence[DataColumn],
    values: Sequence[CellValue],
    pen: Pen,
) -> None:
    for place, (_, _, number, _), value in zip(places, columns, values, strict=True):
        cell = pen.put(sheet, row, place, value)
        if number and row > 1 and cell.number_format != number:
            cell.number_format = number
