"""The imitation of Google Sheets does what the service documents, asked by Google's own login library over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.auth.transport.requests import AuthorizedSession

from connectors.google_account import credentials
from connectors.sandbox.google_keys import EMAIL
from connectors.sandbox.google_sheets import BOOK_ID, SCOPE
from connectors.sandbox.google_sheets_book import Area, Book, Formula, Protection, SheetTab
from connectors.sandbox.server import Sandbox
from tests.connectors.company import NOW, small_company

Ask = Callable[..., Any]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(small_company(), now=NOW) as running:
        yield running


@pytest.fixture
def ask(sandbox: Sandbox, tmp_path: Path) -> Iterator[Ask]:
    """Status and body; a dict is sent as JSON."""
    key = sandbox.service_account_file(tmp_path)
    account = credentials(str(key), SCOPE, who="test", setting="KEY")
    with AuthorizedSession(account.with_always_use_jwt_access(True)) as session:

        def asked(path: str, body: dict[str, Any] | None = None, **query: Any) -> tuple[int, Any]:
            url = f"{sandbox.url}/v4/spreadsheets/{BOOK_ID}{path}"
            answer = session.request("GET" if body is None else "POST", url, json=body, params=query)
            return answer.status_code, answer.json()

        yield asked


@pytest.fixture
def tab(sandbox: Sandbox) -> SheetTab:
    return sandbox.sheets.book.tab("Sheet1")


def values(*data: tuple[str, list[list[Any]]], option: str = "RAW", **more: Any) -> dict[str, Any]:
    return {"valueInputOption": option, "data": [{"range": place, "values": rows} for place, rows in data], **more}


def said(answer: tuple[int, Any]) -> tuple[int, str, str]:
    status, body = answer
    return status, body["error"]["status"], body["error"]["message"]


def test_a_mask_shows_only_what_it_names(ask: Ask) -> None:
    status, body = ask("", fields="properties.title,sheets(properties(sheetId,title),protectedRanges)")
    assert status == 200
    assert body == {
        "properties": {"title": "OKR tracker"},
        "sheets": [{"properties": {"sheetId": 0, "title": "Sheet1"}}],
    }


def test_raw_is_stored_as_it_is_and_typed_values_are_read(ask: Ask, tab: SheetTab) -> None:
    entered = [["=1+1", "+5", "1.5", "TRUE", 2, True]]
    ask("/values:batchUpdate", values(("Sheet1!A1:F1", entered)))
    assert tab.rows[0] == {0: "=1+1", 1: "+5", 2: "1.5", 3: "TRUE", 4: 2.0, 5: True}
    ask("/values:batchUpdate", values(("Sheet1!A1:F1", entered), option="USER_ENTERED"))
    assert tab.rows[0] == {0: Formula("=1+1"), 1: 5.0, 2: 1.5, 3: True, 4: 2.0, 5: True}


def test_null_skips_and_an_empty_text_clears(ask: Ask, tab: SheetTab) -> None:
    tab.type_in(0, [["a", "b", "c"]])
    ask("/values:batchUpdate", values(("Sheet1!A1:C1", [[None, "", "C"]])))
    assert tab.rows[0] == {0: "a", 2: "C"}


def test_blank_ends_are_left_out_and_numbers_stay_numbers(ask: Ask, tab: SheetTab) -> None:
    tab.type_in(0, [["a", "", 1.5, ""], [], ["x"]])
    _, body = ask("/values:batchGet", ranges=["Sheet1!A1:Z100", "Sheet1!Q:Q"], valueRenderOption="UNFORMATTED_VALUE")
    whole, empty = body["valueRanges"]
    assert whole == {"range": "Sheet1!A1:Z100", "majorDimension": "ROWS", "values": [["a", "", 1.5], [], ["x"]]}
    assert "values" not in empty
    _, body = ask("/values:batchGet", ranges=["Sheet1!C1"])
    assert body["valueRanges"][0]["values"] == [["1.5"]]


def test_a_formula_shows_what_it_points_to(ask: Ask, sandbox: Sandbox, tab: SheetTab) -> None:
    tab.type_in(0, [[7.0, Formula("=A1"), Formula("='Sheet1'!A1"), Formula("=Gone!A1"), Formula("=SUM(A1:A9)")]])
    for render, shown in (
        ("UNFORMATTED_VALUE", [7.0, 7.0, 7.0, "#REF!", "#ERROR!"]),
        ("FORMULA", [7.0, "=A1", "='Sheet1'!A1", "=Gone!A1", "=SUM(A1:A9)"]),
    ):
        _, body = ask("/values:batchGet", ranges="Sheet1", valueRenderOption=render)
        assert body["valueRanges"][0]["values"] == [shown]


def test_a_write_may_answer_with_what_stands_there(ask: Ask, tab: SheetTab) -> None:
    tab.type_in(1, [["kept"]])
    body = values(
        ("Sheet1!A1:A3", [["x"], [None], [3]]),
        includeValuesInResponse=True,
        responseValueRenderOption="UNFORMATTED_VALUE",
    )
    _, answer = ask("/values:batchUpdate", body)
    assert answer["responses"][0]["updatedData"]["values"] == [["x"], ["kept"], [3.0]]
    assert answer["totalUpdatedCells"] == 2


def test_one_bad_range_stops_the_whole_batch(ask: Ask, tab: SheetTab) -> None:
    good = ("Sheet1!A1", [["x"]])
    cases = {
        "Gone!A1": "Unable to parse range: Gone!A1",
        "Sheet1!A1001": "Range (Sheet1!A1001) exceeds grid limits. Max rows: 1000, max columns: 26",
        "Sheet1!AA1": "Range (Sheet1!AA1) exceeds grid limits. Max rows: 1000, max columns: 26",
    }
    for place, words in cases.items():
        assert said(ask("/values:batchUpdate", values(good, (place, [["y"]])))) == (400, "INVALID_ARGUMENT", words)
    long = said(ask("/values:batchUpdate", values(good, ("Sheet1!B1", [["x" * 50_001]]))))
    assert long[2].endswith("more than the maximum of 50000 characters in a single cell.")
    assert tab.last_row() == 0


def test_protection_shuts_out_editors_and_warnings_do_not(ask: Ask, tab: SheetTab) -> None:
    tab.protections.append(Protection(1, Area(0, 1), editors=("boss@example.com",)))
    tab.protections.append(Protection(2, Area(5, 6)))
    _, body = ask("", fields="sheets(protectedRanges(range,warningOnly,requestingUserCanEdit))")
    assert body["sheets"][0]["protectedRanges"] == [
        {"range": {"sheetId": 0, "endRowIndex": 1}},
        {
            "range": {"sheetId": 0, "startRowIndex": 5, "endRowIndex": 6},
            "warningOnly": True,
            "requestingUserCanEdit": True,
        },
    ]
    status, _, words = said(ask("/values:batchUpdate", values(("Sheet1!B1", [["x"]]))))
    assert (status, words.split(" Please")[0]) == (
        400,
        "Invalid data[0]: You are trying to edit a protected cell or object.",
    )
    assert ask("/values:batchUpdate", values(("Sheet1!B6", [["x"]])))[0] == 200


def test_a_batch_of_requests_is_applied_as_a_whole_or_not_at_all(ask: Ask, sandbox: Sandbox) -> None:
    add = {
        "addSheet": {"properties": {"sheetId": 7, "title": "New", "gridProperties": {"rowCount": 5, "columnCount": 2}}}
    }
    cells = [{"values": [{"userEnteredValue": {"stringValue": "=x"}}, {"userEnteredValue": {"numberValue": 2}}]}]
    fill = {"updateCells": {"start": {"sheetId": 7}, "rows": cells, "fields": "userEnteredValue"}}
    below = {"appendCells": {"sheetId": 7, "rows": cells, "fields": "userEnteredValue"}}
    assert said(ask(":batchUpdate", {"requests": [add, fill, add]}))[2].startswith(
        "Invalid requests[2].addSheet: A sheet with"
    )
    assert [each.title for each in sandbox.sheets.book.tabs] == ["Sheet1"]
    longer = {"appendDimension": {"sheetId": 7, "dimension": "ROWS", "length": 3}}
    assert ask(":batchUpdate", {"requests": [add, fill, below, longer]})[0] == 200
    new = sandbox.sheets.book.tab("new")
    assert (new.row_count, new.rows[:2]) == (8, [{0: "=x", 1: 2.0}, {0: "=x", 1: 2.0}])
    assert said(ask(":batchUpdate", {"requests": [{"deleteSheet": {"sheetId": 9}}]}))[2].endswith("No grid with id: 9")


def test_the_limits_of_the_service(ask: Ask, tab: SheetTab) -> None:
    much = {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 400_000}}
    assert "above the limit of 10000000 cells" in said(ask(":batchUpdate", {"requests": [much]}))[2]
    assert tab.row_count == 1000
    warning = {"protectedRange": {"range": {"sheetId": 0}, "warningOnly": True, "editors": {"users": [EMAIL]}}}
    assert "Editors cannot be set" in said(ask(":batchUpdate", {"requests": [{"addProtectedRange": warning}]}))[2]
    assert "Unknown name" in said(ask("/values:batchUpdate", values() | {"bogus": 1}))[2]
    assert said(ask("/values:batchUpdate", {"data": []}))[2] == "'valueInputOption' is required but not specified"


def test_append_lands_below_the_table_each_time(ask: Ask, tab: SheetTab) -> None:
    """Which is why the tracker does not use it: a repeat adds a second row, and a gap that people leave is filled."""
    tab.type_in(0, [["h"], ["a"], [], ["theirs"]])
    for _ in range(2):
        assert ask("/values/Sheet1!A1:append?valueInputOption=RAW", {"values": [["new"]]})[0] == 200
    assert [row.get(0) for row in tab.rows[:5]] == ["h", "a", "new", "theirs", "new"]


def test_who_may_and_how_often(ask: Ask, sandbox: Sandbox) -> None:
    book: Book = sandbox.sheets.book
    book.shared[EMAIL] = "reader"
    assert ask("")[0] == 200
    assert said(ask("/values:batchUpdate", values())) == (
        403,
        "PERMISSION_DENIED",
        "The caller does not have permission",
    )
    book.shared.clear()
    assert said(ask(""))[0] == 403
    sandbox.sheets.reads_per_minute = 2
    status, words, message = said(ask(""))
    assert (status, words) == (429, "RESOURCE_EXHAUSTED")
    assert "'Read requests per minute per user'" in message
    del sandbox.sheets.books[BOOK_ID]
    sandbox.sheets.reads_per_minute = 60
    assert said(ask("")) == (404, "NOT_FOUND", "Requested entity was not found.")
