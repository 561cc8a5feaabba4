"""Tabs of people's own: their rows are found wherever they are, and nothing but our columns is ever touched."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors.contract import DeliveryState
from connectors.sandbox.answer import Answer, Request
from connectors.sandbox.google_keys import EMAIL
from connectors.sandbox.google_sheets_book import Area, Formula, Protection, SheetTab
from tests.connectors.trackers.documents import brightwater, deliveries, document, snapshot
from tests.connectors.trackers.harness_google_sheets import GoogleSheetsHarness, lines, opened
from tests.connectors.trackers.test_google_sheets import calls, next_day, send, states

SENT, RETRIABLE, PERMANENT = DeliveryState.SENT, DeliveryState.RETRIABLE, DeliveryState.PERMANENT
HEAD = ["Team", "KR ID", "Our words", "Current", "Progress", "Status", "As of", "Notes", "Double"]


@pytest.fixture
def sheet(tmp_path: Path) -> Iterator[GoogleSheetsHarness]:
    with opened(tmp_path) as harness:
        yield harness


@pytest.fixture
def growth(sheet: GoogleSheetsHarness) -> SheetTab:
    """A title above, headings in row 3, three key results with a gap, and a formula of theirs beside each."""
    tab = sheet.sandbox.sheets.book.add_tab("Growth team's OKRs", 60, 12)
    tab.type_in(0, [["Growth 2026"], [], HEAD])
    for row, key in ((3, "more_leads"), (4, "engaged_rate"), (6, "invoiced")):
        tab.type_in(
            row, [["Growth", key, f"words on {key}", None, None, None, None, f"note on {key}", Formula(f"=D{row + 1}")]]
        )
        tab.notes[row][1] = f"comment on {key}"
    tab.type_in(5, [["", "", "just a line"]])
    return tab


def publish(sheet: GoogleSheetsHarness, shown: object = None, **settings: str):  # type: ignore[no-untyped-def]
    return send(sheet, shown or brightwater(), tabs="Growth team's OKRs", **settings)  # type: ignore[arg-type]


def shows(tab: SheetTab) -> dict[object, tuple[object, ...]]:
    """By key: Current, Progress, Status, As of, wherever these columns are."""
    head = {value: column for column, value in tab.rows[2].items()}
    columns = [head[name] for name in ("Current", "Progress", "Status", "As of")]
    return {
        row[head["KR ID"]]: tuple(row.get(column) for column in columns)
        for row in tab.rows[3 : tab.last_row()]
        if head["KR ID"] in row
    }


def test_our_columns_are_filled_and_nothing_else_is_touched(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    before, notes = copy.deepcopy(growth.rows), copy.deepcopy(growth.notes)
    assert states(publish(sheet)) == {SENT}
    assert shows(growth) == {
        "more_leads": (196.0, 0.56, "On track", "2026-11-21"),
        "engaged_rate": (0.557, 0.4625, "At risk", "2026-11-21"),
        "invoiced": (322_900.0, None, "Stale", "2026-11-21"),  # no value: the last good one
    }
    for row in growth.rows:
        for column in (3, 4, 5, 6):
            row.pop(column, None)
    for row in before:
        for column in (3, 4, 5, 6):
            row.pop(column, None)
    before[2], growth.rows[2] = {}, {}
    assert growth.rows == before
    assert (growth.notes, growth.formats) == (notes, [])


def test_four_requests_with_tabs_of_people_too(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    for shown in (brightwater(), next_day(brightwater()), next_day(next_day(brightwater()))):
        publish(sheet, shown)
        assert len(calls(sheet)) == 4
    assert growth.rows[3][6] == "2026-11-23"


def test_sorting_inserting_and_moving_survive(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    publish(sheet)
    growth.sort(1, first_row=3)
    growth.insert_row(4)
    growth.insert_column(3)
    answer = publish(sheet, next_day(brightwater()))
    assert (states(answer), answer.remarks) == ({SENT}, ())
    assert {key: line[0] for key, line in shows(growth).items()} == {
        "more_leads": 196.0,
        "engaged_rate": 0.557,
        "invoiced": 322_900.0,
    }
    assert {line[3] for line in shows(growth).values()} == {"2026-11-22"}
    assert {row[2]: row[8] for row in growth.rows[3 : growth.last_row()] if 8 in row} == {
        f"words on {key}": f"note on {key}" for key in ("more_leads", "engaged_rate", "invoiced")
    }


def test_a_cell_of_ours_changed_by_hand_is_put_right_and_told(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    publish(sheet)
    growth.type_in(3, [[150.0]], first_column=3)
    (remark,) = publish(sheet, next_day(brightwater())).remarks
    assert remark == (
        "google_sheets: 'Growth team's OKRs' was changed by hand: D4 (Current): '150' over '196'. It shows our values again."
    )
    assert growth.rows[3][3] == 196.0


def test_a_key_twice_is_refused_for_that_key_result_only(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    growth.type_in(7, [["Growth", "more_leads"]])
    shown = brightwater()
    answer = publish(sheet, shown)
    results = dict(zip([item.key_result_id for item in shown.key_results], answer.results, strict=True))
    assert results.pop("more_leads").message == (
        "google_sheets: 'more_leads' stands in rows 4 and 8 of the tab 'Growth team's OKRs'. Take one away; none of them was written."
    )
    assert {result.state for result in results.values()} == {SENT}
    assert shows(growth)["engaged_rate"][0] == 0.557
    assert 3 not in growth.rows[3]


def test_a_slip_in_a_key_is_told(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    growth.type_in(3, [["Growth", "more_lead"], ["Growth", "a project of ours"]])
    answer = publish(sheet)
    assert states(answer) == {SENT}
    (remark,) = answer.remarks
    assert remark == (
        "google_sheets: row 4 of the tab 'Growth team's OKRs' names the key result 'more_lead', which does not exist. "
        "Did you mean 'more_leads'?"
    )


@pytest.mark.parametrize(
    ("column", "name", "words"),
    [
        (3, "Now", "the tab 'Growth team's OKRs' has no column headed 'Current' in row 3; it was renamed or deleted."),
        (
            7,
            "Current",
            "the tab 'Growth team's OKRs' has several columns headed 'Current' in row 3. Rename all but one.",
        ),
        (
            1,
            "Id",
            "the tab 'Growth team's OKRs' has no heading 'KR ID' in its first 50 rows; it was renamed or deleted.",
        ),
    ],
)
def test_a_heading_renamed_or_doubled(
    sheet: GoogleSheetsHarness, growth: SheetTab, column: int, name: str, words: str
) -> None:
    growth.put(2, column, name)
    before = copy.deepcopy(growth.rows)
    answer = publish(sheet)
    assert states(answer) == {PERMANENT}
    assert answer.results[0].message.startswith(f"google_sheets: {words}")
    assert growth.rows == before
    assert len(sheet.state()) == 9  # okr_data is right all the same
    growth.type_in(2, [HEAD])
    assert states(publish(sheet)) == {SENT}


def test_a_deleted_tab_is_named_with_those_there_are(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    sheet.sandbox.sheets.book.delete_tab(growth.title)
    answer = publish(sheet)
    assert states(answer) == {PERMANENT}
    assert answer.results[0].message == (
        "google_sheets: there is no tab 'Growth team's OKRs' in 'OKR tracker'; it was deleted or renamed. There are 'Sheet1'. "
        "Correct TABS or the tab's name."
    )
    assert len(sheet.state()) == 9


def test_a_protected_range_names_cell_and_address(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    growth.protections.append(Protection(7, Area(3, 5, 5, 6), "hands off", editors=("boss@example.com",)))
    answer = publish(sheet)
    assert states(answer) == {PERMANENT}
    assert answer.results[0].message == (
        f"google_sheets: the tab 'Growth team's OKRs' is protected where we write (F4, F5). Under Data > Protect sheets and ranges "
        f"let {EMAIL} edit it, or remove the protection."
    )
    assert 3 not in growth.rows[3]
    assert len(sheet.state()) == 9
    growth.protections[0] = Protection(7, Area(3, 5, 5, 6), "hands off", editors=("boss@example.com", EMAIL))
    assert states(publish(sheet)) == {SENT}


def test_protection_of_cells_that_are_not_ours_is_no_concern(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    growth.protections.append(Protection(7, Area(0, None, 0, 3), "ids", editors=()))
    assert states(publish(sheet)) == {SENT}


def test_a_sort_in_the_second_of_the_write_is_seen_and_put_right(
    sheet: GoogleSheetsHarness, growth: SheetTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person sorts between our read and our write, so rows get each other's numbers for one run."""
    publish(sheet)
    api, sorted_once = sheet.sandbox.sheets, []
    answer_as_ever = api.answer

    def someone_sorts(request: Request) -> Answer:
        if request.method == "POST" and not sorted_once:
            sorted_once.append(True)
            growth.sort(1, first_row=3, descending=True)
            growth.sort(1, first_row=3)
        return answer_as_ever(request)

    monkeypatch.setattr(api, "answer", someone_sorts)
    shown = next_day(brightwater())
    first = publish(sheet, shown)
    assert states(first) == {SENT, RETRIABLE}
    told = {r.message for r in first.results if r.state is RETRIABLE}
    assert all("was sorted or changed in the second of the write" in message for message in told)
    assert states(publish(sheet, shown)) == {SENT}
    assert {key: line[0] for key, line in shows(growth).items()} == {
        "more_leads": 196.0,
        "engaged_rate": 0.557,
        "invoiced": 322_900.0,
    }


def test_a_column_cycle_tells_cycles_apart(sheet: GoogleSheetsHarness) -> None:
    tab = sheet.sandbox.sheets.book.add_tab("All", 20, 5)
    tab.type_in(
        0, [["Cycle", "KR ID", "Value"], ["2026-Q4", "more_leads"], [2026.0, "more_leads"], ["2025-Q4", "more_leads"]]
    )
    year = document(snapshot(cycle_id="2026", value=900.0, snapshot_id="snap-year"), cycle_id="2026")
    send(sheet, year, document(snapshot()), tabs="All", columns="Value = value")
    assert [row.get("Value") for row in lines(tab)] == [196.0, 900.0, None]


def test_without_it_an_id_means_the_newest_cycle(sheet: GoogleSheetsHarness) -> None:
    tab = sheet.sandbox.sheets.book.add_tab("All", 20, 5)
    tab.type_in(0, [["KR ID", "Value"], ["more_leads"]])
    year = document(snapshot(cycle_id="2026", value=900.0, snapshot_id="snap-year"), cycle_id="2026")
    send(sheet, year, document(snapshot()), tabs="All", columns="Value = value")
    assert lines(tab) == [{"KR ID": "more_leads", "Value": 196.0}]


def test_what_is_owed_to_nobody_is_told_as_a_remark(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    publish(sheet)
    growth.put(2, 3, "Now")
    answer = send(sheet, replace(brightwater()), owed=False, tabs=growth.title)
    assert answer.results == []
    assert "no column headed 'Current'" in answer.remarks[0]


def test_deliveries_are_answered_in_order_with_tabs_too(sheet: GoogleSheetsHarness, growth: SheetTab) -> None:
    wanted = deliveries(*reversed(brightwater().key_results))
    made = sheet.tracker(Path())
    assert [r.delivery_id for r in made.send(brightwater(), wanted, wanted[0].snapshot.computed_at)] == [
        each.delivery_id for each in wanted
    ]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_people_do_their_cells_stay_and_ours_follow(sheet: GoogleSheetsHarness, seed: int) -> None:
    """Twelve days of sorting, inserting, deleting and moving columns at random; each row's own cells carry its key's name."""
    moves = random.Random(seed)
    keys = [f"kr_{number:02}" for number in range(12)]
    tab = sheet.sandbox.sheets.book.add_tab("Ours", 60, 8)
    tab.type_in(0, [["KR ID", "mine", "Current", "As of"], *([key, f"about {key}"] for key in keys)])
    for day in range(12):
        columns = {value: column for column, value in tab.rows[0].items()}
        match moves.choice(["sort", "insert row", "insert column", "delete row", "nothing"]):
            case "sort":
                tab.sort(columns[moves.choice(["KR ID", "mine", "Current"])], descending=moves.random() < 0.5)
            case "insert row":
                tab.insert_row(moves.randint(1, 12))
            case "insert column":
                tab.insert_column(moves.randint(0, 4))
            case "delete row":
                tab.delete_row(moves.randint(1, tab.last_row() - 1))
        shown = document(
            *(
                snapshot(key, value=100.0 * day + place, snapshot_id=f"{key}-{day}", as_of=date(2026, 11, 1 + day))
                for place, key in enumerate(keys)
            )
        )
        answer = send(sheet, shown, tabs="Ours", columns="Current = current, As of = as_of")
        assert (states(answer), answer.remarks, len(calls(sheet))) == ({SENT}, (), 4)
        rows = [row for row in lines(tab) if row]
        assert all(row["mine"] == f"about {row['KR ID']}" for row in rows)
        assert all(row["Current"] == 100.0 * day + keys.index(str(row["KR ID"])) for row in rows)
        assert {row["As of"] for row in rows} == {f"2026-11-{1 + day:02}"}
