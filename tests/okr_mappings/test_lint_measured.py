"""Rules that look at numbers: what a warehouse answers is given here, the finding is expected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from okr_mappings.lint import Finding, lint
from okr_mappings.lint.facts import Facts, facts_from, inquiry
from okr_mappings.questions import MetricAnswer, MetricQuestion, Window
from tests.okr_mappings.builders import cycle_text, load

START, DAY = date(2026, 10, 1), date(2026, 11, 21)
Answers = Callable[[MetricQuestion], MetricAnswer]


def by_role(**numbers: float | MetricAnswer | None) -> Answers:
    """By role; `first` is the value on the cycle's first day, and what is not named has no number."""

    def answer(question: MetricQuestion) -> MetricAnswer:
        name = "first" if question.role == "value" and question.window.end == START else question.role
        found = numbers.get(name)
        return found if isinstance(found, MetricAnswer) else MetricAnswer(found)

    return answer


def findings(
    folder: Path, key_result: str, answers: Answers, past: Sequence[float | None] = (), day: date = DAY, **more: object
) -> list[Finding]:
    loaded = load(folder, cycle_text(f"- {{id: kr, title: Better, source_link: x, {key_result}}}"))
    plan = loaded.cycles[0]
    asked = inquiry(plan.key_results[0], plan.cycle, day)
    questions = (*asked.now, *asked.first_day, *asked.baselines.values())
    facts: Facts = facts_from(asked, {question: answers(question) for question in questions}, past)
    found = lint(loaded, facts={plan.cycle.id: {"kr": replace(facts, **more)}})  # type: ignore[arg-type]
    return [each for each in found if each.about == "kr"]


def rules(found: list[Finding]) -> list[str]:
    return [each.rule for each in found]


TOTAL = 'kind: total, metric: leads_created, baseline: previous_cycle, target: "+20%"'
LEVEL = "kind: level, metric: social_followers, baseline: measured, target: 1000"
RATIO = "kind: ratio, metric: net_promoter_score, window: trailing 90 days, baseline: measured, target: '+8 points'"


def test_nothing_to_say(tmp_path: Path) -> None:
    found = findings(tmp_path, TOTAL, by_role(value=30, first=1, previous_cycle=50, baseline=50), [50, 60, 70] * 10)
    assert found == []


def test_a_query_that_fails(tmp_path: Path) -> None:
    broken = MetricAnswer(None, error="the SQL returned more than one row instead of one.")
    (found,) = findings(tmp_path, TOTAL, by_role(value=broken, previous_cycle=50))
    assert (found.rule, found.severity.value) == ("query-fails", "error")
    assert found.what == "`kr` has no number: the SQL returned more than one row instead of one."


@pytest.mark.parametrize(
    ("key_result", "answers", "words"),
    [
        (TOTAL, by_role(value=30, first=1, previous_cycle=0), "there are no data from 1 Jul 2026 to 30 Sep 2026"),
        (RATIO, by_role(value=30, baseline=None), "there are no data from 3 Jul 2026 to 30 Sep 2026"),
        (LEVEL, by_role(value=None, baseline=None), "there are no data at the end of 30 Sep 2026"),
        (RATIO.replace("measured", "20"), by_role(value=None), "nothing was found in its window"),
    ],
)
def test_no_data(tmp_path: Path, key_result: str, answers: Answers, words: str) -> None:
    (found,) = [each for each in findings(tmp_path, key_result, answers) if each.rule == "no-data"]
    assert words in found.what


def test_a_source_that_was_never_loaded(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, TOTAL, by_role(value=0, previous_cycle=0, first=0), silent=("hubspot",))
    assert found.what == "`kr` reads hubspot, of which nothing was ever loaded."


def test_a_gauge_that_was_first_counted_inside_the_cycle(tmp_path: Path) -> None:
    assert rules(findings(tmp_path, LEVEL, by_role(value=900, baseline=None))) == ["baseline-begins-late"]


def test_before_the_cycle_nothing_can_be_missing_from_it(tmp_path: Path) -> None:
    assert findings(tmp_path, LEVEL, by_role(value=None, baseline=None), day=date(2026, 9, 20)) == []


@pytest.mark.parametrize(
    ("key_result", "answers", "is_met"),
    [
        (LEVEL, by_role(value=1200, first=1001, baseline=999), True),
        (LEVEL, by_role(value=1200, first=999, baseline=990), False),
        ("kind: ratio, metric: complaint_hours, baseline: measured, target: 24", by_role(value=20, first=24), True),
        ("kind: ratio, metric: complaint_hours, baseline: measured, target: 24", by_role(value=20, first=25), False),
        ("kind: total, metric: leads_created, target: 5", by_role(value=9, first=5), True),
        (
            "kind: total, metric: tickets_opened, baseline: 90, target: 50",
            by_role(value=9, first=2, baseline=90),
            False,
        ),
        ("kind: range, metric: complaint_hours, target: {at_most: 24}", by_role(value=20, first=20), False),
    ],
)
def test_met_on_day_one(tmp_path: Path, key_result: str, answers: Answers, is_met: bool) -> None:
    assert ("met-on-day-one" in rules(findings(tmp_path, key_result, answers))) is is_met


STATED = "kind: total, metric: leads_created, baseline: 20, target: 30"
MONTHLY = "kind: recurring, every: month, metric: leads_created, baseline: 20, target: 30"


@pytest.mark.parametrize(
    ("key_result", "answers", "differs"),
    [
        (STATED, by_role(value=9, first=0, baseline=31, same_cycle_last_year=40), True),
        (STATED, by_role(value=9, first=0, baseline=21, same_cycle_last_year=40), False),  # 1 of 21 is less than 5 %
        (STATED, by_role(value=9, first=0, baseline=31, same_cycle_last_year=20), False),  # last year was meant
        (STATED.replace("baseline: 20, ", ""), by_role(value=9, first=0, baseline=31), False),  # starts at 0 by nature
        (MONTHLY, by_role(value=9, first=0, baseline=60), False),  # 60 in a quarter are 20 a month
        (MONTHLY, by_role(value=9, first=0, baseline=90), True),
        (
            "kind: level, metric: social_followers, baseline: 900, target: 990",
            by_role(value=950, first=1, baseline=800),
            True,
        ),
    ],
)
def test_a_stated_baseline(tmp_path: Path, key_result: str, answers: Answers, differs: bool) -> None:
    found = findings(tmp_path, key_result, answers)
    assert ("baseline-differs" in rules(found)) is differs


def test_a_cycle_that_is_not_over_is_no_baseline_to_compare_with(tmp_path: Path) -> None:
    answers = by_role(value=0, first=0, baseline=12, same_cycle_last_year=20)
    assert findings(tmp_path, STATED, answers, day=date(2026, 9, 1)) == []
    assert findings(tmp_path, STATED, by_role(baseline=12), day=date(2026, 9, 1)) == []


def test_the_difference_is_told(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, STATED, by_role(value=9, first=0, baseline=31, same_cycle_last_year=40))
    assert found.what == (
        "`kr` says that it starts at 20 leads; the warehouse has 31 leads (measured) and 40 leads (same_cycle_last_year)."
    )


# weekly, two years back: no data for ten weeks, then windows of a quarter that fill for 13 weeks, then 50
FLOW = [0.0] * 10 + [float(3 * week) for week in range(1, 14)] + [50.0] * 82
# a gauge that grows by 2 a week: 13 weeks are 26
GAUGE = [500.0 + 2 * week for week in range(105)]


@pytest.mark.parametrize(
    ("target", "past", "is_beyond"),
    [(50, FLOW, False), (51, FLOW, True), (51, FLOW[:30], False)],
    ids=["as good as the best", "better", "too little is known"],
)
def test_a_total_beyond_history(tmp_path: Path, target: int, past: list[float], is_beyond: bool) -> None:
    found = findings(tmp_path, f"kind: total, metric: leads_created, target: {target}", by_role(value=9, first=0), past)
    assert rules(found) == (["beyond-history"] if is_beyond else [])


def test_a_low_total_is_compared_with_windows_that_have_data(tmp_path: Path) -> None:
    text = "kind: total, metric: tickets_opened, baseline: 60, target: {}"
    answers = by_role(value=9, first=0, baseline=60)
    assert rules(findings(tmp_path, text.format(45), answers, FLOW)) == ["beyond-history"]
    assert rules(findings(tmp_path, text.format(50), answers, FLOW)) == []


@pytest.mark.parametrize(("target", "is_beyond"), [(726, False), (727, True)])
def test_a_gauge_is_compared_by_its_changes(tmp_path: Path, target: int, is_beyond: bool) -> None:
    text = f"kind: level, metric: social_followers, baseline: measured, target: {target}"
    found = findings(tmp_path, text, by_role(value=710, first=700, baseline=700), GAUGE)
    assert rules(found) == (["beyond-history"] if is_beyond else [])


# the widest that the score allows: 15.3 points for 150 answers, 7.8 for 600 (half the interval)
@pytest.mark.parametrize(("n", "is_noise"), [(150, True), (600, False)])
def test_a_target_inside_the_noise(tmp_path: Path, n: int, is_noise: bool) -> None:
    found = findings(tmp_path, RATIO, by_role(value=25, first=24, baseline=MetricAnswer(24, n=n)))
    assert rules(found) == (["inside-noise"] if is_noise else [])


def test_a_stated_baseline_wavers_like_the_sample(tmp_path: Path) -> None:
    text = "kind: ratio, metric: net_promoter_score, baseline: 24, target: 32"
    (found,) = findings(tmp_path, text, by_role(value=25, first=24, baseline=MetricAnswer(24, n=150)))
    assert found.what == (
        "`kr` goes from +24 points to +32 points, but a sample of 150 wavers between +8.2 points and +38.8 points by chance."
    )


def test_what_is_comparable(tmp_path: Path) -> None:
    loaded = load(
        tmp_path, cycle_text("- {id: kr, title: T, kind: recurring, every: month, metric: leads_created, target: 3}")
    )
    plan = loaded.cycles[0]
    months = inquiry(plan.key_results[0], plan.cycle, DAY).comparable
    assert (len(months), months[0], months[-1]) == (
        24,
        Window(date(2024, 10, 1), date(2024, 10, 31)),
        Window(date(2026, 9, 1), date(2026, 9, 30)),
    )
