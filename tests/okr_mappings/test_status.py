"""From numbers to one word: guards in their order, half-open colours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_mappings.calendar import Cycle
from okr_mappings.snapshot import SourceFreshness
from okr_mappings.status import PRESETS, Standing, Thresholds, colour_of, is_too_early, status_of
from okr_mappings.words import SourceState, Status

Q4 = Cycle("2026-Q4", "Q4 2026", date(2026, 10, 1), date(2026, 12, 31))
MIDDLE, LAST, BEFORE = date(2026, 11, 15), date(2026, 12, 31), date(2026, 9, 30)
DEFAULT = PRESETS["default"]
HALF_WAY = Standing(0.5, 0.5, DEFAULT)


def source(state: SourceState) -> SourceFreshness:
    return SourceFreshness("crm", state, None)


@pytest.mark.parametrize(
    ("preset", "ratio", "status"),
    [
        ("default", 0.9, Status.ON_TRACK),
        ("default", 0.8999, Status.AT_RISK),
        ("default", 0.7, Status.AT_RISK),
        ("default", 0.6999, Status.OFF_TRACK),
        ("cascade", 0.95, Status.ON_TRACK),
        ("cascade", 0.85, Status.AT_RISK),
        ("cascade", 0.84, Status.OFF_TRACK),
        ("upraise", 0.75, Status.AT_RISK),
        ("tability", 0.70, Status.ON_TRACK),
        ("tability", 0.50, Status.AT_RISK),
        ("google", 0.7, Status.ON_TRACK),
        ("google", 0.4, Status.AT_RISK),
        ("google", 0.39, Status.OFF_TRACK),
    ],
)
def test_presets(preset: str, ratio: float, status: Status) -> None:
    assert colour_of(ratio * 0.5, 0.5, PRESETS[preset]) is status


def test_a_boundary_belongs_to_the_better_colour_in_spite_of_binary_fractions() -> None:
    # 0.045 / 0.05 is 0.8999999999999999 in binary
    assert 0.045 / 0.05 < 0.9
    assert colour_of(0.045, 0.05, DEFAULT) is Status.ON_TRACK


@pytest.mark.parametrize(
    ("progress", "status"), [(0.0, Status.ON_TRACK), (0.2, Status.ON_TRACK), (-0.01, Status.OFF_TRACK)]
)
def test_while_nothing_is_expected_only_a_step_back_is_off_track(progress: float, status: Status) -> None:
    assert colour_of(progress, 0.0, DEFAULT) is status


@pytest.mark.parametrize(
    ("change", "as_of", "status"),
    [
        ({}, MIDDLE, Status.ON_TRACK),
        ({"progress": 1.0}, MIDDLE, Status.ACHIEVED),
        ({"progress": 0.99999999999}, MIDDLE, Status.ACHIEVED),
        ({"progress": 0.9999}, LAST, Status.MISSED),
        ({"progress": 1.0}, LAST, Status.ACHIEVED),
        ({"progress": 0.5}, date(2027, 1, 15), Status.MISSED),
        ({"progress": 5.0}, BEFORE, Status.NOT_STARTED),
        ({"progress": None}, MIDDLE, Status.NO_DATA),
        ({"progress": None}, LAST, Status.NO_DATA),
        ({"expected": None}, MIDDLE, Status.NO_DATA),
        # a range has to hold until the end
        ({"progress": 1.0, "expected": 1.0, "must_hold": True}, MIDDLE, Status.ON_TRACK),
        ({"progress": 1.0, "expected": 1.0, "must_hold": True}, LAST, Status.ACHIEVED),
        ({"progress": 0.8, "expected": 1.0, "must_hold": True}, MIDDLE, Status.AT_RISK),
        # small samples
        ({"n": 29, "min_n": 30}, MIDDLE, Status.TOO_EARLY),
        ({"n": 30, "min_n": 30}, MIDDLE, Status.ON_TRACK),
        ({"n": 29, "min_n": 30, "progress": 2.0}, MIDDLE, Status.TOO_EARLY),
        ({"n": 29, "min_n": 30, "progress": 2.0}, LAST, Status.NO_DATA),
        ({"n": None, "min_n": 30}, MIDDLE, Status.ON_TRACK),
        # never a silent green
        ({"sources": (source(SourceState.STALE),), "progress": 1.0}, MIDDLE, Status.STALE),
        ({"sources": (source(SourceState.FRESH), source(SourceState.FAILED))}, MIDDLE, Status.STALE),
        ({"sources": (source(SourceState.STALE),), "progress": None}, MIDDLE, Status.STALE),
        ({"sources": (source(SourceState.STALE),), "progress": 1.0}, LAST, Status.STALE),
        ({"sources": (source(SourceState.NEVER), source(SourceState.STALE))}, MIDDLE, Status.NO_DATA),
        ({"sources": (source(SourceState.LATE),)}, MIDDLE, Status.ON_TRACK),
        # the first tenth of 92 days is 9.2: nine days
        ({"progress": 0.0}, date(2026, 10, 9), Status.TOO_EARLY),
        ({"progress": 0.0}, date(2026, 10, 10), Status.OFF_TRACK),
        ({"progress": 1.0}, date(2026, 10, 2), Status.ACHIEVED),
        # Google grades the finished cycle by colour
        ({"progress": 0.7, "expected": 1.0, "thresholds": PRESETS["google"]}, LAST, Status.ON_TRACK),
        ({"progress": 0.5, "expected": 1.0, "thresholds": PRESETS["google"]}, LAST, Status.AT_RISK),
        ({"progress": 0.3, "expected": 1.0, "thresholds": PRESETS["google"]}, LAST, Status.MISSED),
    ],
)
def test_status(change: dict[str, object], as_of: date, status: Status) -> None:
    assert status_of(replace(HALF_WAY, **change), Q4, as_of) is status  # type: ignore[arg-type]


def test_at_least_three_days_are_too_early() -> None:
    month = Cycle("2026-11", "November 2026", date(2026, 11, 1), date(2026, 11, 14))  # a tenth of 14 days is 1.4
    assert is_too_early(month, date(2026, 11, 3))
    assert not is_too_early(month, date(2026, 11, 4))


@given(st.floats(-2, 2), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_colours_are_ordered_and_leave_no_gap(progress: float, expected: float, one: float, other: float) -> None:
    thresholds = Thresholds(max(one, other), min(one, other))
    better = colour_of(progress + 0.1, expected, thresholds)
    order = [Status.OFF_TRACK, Status.AT_RISK, Status.ON_TRACK]
    assert order.index(better) >= order.index(colour_of(progress, expected, thresholds))
