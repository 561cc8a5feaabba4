"""How a source is doing, from the vendor's own remark to what people read: `okr status --sources`, explain, report, snapshots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from pipelines.errors import NothingPublishedError
from pipelines.explain import explain
from pipelines.published import read_document
from pipelines.settings import load_settings
from pipelines.source_status import source_report
from pipelines.terminal import status_plain
from tests.pipelines.job import NOW, pointed_at, progress, run_job
from tests.pipelines.small import company, mappings

SOURCES = ("hubspot", "ga4")
REMARK = 'rare values were summed up as "(other)"'


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(company(), now=NOW) as running, pointed_at(running, tmp_path):
        yield running


def run(folder: Path, steps: tuple[str, ...] = ("ingest", "transform", "snapshot", "publish"), hours: int = 0) -> None:
    run_job(
        folder,
        steps,
        now=NOW + timedelta(hours=hours),
        sources=SOURCES,
        trackers={},
        mappings_dir=mappings(folder / "mappings"),
    )


def test_what_google_says_of_its_numbers_reaches_everybody_who_reads_them(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.ga4.metadata = {
        "subjectToThresholding": True,
        "dataLossFromOtherRow": True,
        "samplingMetadatas": [{"samplesReadCount": "5", "samplingSpaceSize": "10"}],
        "dataTruncationReasons": [{"dataTruncationMessage": "before 2024-06-01"}],
    }
    run(tmp_path)
    expected = ("withheld (thresholding)", REMARK, "estimated from a sample", "cut off: before 2024-06-01")
    behind = {key: " ".join(str(each) for each in found["sources"]) for key, found in progress(tmp_path).items()}  # type: ignore[attr-defined]
    assert [text for text in expected if text not in behind["sessions"]] == []
    assert REMARK not in behind["leads"], "only what rests on Google is qualified"
    settings = load_settings(data_dir=tmp_path, sources=SOURCES, mappings_dir=tmp_path / "mappings")
    told = explain(settings, "sessions", as_of=None, rows=1).as_text()
    shown = status_plain(read_document(tmp_path))
    sources = source_report(tmp_path).as_text()
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    for text in expected:
        assert text in told
        assert text in shown
        assert text in sources
        assert text.replace('"', "&#34;") in report or text in report


def test_a_line_per_source_says_what_came_and_how_far_it_goes(sandbox: Sandbox, tmp_path: Path) -> None:
    """Three contacts with two stages each, one company, three deals, seven owners, 10 + 4 stages, and the empty rest: 30 rows."""
    run(tmp_path)
    lines = {line.source: line for line in source_report(tmp_path).lines}
    hubspot, ga4 = lines["hubspot"], lines["ga4"]
    assert (hubspot.state, hubspot.last_try_ok, hubspot.error, hubspot.notes) == ("fresh", True, "", ())
    assert hubspot.data_through == "2026-11-22T05:00:00+00:00"
    assert hubspot.watermark == "2026-11-22T04:45:00+00:00"
    assert hubspot.requests == len(sandbox.calls.to("/crm/")) + len(sandbox.calls.to("/account-info/"))
    assert (ga4.rows, ga4.requests, ga4.watermark) == (3, 1, "2026-11-08")  # two days of traffic and one reading
    assert ga4.data_through == "2026-11-21T23:00:00+00:00"
    assert hubspot.rows is not None
    assert hubspot.rows >= 3 + 6 + 1 + 3 + 7 + 10 + 4


def test_a_load_that_fails_says_why_and_keeps_the_last_success(sandbox: Sandbox, tmp_path: Path) -> None:
    run(tmp_path)
    before = {line.source: line for line in source_report(tmp_path).lines}
    sandbox.faults.add(Fault("/crm/", "401", times=None))
    run(tmp_path, ("ingest",), hours=1)
    after = {line.source: line for line in source_report(tmp_path).lines}
    hubspot = after["hubspot"]
    assert (hubspot.state, hubspot.last_try_ok) == ("failed", False)
    assert "SOURCES__HUBSPOT__ACCESS_TOKEN" in hubspot.error
    assert (hubspot.rows, hubspot.data_through) == (before["hubspot"].rows, before["hubspot"].data_through)
    assert hubspot.last_success_at == before["hubspot"].last_success_at
    assert hubspot.last_try_at != before["hubspot"].last_try_at
    assert after["ga4"].last_try_ok
    text = source_report(tmp_path).as_text()
    assert "FAILED" in text
    assert "hubspot: hubspot: 401" not in text, "the name is said once"
    assert json.loads(source_report(tmp_path).as_json())["sources"][1]["error"] == hubspot.error


def test_before_anything_is_published_the_loads_are_known(sandbox: Sandbox, tmp_path: Path) -> None:
    run(tmp_path, ("ingest",))
    lines = {line.source: line for line in source_report(tmp_path).lines}
    assert {name: line.state for name, line in lines.items()} == {"ga4": "not judged", "hubspot": "not judged"}


def test_before_the_first_load_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError, match="okr run"):
        source_report(tmp_path)


def test_rows_loaded_and_set_aside_are_told_as_numbers(sandbox: Sandbox, tmp_path: Path) -> None:
    """Two of three answers fit: a score of 11 does not. The second load has no news, and the row still lies there."""
    folder = tmp_path / "inbox"
    (folder / "nps_responses_2026.csv").write_text(
        "response_id,survey,respondent,answered_at,score,comment\n"
        "R-1,autumn,a,2026-11-20 09:00,9,\nR-2,autumn,b,2026-11-20 09:00,10,\nR-3,autumn,c,2026-11-20 09:00,11,\n",
        encoding="utf-8",
    )
    found: list[tuple[int, int]] = []
    for _ in range(2):
        run_job(tmp_path, ("ingest",), now=NOW, sources=("files",), trackers={})
        line = next(each for each in source_report(tmp_path).lines if each.source == "files")
        found.append((line.rows or 0, line.set_aside or 0))
    assert found == [(2, 1), (0, 1)]
    assert "set aside" in source_report(tmp_path).as_text().splitlines()[0]
