"""Intervals and chances against tables, and against each other."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_mappings.likely import Z_90, Likely

means = st.floats(0.1, 1e6)
deviations = st.floats(0.01, 1e5)


def test_readings_are_normal() -> None:
    likely = Likely(100.0, 10.0)
    assert likely.quantile(Z_90) == pytest.approx(112.8155)  # 100 + 1.28155 x 10
    assert likely.at_least(110.0) == pytest.approx(0.158655, abs=1e-6)  # one deviation above
    assert likely.at_most(110.0) == pytest.approx(0.841345, abs=1e-6)
    assert likely.between(90.0, 110.0) == pytest.approx(0.682689, abs=1e-6)
    assert likely.between(-inf, 100.0) == pytest.approx(0.5)
    assert likely.between(100.0, inf) == pytest.approx(0.5)


def test_sums_are_gamma() -> None:
    """Shape 10, scale 1: tabulated quantiles 6.2213, 9.6687, 14.2060."""
    likely = Likely(10.0, 10.0**0.5, never_back=True)
    found = [likely.quantile(z) for z in (-Z_90, 0.0, Z_90)]
    assert found == pytest.approx([6.2213, 9.6687, 14.2060], rel=0.002)
    assert likely.at_least(14.2060) == pytest.approx(0.1, abs=0.001)


def test_what_cannot_run_backwards_does_not() -> None:
    rare = Likely(0.5, 1.0, never_back=True, step=1.0)
    assert rare.quantile(-Z_90) >= 0
    assert rare.at_least(0.0) == 1.0
    assert rare.at_most(-1.0) == 0.0
    # whole numbers: at least one more and none at all leave nothing out
    assert rare.at_least(1.0) + rare.at_most(0.0) == pytest.approx(1.0)


def test_without_deviation_there_is_no_doubt() -> None:
    sure = Likely(400.0, 0.0, never_back=True)
    assert [sure.quantile(z) for z in (-Z_90, 0.0, Z_90)] == [400.0] * 3
    assert (sure.at_least(400.0), sure.at_least(401.0)) == (1.0, 0.0)
    assert (sure.at_most(400.0), sure.at_most(399.0)) == (1.0, 0.0)


@given(means, deviations, st.booleans())
def test_quantiles_stand_in_order(mean: float, deviation: float, never_back: bool) -> None:
    likely = Likely(mean, deviation, never_back)
    low, middle, high = (likely.quantile(z) for z in (-Z_90, 0.0, Z_90))
    assert low <= middle <= high


@given(means, deviations, st.booleans(), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_more_is_never_likelier(mean: float, deviation: float, never_back: bool, amount: float, more: float) -> None:
    likely = Likely(mean, deviation, never_back)
    assert 0 <= likely.at_least(amount + more) <= likely.at_least(amount) <= 1
    assert 0 <= likely.at_most(amount) <= likely.at_most(amount + more) <= 1
    assert 0 <= likely.between(amount, amount + more) <= 1
