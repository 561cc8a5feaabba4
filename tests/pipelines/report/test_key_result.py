"""What a row says, without its HTML."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from okr_mappings.snapshot import Snapshot
from okr_mappings.words import Better, Kind, SourceState, Status
from pipelines.report.figures import aim, bare_value, bounds, shown_value
from pipelines.report.key_result import Row, bar_label, link_text, past_week, row, safe_link, tick_label, trusted
from tests.pipelines.report.brightwater import HISTORY, KEY_RESULTS
from tests.pipelines.report.documents import GA4, HUBSPOT, LINKS, brightwater, document, history, key_result, months

BY_ID = {each.key_result_id: each for each in KEY_RESULTS}


def shown(key_result: Snapshot, **changes: object) -> Row:
    return row(key_result, "kr-x", document(key_result, **changes))


def fact(found: Row, label: str) -> str | None:
    return next((fact.text for fact in found.facts if fact.label == label), None)


@pytest.mark.parametrize("link", LINKS)
def test_only_web_and_mail_addresses_become_links(link: str) -> None:
    assert safe_link(link) is None
    assert shown(key_result(source_link=link)).link is None


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("https://app.hubspot.com/contacts/1?a=b", "app.hubspot.com"),
        ("HTTP://intranet/x", "intranet"),
        ("mailto:lena@brightwater.example", "lena@brightwater.example"),
        ("https://bank.example@evil.example/login", "evil.example"),
    ],
)
def test_a_link_shows_where_it_goes(link: str, text: str) -> None:
    assert safe_link(link) == link
    assert link_text(link) == text


def test_the_unit_is_written_once_beside_its_target() -> None:
    assert (bare_value(BY_ID["leads"]), aim(BY_ID["leads"])) == ("214", "350 leads")
    assert (bare_value(BY_ID["mrr"]), aim(BY_ID["mrr"])) == ("€448,700", "€494,400")
    assert (bare_value(BY_ID["engaged"]), aim(BY_ID["engaged"])) == ("54.3 %", "60 %")
    assert (bare_value(BY_ID["launch"]), aim(BY_ID["launch"])) == ("1", "3 steps")


def test_a_stale_one_shows_its_last_good_value_and_says_so() -> None:
    traffic = BY_ID["traffic"]
    assert shown_value(traffic) == (121_405.0, True)
    found = shown(traffic)
    assert (found.value, found.is_old, found.share) == ("121,405", True, "")
    assert found.marks == ("last good value of 17 Nov 2026",)
    assert fact(found, "Value") == "–"
    assert fact(found, "Last good value") == "121,405 sessions on 17 Nov 2026"


def test_a_stale_line_ends_with_its_data() -> None:
    """The days after 17 November are in the history (nothing was loaded, so nothing grew) and would read as a standstill."""
    points = history(0, 100, wobble=0.0)
    assert trusted(BY_ID["traffic"], points, "Europe/Budapest")[-1].day == date(2026, 11, 17)
    assert trusted(BY_ID["leads"], points, "Europe/Budapest")[-1].day == date(2026, 11, 21)
    shorter = replace(BY_ID["leads"], cycle_start=date(2026, 11, 1), cycle_end=date(2026, 11, 10))
    assert len(trusted(shorter, points, "Europe/Budapest")) == 10


def test_no_data_shows_a_dash_and_no_drawing() -> None:
    nothing = {
        "value": None,
        "progress": None,
        "score": None,
        "expected": None,
        "baseline": None,
        "target": None,
        "data_through": None,
    }
    found = shown(key_result(status=Status.NO_DATA, sources=(), **nothing))
    assert (found.value, found.aim, found.share, found.spark, found.chart) == ("–", "–", "", "", "")
    assert bar_label(found.key_result) == "No progress to show"


def test_marks_name_what_a_reader_must_know() -> None:
    found = shown(key_result(provisional=True, weight=0.5, data_through=GA4.data_through))
    assert found.marks == ("data through 17 Nov", "provisional", "weight 0.5")


def test_a_range_has_bounds_and_no_target_line() -> None:
    assert bounds(BY_ID["churn"]) == (0.01, 0.02)
    assert bounds(BY_ID["leads"]) == (None, None)
    at_most = key_result(kind=Kind.RANGE, target=None, target_high=24.0, unit="hours", value=20.0, better=Better.LOWER)
    assert (aim(at_most), bar_label(at_most)) == ("at most 24.0 hours", "20.0 hours, allowed at most 24.0 hours")
    assert "class=target" in shown(BY_ID["churn"], history=HISTORY).chart


def test_a_total_is_expected_to_grow_from_nothing_and_a_level_from_its_baseline() -> None:
    # 52 of 92 days: 0.5652 of 216,000 is 122,087; the level: 412,000 + 0.5652 x 82,400 = 458,574
    total = row(BY_ID["traffic"], "a", brightwater())
    assert 'class=goal d="M0 ' in total.chart
    first = total.chart.split('class=goal d="M0 ')[1].split("L")[0]
    # y of zero lies near the foot of the 380 units: the span is 2,300 - 8 % .. 216,000 + 8 %
    assert 345 < int(first) < 360


def test_the_past_week_is_a_difference_in_the_metrics_own_unit() -> None:
    # 14 November is day 45: the 45th of 52 straight steps from 0 to 52 x 4 = 208
    straight = history(0, 204, wobble=0.0)
    before = next(point.value for point in straight if point.day == date(2026, 11, 14))
    assert before == 176.0
    assert past_week(key_result(value=204.0), straight) == "+28 leads"
    assert past_week(key_result(value=170.0), straight) == "-6 leads"
    assert past_week(key_result(value=178.0, unit="points"), straight) == "+2 points"
    assert past_week(key_result(value=0.5, unit="%"), straight) == ""
    assert past_week(key_result(value=None), straight) == ""


def test_a_forecast_is_a_value_with_its_likely_range() -> None:
    found = shown(BY_ID["leads"])
    assert fact(found, "Forecast for the end") == "368 leads (340 leads to 396 leads)"
    assert fact(found, "Chance of the target") == "81 %"
    assert fact(shown(key_result()), "Forecast for the end") is None


def test_sub_periods_and_steps_have_words_of_their_own() -> None:
    monthly = shown(key_result(kind=Kind.RECURRING, sub_periods=months(60, 20, None)))
    assert [(p.label, p.value, p.word) for p in monthly.periods] == [
        ("October", "60 leads", "hit"),
        ("November", "20 leads", "running"),
        ("December", "", "ahead"),
    ]
    steps = shown(BY_ID["launch"])
    first = steps.periods[0]
    assert (first.label, first.target, first.word) == ("Content", "31 Oct 2026", "done")
    assert {p.word for p in steps.periods[1:]} == {"open"}


def test_a_source_that_never_loaded_claims_nothing() -> None:
    never = replace(HUBSPOT, state=SourceState.NEVER, data_through=None)
    assert shown(key_result(sources=(never,))).sources[0].known == "never loaded"
    assert shown(key_result()).sources[0].known == "data through 21 Nov 2026"


@pytest.mark.parametrize(
    ("tick", "unit", "text"),
    [
        (750_000, "EUR", "€750,000"),
        (25_000_000, "EUR", "€25M"),
        (12_500_000, "leads", "12.5M"),
        (0.55, "%", "55 %"),
        (200, "leads", "200"),
        (2.5, "hours", "2.5"),
    ],
)
def test_tick_labels_fit_the_margin(tick: float, unit: str, text: str) -> None:
    assert tick_label(tick, unit) == text
