"""Series whose future can be told by hand, and what must hold for every series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_mappings import smoothing

HORIZON = 40


def drawn(seed: int, busy: float) -> smoothing.Floats:
    """160 days, of which a share of `busy` has between 1 and 50."""
    generator = np.random.default_rng(seed)
    return np.where(generator.random(160) < busy, generator.integers(1, 51, 160), 0).astype(float)


some_days = st.builds(drawn, st.integers(0, 10_000), st.sampled_from([0.0, 0.02, 0.3, 1.0]))


def column(values: object) -> smoothing.Floats:
    return np.array(values, dtype=float)[:, None]


def test_a_constant_flow_goes_on_without_any_doubt() -> None:
    found = smoothing.flows(column([10] * 200), 0, HORIZON)
    assert found.mean[0] == pytest.approx(400)  # 40 days of 10
    assert found.variance[0] == pytest.approx(0, abs=1e-12)
    # replayed from day 56 to day 160, of 200: 105 forecasts of 40 days
    assert found.replays[0] == pytest.approx(105 / 40)


def test_weekends_are_not_working_days() -> None:
    # two years of 10 on working days and 0 at weekends, ending on a Friday; then a weekend, and a weekend with a Monday
    days = column(([10] * 5 + [0] * 2) * 104 + [10] * 5)
    assert smoothing.flows(days, 0, 2).mean[0] == pytest.approx(0, abs=1.0)
    assert smoothing.flows(days, 0, 3).mean[0] == pytest.approx(10, abs=1.0)


def test_last_year_s_course_is_followed_half_way() -> None:
    # 100 a day with a wave of 50 over the year; day 650 stands before a fall
    days = 100 + 50 * np.sin(2 * np.pi * np.arange(728) / 364)
    found = smoothing.flows(column(days[:650]), 0, 78)
    became = days[650:728].sum()
    flat = days[649] * 78
    assert found.rule[0] >= len(smoothing.HALF_LIVES)
    assert abs(found.mean[0] - became) < 0.6 * abs(flat - became)
    assert "last year" in smoothing.words("total", int(found.rule[0]))


@pytest.mark.parametrize(
    ("readings", "change", "drifts"),
    [
        ([500] * 200, 0, False),
        ([500 + 3 * day for day in range(200)], 120, True),  # 40 days of 3
        (
            [500, np.nan, 506, 509, np.nan, np.nan, *range(518, 518 + 3 * 194, 3)],
            120,
            True,
        ),  # gaps keep the last reading
    ],
)
def test_gauges(readings: list[float], change: float, drifts: bool) -> None:
    found = smoothing.gauges(column(readings), HORIZON)
    assert found.mean[0] == pytest.approx(change, abs=1.0)
    assert (found.rule[0] > 0) == drifts


def test_a_window_that_always_ends_at_its_usual_number_is_moved_there() -> None:
    # what is known half-way swings between 0.2 and 0.4; every whole window was 0.3
    parts, wholes = column([0.2, 0.4] * 100), column([0.3] * 200)
    found = smoothing.windows(parts, wholes, HORIZON)
    assert found.mean[0] == pytest.approx(-0.1)  # from 0.4 to 0.3
    assert found.variance[0] == pytest.approx(0, abs=1e-12)
    assert smoothing.words("ratio", int(found.rule[0])) == "moves 100 % of the way to its usual number"


def test_the_variance_of_a_sum_under_smoothing() -> None:
    # half-life 1: a = 0.5; two days: the first error counts 1.5 times, the second once: 2.25 + 1
    assert smoothing._growth(1.0, 2) == pytest.approx(3.25)
    assert smoothing._growth(0.0, 40) == 40  # nothing is smoothed: a walk


def test_history_begins_with_the_first_event_and_with_the_first_whole_window() -> None:
    assert smoothing.from_first_event(column([0, 0, 3, 0]))[:, 0] == pytest.approx([np.nan, np.nan, 3, 0], nan_ok=True)
    parts = column([np.nan, 1, 2, 3, 4])
    # known from day 1 on, so the first window of three days that begins then ends on day 3
    whole = smoothing.from_whole_window(column([5, 6, 7, 8, 9]), parts, [3])[:, 0]
    assert whole == pytest.approx([np.nan, np.nan, np.nan, 8, 9], nan_ok=True)


def test_too_short_a_past_gives_nothing() -> None:
    found = smoothing.flows(column([10] * 90), 0, HORIZON)  # 90 - 56 - 40 < 0
    assert np.isnan(found.mean[0])
    assert np.isnan(found.variance[0])


@settings(max_examples=25, deadline=None)
@given(some_days, st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_unit_does_not_matter(days: smoothing.Floats, factor: float) -> None:
    one, other = (smoothing.flows(column(days * by), 0, HORIZON) for by in (1.0, factor))
    assert other.rule[0] == one.rule[0]
    assert other.mean[0] == pytest.approx(one.mean[0] * factor, nan_ok=True)
    assert other.variance[0] == pytest.approx(one.variance[0] * factor**2, nan_ok=True)


@settings(max_examples=25, deadline=None)
@given(st.lists(some_days, min_size=2, max_size=5))
def test_neighbours_do_not_matter(several: list[smoothing.Floats]) -> None:
    """To the last bit: a projection must not change because another key result was added."""
    table = np.array(several, dtype=float).T
    for estimate in (smoothing.flows(table, 3, HORIZON), smoothing.gauges(table, HORIZON)):
        assert estimate.mean.shape == (len(several),)
    for place, days in enumerate(several):
        alone = smoothing.flows(column(days), 3, HORIZON), smoothing.gauges(column(days), HORIZON)
        together = smoothing.flows(table, 3, HORIZON), smoothing.gauges(table, HORIZON)
        for one, all_of_them in zip(alone, together, strict=True):
            assert np.array_equal(one.mean[0], all_of_them.mean[place], equal_nan=True)
            assert np.array_equal(one.variance[0], all_of_them.variance[place], equal_nan=True)


@settings(max_examples=25, deadline=None)
@given(some_days)
def test_a_variance_is_never_negative(days: smoothing.Floats) -> None:
    for found in (smoothing.flows(column(days), 0, HORIZON), smoothing.gauges(column(days), HORIZON)):
        assert np.isnan(found.variance[0]) or found.variance[0] >= 0
