"""People work in the workbook too: what they write, move, format and break is still there after the next run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from connectors.contract import DeliveryState
from okr_mappings.snapshot import TeamName
from tests.connectors.trackers.documents import document, snapshot
from tests.connectors.trackers.workbooks import COLUMNS, Shelf, later, two

PERMANENT, SENT = DeliveryState.PERMANENT, DeliveryState.SENT


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_own_columns_notes_comments_formats_formulas_and_sheets_survive(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    rich = CellRichText("call ", TextBlock(InlineFont(b=True), "Bence"), " back")
    with shelf.person() as workbook:
        sheet = workbook["Growth"]
        sheet["N2"] = "my note"
        sheet["N3"] = rich
        sheet["Q1"] = "Confidence"
        sheet["Q2"] = 4
        sheet["R2"] = "=F2/E2"
        sheet["F2"].comment = Comment("is this right?", "Anna")
        sheet["B2"].font = Font(bold=True, color="FF0000")
        sheet["F2"].number_format = "0.000"
        sheet["F2"].fill = PatternFill("solid", start_color="FFFF00")
        sheet.column_dimensions["B"].width = 71
        sheet.row_dimensions[2].height = 90
        own = workbook.create_sheet("My pivot", 0)
        own["A1"] = '=XLOOKUP("a",okr_data!C:C,okr_data!P:P)'
        workbook["okr_data"]["AZ1"] = "own"
    shelf.send_well(later(a, value=201.5), b)
    sheet = shelf.sheet()
    assert sheet["F2"].value == 201.5
    assert sheet["N2"].value == "my note"
    assert isinstance(sheet["N3"].value, CellRichText)
    assert str(sheet["N3"].value) == "call Bence back"
    assert (sheet["Q1"].value, sheet["Q2"].value, sheet["R2"].value) == ("Confidence", 4, "=F2/E2")
    assert sheet["F2"].comment is not None
    assert sheet["F2"].comment.text == "is this right?"
    assert sheet["B2"].font.color.rgb == "00FF0000"
    assert sheet["F2"].number_format == "0.000"
    assert sheet["F2"].fill.start_color.rgb == "00FFFF00"
    assert sheet.column_dimensions["B"].width == 71
    assert sheet.row_dimensions[2].height == 90
    assert shelf.sheet("My pivot")["A1"].value == '=XLOOKUP("a",okr_data!C:C,okr_data!P:P)'
    assert shelf.sheet("okr_data")["AZ1"].value == "own"


def test_rows_may_be_sorted_and_inserted(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        sheet = workbook["Growth"]
        first, second = ([cell.value for cell in sheet[row]] for row in (2, 3))
        for column, (one, other) in enumerate(zip(first, second, strict=True), start=1):
            sheet.cell(2, column).value, sheet.cell(3, column).value = other, one
        sheet.insert_rows(3)
        sheet["B3"] = "a row of mine"
        sheet.insert_rows(1, amount=2)
        sheet["A1"] = "Read me first"
    shelf.send_well(later(a), later(b, value=300.0), snapshot("c", title="C"))
    sheet = shelf.sheet()
    assert sheet["A1"].value == "Read me first"
    assert [(sheet.cell(row, 2).value, sheet.cell(row, 6).value) for row in range(4, 8)] == [
        ("B", 300),
        ("a row of mine", None),
        ("A", 200),
        ("C", 196),
    ]


def test_columns_may_be_moved(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        sheet = workbook["Growth"]
        sheet.insert_cols(1)
        sheet["A1"] = "Mood"
        sheet["A2"] = "good"
        sheet["G1"], sheet["I1"] = "  progress ", "CURRENT"  # Current and Progress change places, spelt carelessly
    shelf.send_well(later(a, progress=0.6), b)
    sheet = shelf.sheet()
    assert (sheet["A2"].value, sheet["G2"].value, sheet["I2"].value) == ("good", 0.6, 200)


def test_a_renamed_heading_stops_its_sheet_only_and_loses_nothing(shelf: Shelf) -> None:
    a, b = snapshot("a"), snapshot("b", team_id="sales", objective_id="revenue")
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        workbook["Growth"]["F1"] = "Actual"
    results = shelf.send(document(later(a), later(b)))
    assert [result.state for result in results] == [PERMANENT, SENT]
    assert results[0].message == (
        "excel: a: sheet 'Growth' has no column named 'Current' in row 1; it was renamed or deleted. "
        "Name it 'Current' again, or give an empty column that heading."
    )
    assert shelf.sheet()["F2"].value == 196
    assert shelf.sheet("Sales")["F2"].value == 200
    with shelf.person() as workbook:
        workbook["Growth"]["F1"] = "Current"
    shelf.send_well(later(a), later(b))
    assert shelf.sheet()["F2"].value == 200


@pytest.mark.parametrize(
    ("cell", "heading", "words"),
    [
        ("P1", "Id", "no column named 'Key result id'"),
        ("Q1", "Status", "2 columns named 'Status'"),
        ("J1", None, "'Status'"),
    ],
)
def test_a_sheet_that_is_not_understood_is_left_alone(shelf: Shelf, cell: str, heading: str, words: str) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        workbook["Growth"][cell] = heading
    before = list(shelf.sheet().iter_rows(values_only=True))
    results = shelf.send(document(later(a), b))
    assert [result.state for result in results] == [PERMANENT] * 2
    assert words in results[0].message
    assert list(shelf.sheet().iter_rows(values_only=True)) == before


def test_a_copied_row_is_not_guessed_at(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        sheet = workbook["Growth"]
        for column in range(1, 17):
            sheet.cell(4, column).value = sheet.cell(2, column).value
    results = shelf.send(document(later(a), later(b)))
    assert [result.state for result in results] == [PERMANENT, SENT]
    assert results[0].message == "excel: a: sheet 'Growth' shows it in rows 2 and 4. Delete all but one of these rows."
    assert [row[0] for row in shelf.rows("Growth", "Current")] == [196, 200, 196]


def test_a_key_result_that_left_is_marked_and_one_that_returns_is_shown_again(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    shelf.send_well(a)
    assert shelf.rows("Growth", "Key result", "Current", "Status") == [
        ("A", 196, "On track"),
        ("B", 196, "No longer in the mapping"),
    ]
    shelf.send_well(a, later(b))
    assert shelf.rows("Growth", "Current", "Status")[1] == (200, "On track")


def test_a_key_result_that_moves_to_another_team_leaves_its_row_marked(shelf: Shelf) -> None:
    teams = (TeamName("growth", "Growth"), TeamName("sales", "Sales"))
    shelf.send_well(snapshot("a"), snapshot("b", team_id="sales"), teams=teams)
    shelf.send_well(snapshot("a", team_id="sales"), snapshot("b", team_id="sales"), teams=teams)
    assert shelf.rows("Sales", "Key result id", "Status") == [("b", "On track"), ("a", "On track")]
    assert shelf.rows("Growth", "Key result id", "Status") == [("a", "No longer in the mapping")]


def test_a_team_that_left_has_its_rows_marked(shelf: Shelf) -> None:
    shelf.send_well(snapshot("a"), snapshot("b", team_id="sales"))
    shelf.send_well(snapshot("a"))
    assert shelf.rows("Sales", "Key result id", "Status") == [("b", "No longer in the mapping")]


def test_a_copy_of_a_sheet_stays_as_it_was_copied(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        workbook.copy_worksheet(workbook["Growth"]).title = "Growth in week 47"
    shelf.send_well(later(a))
    assert shelf.rows("Growth in week 47", "Current", "Status") == [(196, "On track"), (196, "On track")]
    assert shelf.rows("Growth", "Current", "Status") == [(200, "On track"), (196, "No longer in the mapping")]


def test_a_renamed_sheet_is_found_by_what_is_on_it(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        workbook["Growth"].title = "Growth & marketing"
    shelf.send_well(later(a), b)
    assert "Growth" not in load_workbook(shelf.path).sheetnames
    assert shelf.rows("Growth & marketing", "Current") == [(200,), (196,)]


def test_deleted_and_emptied_sheets_are_made_again(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    for title in ("Growth", "okr_data", "okr_history", "Summary 2026-Q4", "Charts 2026-Q4"):
        with shelf.person() as workbook:
            del workbook[title]
        shelf.send_well(a, b)
    with shelf.person() as workbook:
        workbook["Growth"].delete_rows(1, 10)
    shelf.send_well(a, b)
    names = load_workbook(shelf.path).sheetnames
    assert names[0] == "Summary 2026-Q4"
    assert sorted(names[1:]) == ["Charts 2026-Q4", "Growth", "okr_data", "okr_history"]
    assert shelf.rows("Growth", "Key result", "Current") == [("A", 196), ("B", 196)]
    assert shelf.sheet("okr_data").max_row == shelf.sheet("okr_history").max_row == 3


def test_an_objective_may_be_merged_over_its_key_results(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        workbook["Growth"].merge_cells("A2:A3")
    shelf.send_well(later(a), later(b))
    assert [str(merged) for merged in shelf.sheet().merged_cells.ranges] == ["A2:A3"]
    assert shelf.rows("Growth", "Current") == [(200,), (200,)]


def test_a_merged_number_is_refused_with_its_cell(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        workbook["Growth"].merge_cells("F2:F3")
    results = shelf.send(document(later(a), later(b)))
    assert [result.state for result in results] == [SENT, PERMANENT]
    assert results[1].message == "excel: b: sheet 'Growth', cell F3: it is merged with others. Split it."


def test_a_persons_number_format_stays_and_ours_follows_the_number(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with shelf.person() as workbook:
        workbook["Growth"]["F3"].number_format = "0.00000"
    shelf.send_well(later(a, value=12.5), later(b, value=12.5))
    assert [shelf.sheet()[cell].number_format for cell in ("F2", "F3")] == ["#,##0.0", "0.00000"]
    shelf.send_well(later(a, value=0.125, unit="%"), b)
    assert shelf.sheet()["F2"].number_format == "0.0%"


def test_a_new_cycle_is_added_below_and_the_old_one_stays(shelf: Shelf) -> None:
    a = snapshot("a", title="A")
    shelf.send_well(a)
    with shelf.person() as workbook:
        workbook["Growth"]["N2"] = "what we learned"
    shelf.send_well(snapshot("a", title="A again", cycle_id="2027-Q1", value=3.0), cycle_id="2027-Q1")
    assert shelf.rows("Growth", "Cycle", "Key result", "Current", "Status", "Notes") == [
        ("2026-Q4", "A", 196, "On track", "what we learned"),
        ("2027-Q1", "A again", 3, "On track", None),
    ]
    names = load_workbook(shelf.path).sheetnames
    assert names[:2] == ["Summary 2027-Q1", "Summary 2026-Q4"]
    assert [row[0] for row in shelf.rows("okr_data", "cycle_id")] == ["2026-Q4", "2027-Q1"]


def test_the_last_numbers_of_an_ended_cycle_still_arrive(shelf: Shelf) -> None:
    a = snapshot("a")
    shelf.send_well(a)
    new = snapshot("a", cycle_id="2027-Q1", value=3.0)
    results = shelf.send(document(new, cycle_id="2027-Q1"), later(a, value=350.0), new)
    assert [result.state for result in results] == [SENT, SENT]
    assert shelf.rows("Growth", "Cycle", "Current", "Objective") == [
        ("2026-Q4", 350, "Objective demand"),
        ("2027-Q1", 3, "Objective demand"),
    ]
    assert shelf.rows("okr_data", "cycle_id", "value") == [("2026-Q4", 350), ("2027-Q1", 3)]


def test_a_filter_reaches_new_rows_and_a_removed_one_stays_removed(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a)
    assert shelf.sheet().auto_filter.ref == "A1:P2"
    shelf.send_well(a, b)
    assert shelf.sheet().auto_filter.ref == "A1:P3"
    with shelf.person() as workbook:
        workbook["Growth"].auto_filter.ref = None
    shelf.send_well(a, b, snapshot("c"))
    assert shelf.sheet().auto_filter.ref is None


def test_a_history_that_a_person_changed_is_kept_and_a_new_one_begun(shelf: Shelf) -> None:
    a, _ = two()
    shelf.send_well(a)
    with shelf.person() as workbook:
        workbook["okr_history"]["A1"] = "id"
    shelf.send_well(later(a))
    assert shelf.sheet("okr_history").max_row == 2
    assert shelf.sheet("okr_history_2").max_row == 2
    shelf.send_well(later(a))
    assert "okr_history_3" not in load_workbook(shelf.path).sheetnames


def test_the_columns_are_those_that_the_readme_names(shelf: Shelf) -> None:
    shelf.send_well(replace(snapshot(), notes="said so"))
    assert [cell.value for cell in shelf.sheet()[1]] == list(COLUMNS)
