"""Values kept by hand: entered, corrected, refused, and taken from a sheet; what was there before stays."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from okr_mappings.mappings import CheckIn
from pipelines.check_in import check_in
from pipelines.cli import app
from pipelines.loaded import load_everything
from pipelines.settings import load_settings

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
KR = "customer-interviews"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pipelines.clock.now", lambda: NOW)
    return tmp_path / "data"


def okr(data: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["check-in", *words, "--data", str(data)])


def known(data: Path) -> tuple[CheckIn, ...]:
    plans = load_everything(load_settings(data_dir=data)).mappings.cycles
    return next(each for plan in plans for each in plan.key_results if each.id == KR).check_ins


def test_a_value_is_added_to_those_of_the_mapping(data: Path) -> None:
    result = okr(data, KR, "6", "--date", "2026-11-20", "--note", "One more, by phone", "--author", "Dóra Lukács")
    assert result.exit_code == 0, result.output
    assert "customer-interviews: 6 interviews at the end of 20 Nov 2026, by Dóra Lukács." in result.output
    assert [each.value for each in known(data)] == [2, 5, 6]
    assert known(data)[-1] == CheckIn(date(2026, 11, 20), 6, "One more, by phone", "Dóra Lukács")
    lines = (data / "check_ins" / "2026-Q4.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [
        "key_result,date,value,note,author,entered_at",
        f'{KR},2026-11-20,6,"One more, by phone",Dóra Lukács,2026-11-21T16:00:00+00:00',
    ]


def test_the_day_is_today_and_the_author_is_known(data: Path) -> None:
    assert okr(data, KR, "7").exit_code == 0
    last = known(data)[-1]
    assert last.day == date(2026, 11, 21)
    assert last.author


def test_a_correction_leaves_what_it_corrects(data: Path) -> None:
    assert "It corrects 5 interviews, which stays" in okr(data, KR, "4", "--date", "2026-11-06").output
    assert okr(data, KR, "6", "--date", "2026-11-06").exit_code == 0
    assert known(data)[-1].value == 6
    assert known(data)[-1].corrects == (5, 4)
    assert len((data / "check_ins" / "2026-Q4.csv").read_text(encoding="utf-8").splitlines()) == 3


def test_less_than_before_is_taken_and_remarked_on(data: Path) -> None:
    assert "less than the 5 interviews of 6 Nov 2026: a check-in says how it stands" in okr(data, KR, "1").output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("customer-interview", "6"),
            "There is no key result `customer-interview`. Did you mean `customer-interviews`?",
        ),
        (("online-mentions", "6"), "`online-mentions` is not kept by check-ins, it comes from a metric."),
        ((KR, "six"), "`six` is not a number of interviews"),
        ((KR, "6", "--date", "2026-11-22"), "2026-11-22 is in the future; it is 2026-11-21."),
        ((KR, "6", "--date", "2026-09-30"), "2026-09-30 lies outside 2026-Q4"),
        ((KR,), "Say KEY_RESULT and VALUE"),
    ],
)
def test_what_makes_no_sense_is_refused(data: Path, words: tuple[str, ...], says: str) -> None:
    result = okr(data, *words)
    assert result.exit_code == 2
    assert says in result.output
    assert not (data / "check_ins").exists()


def test_a_file_that_people_spoilt_names_its_lines(data: Path) -> None:
    okr(data, KR, "6")
    path = data / "check_ins" / "2026-Q4.csv"
    path.write_text(path.read_text(encoding="utf-8") + f"{KR},20.11.2026,7\nunknown,2026-11-20,7\n", encoding="utf-8")
    error = okr(data, KR, "8").output
    assert "2026-Q4.csv:3: `20.11.2026` is not a day" in error
    assert "2026-Q4.csv:4: There is no key result `unknown`" in error


def test_a_sheet_is_taken_as_a_whole_and_only_what_is_new(data: Path, tmp_path: Path) -> None:
    def sheet(*rows: tuple[object, ...]) -> Path:
        book = Workbook()
        book.active.title = "inputs"
        for row in (("Key_Result", "Date", "Value", "Note"), *rows):
            book.active.append(row)
        book.save(tmp_path / "inputs.xlsx")
        return tmp_path / "inputs.xlsx"

    good = (KR, datetime(2026, 11, 20), 6, "By phone")
    empty = (KR, datetime(2026, 11, 27), None, None)
    result = okr(data, "--from", str(sheet(good, empty)), "--author", "Dóra")
    assert "1 of 1 rows were new or changed" in result.output
    assert known(data)[-1] == CheckIn(date(2026, 11, 20), 6, "By phone", "Dóra")
    assert "0 of 1 rows" in okr(data, "--from", str(sheet(good)), "--author", "Dóra").output
    result = okr(data, "--from", str(sheet((KR, "2026-11-21", "many", ""), ("other", "2026-11-21", 1, ""))))
    assert "inputs.xlsx:2: `many` is not a number" in result.output
    assert "inputs.xlsx:3: There is no key result `other`" in result.output
    assert len(known(data)) == 3


def test_two_people_at_once_lose_nothing(data: Path) -> None:
    settings = load_settings(data_dir=data)

    def enter(day: int) -> None:
        check_in(settings, KR, str(day), day=date(2026, 11, day), note="", author="A", now=NOW)

    threads = [threading.Thread(target=enter, args=(day,)) for day in range(10, 16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.value for each in known(data)] == [2, 5, 10, 11, 12, 13, 14, 15]
