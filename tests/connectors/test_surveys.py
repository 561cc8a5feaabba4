"""SurveyMonkey and Typeform over HTTP: which question is meant, what an answer says, and what a second load notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from connectors.readers.surveys.scale import scores
from connectors.sandbox.company.moments import to_ms
from connectors.sandbox.company.surveys import HUNGARIAN, NUMBERS, WORDED, Question, Response, Survey, Surveys
from tests.connectors.bench import Bench

MOMENT = to_ms("2026-11-10T09:00:00Z")
TOOLS = {"surveymonkey": "nps", "typeform": "opinion_scale"}
each_tool = pytest.mark.parametrize("tool", TOOLS)


def account(bench: Bench, tool: str) -> Surveys:
    found: Surveys = getattr(bench.sandbox.company, tool)
    return found


def answers(bench: Bench, tool: str) -> dict[str, int | None]:
    return dict(bench.rows(f"SELECT id, score FROM raw_{tool}.responses"))


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (NUMBERS, True),
        (WORDED, True),
        (HUNGARIAN, True),
        (tuple(reversed(WORDED)), True),
        (NUMBERS[1:], False),  # 1 to 10
        ((*NUMBERS[:10], "9"), False),
        ((*NUMBERS, "11"), False),
        ((*NUMBERS[:10], "ten"), False),
        ((*NUMBERS[:10], "10 of 10"), False),
        ((), False),
    ],
)
def test_the_scale_is_read_from_what_people_see(texts: tuple[str, ...], found: bool) -> None:
    choices: Mapping[str, str] = {f"c{place}": text for place, text in enumerate(texts)}
    scale = scores(choices)
    assert (scale is not None) is found
    if scale is not None:
        assert sorted(scale.values()) == list(range(11))
        assert all(str(score) in choices[choice] for choice, score in scale.items())


def test_surveymonkeys_answers_are_read_by_the_choices_text(bench: Bench) -> None:
    """Neither position (ids do not ascend) nor weight (-100, 0, 100) would give these."""
    tool = account(bench, "surveymonkey")
    tool.add_survey(Survey("700", "Ügyfélmérés", (Question("q", HUNGARIAN),)))
    for score in range(11):
        tool.add(Response(f"h{score}", "700", MOMENT, score))
    bench.load("surveymonkey")
    found = answers(bench, "surveymonkey")
    assert [found[f"h{score}"] for score in range(11)] == list(range(11))


@each_tool
def test_surveys_without_the_question_are_listed_but_not_read(tool: str, bench: Bench) -> None:
    kind = "rating" if tool == "surveymonkey" else "opinion_scale"
    account(bench, tool).add_survey(Survey("700", "From 1 to 10", (Question("q", NUMBERS[1:], kind=kind),)))
    account(bench, tool).add_survey(
        Survey("701", "Starts at 1", (Question("q", ("1", *NUMBERS[1:]), kind, start_at_one=True),))
    )
    account(bench, tool).add_survey(Survey("702", "Only words"))
    account(bench, tool).add(Response("x", "700", MOMENT, 7))
    bench.load(tool)
    found = dict(bench.rows(f"SELECT title, is_nps FROM raw_{tool}.surveys"))
    assert found == {
        "Pulse": True,
        "Pulse at work": True,
        "From 1 to 10": False,
        "Starts at 1": False,
        "Only words": False,
    }
    assert "x" not in answers(bench, tool)


@each_tool
def test_of_several_questions_on_the_scale_one_must_be_named(tool: str, bench: Bench) -> None:
    kind = "rating" if tool == "surveymonkey" else "opinion_scale"
    two = (Question("q1", kind=kind), Question("q2", kind=kind))
    account(bench, tool).add_survey(Survey("700", "Two questions", two))
    account(bench, tool).add(Response("x", "700", MOMENT, 7, question_id="q2"))
    setting = {"surveymonkey": "SURVEYMONKEY__NPS_QUESTIONS", "typeform": "TYPEFORM__NPS_FIELDS"}[tool]
    error = bench.attempt(tool).error
    assert f"SOURCES__{setting}" in error
    assert "q1, q2" in error
    bench.set(setting, "q2")
    bench.load(tool)
    assert answers(bench, tool)["x"] == 7


def test_an_nps_question_with_other_choices_is_refused(bench: Bench) -> None:
    account(bench, "surveymonkey").add_survey(Survey("700", "Odd", (Question("q", NUMBERS[1:]),)))
    assert "other choices than 0 to 10" in bench.attempt("surveymonkey").error


@each_tool
def test_only_news_are_asked_for(tool: str, bench: Bench) -> None:
    bench.load(tool)
    bench.sandbox.clock.advance(days=2)
    now = bench.sandbox.clock.now_ms()
    account(bench, tool).add(Response("late", "501", now - 20 * 60_000, 0, "new@customer.example"))
    bench.sandbox.calls.clear()
    result = bench.load(tool)
    assert result.rows["responses"] == 1
    assert answers(bench, tool)["late"] == 0
    assert len(bench.sandbox.calls) == 3  # the list, and the responses of two surveys
    asked = {"surveymonkey": "start_modified_at=2026-11-22T04", "typeform": "since=2026-11-21T05"}[tool]
    assert all(asked in call.query.replace("%3A", ":") for call in bench.sandbox.calls if "responses" in call.path)


@each_tool
def test_an_answer_that_was_changed_comes_again_under_its_own_day(tool: str, bench: Bench) -> None:
    bench.load(tool)
    first = next(iter(account(bench, tool).of("501")))
    bench.sandbox.clock.advance(hours=5)
    account(bench, tool).edit(first.id, 0, bench.sandbox.clock.now_ms() - 60_000)
    bench.load(tool)
    assert answers(bench, tool)[first.id] == 0
    day = bench.value(f"SELECT CAST(answered_at AS DATE)::VARCHAR FROM raw_{tool}.responses WHERE id = '{first.id}'")
    # Typeform has one moment per response, and no edits of its own
    assert day == ("2026-11-10" if tool == "surveymonkey" else "2026-11-22")


@each_tool
def test_deleted_answers_and_surveys_go_within_a_week(tool: str, bench: Bench) -> None:
    bench.load(tool)
    gone = next(iter(account(bench, tool).of("501")))
    account(bench, tool).delete(gone.id)
    account(bench, tool).delete_survey("502")
    bench.sandbox.clock.advance(days=1)
    told = bench.load(tool).warnings
    assert [warning for warning in told if "'Pulse at work' is no longer there" in warning]
    assert gone.id in answers(bench, tool)
    bench.sandbox.clock.advance(days=7)
    assert bench.load(tool).warnings == ()
    assert len(answers(bench, tool)) == 2
    assert gone.id not in answers(bench, tool)


@each_tool
def test_a_list_that_is_suddenly_empty_empties_no_table(tool: str, bench: Bench) -> None:
    bench.load(tool)
    for survey in ("501", "502"):
        account(bench, tool).delete_survey(survey)
    bench.sandbox.clock.advance(days=8)
    assert "lists no survey any more" in bench.attempt(tool).error
    assert len(answers(bench, tool)) == 6


@each_tool
def test_pages_are_followed_to_the_end(tool: str, bench: Bench) -> None:
    api = getattr(bench.sandbox, tool)
    api.page_limit = 2
    for number in range(7):
        account(bench, tool).add(Response(f"p{number}", "501", MOMENT, number, f"{number}@customer.example"))
    bench.load(tool)
    assert len(answers(bench, tool)) == 13
    pages = [call for call in bench.sandbox.calls if "501/responses" in call.path]
    assert len(pages) == 5  # ten answers


@each_tool
def test_who_answered_is_a_code_the_same_for_the_same_person(tool: str, bench: Bench) -> None:
    account(bench, tool).add(Response("again", "502", MOMENT, 3, "501.0@Customer.example"))
    bench.load(tool)
    who = dict(bench.rows(f"SELECT id, respondent FROM raw_{tool}.responses"))
    assert all(code.startswith("person-") for code in who.values())
    assert len(set(who.values())) == 6  # seven answers, one person twice
    assert bench.value(f"SELECT count(*) FROM raw_{tool}.responses WHERE respondent LIKE '%@%'") == 0


def test_surveymonkeys_minute_is_waited_for_and_its_day_ends_the_load(bench: Bench) -> None:
    api = bench.sandbox.surveymonkey
    api.minute_limit = 2
    bench.sandbox.clock.advance(seconds=15)
    result = bench.attempt("surveymonkey")
    # the sandbox's clock stands still, so after the wait the minute is still full
    assert bench.waits[0] == 45.0
    assert not result.ok
    bench.waits.clear()
    api.minute_limit, api.day_limit = 120, 4
    bench.sandbox.clock.advance(days=1)
    error = bench.attempt("surveymonkey").error
    assert "calls of today are used up" in error
    assert bench.waits == []
    assert len([call for call in bench.sandbox.calls if call.status == 429]) <= 4


def test_typeform_of_the_other_data_centre_says_so(bench: Bench) -> None:
    for survey in ("501", "502"):
        account(bench, "typeform").delete_survey(survey)
    assert "DATA_CENTRE=eu" in bench.load("typeform").warnings[0]
    bench.set("TYPEFORM__DATA_CENTRE", "mars")
    assert "SOURCES__TYPEFORM__DATA_CENTRE is 'mars'" in bench.attempt("typeform").error


def test_typeforms_late_answers_are_caught(bench: Bench) -> None:
    bench.sandbox.typeform.late_minutes = 30
    now = bench.sandbox.clock.now_ms()
    account(bench, "typeform").add(Response("late", "501", now - 60_000, 10))
    bench.load("typeform")
    assert "late" not in answers(bench, "typeform")
    bench.sandbox.clock.advance(hours=1)
    bench.load("typeform")
    assert answers(bench, "typeform")["late"] == 10


def test_the_weekly_load_is_due_after_seven_days(bench: Bench) -> None:
    bench.load("typeform")
    bench.sandbox.clock.advance(seconds=timedelta(days=7).total_seconds())
    assert bench.load("typeform").rows["responses"] == 6
