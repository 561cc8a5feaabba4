"""Worked tables for section 4 of the semantics, and what must hold for every number."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from okr_mappings import arithmetic
from okr_mappings.goals import Bounds

amounts = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))
positive = st.floats(0.01, 1e6).map(lambda number: round(number, 3)).filter(lambda number: number > 0)
shares = st.floats(0, 1)


@pytest.mark.parametrize(
    ("value", "baseline", "target", "progress"),
    [
        (32, 40, 24, 0.5),  # hours: -8 / -16
        (25, 20, 30, 0.5),
        (350, 0, 350, 1.0),
        (15, 20, 40, -0.25),  # -5 / 20: worse than at the start
        (50, 20, 40, 1.5),
        (48, 40, 24, -0.5),  # 8 / -16
        (36, 28, 36, 1.0),
        (-4, -8, 0, 0.5),  # 4 / 8
    ],
)
def test_progress(value: float, baseline: float, target: float, progress: float) -> None:
    assert arithmetic.progress(value, baseline, target) == progress


@pytest.mark.parametrize(
    ("value", "baseline", "target", "expected", "progress"),
    [
        (175, 0, 350, 0.5, 0.5),  # no baseline: 175 / 350
        (600, 1000, 1200, 0.5, 0.5),  # on pace: (600 - 500) / 200
        (500, 1000, 1200, 0.5, 0.0),  # at last quarter's pace: (500 - 500) / 200
        (450, 1000, 1200, 0.5, -0.25),  # behind it: (450 - 500) / 200
        (900, 1000, 1200, 0.5, 0.75),  # ahead: not (900 - 500) / 200 = 2, but 900 / 1200, as it is not yet there
        (1200, 1000, 1200, 0.5, 1.0),  # reached early: (1200 - 1000) / 200
        (1300, 1000, 1200, 0.9, 1.5),  # and surpassed: (1300 - 1000) / 200
        (1100, 1000, 1200, 1.0, 0.5),  # on the last day the contract's own formula
        (900, 1000, 1200, 1.0, -0.5),
        # a sum that should stay low: 100 complaints last quarter, 80 wanted
        (40, 100, 80, 0.5, 0.5),  # (40 - 50) / -20
        (50, 100, 80, 0.5, 0.0),
        (20, 100, 80, 0.5, 0.5),  # better than wanted, but half the quarter is to come
        (70, 100, 80, 1.0, 1.5),
    ],
)
def test_total(value: float, baseline: float, target: float, expected: float, progress: float) -> None:
    assert arithmetic.total(value, baseline, target, expected=expected) == progress


def test_recurring() -> None:
    # 50, 60 and now 20 against 50 each: (1 + 1 + 0.4) / 3; the surplus of 10 fills nothing
    assert arithmetic.recurring([50, 60, 20], [50, 50, 50], 3) == pytest.approx(0.8)
    # a week of 4 days needs 4/7 of 21 = 12: (12/12 + 7/21) / 14
    assert arithmetic.recurring([12, 7], [12, 21], 14) == pytest.approx((1 + 1 / 3) / 14)


@pytest.mark.parametrize(
    ("value", "bounds", "tolerance", "progress"),
    [
        (24, Bounds(None, 24), None, 1.0),  # bounds are inclusive
        (25.2, Bounds(None, 24), None, 0.5),  # 1 - 1.2 / 2.4
        (30, Bounds(None, 24), None, 0.0),
        (30, Bounds(None, 24), 12, 0.5),  # 1 - 6 / 12
        (0.015, Bounds(0.01, 0.02), None, 1.0),
        (0.0095, Bounds(0.01, 0.02), None, 0.5),  # 1 - 0.0005 / 0.001
        (0.021, Bounds(0.01, 0.02), None, 0.5),  # 1 - 0.001 / 0.002
        (-11, Bounds(-10, None), None, 0.0),  # the tolerance is a tenth of the magnitude: 1
    ],
)
def test_range(value: float, bounds: Bounds, tolerance: float | None, progress: float) -> None:
    assert arithmetic.within(value, bounds, tolerance) == pytest.approx(progress)


def test_share_inside() -> None:
    # 20 and 24 of 20, 24, 25 and a day without a number
    assert arithmetic.share_inside([20, 24, None, 25], Bounds(None, 24)) == 2 / 3
    assert arithmetic.share_inside([None], Bounds(None, 24)) is None


@given(amounts, amounts)
def test_progress_is_0_at_the_baseline_and_1_at_the_target(baseline: float, target: float) -> None:
    assume(baseline != target)
    assert arithmetic.progress(baseline, baseline, target) == 0
    assert arithmetic.progress(target, baseline, target) == 1


@given(amounts, amounts, amounts, st.sampled_from([0.001, 60, 100, 1024]))
def test_progress_does_not_depend_on_the_unit(value: float, baseline: float, target: float, scale: float) -> None:
    assume(abs(baseline - target) > 0.01)
    plain = arithmetic.progress(value, baseline, target)
    assert math.isclose(
        arithmetic.progress(value * scale, baseline * scale, target * scale), plain, rel_tol=1e-6, abs_tol=1e-6
    )


@given(positive, positive, positive, shares, st.sampled_from([0.01, 100]))
def test_a_total_does_not_depend_on_the_unit(
    value: float, baseline: float, target: float, expected: float, scale: float
) -> None:
    assume(abs(baseline - target) > 0.01)
    plain = arithmetic.total(value, baseline, target, expected=expected)
    scaled = arithmetic.total(value * scale, baseline * scale, target * scale, expected=expected)
    assert math.isclose(scaled, plain, rel_tol=1e-6, abs_tol=1e-6)


@given(positive, positive, positive)
def test_a_total_ends_as_the_contract_says(value: float, baseline: float, target: float) -> None:
    assume(baseline != target)
    assert arithmetic.total(value, baseline, target, expected=1.0) == arithmetic.progress(value, baseline, target)


@given(positive, positive, shares)
def test_a_total_on_pace_is_as_far_as_expected(baseline: float, target: float, expected: float) -> None:
    assume(abs(baseline - target) > 0.01)
    assert math.isclose(
        arithmetic.total(target * expected, baseline, target, expected=expected), expected, abs_tol=1e-6
    )


@given(positive, st.floats(0, 1e6), positive, st.floats(0, 0.999))
def test_a_growing_total_reaches_1_exactly_at_its_target(
    value: float, baseline: float, growth: float, expected: float
) -> None:
    target = baseline + growth
    assume(target > baseline)
    assert (arithmetic.total(value, baseline, target, expected=expected) >= 1) == (value >= target)


@given(positive, positive, positive, positive, shares)
def test_a_total_grows_with_its_value(
    value: float, more: float, baseline: float, growth: float, expected: float
) -> None:
    less_far = arithmetic.total(value, baseline, baseline + growth, expected=expected)
    farther = arithmetic.total(value + more, baseline, baseline + growth, expected=expected)
    assert farther >= less_far - 1e-9 * max(1, abs(less_far))


@given(amounts)
def test_a_score_is_a_share(progress: float) -> None:
    assert 0 <= arithmetic.score(progress) <= 1


@given(amounts, amounts, amounts, st.floats(0.1, 100))
def test_a_range_scores_between_0_and_1(value: float, low: float, high: float, tolerance: float) -> None:
    assert 0 <= arithmetic.within(value, Bounds(min(low, high), max(low, high)), tolerance) <= 1
