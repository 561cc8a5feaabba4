from __future__ import annotations

from datetime import date, timedelta

from okr_mappings.display import format_change, format_restated
from okr_mappings.restated import ReportedDay, RestatedDay, RestatedDays, differs, newly_restated, subtract, summary

D1 = date(2026, 11, 1)
D2, D3 = D1 + timedelta(days=1), D1 + timedelta(days=2)
TOLD = [ReportedDay(D1, 10.0, "s1"), ReportedDay(D2, 12.0, "s2"), ReportedDay(D3, 15.0, "s3", provisional=True)]


def test_a_day_is_restated_when_its_value_is_another_one() -> None:
    found = newly_restated(TOLD, {D1: 10.0, D2: 11.0, D3: 15.0 + 1e-12}, {})
    assert found == (RestatedDay(TOLD[1], 11.0),)
    assert found[0].difference == -1.0


def test_what_is_known_is_not_told_again_and_coming_back_is_told_once() -> None:
    assert newly_restated(TOLD[:1], {D1: 9.0}, {D1: 9.0}) == ()
    back = newly_restated(TOLD[:1], {D1: 10.0}, {D1: 9.0})
    assert [each.difference for each in back] == [0.0]
    assert newly_restated(TOLD[:1], {D1: 10.0}, {D1: 10.0}) == ()


def test_a_number_that_is_gone_is_restated_and_a_day_not_computed_is_not() -> None:
    assert newly_restated(TOLD, {D1: None}, {}) == (RestatedDay(TOLD[0], None),)
    assert RestatedDay(TOLD[0], None).difference is None


def test_the_last_digits_of_a_sum_are_no_difference() -> None:
    assert not differs(0.1 + 0.2, 0.3)
    assert not differs(1e12, 1e12 + 1)  # a part in 10^12
    assert differs(1.0, 1.0 + 1e-6)
    assert differs(None, 0.0)
    assert subtract(0.3, 0.1) == 0.2
    assert str(subtract(5.0, 5.0)) == "0.0"


def test_the_summary_names_the_largest_settled_difference() -> None:
    assert summary([(2.0, False), (-4.0, False), (1.0, False), (100.0, True)]) == RestatedDays(3, -4.0, 1)
    assert summary([(3.0, True)]) == RestatedDays(0, None, 1)
    assert summary([(None, False), (2.0, False)]) == RestatedDays(2, None, 0)


def test_it_is_said_in_a_few_words() -> None:
    assert format_restated(RestatedDays(3, -4.0, 0), "leads") == "3 days restated, largest -4"
    assert format_restated(RestatedDays(1, 3692.0, 2), "EUR") == "1 day restated, largest +€3,692"
    assert format_restated(RestatedDays(1, None, 0), "EUR") == "1 day restated, a value is gone"
    assert format_restated(RestatedDays(0, None, 5), "leads") == ""
    assert format_change(0.012, "%") == "+1.2 points"
    assert format_change(2.5, "points") == "+2.5"
