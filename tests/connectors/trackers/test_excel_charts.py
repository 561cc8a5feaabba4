"""The sheet with a chart per team: what it draws, that it follows the numbers, and that it takes nothing from people."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, PieChart, Reference
from openpyxl.worksheet.worksheet import Worksheet

from tests.connectors.trackers.documents import brightwater, document, snapshot
from tests.connectors.trackers.workbooks import Shelf

TITLE = "Charts 2026-Q4"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def drawn(sheet: Worksheet) -> list[tuple[str, str, str]]:
    """Place, names and progresses that each bar chart refers to."""
    return [
        (
            f"{chart.anchor._from.col}:{chart.anchor._from.row + 1}",
            chart.series[0].cat.strRef.f if chart.series[0].cat.strRef else chart.series[0].cat.numRef.f,
            chart.series[0].val.numRef.f,
        )
        for chart in sheet._charts
        if isinstance(chart, BarChart)
    ]


def test_a_chart_per_team_beside_its_numbers(shelf: Shelf) -> None:
    shelf.send(brightwater())
    sheet = load_workbook(shelf.path)[TITLE]
    assert [sheet.cell(row, 1).value for row in (1, 3, 4, 5)] == [
        "Progress by team",
        "Growth",
        "Key result",
        "350 marketing-qualified leads",
    ]
    assert [sheet.cell(6, column).value for column in (2, 3)] == [pytest.approx(2_888 / 8_246), pytest.approx(52 / 92)]
    first, *others = drawn(sheet)
    # four key results of Growth in rows 5 to 8
    assert first == ("4:3", f"'{TITLE}'!$A$5:$A$8", f"'{TITLE}'!$B$5:$B$8")
    assert len(others) == 2


def test_what_is_missing_is_a_gap_and_no_zero(shelf: Shelf) -> None:
    shelf.send(document(snapshot(value=None, progress=None, score=None)))
    assert load_workbook(shelf.path)[TITLE].cell(5, 2).value is None


def test_the_charts_follow_the_key_results(shelf: Shelf) -> None:
    shelf.send(brightwater())
    before = shelf.path.read_bytes()
    shelf.send(brightwater())
    assert shelf.path.read_bytes() == before
    shelf.send(document(snapshot("a"), snapshot("b"), snapshot("c")))
    sheet = load_workbook(shelf.path)[TITLE]
    assert drawn(sheet) == [("4:3", f"'{TITLE}'!$A$5:$A$7", f"'{TITLE}'!$B$5:$B$7")]
    assert sheet.cell(8, 1).value is None


def test_charts_and_notes_of_people_stay(shelf: Shelf) -> None:
    shelf.send(brightwater())
    workbook = load_workbook(shelf.path)
    own = PieChart()
    own.add_data(Reference(workbook[TITLE], min_col=2, min_row=5, max_row=8))
    workbook[TITLE].add_chart(own, "T3")
    workbook[TITLE]["R3"] = "a thought"
    workbook.save(shelf.path)
    shelf.send(document(snapshot("a")))
    sheet = load_workbook(shelf.path)[TITLE]
    assert [type(chart) for chart in sheet._charts] == [PieChart, BarChart]
    assert sheet["R3"].value == "a thought"


def test_a_sheet_of_somebody_elses_is_left_alone(shelf: Shelf) -> None:
    workbook = Workbook()
    sheet = workbook.create_sheet(TITLE)
    sheet["A1"] = "mine"
    workbook.save(shelf.path)
    shelf.send(brightwater())
    after = load_workbook(shelf.path)[TITLE]
    assert [[cell.value for cell in row] for row in after.iter_rows()] == [["mine"]]
    assert after._charts == []
