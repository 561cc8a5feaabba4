"""When nothing renews the numbers, whatever shows them says so."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from connectors.trackers import excel
from okr_mappings.document import document_from_dict, document_to_dict
from okr_mappings.snapshot import NextRun, ProgressDocument
from pipelines.published import progress_path, read_document
from pipelines.report import render
from pipelines.report.overdue import overdue_line
from pipelines.schedule.expected import next_run
from pipelines.schedule.overdue import say_overdue
from pipelines.settings import Settings, load_settings
from pipelines.terminal import show_status
from tests.connectors.trackers.documents import brightwater
from warehouse.feeds import write_feeds
from warehouse.run_lock import RunLock

PUBLISHED = datetime(2026, 11, 20, 5, 15, 9, tzinfo=UTC)  # a Friday, 06:15 in Budapest
LATE = datetime(2026, 11, 24, 6, 15, tzinfo=UTC)  # an hour after Tuesday's 06:15, the second due time
LINE = "No run has succeeded since 20 Nov 2026, 06:15, although 2 were due. These numbers are old."


def settings_in(folder: Path) -> Settings:
    schedules = {"morning": {"cron": "15 6 * * mon-fri"}, "gauges": {"cron": "*/10 * * * *", "steps": ["ingest"]}}
    return load_settings(data_dir=folder, schedules=schedules, trackers={"excel": {}})


def scheduled() -> ProgressDocument:
    coming = next_run(settings_in(Path("data")), "Europe/Budapest", PUBLISHED)
    return replace(brightwater(), published_at=PUBLISHED, next_run=coming)


def test_the_next_numbers_are_expected_by_the_schedules_that_publish() -> None:
    assert scheduled().next_run == NextRun(datetime(2026, 11, 23, 5, 15, tzinfo=UTC), LATE, 2)
    assert next_run(load_settings(data_dir=Path("data")), "Europe/Budapest", PUBLISHED) is None
    assert document_from_dict(document_to_dict(scheduled())) == scheduled()


def test_the_line_appears_when_its_time_has_come_and_not_before() -> None:
    assert overdue_line(scheduled(), LATE - timedelta(seconds=1)) == ""
    assert overdue_line(scheduled(), LATE) == LINE
    assert overdue_line(brightwater(), datetime(2036, 1, 1, tzinfo=UTC)) == ""


def test_the_terminal_says_so_by_its_own_clock() -> None:
    out = io.StringIO()
    show_status(replace(scheduled(), next_run=NextRun(PUBLISHED, datetime(2020, 1, 1, tzinfo=UTC), 2)), out)
    assert out.getvalue().startswith(f"! {LINE}\n")


def test_the_report_names_the_moment_because_it_has_no_clock() -> None:
    page = render(scheduled())
    assert "<dt>Next numbers</dt><dd>23 Nov 2026, 06:15" in page
    assert "if this page still says so after 24 Nov 2026, 07:15, the job has stopped" in page
    assert "overdue" not in page
    assert "Next numbers" not in render(brightwater())


def test_the_workbook_says_so_by_its_own_clock_and_stays_as_it_is_meanwhile(tmp_path: Path) -> None:
    tracker = excel.tracker({}, tmp_path)
    tracker.send(scheduled(), [], PUBLISHED)
    written = (tmp_path / "tracker.xlsx").read_bytes()
    cell = openpyxl.load_workbook(tmp_path / "tracker.xlsx")["Summary 2026-Q4"]["A4"]
    assert cell.value == (
        '=IF(NOW()>DATE(2026,11,24)+TIME(7,15,0),"No newer numbers had come by 2026-11-24 07:15.'
        ' The job has stopped; these numbers are old.","")'
    )
    tracker.send(replace(scheduled(), published_at=PUBLISHED + timedelta(hours=2)), [], PUBLISHED)
    assert (tmp_path / "tracker.xlsx").read_bytes() == written


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_feeds(tmp_path / "feeds", scheduled(), [])
    year = replace(scheduled(), cycle_id="2026", cycle_start=date(2026, 1, 1))
    write_feeds(tmp_path / "feeds" / "2026", year, [])
    return tmp_path


def test_the_scheduler_says_it_once_in_report_feed_and_workbook(folder: Path) -> None:
    settings = settings_in(folder)
    assert say_overdue(settings, PUBLISHED) == ("", LATE)
    assert not settings.report_path.exists()
    assert say_overdue(settings, LATE) == (LINE, None)
    assert read_document(folder).overdue == LINE
    for page in ("report.html", "report-2026.html"):
        assert LINE in (folder / page).read_text(encoding="utf-8")
    book = openpyxl.load_workbook(folder / "tracker.xlsx")
    assert book["Summary 2026-Q4"]["A4"].value == LINE
    before = progress_path(folder).stat().st_mtime_ns
    assert say_overdue(settings, LATE + timedelta(days=9)) == ("", None)
    assert progress_path(folder).stat().st_mtime_ns == before


def test_while_a_run_is_going_on_it_waits(folder: Path) -> None:
    with RunLock(folder):
        assert say_overdue(settings_in(folder), LATE) == ("", LATE + timedelta(minutes=15))
    assert read_document(folder).overdue == ""


def test_a_tracker_in_trouble_does_not_silence_the_report(folder: Path) -> None:
    settings = load_settings(
        data_dir=folder, trackers={"excel": {"workbook": "feeds/progress.json/x.xlsx"}, "webhook": {}}
    )
    assert say_overdue(settings, LATE)[0] == LINE


def test_before_anything_is_published_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert say_overdue(settings_in(tmp_path), LATE) == ("", None)
