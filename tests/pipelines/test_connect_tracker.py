"""`okr connect google_sheets`: a tracker is set up like a source, and its settings go to okr.toml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.sandbox.google_keys import EMAIL
from connectors.sandbox.google_sheets import BOOK_ID
from connectors.sandbox.server import Sandbox
from pipelines.cli import app
from pipelines.settings import load_settings
from tests.connectors.company import NOW, small_company

LINK = f"https://docs.google.com/spreadsheets/d/{BOOK_ID}/edit"
BEFORE = '# mine\nsources = ["files"]\n\n[trackers.excel]\nworkbook = "okr.xlsx"  # keep\n'


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.chdir(tmp_path)
    with Sandbox(small_company(), now=NOW) as running:
        monkeypatch.setenv("OKR_TRACKERS__GOOGLE_SHEETS__API_BASE", running.url)
        running.service_account_file(tmp_path)
        yield running


def okr(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["connect", "google_sheets", *arguments])


def test_it_is_tried_and_stored_beside_what_was_there(sandbox: Sandbox) -> None:
    Path("okr.toml").write_text(BEFORE)
    Path("okr.toml").chmod(0o640)
    done = okr(
        "--set",
        f"spreadsheet={LINK}",
        "--set",
        "service_account_file=service_account.json",
        "--set",
        "tabs=Sheet1, Sales",
    )
    assert done.exit_code == 0, done.output
    assert f"{EMAIL} may open 'OKR tracker' with the tabs 'Sheet1'. There is no tab 'Sales' yet." in done.output
    assert "[trackers.google_sheets] stored in okr.toml." in done.output
    assert Path("okr.toml").read_text().startswith(BEFORE)
    assert Path("okr.toml").stat().st_mode & 0o777 == 0o640
    trackers = load_settings().trackers
    assert set(trackers) == {"excel", "google_sheets"}
    assert trackers["google_sheets"]["spreadsheet"] == LINK
    again = okr("--check")
    assert again.exit_code == 0, again.output
    assert len(sandbox.calls.to("/v4/")) == 2


def test_what_google_refuses_is_not_stored(sandbox: Sandbox) -> None:
    sandbox.sheets.book.shared.clear()
    done = okr("--set", f"spreadsheet={LINK}", "--set", "service_account_file=service_account.json")
    assert done.exit_code != 0
    assert f"Open Share and add {EMAIL} as Editor" in done.output
    assert not Path("okr.toml").exists()


def test_what_is_missing_is_named_by_its_variable(sandbox: Sandbox) -> None:
    done = okr("--set", f"spreadsheet={LINK}")
    assert done.exit_code == 2
    assert "OKR_TRACKERS__GOOGLE_SHEETS__SERVICE_ACCOUNT_FILE" in done.output
