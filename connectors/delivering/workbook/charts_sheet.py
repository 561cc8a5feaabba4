"""A sheet per cycle with one chart per team: how far each key result is, beside how far it should be.

The numbers stand left of their chart, in an order of their own, so that people may sort and filter the team sheets without bending a
chart. Ours are the columns A to C and the charts that begin in column E; the rest stays. A sheet of somebody else's with this name is
left alone. openpyxl knows the charts of a sheet only as `_charts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from connectors.delivering.workbook import look
from connectors.delivering.workbook.data_sheets import DATA
from connectors.delivering.workbook.pen import CellValue, Pen, safe_title
from okr_mappings.snapshot import ProgressDocument, Snapshot

CHARTS = "Charts"
MOST_BARS = 30
_HEADING = "Progress by team"
_HEADINGS = ("Key result", "Progress", "Expected")
_WIDTHS = (48.0, 11.0, 11.0)
_CHART_COLUMN = 4  # E, counted from 0
_FIRST_ROW = 3
_ROWS_ABOVE, _FEWEST_ROWS = 2, 10  # name and headings; a chart needs some height
_ROW_CM = 0.53
_WIDTH_CM = 22.0
_LONGEST_LABEL = 48


@dataclass(frozen=True, slots=True)
class _Block:
    """One team's rows: `row` is that of its name, its key results begin two below."""

    name: str
    row: int
    key_results: tuple[Snapshot, ...]

    @property
    def end(self) -> int:
        return self.row + max(round(self.height_cm / _ROW_CM), _FEWEST_ROWS)

    @property
    def height_cm(self) -> float:
        """A pair of bars takes about a centimetre; title, axis and legend three."""
        return max(1.1 * len(self.key_results) + 3.0, _ROW_CM * _FEWEST_ROWS)


def write_charts(workbook: Workbook, document: ProgressDocument, pen: Pen) -> None:
    """Nothing is drawn for a cycle without key results."""
    blocks = list(_blocks(document))
    title = safe_title(f"{CHARTS} {document.cycle_id}")
    if title not in workbook.sheetnames and not blocks:
        return
    sheet = workbook[title] if title in workbook.sheetnames else _new_sheet(workbook, title, pen)
    if sheet["A1"].value not in (None, _HEADING):
        return
    probe = Pen()
    wanted = dict(_rows(blocks))
    for row in range(1, max([sheet.max_row, *wanted]) + 1):
        values = wanted.get(row, ())
        for column in range(1, len(_HEADINGS) + 1):
            probe.put(sheet, row, column, values[column - 1] if column <= len(values) else None)
    drawn = sum(map(_is_ours, sheet._charts))  # type: ignore[attr-defined]
    if probe.changed or drawn != len(blocks):
        pen.changed = True
        _dress(sheet, blocks)
        sheet._charts = [each for each in sheet._charts if not _is_ours(each)]  # type: ignore[attr-defined]
        for block in blocks:
            sheet.add_chart(_chart(sheet, block), f"E{block.row}")


def _blocks(document: ProgressDocument) -> Iterator[_Block]:
    names = {team.team_id: team.name for team in document.teams}
    by_team: dict[str, list[Snapshot]] = {}
    for snapshot in document.key_results:
        by_team.setdefault(snapshot.team_id, []).append(snapshot)
    row = _FIRST_ROW
    for team in sorted(by_team, key=lambda each: (list(names).index(each) if each in names else len(names), each)):
        block = _Block(names.get(team, team), row, tuple(by_team[team][:MOST_BARS]))
        yield block
        row = block.end + 2


def _rows(blocks: Sequence[_Block]) -> Iterator[tuple[int, tuple[CellValue, ...]]]:
    yield 1, (_HEADING,)
    for block in blocks:
        yield block.row, (block.name,)
        yield block.row + 1, _HEADINGS
        for place, snapshot in enumerate(block.key_results, start=block.row + _ROWS_ABOVE):
            yield place, (_label(snapshot.title), snapshot.progress, snapshot.expected)


def _label(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= _LONGEST_LABEL else line[: _LONGEST_LABEL - 1] + "…"


def _new_sheet(workbook: Workbook, title: str, pen: Pen) -> Worksheet:
    place = workbook.sheetnames.index(DATA) if DATA in workbook.sheetnames else None
    sheet: Worksheet = workbook.create_sheet(title, place)
    pen.changed = True
    sheet.sheet_view.showGridLines = False
    sheet.freeze_panes = "A2"
    sheet.sheet_properties.tabColor = "1F3A5F"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    return sheet


def _dress(sheet: Worksheet, blocks: Sequence[_Block]) -> None:
    for cells in sheet.iter_rows(max_col=len(_HEADINGS)):
        for cell in cells:
            cell.style = "Normal"
    sheet["A1"].font = look.title_font()
    sheet.row_dimensions[1].height = 28
    for block in blocks:
        sheet.cell(block.row, 1).font = look.section_font()
        look.dress_header(sheet, block.row + 1, _WIDTHS, {2: "right", 3: "right"})
        for row in range(block.row + _ROWS_ABOVE, block.row + _ROWS_ABOVE + len(block.key_results)):
            for column in range(1, len(_HEADINGS) + 1):
                look.dress_cell(sheet.cell(row, column), number=look.SHARE if column > 1 else "")


def _chart(sheet: Worksheet, block: _Block) -> BarChart:
    """Bars to the right, in the order of the rows."""
    first, last = block.row + 1, block.row + 1 + len(block.key_results)
    chart = BarChart()
    chart.type = "bar"
    chart.title = block.name
    chart.style = 2
    chart.gapWidth = 60
    chart.overlap = 0
    chart.add_data(Reference(sheet, min_col=2, max_col=3, min_row=first, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=first + 1, max_row=last))
    for series, colour in zip(chart.series, (look.BAR, look.BAR_EXPECTED), strict=True):
        series.graphicalProperties = GraphicalProperties(solidFill=colour)
    chart.x_axis.scaling.orientation = "maxMin"  # else the first key result stands at the bottom
    chart.x_axis.tickLblPos = "low"  # also where a bar goes to the left
    chart.y_axis.number_format = look.SHARE
    if chart.y_axis.majorGridlines is not None:
        chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=look.light_line())
    shown = [value for each in block.key_results for value in (each.progress, each.expected) if value is not None]
    if all(0 <= value <= 1 for value in shown):  # one scale for all teams, unless something lies outside it
        chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    chart.x_axis.delete = chart.y_axis.delete = False  # openpyxl leaves this open, and Excel then hides them
    chart.legend.position = "b"
    chart.width = _WIDTH_CM  # type: ignore[assignment]  # centimetres, also in parts
    chart.height = block.height_cm
    return chart


def _is_ours(chart: object) -> bool:
    anchor = getattr(chart, "anchor", None)
    if isinstance(anchor, str):
        return anchor.startswith("E")
    begin = getattr(anchor, "_from", None)
    return getattr(begin, "col", None) == _CHART_COLUMN
