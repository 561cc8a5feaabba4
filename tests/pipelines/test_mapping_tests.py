"""`okr test`: the example's tests pass; what differs, and what does not fit, is told with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from okr_mappings.schema import FOLDER
from pipelines.cli import app

EXAMPLE = FOLDER.parent / "tests" / "2026-q4.yml"
HEAD = "cycle: 2026-Q4\ntests:\n  - name: Two leads\n    as_of: 2026-11-21\n"
TWO_LEADS = """\
    given:
      fct_leads:
        - {lead_key: a, marketing_qualified_date: 2026-10-01}
        - {lead_key: b, marketing_qualified_date: 2026-11-21}
        - {}
"""


def okr(*arguments: str) -> Result:
    return CliRunner().invoke(app, ("test", *arguments))


def file(folder: Path, text: str) -> str:
    (folder / "t.yml").write_text(HEAD + text, encoding="utf-8")
    return str(folder / "t.yml")


def test_the_example_company_is_as_its_tests_say() -> None:
    result = okr()
    assert result.exit_code == 0, result.output
    assert result.output == "5 of 5 tests passed\n"


def test_the_example_named_by_its_path() -> None:
    found = json.loads(okr(str(EXAMPLE), "--json").output)
    assert found["ok"]
    assert [each["passed"] for each in found["tests"]] == [True] * 5


def test_a_difference_is_shown(tmp_path: Path) -> None:
    name = file(tmp_path, TWO_LEADS + "    expect:\n      qualified-leads: {value: 3, status: on_track, target: 350}\n")
    result = okr(name)
    assert result.exit_code == 2
    # 2 of 350 are 0.0057 of the way
    assert result.output.splitlines() == [
        f"{name}:3: failed: Two leads",
        f"  {name}:11: qualified-leads",
        "    value   expected 3, found 2",
        "    status  expected on_track, found off_track",
        "    2 / 350 = 0.0057",
        "0 of 1 tests passed",
    ]


def test_the_same_for_programs(tmp_path: Path) -> None:
    name = file(tmp_path, "    expect: {qualified-leads: {value: null}}\n")
    result = okr(name, "--json")
    assert result.exit_code == 2
    (test,) = json.loads(result.output)["tests"]
    (difference,) = test["differences"]
    assert (test["name"], test["line"], test["passed"]) == ("Two leads", 3, False)
    # nothing in a loaded window is a true 0
    assert (difference["field"], difference["expected"], difference["found"]) == ("value", None, 0)


def test_tests_do_not_see_each_other(tmp_path: Path) -> None:
    second = "  - name: None\n    as_of: 2026-11-21\n    expect: {qualified-leads: {value: 0}}\n"
    name = file(tmp_path, TWO_LEADS + "    expect: {qualified-leads: {value: 2}}\n" + second)
    assert okr(name).output == "2 of 2 tests passed\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("    given: {fct_leeds: [{a: 1}]}\n", "t.yml:5: There is no mart `fct_leeds`. Did you mean `fct_leads`?"),
        (
            "    given: {fct_leads: [{contry: x}]}\n",
            "t.yml:5: `fct_leads` has no column `contry`. Did you mean `country`?",
        ),
        (
            "    given:\n      fct_leads:\n        - {lead_key: a}\n        - {marketing_qualified_date: soon}\n",
            "t.yml:8: This row does not fit `fct_leads`: ",
        ),
    ],
)
def test_rows_that_do_not_fit(tmp_path: Path, text: str, message: str) -> None:
    result = okr(file(tmp_path, text + "    expect: {qualified-leads: {value: 0}}\n"))
    assert result.exit_code == 2
    assert message in result.output


def test_all_broken_files_are_told_at_once(tmp_path: Path) -> None:
    names = [tmp_path / "a.yml", tmp_path / "b.yml"]
    for name in names:
        name.write_text("cycle: 2026-Q3\ntests: [{name: T, as_of: 2026-11-21, expect: {x: {}}}]\n")
    result = okr(*map(str, names))
    assert result.exit_code == 2
    assert result.output.count("There is no cycle `2026-Q3`.") == 2


def test_without_any_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("company.yml", "cycles"):
        (tmp_path / part).symlink_to(FOLDER.parent / part)
    monkeypatch.setenv("OKR_MAPPINGS_DIR", str(tmp_path))
    result = okr()
    assert (result.exit_code, "There is no test in" in result.output) == (0, True)
