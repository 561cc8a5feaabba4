"""Bad days of Google Sheets, each with its own message: what may be tried again, what a person must do, and whom to share with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import DeliveryResult, DeliveryState
from connectors.errors import SettingError
from connectors.sandbox import google_sheets_requests
from connectors.sandbox.answer import Answer, Request
from connectors.sandbox.faults import Fault
from connectors.sandbox.google_keys import EMAIL, ServiceAccount
from connectors.sandbox.google_sheets import BOOK_ID, PREFIX
from connectors.sandbox.google_sheets_book import Area, Protection
from connectors.trackers.google_sheets import tracker
from tests.connectors.trackers.documents import brightwater, deliveries
from tests.connectors.trackers.harness_google_sheets import GoogleSheetsHarness, lines, opened
from tests.connectors.trackers.test_google_sheets import calls, many, next_day, send

SENT, RETRIABLE, PERMANENT = DeliveryState.SENT, DeliveryState.RETRIABLE, DeliveryState.PERMANENT
NOW = datetime(2026, 11, 22, 5, 1, tzinfo=UTC)


@pytest.fixture
def sheet(tmp_path: Path) -> Iterator[GoogleSheetsHarness]:
    with opened(tmp_path) as harness:
        yield harness


def failed(sheet: GoogleSheetsHarness, **settings: str) -> DeliveryResult:
    """The one answer that all nine deliveries get."""
    answers = {(r.state, r.message, r.retry_after) for r in send(sheet, brightwater(), **settings).results}
    (state, message, wait) = answers.pop()
    assert not answers
    return DeliveryResult("", state, message, wait)


def test_not_shared(sheet: GoogleSheetsHarness) -> None:
    sheet.sandbox.sheets.book.shared.clear()
    assert failed(sheet) == DeliveryResult(
        *("", PERMANENT),
        'google_sheets: 403 from Google Sheets ("The caller does not have permission"). The spreadsheet is not shared with the '
        f"service account. Open Share and add {EMAIL} as Editor.",
    )
    assert len(calls(sheet)) == 1


def test_shared_to_look_only(sheet: GoogleSheetsHarness) -> None:
    sheet.sandbox.sheets.book.shared[EMAIL] = "reader"
    assert failed(sheet).message.endswith(f"{EMAIL} may only look at the spreadsheet. Open Share and make it Editor.")


def test_the_api_is_not_enabled(sheet: GoogleSheetsHarness) -> None:
    sheet.sandbox.sheets.disabled = True
    found = failed(sheet)
    assert found.state is PERMANENT
    assert 'Enable the "Google Sheets API"' in found.message


def test_no_such_spreadsheet(sheet: GoogleSheetsHarness) -> None:
    found = failed(sheet, spreadsheet="1" * 44)
    assert found.state is PERMANENT
    assert "Check the link in the settings" in found.message
    assert EMAIL in found.message


def test_a_key_that_google_does_not_know(sheet: GoogleSheetsHarness, tmp_path: Path) -> None:
    stranger = ServiceAccount("stranger").write(tmp_path / "other")
    found = failed(sheet, service_account_file=str(stranger))
    assert found.state is PERMANENT
    assert "OKR_TRACKERS__GOOGLE_SHEETS__SERVICE_ACCOUNT_FILE" in found.message
    assert len(calls(sheet)) == 1


def test_the_minute_is_used_up(sheet: GoogleSheetsHarness) -> None:
    sheet.sandbox.sheets.writes_per_minute = 1
    found = failed(sheet)
    assert (found.state, found.retry_after) == (RETRIABLE, 60.0)
    assert "Write requests per minute per user" in found.message
    sheet.sandbox.sheets.writes_per_minute = 60
    assert failed(sheet) == DeliveryResult("", SENT)


def test_google_says_when_to_come_back(sheet: GoogleSheetsHarness) -> None:
    sheet.sandbox.faults.add(Fault(PREFIX, "429", retry_after="17", message="Quota exceeded"))
    assert failed(sheet).retry_after == 17.0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(PREFIX, "5xx", status=503),
        Fault(PREFIX, "5xx", status=502, method="POST"),
        Fault(PREFIX, "reset"),
        Fault(PREFIX, "reset", method="POST"),
        Fault(PREFIX, "cut_short", after=1),
        Fault(PREFIX, "cut_matching", after=1),
        Fault(PREFIX, "200_html"),
        Fault(PREFIX, "200_empty", after=2),
        Fault(PREFIX, "200_error", after=1, method="GET"),
        Fault(PREFIX, "missing_field", field="valueRanges", after=3),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.method or 'any'}-{fault.after}",
)
def test_a_passing_failure_is_made_good_at_the_next_try(sheet: GoogleSheetsHarness, fault: Fault) -> None:
    sheet.sandbox.faults.add(fault)
    found = failed(sheet)
    assert found.state is RETRIABLE
    assert found.message.startswith("google_sheets: ")
    assert failed(sheet) == DeliveryResult("", SENT)
    assert len(sheet.state()) == 9
    assert len(lines(sheet.sandbox.sheets.book.tab("okr_history"))) == 9


def test_written_but_never_acknowledged_is_not_written_twice(sheet: GoogleSheetsHarness) -> None:
    """As when the process is killed between the send and the note of it: the rows are there, nobody here knows."""
    slow = sheet.sandbox.faults.add(Fault(f"{PREFIX}{BOOK_ID}/values", "slow", method="POST", seconds=1.0))
    impatient = tracker(sheet.settings(), Path())
    object.__setattr__(impatient, "seconds", 0.3)
    shown = brightwater()
    results = impatient.send(shown, deliveries(*shown.key_results), NOW)
    assert {r.state for r in results} == {RETRIABLE}
    assert slow.times == 0
    assert len(sheet.state()) == 9
    assert failed(sheet) == DeliveryResult("", SENT)
    assert len(lines(sheet.sandbox.sheets.book.tab("okr_history"))) == 9


def test_our_own_tab_is_protected(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    tab = sheet.sandbox.sheets.book.tab("okr_data")
    tab.protections.append(Protection(9, Area(), editors=("boss@example.com",)))
    answer = send(sheet, next_day(brightwater())).results[0]
    assert answer.state is PERMANENT
    assert (
        f"the tab 'okr_data' is protected where we write (Q2). Under Data > Protect sheets and ranges let {EMAIL} edit it"
        in answer.message
    )
    assert len(calls(sheet)) == 2


def test_our_own_headings_were_renamed(sheet: GoogleSheetsHarness) -> None:
    send(sheet, brightwater())
    sheet.sandbox.sheets.book.tab("okr_data").put(0, 6, "Wert")
    assert failed(sheet).message == (
        "google_sheets: the tab 'okr_data' has no column headed 'value' in row 1; it was renamed or deleted. Write that heading again. "
        "Or delete the tab: it will be made anew."
    )
    sheet.sandbox.sheets.book.tab("okr_data").put(0, 6, "value")
    sheet.sandbox.sheets.book.tab("okr_history").put(0, 3, "Datum")
    assert failed(sheet).message.startswith("google_sheets: the tab 'okr_history' has no column headed 'value'")


def meanwhile(sheet: GoogleSheetsHarness, monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    """Somebody does something between our last look and our write."""
    api = sheet.sandbox.sheets
    as_ever, once = api.answer, []

    def answer(request: Request) -> Answer:
        if request.method == "POST" and not once:
            once.append(True)
            tab = api.book.tab("okr_data")
            if act == "protect":
                tab.protections.append(Protection(9, Area(), editors=()))
            elif act == "delete":
                api.book.delete_tab("okr_data")
            else:
                tab.resize(3, tab.column_count)
        return as_ever(request)

    monkeypatch.setattr(api, "answer", answer)


@pytest.mark.parametrize(("act", "state"), [("protect", PERMANENT), ("delete", RETRIABLE), ("cut rows", RETRIABLE)])
def test_somebody_is_quicker(
    sheet: GoogleSheetsHarness, monkeypatch: pytest.MonkeyPatch, act: str, state: DeliveryState
) -> None:
    send(sheet, brightwater())
    meanwhile(sheet, monkeypatch, act)
    results = send(sheet, next_day(brightwater())).results
    assert {result.state for result in results} == {state}
    if state is PERMANENT:
        assert EMAIL in results[0].message
        sheet.sandbox.sheets.book.tab("okr_data").protections.clear()
    assert {r.state for r in send(sheet, next_day(brightwater())).results} == {SENT}
    assert len(sheet.state()) == 9


def test_a_full_spreadsheet_keeps_the_present_and_says_so(
    sheet: GoogleSheetsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten million cells: a tab of somebody's takes all but 30,000, which is room for okr_data and not for the history too."""
    book = sheet.sandbox.sheets.book
    book.add_tab("big", 1, 1)
    book.tab("big").column_count = google_sheets_requests.MOST_CELLS - book.cells() - 30_000
    answer = send(sheet, many(900))
    assert {result.state for result in answer.results} == {SENT}
    assert "beyond ten million cells, so 'okr_history' gets no more rows" in answer.remarks[0]
    assert len(sheet.state()) == 900


def test_settings_that_make_no_sense(sheet: GoogleSheetsHarness, tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("{}")
    cases = [
        ({"spreadsheet": "my tracker"}, "is not the link of a spreadsheet"),
        (
            {"spreadsheet": "https://docs.google.com/spreadsheets/d/e/2PACX-1vQabcdefghijklmnop/pubhtml"},
            "is not the link",
        ),
        ({"service_account_file": str(tmp_path / "none.json")}, "there is no such file"),
        ({"service_account_file": str(tmp_path / "no.json")}, "is not the JSON key of a service account"),
        ({"tabs": "Growth, OKR_data"}, "OKR_data is ours already"),
        ({"columns": "Current = currant"}, "should be a heading, =, and one of current, value"),
        ({"columns": "KR ID = value"}, "it is never written"),
        ({"spread_sheet": "x"}, "there is no such setting"),
    ]
    for settings, words in cases:
        with pytest.raises(SettingError, match="google_sheets: ") as found:
            tracker({**sheet.settings(), **settings}, tmp_path)
        assert words in str(found.value)
    for link in (f"https://docs.google.com/spreadsheets/u/1/d/{BOOK_ID}/edit", BOOK_ID):
        assert BOOK_ID in repr(tracker(sheet.settings(spreadsheet=link), tmp_path))
