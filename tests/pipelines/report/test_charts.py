"""The drawings, read back from their SVG."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta

import pytest

from okr_mappings.snapshot import DayValue
from pipelines.report.charts import Frame, band, bar, line, segments, span, stacked, thinned
from pipelines.report.large_chart import Drawing, chart, expected_path, target_path, ticks
from tests.pipelines.report.documents import months

START = date(2026, 10, 1)
FRAME = Frame(START, 10, low=0.0, high=100.0, height=100)


def days(*values: float | None) -> list[DayValue]:
    return [DayValue(START + timedelta(days=index), value) for index, value in enumerate(values)]


def test_a_line_is_relative_from_its_first_day() -> None:
    # a value belongs to the end of its day: x 1, 2, 3; y = 100 - value: 100, 80, 90
    assert line(days(0, 20, 10), FRAME) == "M1 100l1-20 1 10"


def test_a_missing_day_breaks_the_line_and_a_lonely_one_is_a_dot() -> None:
    assert line(days(0, None, 50, math.nan, 20, 20), FRAME) == "M1 100h0M3 50h0M5 80l1 0"
    assert line(days(None, None), FRAME) == ""


def test_counting_anew_starts_a_new_line() -> None:
    # two days, then a new period on the third: no stroke falls from 20 to 5
    assert line(days(10, 20, 5, 15), FRAME, fresh_starts=[START, date(2026, 10, 3)]) == "M1 90l1-10M3 95l1-10"


def test_steps_stay_level_until_they_jump() -> None:
    assert line(days(0, 0, 50), FRAME, stepped=True) == "M1 100h1h1v-50"


def test_thinning_keeps_the_newest() -> None:
    points = days(*range(100))
    kept = thinned(points, 30)
    assert len(kept) <= 34
    assert kept[-1] == points[-1]


@pytest.mark.parametrize(
    ("progress", "width"),
    [(0.5, "50%"), (1.0, "100%"), (40.0, "100%"), (0.001, "0.1%")],
    ids=["half", "there", "far beyond", "a start"],
)
def test_a_bar_is_as_long_as_the_progress(progress: float, width: str) -> None:
    assert f'class=fill width="{width}"' in bar(progress, 0.5, "")


def test_beyond_either_end_an_arrowhead_says_so() -> None:
    assert "beyond" in bar(-0.2, 0.5, "")
    assert 'class="fill"' not in bar(-0.2, 0.5, "")
    assert "beyond" in bar(1.5, 0.5, "")
    assert "beyond" not in bar(1.0, 0.5, "")


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf])
def test_a_bar_without_numbers_is_an_empty_rail(nothing: float | None) -> None:
    drawn = bar(nothing, nothing, "No progress to show")
    assert "rail" in drawn
    assert "fill" not in drawn
    assert "mark" not in drawn


def test_labels_are_escaped() -> None:
    assert 'aria-label="&lt;b&gt; &#34;x&#34;"' in bar(0.1, None, '<b> "x"')


def test_segments_fill_by_their_own_target() -> None:
    # three months of 33.33 %, each 1.2 % short of its third: 32.13 %; October hit (full), November 20 of 50: 0.4 x 32.13 = 12.85 %
    drawn = segments(months(60, 20, None), 0.5, "")
    assert re.findall(r'class="fill (\w+)" x="([\d.]+%)" width="([\d.]+%)"', drawn) == [
        ("hit", "0%", "32.13%"),
        ("running", "33.33%", "12.85%"),
    ]


def test_a_band_places_two_bounds_at_the_quarters() -> None:
    # half-way between the bounds is the middle; far outside stays on the rail
    assert 'cx="50%"' in band(1.5, 1.0, 2.0, "")
    assert 'cx="25%"' in band(1.0, 1.0, 2.0, "")
    assert 'cx="98%"' in band(99.0, 1.0, 2.0, "")
    assert 'x="0%" width="75%"' in band(20.0, None, 24.0, "")
    assert "circle" not in band(None, 1.0, 2.0, "")


def test_parts_of_a_whole_add_up() -> None:
    # 1 of 4 is 25 % less 0.35 of air; the last goes to the very end
    assert re.findall(r'x="([\d.]+)%" width="([\d.]+)%"', stacked([("stale", 1), ("on_track", 3)], "")) == [
        ("0", "24.65"),
        ("25", "75"),
    ]


def test_a_span_is_never_empty() -> None:
    assert span([]) == (-0.08, 1.08)
    assert span([5.0, 5.0, None, math.inf]) == (4.5, 5.5)
    low, high = span([0.0])
    assert low < 0 < high


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 100, [0, 25, 50, 75, 100]), (-8, 108, [0, 50, 100]), (0.48, 0.61, [0.5, 0.55, 0.6]), (-1.2, 1.2, [-1, 0, 1])],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


@pytest.mark.parametrize(("low", "high"), [(-1e12, 3e12), (1e-9, 2e-9), (-5, -4.99), (0.0, 7.3)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 6
    assert all(low <= tick <= high for tick in found)


def test_the_expected_path_bends_only_where_something_is_known() -> None:
    end, as_of = date(2026, 10, 10), date(2026, 10, 5)
    # 40 % of the way from 10 to 20 is 14, at the end of the fifth day
    assert expected_path(START, end, as_of, 10, 20, 0.4) == ((0, 10), (5, 14), (10, 20))
    assert expected_path(START, end, as_of, 10, 20, None) == ((0, 10), (10, 20))
    assert expected_path(START, end, date(2026, 9, 1), 10, 20, 0.0) == ((0, 10), (10, 20))
    assert expected_path(START, end, date(2027, 9, 1), 10, 20, 1.0) == ((0, 10), (10, 20))


def drawing(**changes: object) -> Drawing:
    values: dict[str, object] = {
        "start": START,
        "end": date(2026, 10, 10),
        "as_of": date(2026, 10, 5),
        "points": days(0, 10, 20, 30, 40),
    }
    return Drawing(**{"value": 40.0, "target": 100.0, **values, **changes})  # type: ignore[arg-type]


def test_the_fan_opens_from_the_value() -> None:
    drawn = chart(drawing(fan=(60.0, 80.0, 120.0)), "label", str)
    assert "class=fan" in drawn
    assert "class=middle" in drawn


def test_no_fan_once_the_cycle_is_over_and_no_chart_without_history() -> None:
    assert "fan" not in chart(drawing(fan=(60.0, 80.0, 120.0), as_of=date(2026, 10, 10)), "label", str)
    assert chart(drawing(points=[]), "label", str) == ""
    assert chart(drawing(points=days(None, None)), "label", str) == ""


def test_a_range_shows_what_is_allowed() -> None:
    assert "class=allowed" in chart(drawing(target=None, low=10.0, high=50.0), "label", str)
    assert "class=allowed" in chart(drawing(target=None, high=50.0), "label", str)


def test_a_changed_target_is_a_flight_of_steps_and_a_tail_ends_with_the_day() -> None:
    """100 until 11 October, 200 after it: a step at x = 10, where the 11th begins. The tail covers the 21st and 22nd of 30 days."""
    start = date(2026, 10, 1)
    drawn = Drawing(
        start,
        date(2026, 10, 30),
        date(2026, 10, 22),
        tuple(DayValue(start + timedelta(days=day), day * 5.0) for day in range(22)),
        105.0,
        200.0,
        earlier_targets=((date(2026, 10, 11), 100.0),),
        restated=((date(2026, 10, 5), 150.0),),
        provisional_from=date(2026, 10, 21),
    )
    frame = Frame(start, 30, 0.0, 200.0, 100)
    assert target_path(frame, drawn) == "M0 50H10V0H30"
    picture = chart(drawn, "label", str)
    assert "<rect class=tail x=20 width=2" in picture
    assert picture.count("class=said") == 1
