"""`okr lint` on mappings with a bad key result for every rule that needs numbers; of web analytics nothing was ever loaded."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.sandbox.server import Sandbox
from pipelines.cli import app
from tests.okr_mappings.builders import COMPANY, write_folder
from tests.pipelines.job import NOW, pointed_at, run_job

CYCLE = """\
cycle: 2026-Q4
objectives:
  - id: o
    title: Be better than before
    team: company
    owner: Réka
    key_results:
      - {id: rows, title: Followers, kind: level, unit: followers, better: higher, baseline: 1, target: 2, source_link: x,
         sql: select followers as metric_value from marts.fct_followers_daily where observed_date = $as_of}
      - {id: silent, title: Visits, kind: total, metric: website_sessions, target: 900, source_link: x}
      - {id: met, title: Subscribers, kind: level, metric: newsletter_subscribers, baseline: 10, target: 11, source_link: x}
      - {id: noise, title: NPS, kind: ratio, metric: net_promoter_score, window: trailing 30 days, baseline: measured,
         target: "+6 points", source_link: x}
      - {id: moon, title: Mentions, kind: total, metric: online_mentions, target: 100000, source_link: x}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the example company, published with these mappings."""
    folder = tmp_path_factory.mktemp("lint")
    write_folder(folder / "okrs", CYCLE, COMPANY)
    with Sandbox(contacts=60, now=NOW) as sandbox, pointed_at(sandbox, folder):
        run_job(folder, sources=("files",), trackers={}, mappings_dir=folder / "okrs")
    return folder


def okr(home: Path, *arguments: str) -> Result:
    return CliRunner(env={"OKR_MAPPINGS_DIR": str(home / "okrs"), "OKR_DATA_DIR": str(home)}).invoke(app, arguments)


def test_every_rule_that_needs_numbers(home: Path) -> None:
    result = okr(home, "lint", "--json")
    found = json.loads(result.output)
    assert (result.exit_code, found["ok"], found["as_of"]) == (2, False, "2026-11-21")
    assert {(each["about"], each["rule"]) for each in found["findings"]} == {
        ("rows", "query-fails"),
        ("silent", "no-data"),
        ("met", "met-on-day-one"),
        ("met", "baseline-differs"),
        ("noise", "inside-noise"),
        ("moon", "beyond-history"),
    }
    (several,) = [each for each in found["findings"] if each["about"] == "rows"]
    assert several["what"] == "`rows` has no number: the SQL returned more than one row instead of one."
    assert (several["severity"], several["path"], several["line"]) == ("error", str(home / "okrs/cycles/q4.yml"), 8)


def test_for_people(home: Path) -> None:
    result = okr(home, "lint")
    assert result.exit_code == 2
    assert "q4.yml:10: warning no-data: `silent` reads ga4, of which nothing was ever loaded." in result.output
    assert "6 findings: 1 error, 4 warnings, 1 hint. `okr lint --explain query-fails` says why." in result.output
    assert "Numbers as of 21 Nov 2026." in result.output


def test_words_only(home: Path) -> None:
    result = okr(home, "lint", "--no-data")
    assert result.exit_code == 0
    assert result.output == "\nNothing to say (profile default).\nWithout numbers: `--no-data` was given.\n".lstrip()


def test_before_the_first_run(home: Path, tmp_path: Path) -> None:
    result = okr(home, "lint", "--data", str(tmp_path))
    assert result.exit_code == 0
    assert f"Without numbers: nothing is published in {tmp_path} yet." in result.output


def test_a_profile_may_make_it_pass(home: Path, tmp_path: Path) -> None:
    (tmp_path / "house.yml").write_text("severities: {warning: off, hint: off}\nrules: {query-fails: hint}\n")
    result = okr(home, "lint", "--profile", str(tmp_path / "house.yml"))
    assert result.exit_code == 0
    assert "1 finding: 1 hint." in result.output
    assert okr(home, "lint", "--profile", "strickt").exit_code == 2


def test_explain(home: Path) -> None:
    result = okr(home, "lint", "--explain", "inside-noise")
    assert result.exit_code == 0
    assert "A score from a sample moves by itself." in result.output
    unknown = okr(home, "lint", "--explain", "inside-noize")
    assert (unknown.exit_code, "Did you mean `inside-noise`?" in unknown.output) == (2, True)


def test_check_counts_them() -> None:
    result = CliRunner().invoke(app, ["check"])
    assert (
        result.exit_code,
        len(re.findall(r"^ok  style: \d+ findings; see `okr lint`$", result.output, re.MULTILINE)),
    ) == (0, 1)
