"""Numbers as people read them."""

from __future__ import annotations

from datetime import date

import pytest

from okr_mappings.display import (
    arrow,
    format_amount,
    format_day,
    format_share,
    format_target,
    format_value,
    status_label,
    status_symbol,
)
from okr_mappings.words import Better, Kind, Status


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234, "leads", "1,234 leads"),
        (1, "leads", "1 lead"),
        (1, "companies", "1 company"),
        (1, "glass", "1 glass"),
        (133.75, "leads", "133.8 leads"),
        (1133.75, "leads", "1,134 leads"),
        (0, "leads", "0 leads"),
        (-0.0, "leads", "0 leads"),
        (7, "", "7"),
        (12345, "EUR", "€12,345"),
        (12345.6, "EUR", "€12,346"),
        (99.5, "EUR", "€99.50"),
        (-1200, "EUR", "-€1,200"),
        (5000, "HUF", "HUF 5,000"),
        (0.234, "%", "23.4 %"),
        (0.06, "%", "6 %"),
        (32, "points", "+32 points"),
        (-8.25, "points", "-8.2 points"),
        (0, "points", "0 points"),
        (24, "hours", "24.0 hours"),
        (1.5, "days", "1.5 days"),
        (None, "leads", "–"),
    ],
)
def test_values(value: float | None, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1234, "leads", "1,234"), (12, "EUR", "€12"), (0.5, "%", "50 %"), (8, "points", "+8"), (None, "x", "–")],
)
def test_amounts(value: float | None, unit: str, text: str) -> None:
    assert format_amount(value, unit) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.62, "62 %"),
        (0, "0 %"),
        (-0.001, "0 %"),
        (-0.25, "-25 %"),
        (0.999, "99 %"),
        (1, "100 %"),
        (16.667, "1,667 %"),
        (None, "–"),
    ],
)
def test_shares(share: float | None, text: str) -> None:
    assert format_share(share) == text


@pytest.mark.parametrize(
    ("kind", "low", "high", "text"),
    [
        (Kind.TOTAL, 350, None, "350.0 hours"),
        (Kind.RANGE, None, 24, "at most 24.0 hours"),
        (Kind.RANGE, 8, None, "at least 8.0 hours"),
        (Kind.RANGE, 8, 24, "8.0 hours to 24.0 hours"),
        (Kind.RANGE, None, None, "–"),
    ],
)
def test_targets(kind: Kind, low: float | None, high: float | None, text: str) -> None:
    assert format_target(kind, low, high, "hours") == text


def test_every_status_has_its_own_word_and_sign() -> None:
    assert status_label(Status.ON_TRACK) == "On track"
    assert len({status_label(status) for status in Status}) == len(Status)
    assert len({status_symbol(status) for status in Status}) == len(Status)


def test_the_rest() -> None:
    assert format_day(date(2026, 11, 21)) == "21 Nov 2026"
    assert [arrow(better) for better in Better] == ["↑", "↓"]
