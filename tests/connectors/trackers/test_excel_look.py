"""What a person sees on opening the workbook: sheets, numbers, words, colours, links; and text that stays text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from connectors.delivering.workbook.look import number_format
from connectors.delivering.workbook.titles import team_titles
from okr_mappings.display import status_label
from okr_mappings.snapshot import TeamName
from okr_mappings.words import Better, Kind, Status
from tests.connectors.trackers.documents import brightwater, snapshot
from tests.connectors.trackers.workbooks import COLUMNS, Shelf, later


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_the_sheets_and_their_frame(shelf: Shelf) -> None:
    shelf.send(brightwater())
    workbook = load_workbook(shelf.path)
    assert workbook.sheetnames == [
        "Summary 2026-Q4",
        "Growth",
        "Sales",
        "Customer care",
        "Charts 2026-Q4",
        "okr_data",
        "okr_history",
    ]
    assert workbook.active is not None
    assert workbook.active.title == "Summary 2026-Q4"
    growth = workbook["Growth"]
    assert growth.freeze_panes == "C2"
    assert growth.auto_filter.ref == "A1:P5"
    assert growth.column_dimensions["P"].hidden
    assert all(growth.column_dimensions[get_column_letter(column)].width >= 9 for column in range(1, 17))
    assert growth["A1"].font.bold
    assert growth["A1"].fill.fill_type == "solid"
    assert workbook["okr_data"].freeze_panes == "A2"


def test_a_row_says_it_all(shelf: Shelf) -> None:
    shelf.send(brightwater())
    sheet = shelf.sheet()
    row = {name: sheet.cell(3, column) for name, column in COLUMNS.items()}
    assert row["Objective"].value == "Become the first name people think of"
    assert row["Owner"].value == "Anna Kovács"
    assert (row["Baseline"].value, row["Target"].value, row["Current"].value) == (41_230, 49_476, 44_118)
    assert row["Unit"].value == "sessions"
    assert row["Progress"].value == pytest.approx(2_888 / 8_246)
    assert (row["Progress"].number_format, row["Current"].number_format) == ("0%", "#,##0")
    assert row["Status"].value == "Off track"
    assert row["Data through"].value == datetime(2026, 11, 21, 23, 30)  # 22:30 UTC in Budapest
    assert row["Remark"].value == (
        "35 % of the way at 57 % of the time. Provisional: the source may still correct its last days."
    )
    assert row["Source"].value == "Open"
    assert row["Source"].hyperlink.target == "https://app.hubspot.com/contacts/1/lists/7"
    assert row["Notes"].value is None
    assert row["Key result id"].value == "organic_traffic"


def test_a_number_from_a_sample_says_how_far_it_may_be_off(shelf: Shelf) -> None:
    shelf.send(brightwater())
    remarks = dict(shelf.rows("Growth", "Key result id", "Remark"))
    assert remarks["promoters"].endswith(" n = 83, 95 % interval +30 to +53 points.")


def test_a_stale_number_is_shown_with_its_age_and_never_green(shelf: Shelf) -> None:
    shelf.send(brightwater())
    (row,) = [
        row
        for row in shelf.rows("Sales", "Key result id", "Current", "Progress", "Status", "Remark")
        if row[0] == "invoiced"
    ]
    assert row[1:4] == (322_900, None, "Stale")
    assert row[4].endswith("The number shown is of 2026-11-12.")


def test_a_range_is_shown_in_words(shelf: Shelf) -> None:
    churn = snapshot(
        "churn", kind=Kind.RANGE, better=Better.LOWER, unit="%", target=0.01, target_high=0.02, value=0.015
    )
    shelf.send_well(churn, snapshot("hours", kind=Kind.RANGE, unit="hours", target=None, target_high=24.0))
    assert shelf.rows("Growth", "Target") == [("1 % to 2 %",), ("at most 24.0 hours",)]


@pytest.mark.parametrize(
    ("unit", "number", "wanted"),
    [
        ("leads", 196.0, "#,##0"),
        ("leads", 45.6, "#,##0.0"),
        ("leads", None, "#,##0"),
        ("EUR", 301_450.5, "#,##0"),
        ("EUR", 12.5, "#,##0.00"),
        ("EUR", 12.0, "#,##0"),
        ("%", 0.557, "0.0%"),
        ("points", 40.0, "#,##0.0"),
        ("hours", 24.0, "#,##0.0"),
    ],
)
def test_numbers_are_printed_by_their_unit(unit: str, number: float | None, wanted: str) -> None:
    assert number_format(unit, number) == wanted


def test_every_status_has_a_colour_of_its_own_to_the_end_of_the_sheet(shelf: Shelf) -> None:
    shelf.send(brightwater())
    (coloured,) = shelf.sheet().conditional_formatting
    assert str(coloured.sqref) == "J2:J1048576"
    words = {rule.formula[0].strip('"') for rule in coloured.rules}
    assert words == {status_label(status) for status in Status} | {"No longer in the mapping"}
    assert all(rule.dxf.fill.end_color.rgb and rule.dxf.font.color.rgb for rule in coloured.rules)


def test_the_summary_counts_and_scores(shelf: Shelf) -> None:
    shelf.send(brightwater())
    rows = [
        [cell for cell in row if cell is not None] for row in shelf.sheet("Summary 2026-Q4").iter_rows(values_only=True)
    ]
    assert rows[0] == ["Brightwater · OKRs 2026 Q4"]
    assert rows[1] == ["1 Oct 2026 – 31 Dec 2026, as of 21 Nov 2026"]
    assert rows[2] == ["Published 2026-11-22 06:00 (Europe/Budapest)"]
    # brightwater(): more_leads and new_revenue on track; engaged_rate and cold_calls at risk; promoters and complaints achieved
    assert rows[6:13] == [
        ["Achieved", 2],
        ["On track", 2],
        ["At risk", 2],
        ["Off track", 1],
        ["No data", 1],
        ["Stale", 1],
        ["All", 9],
    ]
    assert rows[16] == [
        "Become the first name people think of",
        "Growth",
        "Anna Kovács",
        0.455,
        52 / 92,
        "On track",
        "2 of 2",
    ]
    assert rows[18][-1] == "2 of 3"
    link = shelf.sheet("Summary 2026-Q4")["B20"].hyperlink
    assert link.location == "'Customer care'!A1"


def test_the_summary_shrinks_without_leftovers(shelf: Shelf) -> None:
    shown = brightwater()
    shelf.send(shown)
    with shelf.person() as workbook:
        workbook["Summary 2026-Q4"]["J3"] = "mine"
    shelf.send_well(shown.key_results[0], later(shown.key_results[1], status=Status.ON_TRACK))
    sheet = shelf.sheet("Summary 2026-Q4")
    column = [row[0] for row in sheet.iter_rows(values_only=True)]
    assert column[6:12] == ["On track", "All", None, "Objectives", "Objective", "Objective demand"]
    assert column[12] is None
    assert column[13].startswith("This sheet")
    assert not any(column[14:])
    assert sheet["J3"].value == "mine"
    assert not any(
        cell.hyperlink or cell.border.bottom.style for row in sheet.iter_rows(min_row=16, max_col=7) for cell in row
    )


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://evil.example","x")', "+1", "-1+2", "@SUM(A1)", "=1+1", "#N/A", "\t=1", "'quoted"]
)
def test_text_is_never_a_formula(shelf: Shelf, text: str) -> None:
    names = (TeamName("growth", text),)
    shelf.send_well(
        snapshot("a", title=text, owner=text, reason=text, unit=text, notes=text, source_link=text), teams=names
    )
    workbook = load_workbook(shelf.path)
    for sheet in workbook.worksheets:
        assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type in {"f", "e"}] == []
    title = workbook.worksheets[1].cell(2, 2)
    assert title.value == text
    assert title.quotePrefix == (text[0] in "=+-@\t")
    before = shelf.path.read_bytes()
    shelf.send_well(
        snapshot("a", title=text, owner=text, reason=text, unit=text, notes=text, source_link=text), teams=names
    )
    assert shelf.path.read_bytes() == before


def test_text_that_a_sheet_cannot_hold_is_cut_not_refused(shelf: Shelf) -> None:
    shelf.send_well(snapshot("a", title="bell \x07 and \r\n line", notes="x" * 40_000))
    sheet = shelf.sheet()
    assert sheet["B2"].value == "bell  and \n line"
    assert len(sheet["M2"].value) == 32_767


def test_links_follow_the_source_and_only_web_addresses_are_links(shelf: Shelf) -> None:
    a = snapshot("a")
    shelf.send_well(a)
    shelf.send_well(later(a, source_link="https://example.com/new"))
    assert shelf.sheet()["L2"].hyperlink.target == "https://example.com/new"
    for link in ("javascript:alert(1)", "file:///etc/passwd", "see the wiki", ""):
        shelf.send_well(later(a, source_link=link))
        assert shelf.sheet()["L2"].hyperlink is None
        assert shelf.sheet()["L2"].value == (link or None)


def test_the_data_sheet_is_typed_and_tidy(shelf: Shelf) -> None:
    shelf.send(brightwater())
    header, *rows = shelf.sheet("okr_data").iter_rows(values_only=True)
    assert len(set(header)) == len(header)
    assert None not in header
    assert len(rows) == 9
    first = dict(zip(header, rows[0], strict=True))
    assert first["as_of"] == datetime(2026, 11, 21)
    assert first["data_through_utc"] == datetime(2026, 11, 21, 22, 30)
    assert (first["status"], first["provisional"], first["value"]) == ("on_track", False, 196)
    assert first["team"] == "Growth"
    for name in ("value", "baseline", "target", "progress", "score", "expected"):
        cells = [row[header.index(name)] for row in rows]
        assert all(cell is None or isinstance(cell, int | float) for cell in cells)


def test_a_removed_key_result_leaves_the_data_sheet(shelf: Shelf) -> None:
    shown = brightwater()
    shelf.send(shown)
    shelf.send_well(*shown.key_results[:2])
    assert [row[0] for row in shelf.rows("okr_data", "key_result_id")][:3] == ["more_leads", "organic_traffic", None]


@pytest.mark.parametrize(
    ("teams", "titles"),
    [
        ([("a", "R&D: [core]/*?")], ["R&D core"]),
        ([("a", "x" * 40)], ["x" * 31]),
        ([("a", "x" * 40), ("b", "x" * 35)], ["x" * 31, "x" * 27 + " (2)"]),
        ([("a", "Sales"), ("b", "SALES")], ["Sales", "SALES (2)"]),
        ([("b", "SALES"), ("a", "Sales")], ["Sales", "SALES (2)"]),
        ([("a", "History")], ["History (2)"]),
        ([("a", "okr_data")], ["okr_data (2)"]),
        ([("a", "Summary 2026")], ["Team Summary 2026"]),
        ([("a", "'quoted'")], ["quoted"]),
        ([("core", "???")], ["core"]),
        ([("a", "数字 🚀")], ["数字 🚀"]),
    ],
)
def test_sheet_names_are_allowed_and_unique(teams: list[tuple[str, str]], titles: list[str]) -> None:
    assert list(team_titles(teams).values()) == titles


def test_days_and_moments_are_real_dates(shelf: Shelf) -> None:
    shelf.send_well(
        snapshot(computed_at=datetime(2026, 11, 22, 5, 0, 7, 999_999, tzinfo=UTC), as_of=date(2026, 11, 21))
    )
    sheet = shelf.sheet("okr_history")
    header = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, header.index("computed_at_utc") + 1).value == datetime(2026, 11, 22, 5, 0, 7)
    assert sheet.cell(2, header.index("as_of") + 1).number_format == "yyyy-mm-dd"
