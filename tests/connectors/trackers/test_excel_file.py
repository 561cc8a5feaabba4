"""The workbook as a file: whole or not at all, never over somebody's work, and never made for nothing."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from connectors.contract import DeliveryState
from connectors.delivering.workbook.file import ChangedMeanwhileError, open_workbook, replace_workbook
from connectors.errors import FatalError, SettingError
from connectors.trackers import excel
from tests.connectors.trackers.documents import brightwater, document, snapshot
from tests.connectors.trackers.workbooks import NOW, Shelf, later, two

PERMANENT, RETRIABLE, SENT = DeliveryState.PERMANENT, DeliveryState.RETRIABLE, DeliveryState.SENT


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_the_same_facts_from_another_run_change_nothing(shelf: Shelf) -> None:
    shown = brightwater()
    shelf.send(shown)
    before = (shelf.path.read_bytes(), shelf.path.stat().st_mtime_ns)
    rerun = replace(
        shown,
        run_id="run-2",
        published_at=shown.published_at + timedelta(hours=3),
        key_results=tuple(
            replace(item, run_id="run-2", computed_at=item.computed_at + timedelta(hours=3))
            for item in shown.key_results
        ),
    )
    shelf.now += timedelta(hours=3)
    assert {result.state for result in shelf.send(rerun)} == {SENT}
    assert (shelf.path.read_bytes(), shelf.path.stat().st_mtime_ns) == before
    assert [path.name for path in shelf.folder.iterdir()] == ["tracker.xlsx"]


def test_one_digit_is_news(shelf: Shelf) -> None:
    shelf.send_well(snapshot(value=196.0))
    before = shelf.path.read_bytes()
    shelf.send_well(snapshot(value=196.0000001))
    assert shelf.path.read_bytes() != before


def test_history_has_a_row_per_snapshot_and_no_second_one(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    shelf.send_well(later(a), b)
    shelf.send_well(later(a), b)
    assert shelf.rows("okr_history", "snapshot_id", "key_result_id", "value") == [
        ("snap-a", "a", 196),
        ("snap-b", "b", 196),
        ("snap-a-later", "a", 200),
    ]


@pytest.mark.parametrize("lock", ["~$tracker.xlsx", ".~lock.tracker.xlsx#"])
def test_while_somebody_has_it_open_it_is_tried_later(shelf: Shelf, lock: str) -> None:
    a, b = two()
    shelf.send_well(a, b)
    (shelf.folder / lock).write_text("Anna")
    before = shelf.path.read_bytes()
    results = shelf.send(document(later(a), b))
    assert [result.state for result in results] == [RETRIABLE] * 2
    assert "open in a spreadsheet program" in results[0].message
    assert lock in results[0].message
    assert shelf.path.read_bytes() == before
    assert {result.state for result in shelf.send(document(a, b))} == {SENT}  # nothing to write, so no lock matters


def test_a_file_that_may_not_be_touched_is_tried_later(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows does it while Excel has the file open; the lock file is not always there on a network drive."""
    a, b = two()
    shelf.send_well(a, b)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    results = shelf.send(document(later(a), b))
    assert [result.state for result in results] == [RETRIABLE] * 2
    assert "Close it where it is open" in results[0].message
    assert sorted(path.name for path in shelf.folder.iterdir()) == ["tracker.xlsx"]
    assert shelf.rows("Growth", "Current") == [(196,), (196,)]


def test_a_full_disk_leaves_the_old_file(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = two()
    shelf.send_well(a, b)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    results = shelf.send(document(later(a), b))
    assert results[0].state is RETRIABLE
    assert "No space left on device" in results[0].message
    assert [path.name for path in shelf.folder.iterdir()] == ["tracker.xlsx"]
    assert shelf.rows("Growth", "Current") == [(196,), (196,)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an Excel workbook"),
        (b"a,b\n1,2\n", "not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "protected by a password"),
        (b"PK\x03\x04 and then nothing", "cannot be read as an Excel workbook"),
    ],
)
def test_what_is_no_workbook_is_left_alone_and_said(shelf: Shelf, content: bytes, words: str) -> None:
    shelf.path.write_bytes(content)
    results = shelf.send(document(*two()))
    assert [result.state for result in results] == [PERMANENT] * 2
    assert words in results[0].message
    assert shelf.path.read_bytes() == content


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/slicers/slicer1.xml", "slicers"),
        ("xl/media/image1.png", "pictures"),
        ("xl/ctrlProps/ctrlProp1.xml", "form controls"),
    ],
)
def test_what_would_be_lost_is_refused(shelf: Shelf, part: str, words: str) -> None:
    a, b = two()
    shelf.send_well(a, b)
    with zipfile.ZipFile(shelf.path, "a") as parts:
        parts.writestr(part, b"x")
    before = shelf.path.read_bytes()
    results = shelf.send(document(later(a), b))
    assert [result.state for result in results] == [PERMANENT] * 2
    assert words in results[0].message
    assert "nothing was written" in results[0].message
    assert shelf.path.read_bytes() == before


def test_one_backup_of_what_a_person_saved(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    shelf.send_well(later(a), b)
    assert shelf.backups() == []  # nobody but us had written it
    with shelf.person() as workbook:
        workbook["Growth"]["N2"] = "note"
    saved = shelf.path.read_bytes()
    shelf.send_well(later(a), b)
    assert shelf.backups() == []  # nothing to change, so nothing to keep
    shelf.send_well(a, b)
    assert shelf.backups() == ["tracker.backup-2026-11-22.xlsx"]
    assert (shelf.folder / "tracker.backup-2026-11-22.xlsx").read_bytes() == saved
    shelf.send_well(later(a), b)
    assert (shelf.folder / "tracker.backup-2026-11-22.xlsx").read_bytes() == saved
    shelf.now += timedelta(days=3)
    with shelf.person() as workbook:
        workbook["Growth"]["N3"] = "another"
    (shelf.folder / "tracker.backup-of-mine.xlsx").write_text("mine")
    shelf.send_well(a, b)
    assert shelf.backups() == ["tracker.backup-2026-11-25.xlsx", "tracker.backup-of-mine.xlsx"]


def test_a_workbook_that_was_there_before_keeps_its_sheets(shelf: Shelf) -> None:
    own = Workbook()
    own.worksheets[0].title = "Budget"
    own["Budget"]["A1"] = 12
    own.save(shelf.path)
    shelf.send_well(*two())
    workbook = load_workbook(shelf.path)
    assert workbook.sheetnames == ["Summary 2026-Q4", "Budget", "Growth", "Charts 2026-Q4", "okr_data", "okr_history"]
    assert workbook["Budget"]["A1"].value == 12
    assert shelf.backups() == ["tracker.backup-2026-11-22.xlsx"]


def test_a_sheet_of_somebodys_that_has_a_teams_name_is_not_written_over(shelf: Shelf) -> None:
    own = Workbook()
    own.worksheets[0].title = "growth"
    own["growth"]["A1"] = "my plans"
    own.save(shelf.path)
    results = shelf.send(document(*two()))
    assert [result.state for result in results] == [PERMANENT] * 2
    assert "rename the sheet" in results[0].message
    assert [cell.value for cell in shelf.sheet("growth")[1]] == ["my plans"]


def test_what_a_person_saves_meanwhile_is_not_replaced(shelf: Shelf) -> None:
    a, b = two()
    shelf.send_well(a, b)
    opened = open_workbook(shelf.path)
    with shelf.person() as workbook:
        workbook["Growth"]["N2"] = "just now"
    with pytest.raises(ChangedMeanwhileError, match="saved by somebody"):
        replace_workbook(shelf.path, opened, NOW.date())
    assert shelf.sheet()["N2"].value == "just now"


def test_permissions_and_links_stay(shelf: Shelf) -> None:
    elsewhere = shelf.folder / "drive"
    elsewhere.mkdir()
    a, b = two()
    shelf.send_well(a, b)
    shutil.move(shelf.path, elsewhere / "shared.xlsx")
    (elsewhere / "shared.xlsx").chmod(0o640)
    shelf.path.symlink_to(elsewhere / "shared.xlsx")
    shelf.send_well(later(a), b)
    assert shelf.path.is_symlink()
    assert stat.S_IMODE((elsewhere / "shared.xlsx").stat().st_mode) == 0o640
    assert shelf.rows("Growth", "Current") == [(200,), (196,)]


def test_what_a_killed_run_left_is_cleared(shelf: Shelf) -> None:
    (shelf.folder / ".tracker.new.xlsx").write_bytes(b"half")
    shelf.send_well(*two())
    assert [path.name for path in shelf.folder.iterdir()] == ["tracker.xlsx"]


def test_the_workbook_may_lie_elsewhere(tmp_path: Path) -> None:
    for given, path in (("sub/okrs.xlsx", tmp_path / "sub/okrs.xlsx"), (str(tmp_path / "x.xlsx"), tmp_path / "x.xlsx")):
        shown = document(snapshot())
        assert excel.tracker({"workbook": given}, tmp_path).send(shown, [], datetime.now(UTC)) == []
        assert load_workbook(path).sheetnames[0] == "Summary 2026-Q4"


@pytest.mark.parametrize(
    ("given", "words"),
    [("t.xlsm", "macros"), ("t.csv", "ends in .xlsx"), ("tracker", "ends in .xlsx"), ("folder.xlsx", "is a folder")],
)
def test_a_name_that_makes_no_sense_is_refused(tmp_path: Path, given: str, words: str) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(SettingError, match="OKR_TRACKERS__EXCEL__WORKBOOK") as caught:
        excel.tracker({"workbook": given}, tmp_path)
    assert words in str(caught.value)


def test_an_unreadable_place_is_a_result_not_an_exception(shelf: Shelf) -> None:
    (shelf.folder / "file").write_text("")
    tracker = excel.tracker({"workbook": "file/tracker.xlsx"}, shelf.folder)
    assert tracker.send(document(snapshot()), [], NOW) == []
    with pytest.raises(FatalError):
        open_workbook(Path(__file__))
