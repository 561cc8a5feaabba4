"""Targets as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_mappings.goals import Target, TargetForm, parse_number, parse_target


@pytest.mark.parametrize(
    ("raw", "unit", "form", "amount"),
    [
        (350, "leads", TargetForm.ABSOLUTE, 350),
        ("1,200", "leads", TargetForm.ABSOLUTE, 1200),
        ("350 leads", "leads", TargetForm.ABSOLUTE, 350),
        ("+20%", "leads", TargetForm.PERCENT, 0.2),
        ("+ 20 %", "leads", TargetForm.PERCENT, 0.2),
        ("-15%", "hours", TargetForm.PERCENT, -0.15),
        ("−15%", "hours", TargetForm.PERCENT, -0.15),
        ("+1000", "followers", TargetForm.PLUS, 1000),
        ("+1,000 followers", "followers", TargetForm.PLUS, 1000),
        ("-8", "hours", TargetForm.PLUS, -8),
        ("x1.5", "leads", TargetForm.TIMES, 1.5),
        ("×1.5", "leads", TargetForm.TIMES, 1.5),
        ("+8 points", "points", TargetForm.PLUS, 8),
        # a metric in % is a fraction inside
        ("25%", "%", TargetForm.ABSOLUTE, 0.25),
        ("+2 points", "%", TargetForm.PLUS, 0.02),
        ("+20%", "%", TargetForm.PERCENT, 0.2),
    ],
)
def test_what_can_be_written(raw: float | str, unit: str, form: TargetForm, amount: float) -> None:
    target = parse_target(raw, unit)
    assert target is not None
    assert (target.form, target.amount) == (form, amount)


@pytest.mark.parametrize("raw", ["", "a lot", "50%", "+", "1.000,5", "12,34", "+8 calls", "x1.5%", "1:30", "10 %%"])
def test_what_cannot(raw: str) -> None:
    assert parse_target(raw, "leads") is None


@pytest.mark.parametrize(
    ("text", "baseline", "target"),
    [
        ("+20%", 1000, 1200),
        ("-15%", 40, 34),
        ("+10%", 110, 121),  # in binary 110 * 1.1 is 121.00000000000001
        ("+1000", 8400, 9400),
        ("+8", -8, 0),
        ("x1.5", 20, 30),
    ],
)
def test_relative_targets(text: str, baseline: float, target: float) -> None:
    assert _target(text).resolve(baseline) == target


@pytest.mark.parametrize(("text", "baseline"), [("+20%", 0), ("+25%", -8), ("x2", 0), ("+20%", None), ("+5", None)])
def test_growth_from_nothing_is_no_number(text: str, baseline: float | None) -> None:
    assert _target(text).resolve(baseline) is None


def test_plain_numbers() -> None:
    assert parse_number("5%", "%") == 0.05
    assert parse_number("+5", "leads") is None


@given(st.integers(1, 10**9), st.integers(1, 400))
def test_percent_growth_is_exact(baseline: int, percent: int) -> None:
    assert _target(f"+{percent}%").resolve(baseline) == baseline * (100 + percent) / 100


def _target(text: str) -> Target:
    target = parse_target(text, "points")
    assert target is not None
    return target
