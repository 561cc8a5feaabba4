"""The command line as people and schedulers meet it: exit codes, plain text in pipes, one message for each mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.sandbox.server import Sandbox
from pipelines.cli import app
from tests.pipelines.job import NOW, pointed_at, run_job


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder in which one run has happened."""
    folder = tmp_path_factory.mktemp("cli")
    with Sandbox(contacts=300, now=NOW) as sandbox, pointed_at(sandbox, folder):
        run_job(folder)
        yield folder


def okr(*arguments: str, folder: Path | None = None) -> Result:
    return CliRunner().invoke(app, [*arguments, *(["--data", str(folder)] if folder else [])])


def test_status_in_a_pipe_is_plain_text_with_every_key_result(data: Path) -> None:
    result = okr("status", folder=data)
    assert result.exit_code == 0
    assert "\x1b[" not in result.output
    assert "qualified-leads" in result.output


def test_status_as_json_is_the_published_document(data: Path) -> None:
    document = json.loads(okr("status", "--json", folder=data).output)
    assert document == json.loads((data / "feeds" / "progress.json").read_text(encoding="utf-8"))


def test_explain_says_where_a_number_comes_from(data: Path) -> None:
    output = okr("explain", "qualified-leads", folder=data).output
    for part in (
        "cycles/2026-q4.yml:",
        "marts.fct_leads",
        "as_of = 2026-11-21",
        "hubspot",
        "rows behind it add up to the value",
    ):
        assert part in output


@pytest.mark.parametrize(
    "key_result",
    ["nps", "complaint-handling", "linkedin-followers", "outbound-calls", "customer-value", "mrr", "crm-training"],
)
def test_explain_works_for_every_kind_and_its_rows_add_up(data: Path, key_result: str) -> None:
    account = json.loads(okr("explain", key_result, "--json", folder=data).output)
    proof = account["evidence"]
    assert proof is None or proof["equals_value"]
    assert account["snapshot"]["formula"]


def test_explain_offers_the_nearest_key_result(data: Path) -> None:
    result = okr("explain", "qualified-lead", folder=data)
    assert result.exit_code == 2
    assert "Did you mean qualified-leads?" in result.output


def test_query_in_a_pipe_is_csv(data: Path) -> None:
    output = okr(
        "query", "select key_result_id, value from okr.progress where key_result_id = 'crm-training'", folder=data
    ).output
    assert output.splitlines() == ["key_result_id,value", "crm-training,3.0"]


def test_query_cannot_write(data: Path) -> None:
    result = okr("query", "delete from okr.snapshots", folder=data)
    assert result.exit_code == 3
    assert "read-only" in result.output


def test_before_the_first_run_every_reading_command_says_what_to_do(tmp_path: Path) -> None:
    for arguments in (["status"], ["explain", "nps"], ["query", "select 1"]):
        result = okr(*arguments, folder=tmp_path)
        assert result.exit_code == 3
        assert "Run `okr run`" in result.output


def test_check_finds_all_mistakes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKR_SOURCES", '["hubspott"]')
    monkeypatch.setenv("OKR_TRACKERS__WEBHOOK__URL", "https://example.com/hook")
    mappings = tmp_path / "okrs"
    (mappings / "cycles").mkdir(parents=True)
    (mappings / "company.yml").write_text(
        "name: X\ntime_zone: Europe/Budapest\ncurrency: EUR\nteams: [{id: a, name: A}]\n", encoding="utf-8"
    )
    (mappings / "cycles" / "q.yml").write_text(
        "cycle: 2026-Q4\nobjectives:\n  - id: o\n    title: Grow\n    team: b\n    owner: Ada\n    key_results:\n"
        "      - {id: k, title: Leads, kind: total, metric: leads_creatid, target: 5}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("OKR_MAPPINGS_DIR", str(mappings))
    result = okr("check")
    assert result.exit_code == 2
    for part in ("hubspott", "OKR_TRACKERS__WEBHOOK__SECRET", "q.yml:5:", "q.yml:8:", "leads_created", "4 problems"):
        assert part in result.output


def test_a_misspelt_setting_is_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKR_DATADIR", "elsewhere")
    result = okr("check")
    assert result.exit_code == 2
    assert "Did you mean OKR_DATA_DIR?" in result.output


def test_a_run_outside_every_cycle_says_which_exist(data: Path) -> None:
    result = okr("run", "--as-of", "2024-01-01", folder=data)
    assert result.exit_code == 2
    assert "2026-Q4 (2026-10-01 to 2026-12-31)" in result.output
    assert "Traceback" not in result.output
    assert "event=ingest" not in result.output, "nothing was touched"


def test_a_day_to_come_is_refused(data: Path) -> None:
    result = okr("snapshot", "--as-of", "2126-12-31", folder=data)
    assert result.exit_code == 2
    assert "--as-of 2126-12-31 lies in the future" in result.output


def test_a_damaged_document_is_named(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "progress.json").write_text('{"company": "Bright', encoding="utf-8")
    result = okr("status", folder=tmp_path)
    assert result.exit_code == 3
    assert "progress.json: cannot be read" in result.output
    assert "okr publish" in result.output


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    result = okr("run", "--as-of", "2026-11-01", folder=tmp_path / "file" / "data")
    assert result.exit_code == 3
    assert "Check that the folder is there" in result.output
    assert "defect" not in result.output
