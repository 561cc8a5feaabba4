"""Tests beside a mapping: how they are read, what is refused, and when a number matches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from okr_mappings.errors import MappingError
from okr_mappings.expectations import check_columns, differences, load_cases
from tests.okr_mappings.builders import assessed, cycle_text, load

LEADS = "- {id: leads, title: L, kind: total, metric: leads_created, target: 92}"
MARTS = {"fct_leads": ("lead_key", "country", "created_date")}
HEAD = "cycle: 2026-Q4\ntests:\n  - name: T\n    as_of: 2026-11-21\n"


def cases(folder: Path, text: str) -> list:  # type: ignore[type-arg]
    (folder / "t.yml").write_text(text, encoding="utf-8")
    return load_cases(folder / "t.yml", load(folder, cycle_text(LEADS)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEAD.replace("Q4", "Q3") + "    expect: {leads: {value: 1}}\n",
            "t.yml:1: There is no cycle `2026-Q3`. Did you mean `2026-Q4`?",
        ),
        (
            HEAD + "    expect: {laeds: {value: 1}}\n",
            "t.yml:5: There is no key result `laeds` in 2026-Q4. Did you mean `leads`?",
        ),
        (
            HEAD + "    expect:\n      leads:\n        vlaue: 1\n",
            "t.yml:7: There is no key `vlaue` here. Did you mean `value`?",
        ),
        (HEAD + "    expect: {leads: {status: green}}\n", "t.yml:5: `status` cannot be `green`."),
        (HEAD + "    given: {fct_leads: [{lead_key: [1]}]}\n    expect: {leads: {}}\n", "t.yml:5:"),
        (HEAD, "t.yml:3: `expect` is missing."),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MappingError) as caught:
        cases(tmp_path, text)
    assert message in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"t\.yml:1: The file cannot be read"):
        load_cases(tmp_path / "t.yml", load(tmp_path, cycle_text(LEADS)))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("fct_laeds: [{lead_key: a}]", "t.yml:6: There is no mart `fct_laeds`. Did you mean `fct_leads`?"),
        ("fct_laeds: []", "There is no mart `fct_laeds`."),
        (
            "marts.fct_leads: [{lead_key: a, contry: b}]",
            "t.yml:6: `fct_leads` has no column `contry`. Did you mean `country`?",
        ),
    ],
)
def test_unknown_marts_and_columns(tmp_path: Path, given: str, message: str) -> None:
    (case,) = cases(tmp_path, f"{HEAD}    given:\n      {given}\n    expect: {{leads: {{value: 1}}}}\n")
    (problem,) = check_columns(case, MARTS)
    assert message in str(problem)


def test_rows_of_the_file_come_before_those_of_the_test(tmp_path: Path) -> None:
    shared = "given: {fct_leads: [{lead_key: a}], fct_deals: [{deal_key: d}]}\n"
    text = shared + HEAD + "    given: {fct_leads: [{lead_key: b}], fct_tickets: []}\n    expect: {leads: {value: 1}}\n"
    (case,) = cases(tmp_path, text)
    assert {mart: [row for row, _ in rows] for mart, rows in case.given.items()} == {
        "fct_leads": [{"lead_key": "a"}, {"lead_key": "b"}],
        "fct_deals": [{"deal_key": "d"}],
        "fct_tickets": [],
    }


@pytest.mark.parametrize(
    ("written", "found", "is_same"),
    [
        ("0.565", 52 / 92, True),
        ("0.57", 52 / 92, False),  # half of the third decimal at most
        ("0.5652", 0.56526, False),
        ("12", 12.0004, True),
        ("12", 12.01, False),
        ("null", None, True),
        ("null", 0.0, False),
        ("0", None, False),
    ],
)
def test_when_a_number_matches(tmp_path: Path, written: str, found: float | None, is_same: bool) -> None:
    (case,) = cases(tmp_path, f"{HEAD}    expect: {{leads: {{value: {written}}}}}\n")
    snapshot = replace(assessed(tmp_path, LEADS, "2026-11-21", {"value": 1}), value=found)
    assert (differences(case, [snapshot]) == []) is is_same


def test_only_what_is_written_is_compared(tmp_path: Path) -> None:
    (case,) = cases(tmp_path, f"{HEAD}    expect:\n      leads: {{value: 46, status: on_track, target: 90}}\n")
    # 46 of 92 are half of the way, 0.565 is expected: 0.88
    snapshot = assessed(tmp_path, LEADS, "2026-11-21", {"value": 46})
    told = [
        (each.key_result_id, each.line, each.field, each.expected, each.found) for each in differences(case, [snapshot])
    ]
    assert told == [("leads", 6, "target", 90, 92), ("leads", 6, "status", "on_track", "at_risk")]
