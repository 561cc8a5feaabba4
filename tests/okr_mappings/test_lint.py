"""House style: the examples of the literature, good and bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from okr_mappings.errors import MappingError
from okr_mappings.lint import Severity, lint
from okr_mappings.mappings import Mappings
from tests.okr_mappings.builders import COMPANY, FIRST_LINE, cycle_text, load

GOOD = """
- {id: a, title: Win more leads, kind: total, metric: leads_created, target: 5, source_link: x}
- {id: b, title: Be followed by more people, kind: level, metric: social_followers, baseline: 1, target: 5, source_link: x}
"""
TITLE = "title: Grow"


def good(folder: Path, extra: str = "", title: str = "Grow where it matters") -> Mappings:
    return load(folder, cycle_text(GOOD + extra).replace(TITLE, f"title: {title}"))


def rules(mappings: Mappings, profile: str = "default") -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity.value) for finding in lint(mappings, profile)]


def test_nothing_to_say(tmp_path: Path) -> None:
    assert lint(good(tmp_path)) == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "title: Launch a new website, kind: milestone, steps: [{id: x, title: X}]",
            [("activity-as-milestone", "hint")],
        ),
        (
            "title: Send 3 newsletters, kind: total, unit: newsletters, check_ins: [], target: 3",
            [("activity", "warning")],
        ),
        ("title: Sendai has 3 shops, kind: total, unit: shops, check_ins: [], target: 3", []),
        (
            "title: Talk to MQLs of our CRM, kind: total, unit: talks, check_ins: [], target: 3",
            [("activity", "warning"), ("undefined-term", "warning")],
        ),
        (
            "title: Win 9 more MQLs than before, kind: total, unit: talks, check_ins: [], target: 9, notes: MQLs as the CRM has them",
            [],
        ),
        ("title: More, kind: total, metric: website_sessions, target: 3", [("no-source-link", "hint")]),
        (
            "title: More, kind: total, metric: leads_created, target: 9, source_link: x",
            [("same-number-twice", "warning")],
        ),
        ("title: More, kind: total, metric: leads_created, target: 9, source_link: x, filters: {country: HU}", []),
    ],
)
def test_key_results(tmp_path: Path, line: str, expected: list[tuple[str, str]]) -> None:
    assert rules(good(tmp_path, f"- {{id: c, {line}}}\n")) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Create 53 MQLs", ["number-in-objective", "undefined-term"]),
        ("Win 20 % of the market", ["number-in-objective"]),
        ("Market research", ["objective-says-nothing"]),
        ("Increase sales", []),
        ("Be found by March", ["date-in-objective"]),
        ("Be ready for the market until the end of the year", ["date-in-objective"]),
        ("Win back the trust we lost in Q3", ["date-in-objective"]),
        ("Be loved by all of them", []),
    ],
)
def test_objectives(tmp_path: Path, title: str, expected: list[str]) -> None:
    assert rules(good(tmp_path, title=title)) == [(rule, "warning") for rule in expected]


def test_how_many_key_results(tmp_path: Path) -> None:
    more = "".join(f"- {{id: k{n}, title: T, kind: total, unit: talks, check_ins: [], target: 3}}\n" for n in range(4))
    assert rules(good(tmp_path, more)) == [("too-many-key-results", "warning")]
    text = cycle_text(GOOD).replace(TITLE, "title: Grow where it matters")
    assert rules(load(tmp_path, text + "  - {id: none, title: Be better than before, team: company}\n")) == [
        ("too-few-key-results", "hint")
    ]


@pytest.mark.parametrize(("count", "expected"), [(5, []), (6, ["warning"]), (7, ["warning"]), (8, ["error"])])
def test_how_many_objectives(tmp_path: Path, count: int, expected: list[str]) -> None:
    text = cycle_text(GOOD).replace(TITLE, "title: Grow where it matters")
    more = "".join(f"  - {{id: o{n}, title: Be better than before, team: company}}\n" for n in range(count - 1))
    found = [
        finding.severity
        for finding in lint(load(tmp_path, text + more))
        if finding.rule.endswith("too-many-objectives")
    ]
    assert found == expected


def test_a_team_below_supports_something(tmp_path: Path) -> None:
    text = cycle_text(GOOD).replace(TITLE, "title: Grow where it matters")
    sales = "  - {id: sell, title: Sell what people need, team: sales%s}\n"
    assert ("supports-nothing", "warning") in rules(load(tmp_path, text + sales % ""))
    assert ("supports-nothing", "warning") not in rules(load(tmp_path, text + sales % ", supports: grow"))
    alone = load(tmp_path, text.replace("team: company", "team: sales"), COMPANY)
    assert rules(alone) == []


def test_no_owner(tmp_path: Path) -> None:
    text = cycle_text(GOOD).replace(TITLE, "title: Grow where it matters").replace("    owner: Réka\n", "")
    assert rules(load(tmp_path, text)) == [("no-owner", "warning"), ("no-owner", "warning")]


def test_profiles(tmp_path: Path) -> None:
    mappings = good(tmp_path, "- {id: c, title: Send more, kind: total, metric: website_sessions, target: 3}\n")
    assert rules(mappings) == [("activity", "warning"), ("no-source-link", "hint")]
    assert rules(mappings, "strict") == [("activity", "error"), ("no-source-link", "hint")]
    assert rules(mappings, "relaxed") == [("activity", "warning")]
    with pytest.raises(MappingError, match="Did you mean `strict`"):
        lint(mappings, "strickt")


def test_a_finding_says_where(tmp_path: Path) -> None:
    (finding,) = lint(good(tmp_path, "- {id: c, title: Send 3, kind: total, unit: talks, check_ins: [], target: 3}\n"))
    assert (finding.severity, finding.path, finding.line) == (Severity.WARNING, "cycles/q4.yml", FIRST_LINE + 2)
    assert str(finding).startswith(f"cycles/q4.yml:{FIRST_LINE + 2}: warning activity: “Send 3” is something to do")
