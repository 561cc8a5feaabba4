"""The large chart as a PNG, for places that show no SVG: a message in a channel.

Same lines as in the report, drawn again at a fixed size: the report's chart stretches with the page and takes its colours from the page's
stylesheet. Everything it says stands in the text beside it too, so a machine without fonts loses only the labels. Light
background always: a channel does not tell its theme. resvg draws it, without a browser.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def svg(drawing: Drawing, key_result: Snapshot) -> Markup:
    """x in pixels per day, y from the chart's own frame."""
    wide, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    low, top = span(
        [*(point.value for point in drawing.points), *_aims(drawing), drawing.value, *(y for _, y in drawing.expected)]
    )
    frame = Frame(drawing.start, drawing.days, low, top, high)
    path = line(thinned(drawing.points, wide // 2), frame, fresh_starts=drawing.fresh_starts, stepped=drawing.stepped)
    if not path:
        return Markup("")
    scale = wide / frame.days
    colour = _COLOURS.get(key_result.status, _NEUTRAL)
    lines = (
        _stroke("".join(f"M0 {frame.y(tick)}h{frame.days}" for tick in ticks(low, top)), "#d8dee4", 1),
        _stroke(_expected(frame, drawing), "#8c959f", 1.5, dashes="4 3"),
        _stroke("".join(f"M0 {frame.y(level)}h{frame.days}" for level in _aims(drawing)), "#0969da", 1.5),
        _stroke(path, colour, 2.5),
    )
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" font-family="{}" font-size="12" fill="#57606a">'
        '<g transform="translate({} {}) scale({} 1)" fill="none">{}</g>{}</svg>'
    ).format(
        WIDTH,
        HEIGHT,
        _FONTS,
        _LEFT,
        _TOP,
        round(scale, 4),
        Markup("").join(lines),
        _labels(frame, drawing, key_result, scale),
    )


def _aims(drawing: Drawing) -> list[float]:
    found = (drawing.target, drawing.low, drawing.high)
    return [level for level in found if level is not None and usable(level)]


def _expected(frame: Frame, drawing: Drawing) -> str:
    return "M" + "L".join(f"{x} {frame.y(value)}" for x, value in drawing.expected) if drawing.expected else ""


def _stroke(path: str, colour: str, width: float, dashes: str = "none") -> Markup:
    if not path:
        return Markup("")
    return Markup(
        '<path d="{}" stroke="{}" stroke-width="{}" stroke-dasharray="{}" stroke-linejoin="round" stroke-linecap="round"'
        ' vector-effect="non-scaling-stroke"/>'
    ).format(path, colour, width, dashes)


def _labels(frame: Frame, drawing: Drawing, key_result: Snapshot, scale: float) -> Markup:
    found = [
        _text(_LEFT - 8, _TOP + frame.y(tick) + 4, tick_label(tick, key_result.unit), "end")
        for tick in ticks(frame.low, frame.high)
    ]
    found.append(_text(_LEFT, HEIGHT - 6, short_day(drawing.start), "start"))
    found.append(_text(WIDTH - _RIGHT, HEIGHT - 6, short_day(drawing.end), "end"))
    today = (drawing.as_of - drawing.start).days + 1
    if 0.18 < today / drawing.days < 0.82:
        found.append(_text(_LEFT + round(today * scale), HEIGHT - 6, short_day(drawing.as_of), "middle"))
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
