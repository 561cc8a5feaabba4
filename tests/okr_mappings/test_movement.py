"""Worked on paper; every movement adds up to the last digit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from okr_mappings.movement import Evaluated, Flow, Way, digits_needed, exact, is_sum, movement, rounded

MONEY = st.integers(min_value=-(10**9), max_value=10**9).map(lambda cents: cents / 100)


def amounts(found: object) -> dict[str, Decimal]:
    return {part.name: part.amount for part in found.parts}  # type: ignore[attr-defined]


def test_every_part_by_hand() -> None:
    # Reported 100. Asked again 97 (-3 restated), under the new filter 90 (-7 definition). Since then 12 and 5 came,
    # one of 4 went, a credit of 1 came: 90 + 17 - 4 - 1 = 102.
    found = movement(Evaluated(100, 97, 90, 102), Flow([12, 5, -1], [4]))
    assert amounts(found) == {"restated": -3, "definition": -7, "new": 17, "lost": -5}
    assert found.adds_up


def test_a_record_that_counted_negatively_and_left_is_a_gain() -> None:
    found = movement(Evaluated(10, 10, 10, 13), Flow([], [-3]))
    assert amounts(found) == {"restated": 0, "definition": 0, "new": 3, "lost": 0}


def test_what_is_no_sum_moves_as_a_whole() -> None:
    found = movement(Evaluated(24.5, 24.0, 24.0, 23.2), None)
    assert amounts(found) == {"restated": Decimal("-0.5"), "definition": 0, "net": Decimal("-0.8")}
    assert found.adds_up


def test_an_old_definition_that_cannot_be_asked_any_more_stays_in_one_part() -> None:
    found = movement(Evaluated(100, None, 90, 95), Flow([5], []))
    assert amounts(found) == {"restated and definition": -10, "new": 5, "lost": 0}
    assert found.adds_up


def test_another_target_moves_the_progress_and_no_value() -> None:
    # 40 of 100 was 0.4; 60 of 100 would be 0.6 (+0.2 by new records); of 120 it is 0.5 (-0.1 by the target)
    found = movement(Evaluated(40, 40, 40, 60), Flow([20], []), Way(0, 100), Way(0, 120))
    assert (found.progress_start, found.progress_end) == (Fraction(2, 5), Fraction(1, 2))
    shares = {part.name: part.progress for part in found.parts}
    assert (shares["new"], shares["target"]) == (Fraction(1, 5), Fraction(-1, 10))
    assert amounts(found)["target"] == 0
    assert found.adds_up


def test_thirds_add_up_too() -> None:
    found = movement(Evaluated(1, 1, 1, 2), Flow([1], []), Way(0, 3), Way(0, 7))
    # 1/3 -> 2/7: + 1/3 by the record, 2/7 - 2/3 = -8/21 by the target
    assert [part.progress for part in found.parts][-1] == Fraction(-8, 21)
    assert found.adds_up


def test_doubles_are_taken_as_they_are_written() -> None:
    assert exact(0.1 + 0.2) == Decimal("0.3")
    assert is_sum(0.3, [0.1, 0.2])
    assert is_sum(0.0, [])
    assert not is_sum(0.31, [0.1, 0.2])
    assert not is_sum(None, [])


def test_what_is_printed_adds_up_as_well() -> None:
    # 17170.00 - 489.85 = 16680.15; in whole euros 17,170 - 490 = 16,680
    assert rounded([Decimal("17170.00"), Decimal("-489.85")], Decimal("16680.15"), 0) == (17170, -490)
    # a third each of 1: two of them must be 0.3 and one 0.4
    third = Decimal(1) / 3
    assert sorted(rounded([third, third, third], Decimal(1), 1)) == [Decimal("0.3"), Decimal("0.3"), Decimal("0.4")]
    assert rounded([Decimal("-0.4"), Decimal("-0.4"), Decimal("1.3")], Decimal("0.5"), 0) == (0, -1, 1)
    # 0.125 -> 0.12, 0.135 -> 0.14: the difference is printed as 0.02 although 0.01 moved; no other part is made up for it
    assert rounded([Decimal(0), Decimal("0.010")], Decimal("0.02"), 2) == (0, Decimal("0.02"))
    assert rounded([Decimal(0), Decimal("0.02")], Decimal("0.01"), 2) == (0, Decimal("0.01"))
    assert digits_needed([Decimal("17170.00"), Decimal("-489.85")], 2) == 2
    assert digits_needed([Decimal(100), Decimal("3E+2")], 2) == 0


@given(MONEY, MONEY, MONEY, st.lists(MONEY, max_size=20), st.lists(MONEY, max_size=20))
def test_it_always_adds_up(
    reported: float, old_first: float, new_first: float, entered: list[float], left: list[float]
) -> None:
    last = float(exact(new_first) + sum(map(exact, entered), Decimal(0)) - sum(map(exact, left), Decimal(0)))
    found = movement(Evaluated(reported, old_first, new_first, last), Flow(entered, left), Way(0, 10), Way(3, 10))
    assert found.adds_up
