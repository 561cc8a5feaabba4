"""Everything that is refused: what is written, on which line the problem is shown, and in which words.

Lines are counted from the first line of the key result itself (1 is its `- id:`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from okr_mappings.errors import MappingError, Problem
from okr_mappings.load import load_mappings
from tests.okr_mappings.builders import COMPANY, FIRST_LINE, HEAD, METRICS, cycle_text, load, write_folder


def problems(folder: Path, cycle: str, company: str = COMPANY) -> list[Problem]:
    with pytest.raises(MappingError) as caught:
        load(folder, cycle, company)
    return list(caught.value.problems)


def written(*lines: str) -> str:
    return "\n".join(["- id: kr", *(f"  {line}" for line in lines)])


LEADS = ("title: Leads", "kind: total", "metric: leads_created")
LEVEL = ("title: Followers", "kind: level", "metric: social_followers")
NPS = ("title: NPS", "kind: ratio", "metric: net_promoter_score")
HOURS = ("title: Hours", "kind: ratio", "metric: complaint_hours")
RANGE = ("title: Hours", "kind: range", "metric: complaint_hours")
BY_HAND = ("title: Interviews", "kind: total", "unit: interviews", "target: 10")
STEPS = ("title: Website", "kind: milestone", "steps:")

TABLE = [
    # the bad examples
    (("title: Increase brand awareness", "kind: level"), 2, "“Increase brand awareness” has no number"),
    (("title: Engage with customers", "kind: total"), 2, "Say which `metric` moves"),
    (("title: Improve SEO by 50 %", "kind: level", 'target: "+50%"'), 4, "is +50% of nothing"),
    (("title: Write more", "kind: total", "target: 5"), 2, "does not say what is counted. Add `metric`"),
    (("title: Leads", "kind: total", "metric: leads_created"), 2, "has no number: `target` is missing"),
    # names
    (
        (*LEADS[:2], "metric: leads_craeted", "target: 5"),
        4,
        "There is no metric `leads_craeted`. Did you mean `leads_created`?",
    ),
    ((*LEADS, "target: 5", "filters:", "  contry: HU"), 7, "no dimension `contry`. Did you mean `country`?"),
    (
        ("title: S", "kind: total", "metric: website_sessions", "target: 5", "filters:", "  channel: X"),
        7,
        "It cannot be filtered.",
    ),
    ((*LEADS, "target: 5", "wieght: 2"), 6, "There is no key `wieght` here. Did you mean `weight`?"),
    ((*LEADS, "target: 5", "goal: 6"), 6, "There is no key `goal` here. Known: `baseline`"),
    # shapes
    (("kind: total", "metric: leads_created", "target: 5"), 1, "`title` is missing. As people say it."),
    (
        ("title: 2026", "kind: total", "metric: leads_created", "target: 5"),
        2,
        "`title` is `2026`. This must be text: put it in quotes.",
    ),
    (
        ("title: Leads", "kind: totl", "metric: leads_created", "target: 5"),
        3,
        "`kind` cannot be `totl`. Write 'total', 'level'",
    ),
    ((*LEADS, "target: [5]"), 5, "`target` cannot be read: a list. Write a number"),
    ((*LEADS, "target: yes"), 5, "`target` cannot be read: `True`."),
    ((*LEADS, "target: .inf"), 5, "Write a finite number."),
    ((*LEADS, "target: 5", "weight: -1"), 6, "greater than or equal to 0"),
    ((*LEADS, "target: 5", 'weight: "2"'), 6, "This must be a number, without quotes"),
    ((*LEADS, "target: 5", "owner: [1, 2]"), 6, "Write text, or a list of texts."),
    ((*LEADS, "target: 5", "filters: [HU]"), 6, "This must be `name: value` lines."),
    ((*LEADS, "target: 5", "filters:", "  country: []"), 7, "Write one value, or a list"),
    ((*LEADS, "target: 5", "status: casade"), 6, "Write one of default, cascade, upraise, tability, google"),
    (
        (*LEADS, "target: 5", "status:", "  on_track: 0.5", "  at_risk: 0.7"),
        8,
        "`at_risk` (0.7) lies above `on_track` (0.5)",
    ),
    ((*LEADS, "target: 5", "expected: steep"), 6, "Write `linear`, `seasonal`, or `phased:`"),
    # targets that cannot be read, or lead nowhere
    ((*LEADS, "target: a lot"), 5, "`a lot` cannot be read as a target in leads."),
    ((*LEADS, "target: 20%"), 5, '`20%` cannot be read as a target in leads. For growth write "+20%" and a baseline.'),
    ((*LEADS, 'target: "+20%"'), 5, "`+20%` of what? `baseline` is missing."),
    ((*LEADS, "target: +1000"), 5, "`+1000` of what?"),  # not the number 1000
    ((*LEADS, "baseline: 5", "target: 5"), 6, "Target and baseline are both 5."),
    ((*LEADS, "baseline: 30", "target: 20"), 6, "From 30 to 20 goes the wrong way: `leads_created` is better higher."),
    ((*LEADS, "target: 0"), 5, "Target and baseline are both 0."),
    ((*LEADS, "target: -15"), 5, 'For a change of -15 write it in quotes: "-15".'),
    ((*LEADS, "baseline: 30", "target: -20%"), 6, "`-20%` goes the wrong way"),
    ((*LEADS, "baseline: 30", "target: x0.5"), 6, "`x0.5` goes the wrong way"),
    ((*LEADS, "baseline: 30", 'target: "+0%"'), 6, "`+0%` is the baseline itself."),
    ((*LEADS, "baseline: 0", 'target: "+20%"'), 6, "`+20%` of 0 is no growth. Name the amount"),
    ((*LEADS, "baseline: last year", "target: 5"), 5, "`last year` cannot be read as a baseline in leads."),
    ((*LEADS, "baseline: number", "target: 5"), 5, "`number` cannot be read as a baseline"),
    ((*LEVEL, "target: 5000"), 3, "A level does not start at 0: `baseline` is missing."),
    ((*HOURS, "target: 24"), 3, "A ratio does not start at 0"),
    (
        (*HOURS, "baseline: measured", 'target: "+20%"'),
        6,
        "`+20%` goes the wrong way: `complaint_hours` is better lower.",
    ),
    (("title: T", "kind: total", "metric: tickets_opened", "target: 80"), 3, "Write last period's number as baseline."),
    ((*NPS, "baseline: 32", 'target: "+25%"'), 6, "means nothing on a scale that runs through zero"),
    ((*NPS, "baseline: measured", "target: x2"), 6, 'Say it in points: "+8 points".'),
    # kinds and what belongs to them
    (
        ("title: L", "kind: level", "metric: leads_created", "baseline: 1", "target: 5"),
        3,
        "cannot be read as a level. It suits `total`, `recurring`.",
    ),
    (("title: L", "kind: recurring", "metric: leads_created", "target: 5"), 3, "`every` is missing."),
    (
        ("title: L", "kind: recurring", "every: month", "metric: leads_created", "target: 0"),
        6,
        "reached before anything is done",
    ),
    ((*LEADS, "target: 5", "every: week"), 6, "`every` means nothing for a total."),
    ((*LEADS, "target: 5", "window: trailing 30 days"), 6, "`window` means nothing for a total."),
    (
        (*HOURS, "baseline: 40", "target: 24", "window: trailing 0 days"),
        7,
        "Write `cycle_to_date` or `trailing 30 days`.",
    ),
    ((*LEADS, "target: 5", "stale_after_days: 3"), 6, "`stale_after_days` means nothing"),
    ((*RANGE, "target: 24"), 5, "A range needs bounds."),
    ((*RANGE, "target: {}"), 5, "A range needs at least one bound."),
    ((*RANGE, "target:", "  at_least: 30", "  at_most: 20"), 6, "`at_least` lies above `at_most`."),
    ((*RANGE, "target:", '  at_most: "+5"'), 6, "Bounds are plain numbers."),
    ((*RANGE, "target:", "  at_most: 0"), 5, "Write `tolerance:`"),
    ((*RANGE, "target:", "  at_mots: 20"), 6, "Did you mean `at_most`?"),
    ((*RANGE, "baseline: 4", "target:", "  at_most: 24"), 5, "`baseline` means nothing for a range"),
    ((*LEADS, "target:", "  at_most: 20"), 5, "belong to a range, not to a total."),
    (
        (*HOURS, "baseline: 40", "target: 24", "expected: seasonal"),
        7,
        "A ratio has no share reached by a day of last year.",
    ),
    # feeds
    ((*LEADS, "sql: select 1", "target: 5"), 5, "`metric` and `sql` exclude each other."),
    ((*LEADS, "unit: leads", "target: 5"), 5, "The metric has its own `unit`: leads."),
    (("title: L", "kind: total", "sql: select 1", "better: higher", "target: 5"), 4, "`unit` is missing."),
    (("title: L", "kind: total", "sql: select 1", "unit: leads", "target: 5"), 4, "`better` is missing."),
    (
        (
            "title: L",
            "kind: total",
            "sql: select 1",
            "unit: leads",
            "better: higher",
            "target: 5",
            "filters:",
            "  a: b",
        ),
        8,
        "into the sql itself",
    ),
    (
        (*BY_HAND, "check_ins:", "  - date: 2026-09-30", "    value: 2"),
        7,
        "The check-in of 2026-09-30 lies outside the cycle.",
    ),
    (
        (*BY_HAND, "check_ins:", "  - date: 2026-10-05", "    value: 2", "  - date: 2026-10-05", "    value: 3"),
        9,
        "two check-ins on 2026-10-05",
    ),
    (
        (*BY_HAND, "check_ins:", "  - date: 5.10.2026", "    value: 2"),
        7,
        "`date` is `5.10.2026`. This must be a date like 2026-10-31",
    ),
    ((*BY_HAND, "check_ins:", "  - date: 2026-10-32", "    value: 2"), 7, "`2026-10-32` is not a date that exists."),
    ((*BY_HAND, "check_ins:", "  - date: 2026-10-05", "    value: two"), 8, "`value` is `two`. This must be a number"),
    (
        (*BY_HAND[:3], "baseline: measured", "target: 10", "check_ins: []"),
        5,
        "What is kept by hand cannot be measured.",
    ),
    ((*BY_HAND, "expected: seasonal", "check_ins: []"), 6, "has no last year to compare with"),
    (
        (*STEPS[:1], "kind: total", "unit: steps", "steps:", "  - {id: a, title: A}"),
        5,
        "Steps belong to a milestone, not to a total.",
    ),
    ((*STEPS, "  - {id: a, title: A}", "  - {id: a, title: B}"), 6, "Step `a` is there twice."),
    (
        (*STEPS, "  - {id: a, title: A, due: 2027-01-05}"),
        5,
        "2027-01-05 lies outside the cycle. The cycle runs from 2026-10-01",
    ),
    ((*STEPS[:2], "target: 3", "steps:", "  - {id: a, title: A}"), 4, "The target is 3, but there are 1 steps."),
    ((*STEPS[:2], "steps: []"), 4, "This list must not be empty."),
    ((*STEPS[:2], 'target: "+3"', "check_ins: []"), 4, "A milestone is done or not"),
    # phases
    (
        (
            *LEADS,
            "target: 5",
            "expected:",
            "  phased:",
            "    - {date: 2026-11-30, share: 0.5}",
            "    - {date: 2026-10-31, share: 0.6}",
        ),
        9,
        "2026-10-31 does not come after 2026-11-30.",
    ),
    (
        (*LEADS, "target: 5", "expected:", "  phased:", "    - {date: 2027-11-30, share: 0.5}"),
        8,
        "2027-11-30 lies outside the cycle.",
    ),
    (
        (*LEADS, "target: 5", "expected:", "  phased:", "    - {date: 2026-11-30, share: 50}"),
        8,
        "less than or equal to 1",
    ),
]


@pytest.mark.parametrize(("lines", "line", "message"), TABLE, ids=lambda value: str(value)[:60])
def test_a_key_result_is_refused(tmp_path: Path, lines: tuple[str, ...], line: int, message: str) -> None:
    found = problems(tmp_path, cycle_text(written(*lines)))
    assert [(problem.line - FIRST_LINE + 1) for problem in found if message in str(problem)] == [line], "\n".join(
        map(str, found)
    )
    assert all(problem.path == str(tmp_path / "cycles" / "q4.yml") for problem in found)
    assert len(found) == 1, "\n".join(map(str, found))


GOOD = written(*LEADS, "target: 5")
CYCLES = [
    (HEAD.replace("2026-Q4", "2026-Q5"), 1, "`2026-Q5` is not a cycle. Write 2026, 2026-H2"),
    (
        HEAD.replace("2026-Q4", "{id: a, start: 2026-12-31, end: 2026-10-01}"),
        1,
        "ends on 2026-10-01, before it starts on 2026-12-31",
    ),
    (
        HEAD.replace("2026-Q4", "{id: a, start: 2026-13-01, end: 2026-12-01}"),
        1,
        "`2026-13-01` is not a date that exists.",
    ),
    (HEAD.replace("2026-Q4", "{id: a, start: 2026-10-01}"), 1, "`end` is missing. Last day, included."),
    (HEAD.replace("2026-Q4", "[2026]"), 1, "Write a cycle such as 2026-Q4"),
    (HEAD.replace("team: company", "team: sale"), 5, "There is no team `sale` in company.yml. Did you mean `sales`?"),
    (HEAD.replace("owner: Réka", "supports: growth"), 6, "supports `growth`, which is no objective of this cycle."),
    (HEAD.replace("owner: Réka", "supports: grow"), 6, "in a circle: grow -> grow."),
    (HEAD.replace("id: grow", "id: grow more"), 3, "Use letters, digits"),
    (HEAD.replace("title: Grow", "title: Grow\n    title: Shrink"), 5, "`title` is written twice (first on line 4)."),
    ("cycle: 2026-Q4\nobjectives:\n\t- id: a\n", 3, "This is not YAML"),
    ("cycle: 2026-Q4\nobjectives: [\n", 3, "This is not YAML"),
    ("cycle: 2026-Q4\nobjectives: &a [*a]\n", 2, "This alias contains itself."),
    ("cycle: 2026-Q4\n", 1, "`objectives` is missing."),
    ("", 1, "The file is empty. It needs `cycle`, `objectives`."),
    ("- 1\n", 1, "This must be `name: value` lines."),
    ("\x07", 1, "This is not YAML"),
]


@pytest.mark.parametrize(("text", "line", "message"), CYCLES, ids=lambda value: str(value)[:40])
def test_a_cycle_file_is_refused(tmp_path: Path, text: str, line: int, message: str) -> None:
    cycle = text + cycle_text(GOOD).removeprefix(HEAD) if "key_results:" in text else text
    found = problems(tmp_path, cycle)
    assert line in [problem.line for problem in found if message in str(problem)], "\n".join(map(str, found))


COMPANIES = [
    (
        COMPANY.replace("Europe/Budapest", "Europe/Budapset"),
        2,
        "There is no time zone `Europe/Budapset`. Did you mean `Europe/Budapest`?",
    ),
    (COMPANY.replace("EUR", "euro"), 3, "`currency` cannot be `euro`. Write an ISO code"),
    (COMPANY.replace("parent: company", "parent: compny"), 9, "There is no team `compny`. Did you mean `company`?"),
    (COMPANY.replace("parent: company", "parent: sales"), 9, "Team `sales` is above itself."),
    (COMPANY.replace("id: sales", "id: company"), 7, "Team `company` is declared twice."),
    (COMPANY + "fiscal_year_start_month: 13\n", 10, "less than or equal to 12"),
    (COMPANY + "status: {on_track: 0.5, at_risk: 0.6}\n", 10, "`at_risk` (0.6) lies above"),
    (
        COMPANY.replace("name: Sales", "name: Sales\n    led: Anna"),
        9,
        "There is no key `led` here. Did you mean `lead`?",
    ),
]


@pytest.mark.parametrize(("text", "line", "message"), COMPANIES, ids=lambda value: str(value)[-40:])
def test_a_company_file_is_refused(tmp_path: Path, text: str, line: int, message: str) -> None:
    found = problems(tmp_path, cycle_text(GOOD), text)
    assert (str(tmp_path / "company.yml"), line) in [
        (problem.path, problem.line) for problem in found if message in str(problem)
    ], found


def test_all_problems_come_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    bad = (
        written("title: A", "kind: total", "metric: nothing", "target: 5")
        + "\n"
        + written("title: B", "kind: level").replace("kr", "kr2")
    )
    found = problems(tmp_path, cycle_text(bad), COMPANY.replace("Europe/Budapest", "Mars"))
    assert [(Path(problem.path).name, problem.line) for problem in found] == [
        ("company.yml", 2),
        ("q4.yml", 11),
        ("q4.yml", 14),
    ]


def test_the_message_names_every_place(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="1 problem in the mapping files") as caught:
        load(tmp_path, cycle_text(written(*LEADS)))
    assert f"{tmp_path}/cycles/q4.yml:{FIRST_LINE + 1}: “Leads” has no number" in str(caught.value)


def test_ids_are_unique_over_all_files_of_a_cycle(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, cycle_text(GOOD))
    (folder / "cycles" / "q4-sales.yml").write_text(cycle_text(GOOD).replace("id: grow", "id: other"), encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        load_mappings(folder, METRICS)
    assert [(Path(each.path).name, each.line) for each in caught.value.problems] == [("q4.yml", FIRST_LINE)]
    assert f"Key result `kr` exists already: cycles/q4-sales.yml:{FIRST_LINE}." in str(caught.value)


def test_a_long_circle_is_reported_once(tmp_path: Path) -> None:
    text = cycle_text(GOOD).replace("owner: Réka", "supports: b")
    for here, there in (("b", "c"), ("c", "grow")):
        text += f"  - {{id: {here}, title: T, team: sales, supports: {there}}}\n"
    found = problems(tmp_path, text)
    assert [problem.what for problem in found] == ["Objectives support each other in a circle: grow -> b -> c -> grow."]


def test_the_same_cycle_with_other_dates(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, cycle_text(GOOD))
    other = cycle_text(GOOD).replace("2026-Q4", "{id: 2026-Q4, start: 2026-10-01, end: 2026-12-30}")
    (folder / "cycles" / "z.yml").write_text(
        other.replace("id: grow", "id: g2").replace("id: kr", "id: kr2"), encoding="utf-8"
    )
    with pytest.raises(MappingError, match="has other dates in another file: 2026-10-01 to 2026-12-31"):
        load_mappings(folder, METRICS)


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as caught:
        load_mappings(tmp_path, METRICS)
    assert [problem.what for problem in caught.value.problems] == [
        "The file does not exist.",
        "There is no cycle file.",
    ]


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "")
    (folder / "cycles" / "q4.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MappingError, match=r"q4\.yml:1: The file is not UTF-8 text\."):
        load_mappings(folder, METRICS)
    (folder / "cycles" / "q4.yml").unlink()
    (folder / "cycles" / "q4.yml").mkdir()
    with pytest.raises(MappingError, match="The file cannot be read"):
        load_mappings(folder, METRICS)
