"""The chart of a message: drawn in pixels, as a small PNG, with the same line as the report's."""

from __future__ import annotations

import struct
from datetime import date, timedelta

from okr_mappings.snapshot import DayValue
from okr_mappings.words import Status
from pipelines.report.key_result import drawing_of
from pipelines.report.picture import HEIGHT, HIGH, WIDE, WIDTH, picture, svg
from tests.connectors.trackers.documents import snapshot

START = date(2026, 10, 1)
DAYS = tuple(DayValue(START + timedelta(number), 196 * (number + 1) / 52) for number in range(52))


def test_a_picture_is_a_small_png_of_the_size_said() -> None:
    found = picture(snapshot(), DAYS, "Europe/Budapest")
    assert found.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", found[16:24]) == (WIDTH, HEIGHT)
    assert len(found) < 12_000


def test_lines_are_in_pixels_and_strokes_are_not_stretched() -> None:
    drawn = str(svg(drawing_of(snapshot(status=Status.AT_RISK), DAYS), snapshot(status=Status.AT_RISK)))
    assert "scale" not in drawn
    # the first day ends at 1/92 of the width: 492 / 92 = 5.3
    assert WIDE == 492
    assert 'd="M5 ' in drawn
    assert "#9a6700" in drawn
    assert 0 < HIGH < HEIGHT


def test_without_a_value_there_is_no_picture() -> None:
    assert picture(snapshot(value=None), (), "Europe/Budapest") == b""
    assert picture(snapshot(), (DayValue(START, None),), "Europe/Budapest") == b""


def test_a_title_with_markup_does_not_break_it() -> None:
    assert picture(snapshot(unit="<&>"), DAYS, "Europe/Budapest")
