"""Rules about amounts as written and about leading numbers; profiles; and what is said of every rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from okr_mappings.errors import MappingError
from okr_mappings.lint import lint, load_profile
from okr_mappings.lint.page import TARGET, explain, page
from okr_mappings.lint.rules import BY_ID, RULES
from okr_mappings.load import load_mappings
from okr_mappings.words import Indicator
from tests.okr_mappings.builders import METRICS, cycle_text, load, write_folder

BY_HAND = "kind: total, unit: talks, check_ins: []"


def about(folder: Path, key_result: str, profile: str = "default") -> list[str]:
    loaded = load(folder, cycle_text(f"- {{id: kr, source_link: x, {key_result}}}"))
    return [each.rule for each in lint(loaded, profile) if each.about == "kr"]


@pytest.mark.parametrize(
    ("key_result", "expected"),
    [
        ("title: 20 % more talks, target: 500", ["percent-of-nothing", "title-says-otherwise"]),
        ('title: 20 % more talks, baseline: 100, target: "+20%"', []),
        ("title: 20 % more talks, baseline: 100, target: 120", []),
        ("title: 20 more talks, baseline: 100, target: 120", []),
        ("title: 20 % more talks, baseline: 100, target: 130", ["title-says-otherwise"]),
        ("title: More talks than last quarter, target: 9", ["compares-with-nothing"]),
        ("title: Better talks than the others, target: 9", []),
        ("title: Win 350 talks, target: 300", ["title-says-otherwise"]),
        ("title: From 20 to 30 talks, baseline: 20, target: 30", []),
        ('title: "1,000 talks by the end of 2026", target: 1000', []),
        ('title: "1.000 talks in Q4", target: 1000', []),
        ("title: Win 2 million in B2B, target: 2000000", []),
        ('title: Half as many again (50 % more), baseline: 10, target: "x1.5"', []),
    ],
)
def test_amounts(tmp_path: Path, key_result: str, expected: list[str]) -> None:
    assert about(tmp_path, f"{BY_HAND}, {key_result}") == expected


@pytest.mark.parametrize(
    ("key_result", "expected"),
    [
        ('title: Followers +20 %, baseline: measured, target: "+25%"', ["title-says-otherwise"]),
        ("title: Followers +20 %, baseline: measured, target: 1200", []),  # nobody knows yet
    ],
)
def test_a_baseline_that_is_measured(tmp_path: Path, key_result: str, expected: list[str]) -> None:
    assert about(tmp_path, f"kind: level, metric: social_followers, {key_result}") == expected


def test_steps_are_counted_by_the_program(tmp_path: Path) -> None:
    assert about(tmp_path, "title: 3 sites are live, kind: milestone, steps: [{id: a, title: A}]") == []


def test_shares_are_written_in_percent(tmp_path: Path) -> None:
    share = "kind: ratio, metric: answer_rate, baseline: 70%, "
    assert about(tmp_path, share + "title: Answer 90 %, target: 90%") == []
    assert about(tmp_path, share + "title: Answer 90 %, target: 80%") == ["title-says-otherwise"]
    assert about(tmp_path, share + "title: Answer 90 %, target: 90%", "strict") == ["percent-target"]


REVENUE = replace(METRICS["invoiced_revenue"], indicator=Indicator.LAGGING)
CUSTOMERS = replace(METRICS["social_followers"], name="customers", indicator=Indicator.LAGGING)
LEADS = replace(METRICS["leads_created"], indicator=Indicator.LEADING)
LAGGING = """
- {id: a, title: Sell, kind: total, metric: invoiced_revenue, target: 5, source_link: x}
- {id: b, title: Keep, kind: level, metric: customers, baseline: 1, target: 5, source_link: x}
"""
SUPPORT = """\
  - {{id: s, title: Be found by buyers, team: sales, owner: A, supports: {}, key_results: [
      {{id: c, title: Leads, kind: total, metric: leads_created, target: 5}}]}}
"""


@pytest.mark.parametrize(
    ("key_results", "more", "is_flagged"),
    [
        (LAGGING, "", True),
        (LAGGING + "- {id: c, title: Leads, kind: total, metric: leads_created, target: 5}", "", False),
        (LAGGING, SUPPORT.format("grow"), False),
        (LAGGING, SUPPORT.format("[]"), True),
        (LAGGING + "- {id: c, title: Visits, kind: total, metric: website_sessions, target: 5}", "", False),  # unknown
    ],
)
def test_only_lagging(tmp_path: Path, key_results: str, more: str, is_flagged: bool) -> None:
    metrics = {**METRICS, "invoiced_revenue": REVENUE, "customers": CUSTOMERS, "leads_created": LEADS}
    text = cycle_text(key_results).replace("title: Grow", "title: Grow where it matters")
    if "[]" in more:
        more = more.replace("supports: [], ", "")
    loaded = load_mappings(write_folder(tmp_path, text + more), metrics)
    assert ("only-lagging" in [each.rule for each in lint(loaded)]) is is_flagged


def profile(folder: Path, text: str) -> str:
    (folder / "house.yml").write_text(text, encoding="utf-8")
    return str(folder / "house.yml")


def test_a_profile_of_your_own(tmp_path: Path) -> None:
    loaded = load(tmp_path, cycle_text(f"- {{id: kr, title: Send ARR talks, {BY_HAND}, target: 3}}"))
    found = {each.rule: each.severity.value for each in lint(loaded)}
    assert found == {"activity": "warning", "too-few-key-results": "hint", "undefined-term": "warning"}
    name = profile(tmp_path, "severities: {hint: off}\nrules: {activity: error}\nterms: [ARR]\n")
    assert {each.rule: each.severity.value for each in lint(loaded, name)} == {"activity": "error"}


def test_a_profile_starts_from_another(tmp_path: Path) -> None:
    chosen = load_profile(profile(tmp_path, "extends: strict\nrules: {activity: hint}\n"))
    assert (chosen.severities["activity"], chosen.severities["no-owner"]) == ("hint", "error")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: house\n", "house.yml:1: There is no built-in profile `house`."),
        ("rules:\n  activty: error\n", "house.yml:2: There is no rule `activty`. Did you mean `activity`?"),
        ("rules:\n  activity: fatal\n", "house.yml:2: `fatal` is no severity."),
        ("severities: {hint: loud}\n", "house.yml:1: `loud` is no severity."),
        ("ruls: {}\n", "house.yml:1: There is no key `ruls` here. Did you mean `rules`?"),
        ("", "house.yml:1: The file is empty."),
    ],
)
def test_mistakes_in_a_profile(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MappingError) as caught:
        load_profile(profile(tmp_path, text))
    assert message in str(caught.value)


def test_every_rule_is_explained() -> None:
    assert len(BY_ID) == len(RULES)
    for rule in RULES:
        for text in (rule.why, rule.advice, rule.good, rule.bad, rule.source):
            assert text.strip(), rule.id
        assert rule.advice.endswith("."), rule.id
        assert rule.why in explain(rule)


def test_the_page_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == page(), "run `python -m okr_mappings.lint` and read `git diff`"
