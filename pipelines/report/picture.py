"""The large chart as a PNG, for places that show no SVG: a message in a channel.

Same lines as in the report, drawn again at a fixed size: the report's chart stretches with the page and takes its colours from the page's
stylesheet. Everything it says stands in the text beside it too, so a machine without fonts loses only the labels. Light
background always: a channel does not tell its theme. resvg draws it, without a browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import resvg_py
from markupsafe import Markup

from okr_mappings.snapshot import DayValue, Snapshot
from okr_mappings.words import Kind, Status
from pipelines.report.charts import Frame, line, span, thinned
from pipelines.report.dates import short_day
from pipelines.report.figures import usable
from pipelines.report.key_result import drawing_of, tick_label, trusted
from pipelines.report.large_chart import Drawing, ticks

WIDTH, HEIGHT = 560, 200
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 12, 12, 24
WIDE, HIGH = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_FONTS = "Liberation Sans, DejaVu Sans, Noto Sans, Arial, Helvetica, sans-serif"
_COLOURS = {
    Status.ACHIEVED: "#1a7f37",
    Status.ON_TRACK: "#1a7f37",
    Status.AT_RISK: "#9a6700",
    Status.OFF_TRACK: "#cf222e",
    Status.MISSED: "#cf222e",
}
_NEUTRAL = "#57606a"


def picture(key_result: Snapshot, points: Sequence[DayValue], time_zone: str) -> bytes:
    """Empty when there is no line to draw."""
    drawing = drawing_of(key_result, trusted(key_result, points, time_zone))
    drawn = svg(drawing, key_result)
    return resvg_py.svg_to_bytes(svg_string=str(drawn), background="#ffffff") if drawn else b""


class _PixelFrame(Frame):
    """x in pixels instead of days: stretched lines would have stretched strokes, as resvg knows no `vector-effect`."""

    def x(self, day: date) -> int:
        return self.at(super().x(day))

    def at(self, days: int) -> int:
        return round(days * WIDE / self.days)


def svg(drawing: Drawing, key_result: Snapshot) -> Markup:
    """Empty when no day has a value."""
    low, top = span(
        [*(point.value for point in drawing.points), *_aims(drawing), drawing.value, *(y for _, y in drawing.expected)]
    )
    frame = _PixelFrame(drawing.start, drawing.days, low, top, HIGH)
    path = line(thinned(drawing.points, WIDE // 2), frame, fresh_starts=drawing.fresh_starts, stepped=drawing.stepped)
    if not path:
        return Markup("")
    lines = (
        _stroke(_level(frame, ticks(low, top)), "#d8dee4", 1),
        _stroke(_expected(frame, drawing), "#8c959f", 1.5, dashes="4 3"),
        _stroke(_level(frame, _aims(drawing)), "#0969da", 1.5),
        _stroke(path, _COLOURS.get(key_result.status, _NEUTRAL), 2.5),
    )
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" font-family="{}" font-size="12" fill="#57606a">'
        '<g transform="translate({} {})" fill="none">{}</g>{}</svg>'
    ).format(WIDTH, HEIGHT, _FONTS, _LEFT, _TOP, Markup("").join(lines), _labels(frame, drawing, key_result))


def _level(frame: Frame, values: Sequence[float]) -> str:
    return "".join(f"M0 {frame.y(value)}h{WIDE}" for value in values)


def _aims(drawing: Drawing) -> list[float]:
    found = (drawing.target, drawing.low, drawing.high)
    return [level for level in found if level is not None and usable(level)]


def _expected(frame: _PixelFrame, drawing: Drawing) -> str:
    points = "L".join(f"{frame.at(days)} {frame.y(value)}" for days, value in drawing.expected)
    return f"M{points}" if points else ""


def _stroke(path: str, colour: str, width: float, dashes: str = "none") -> Markup:
    if not path:
        return Markup("")
    return Markup(
        '<path d="{}" stroke="{}" stroke-width="{}" stroke-dasharray="{}" stroke-linejoin="round" stroke-linecap="round"/>'
    ).format(path, colour, width, dashes)


def _labels(frame: _PixelFrame, drawing: Drawing, key_result: Snapshot) -> Markup:
    found = [
        _text(_LEFT - 8, _TOP + frame.y(tick) + 4, tick_label(tick, key_result.unit), "end")
        for tick in ticks(frame.low, frame.high)
    ]
    found.append(_text(_LEFT, HEIGHT - 6, short_day(drawing.start), "start"))
    found.append(_text(WIDTH - _RIGHT, HEIGHT - 6, short_day(drawing.end), "end"))
    today = (drawing.as_of - drawing.start).days + 1
    if 0.18 < today / drawing.days < 0.82:
        found.append(_text(_LEFT + frame.at(today), HEIGHT - 6, short_day(drawing.as_of), "middle"))
    if drawing.target is not None and key_result.kind is not Kind.RANGE:
        found.append(
            _text(
                _LEFT + 4,
                _TOP + frame.y(drawing.target) - 5,
                f"target {tick_label(drawing.target, key_result.unit)}",
                "start",
            )
        )
    return Markup("").join(found)


def _text(x: int, y: int, text: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, text)
