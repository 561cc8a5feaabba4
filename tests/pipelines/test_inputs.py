"""Numbers out of people's own spreadsheets, at the start of every run: new, corrected, refused, taken away; nothing is lost or doubled."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from connectors.sandbox.google_sheets import BOOK_ID
from connectors.sandbox.server import Sandbox
from okr_mappings.mappings import CheckIn
from pipelines.check import check
from pipelines.check_in import check_in
from pipelines.exit_codes import ExitCode
from pipelines.inputs import MEMORY, InputResult, take_over
from pipelines.loaded import load_everything
from pipelines.run import execute
from pipelines.settings import Settings, load_settings
from tests.connectors.company import small_company
from tests.pipelines.small import mappings

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
HEAD = ("key_result", "date", "value", "note", "author")
CYCLE = """\
cycle: 2026-Q4
objectives:
  - id: talk
    title: Talk to customers
    team: company
    owner: Réka
    key_results:
      - id: interviews
        title: Hold 10 interviews
        kind: total
        check_ins: []
        unit: interviews
        target: 10
"""
DAY = datetime(2026, 11, 20)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    mappings(tmp_path / "mappings", CYCLE)
    return tmp_path


def written(home: Path, *rows: tuple[object, ...], head: tuple[str, ...] = HEAD) -> Path:
    book = Workbook()
    sheet = book.create_sheet("Inputs")
    for row in (("Please one line a week",), (), head, *rows):
        sheet.append(list(row))
    book.save(home / "numbers.xlsx")
    return home / "numbers.xlsx"


def settings(home: Path, **given: object) -> Settings:
    one = given or {"workbook": home / "numbers.xlsx"}
    return load_settings(
        data_dir=home / "data", mappings_dir=home / "mappings", sources=(), trackers={}, inputs={"team": one}
    )


def taken(home: Path, **given: object) -> InputResult:
    found = settings(home, **given)
    (result,) = take_over(found, load_everything(found), NOW)
    return result


def known(home: Path) -> tuple[CheckIn, ...]:
    (plan,) = load_everything(settings(home)).mappings.cycles
    return plan.key_results[0].check_ins


def lines(home: Path) -> list[list[str]]:
    text = (home / "mappings" / "check_ins" / "2026-Q4.csv").read_text(encoding="utf-8")
    return [row[:5] for row in csv.reader(text.splitlines()[1:])]


def test_rows_become_check_ins_once(home: Path) -> None:
    written(home, ("interviews", DAY, 6, "By phone", "Dóra"), ("interviews", datetime(2026, 11, 27), None, None, None))
    assert taken(home).line == "inputs.team 1 rows, 1 new or changed"
    assert known(home) == (CheckIn(date(2026, 11, 20), 6, "By phone", "Dóra"),)
    assert taken(home).line == "inputs.team 1 rows, 0 new or changed"
    assert lines(home) == [["interviews", "2026-11-20", "6", "By phone", "Dóra"]]


def test_a_correction_in_the_sheet_leaves_what_it_corrects(home: Path) -> None:
    for value in (6, 7, 6):
        written(home, ("interviews", DAY, value, "", "Dóra"))
        assert len(taken(home).news) == 1
    assert known(home)[0].value == 6
    assert known(home)[0].corrects == (6, 7)
    written(home, ("interviews", DAY, 6, "", "Dóra"), ("interviews", DAY, 8, "Recounted", "Réka"))
    assert len(taken(home).news) == 1
    assert known(home)[0] == CheckIn(date(2026, 11, 20), 8, "Recounted", "Réka", (6, 7, 6))


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_was_corrected_elsewhere_is_not_undone_by_the_sheet(home: Path, *, forgotten: bool) -> None:
    written(home, ("interviews", DAY, 6, "", "Dóra"))
    taken(home)
    check_in(settings(home), "interviews", "5", day=DAY.date(), note="One was cancelled", author="Réka", now=NOW)
    if forgotten:
        (home / "data" / MEMORY).unlink()
    assert taken(home).news == ()
    assert known(home)[0].value == 5


def test_bad_rows_name_their_cell_and_stop_no_other(home: Path) -> None:
    written(
        home,
        ("interviews", DAY, "many", "", ""),
        ("interview", DAY, 5, "", ""),
        ("interviews", "20.11.2026", 5, "", ""),
        ("interviews", datetime(2026, 11, 23), 5, "", ""),
        (None, DAY, 5, "", ""),
        ("interviews", datetime(2026, 11, 13), 4, "", None),
    )
    result = taken(home)
    # the head stands in row 3, so the rows are 4 to 9
    assert [line.split(":")[0] for line in result.refused] == [
        f"numbers.xlsx, inputs!{cell}" for cell in ("C4", "A5", "B6", "B7", "A8")
    ]
    assert "Did you mean `interviews`?" in result.refused[1]
    assert "in the future" in result.refused[3]
    assert known(home) == (CheckIn(date(2026, 11, 13), 4, "", "numbers.xlsx"),)


def test_a_row_taken_away_keeps_its_value_and_is_named_once(home: Path) -> None:
    written(home, ("interviews", DAY, 6, "", "Dóra"))
    taken(home)
    written(home)
    assert "interviews 2026-11-20" in taken(home).problems[0]
    assert taken(home).problems == ()
    assert known(home)[0].value == 6


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda home: None, "there is no file"),
        (lambda home: (home / "numbers.xlsx").write_bytes(b"no zip"), "cannot be read as an Excel workbook"),
        (lambda home: written(home, head=("key_result", "day", "value")), "missing is date"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_told(home: Path, make: object, says: str) -> None:
    assert callable(make)
    make(home)
    result = taken(home)
    assert says in result.error
    assert result.line == "inputs.team FAILED"


@contextmanager
def google(home: Path) -> Iterator[tuple[Sandbox, dict[str, object]]]:
    with Sandbox(small_company(), now=NOW) as sandbox:
        given: dict[str, object] = {
            "spreadsheet": f"https://docs.google.com/spreadsheets/d/{BOOK_ID}/edit",
            "service_account_file": str(sandbox.service_account_file(home)),
            "api_base": sandbox.url,
            "tab": "Sheet1",
        }
        yield sandbox, given


def test_a_google_sheet_is_read_back_in_two_requests(home: Path) -> None:
    with google(home) as (sandbox, given):
        tab = sandbox.sheets.book.tab("Sheet1")
        # 20 November 2026 is 46346 days after 30 December 1899: 127 years of 365 days less 40 days, and 31 leap days
        for row, cells in enumerate((HEAD, ("interviews", 46346, 6.5, "By phone", "Dóra"), ("interviews", 46346, "x"))):
            tab.rows[row] = dict(enumerate(cells))
        result = taken(home, **given)
        assert result.error == ""
        assert result.refused == ("Google Sheet team, Sheet1!C3: `x` is not a number of interviews.",)
        assert known(home) == (CheckIn(date(2026, 11, 20), 6.5, "By phone", "Dóra"),)
        assert [call.method for call in sandbox.calls.to("/v4/spreadsheets")] == ["GET", "GET"]
        assert "has no tab 'inputs', only Sheet1" in taken(home, **{**given, "tab": "inputs"}).error
        sandbox.sheets.book.shared.clear()
        assert "Open Share and add" in taken(home, **given).error


def test_a_run_shows_value_author_and_note_wherever_the_number_stands(home: Path) -> None:
    written(home, ("interviews", DAY, 6, "Two by phone", "Dóra Lukács"))
    outcome = execute(settings(home), as_of=date(2026, 11, 21), now=NOW)
    assert outcome.exit_code is ExitCode.OK
    assert "inputs.team 1 rows, 1 new or changed" in outcome.lines[0]
    data = home / "data"
    (shown,) = json.loads((data / "feeds" / "progress.json").read_text(encoding="utf-8"))["key_results"]
    assert shown["value"] == 6
    for file in (data / "feeds" / "progress.json", data / "feeds" / "key_results.csv", data / "report.html"):
        text = file.read_text(encoding="utf-8")
        assert "Dóra Lukács: Two by phone" in text, file


def test_settings_are_checked_without_a_call(home: Path) -> None:
    assert any("there is no file" in each for each in check(settings(home)).problems)
    written(home)
    assert "inputs: team" in check(settings(home)).looked_at
    with pytest.raises(Exception, match="either a `workbook` or a `spreadsheet`"):
        settings(home, tab="inputs")
