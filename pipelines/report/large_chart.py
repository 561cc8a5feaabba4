"""The large chart behind a key result: value per day, expected path, target and its changes, bounds, the fan of the projection,
what restated days were reported as, and the tail of days that may still move.

Text keeps its size at any width because only the inner drawing is stretched: labels sit in the outer SVG at percentages of the
width (tick labels hang in its left padding), lines in an inner one whose x is days and whose y is a fraction of a pixel.
`vector-effect` in the stylesheet keeps strokes even.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from markupsafe import Markup

from okr_mappings.snapshot import DayValue
from pipelines.report.charts import Frame, line, percent, span, thinned
from pipelines.report.dates import short_day
from pipelines.report.figures import usable

TOP, PLOT, FOOT = 14, 190, 24
UNITS = 2  # y units per pixel
MOST_POINTS = 190
MOST_RINGS = 60


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the chart shows, in the metric's own unit. `expected` and `fan` end at the cycle's last day.

    `earlier_targets` are (first day of the next target, target until then); `restated` are (day, value reported then).
    """

    start: date
    end: date
    as_of: date
    points: Sequence[DayValue]
    value: float | None
    target: float | None
    low: float | None = None
    high: float | None = None
    expected: tuple[tuple[int, float], ...] = ()
    fan: tuple[float, float, float] | None = None
    fresh_starts: tuple[date, ...] = ()
    stepped: bool = False
    earlier_targets: tuple[tuple[date, float], ...] = ()
    restated: tuple[tuple[date, float], ...] = ()
    provisional_from: date | None = None

    @property
    def days(self) -> int:
        return max((self.end - self.start).days + 1, 1)


def chart(drawing: Drawing, label: str, written: Callable[[float], str]) -> Markup:
    """Empty when there is nothing to draw a line from."""
    frame = _frame(drawing)
    path = value_path(frame, drawing, MOST_POINTS)
    if not path:
        return Markup("")
    drawn = (
        _grid(frame, drawing),
        _tail(frame, drawing),
        _allowed(frame, drawing),
        _fan(frame, drawing),
        _goals(frame, drawing),
        _path("line", path),
    )
    return Markup(
        '<svg class=chart role=img aria-label="{}" height={}>'
        '<svg y={} height={} viewBox="0 0 {} {}" preserveAspectRatio=none>{}</svg>{}</svg>'
    ).format(
        label,
        TOP + PLOT + FOOT,
        TOP,
        PLOT,
        frame.days,
        frame.height,
        Markup("").join(drawn),
        _labels(frame, drawing, written),
    )


def value_path(frame: Frame, drawing: Drawing, most_points: int) -> str:
    points = thinned(drawing.points, most_points)
    return line(points, frame, fresh_starts=drawing.fresh_starts, stepped=drawing.stepped)


def goal_path(frame: Frame, drawing: Drawing) -> str:
    """The expected path where there is one, else the target and the bounds as level lines."""
    if drawing.expected:
        return "M" + "L".join(f"{x} {frame.y(value)}" for x, value in drawing.expected)
    return "".join(f"M0 {frame.y(level)}h{frame.days}" for level in _levels(drawing))


def spark_frame(drawing: Drawing) -> Frame:
    shown = _shown(replace(drawing, fan=None))
    low, high = span(shown, pad=0.02)
    return Frame(drawing.start, drawing.days, low, high, 100)


def _frame(drawing: Drawing) -> Frame:
    low, high = span(_shown(drawing))
    return Frame(drawing.start, drawing.days, low, high, PLOT * UNITS)


def _shown(drawing: Drawing) -> list[float | None]:
    values = [point.value for point in drawing.points]
    return [
        *values,
        drawing.value,
        drawing.target,
        drawing.low,
        drawing.high,
        *(value for _, value in drawing.expected),
        *(value for _, value in drawing.earlier_targets),
        *(value for _, value in drawing.restated),
        *(drawing.fan or ()),
    ]


def ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers inside the span."""
    rough = (high - low) / 4
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough)
    first = math.ceil(low / step)
    return [index * step for index in range(first, math.floor(high / step) + 1)]


def _path(name: str, path: str) -> Markup:
    return Markup('<path class={} d="{}"/>').format(name, path) if path else Markup("")


def _grid(frame: Frame, drawing: Drawing) -> Markup:
    rules = "".join(f"M0 {frame.y(tick)}h{frame.days}" for tick in ticks(frame.low, frame.high))
    today = _today(drawing)
    now = f"M{today} 0v{frame.height}" if today is not None else ""
    return _path("grid", rules) + _path("now", now)


def _today(drawing: Drawing) -> int | None:
    day = (drawing.as_of - drawing.start).days + 1
    return day if 0 < day < drawing.days else None


def _allowed(frame: Frame, drawing: Drawing) -> Markup:
    if drawing.low is None and drawing.high is None:
        return Markup("")
    top = frame.y(drawing.high) if drawing.high is not None else 0
    bottom = frame.y(drawing.low) if drawing.low is not None else frame.height
    area = Markup('<rect class=allowed y={} width={} height="{}"/>')
    return area.format(top, frame.days, max(bottom - top, 0))


def _fan(frame: Frame, drawing: Drawing) -> Markup:
    today = _today(drawing)
    if drawing.fan is None or drawing.value is None or today is None:
        return Markup("")
    low, middle, high = (frame.y(value) for value in drawing.fan)
    start = f"M{today} {frame.y(drawing.value)}L{frame.days}"
    return _path("fan", f"{start} {high}V{low}z") + _path("middle", f"{start} {middle}")


def _levels(drawing: Drawing) -> list[float]:
    """The level lines: the target, or the bounds of a range."""
    found = (drawing.target, drawing.low, drawing.high)
    return list(dict.fromkeys(level for level in found if level is not None and usable(level)))


def target_path(frame: Frame, drawing: Drawing) -> str:
    """Level lines; a target that changed is a flight of steps."""
    if not drawing.earlier_targets or drawing.target is None:
        return "".join(f"M0 {frame.y(level)}h{frame.days}" for level in _levels(drawing))
    path = f"M0 {frame.y(drawing.earlier_targets[0][1])}"
    later = [value for _, value in drawing.earlier_targets[1:]] + [drawing.target]
    for (day, _), value in zip(drawing.earlier_targets, later, strict=True):
        path += f"H{min(max(frame.x(day) - 1, 0), frame.days)}V{frame.y(value)}"
    return f"{path}H{frame.days}"


def _tail(frame: Frame, drawing: Drawing) -> Markup:
    """The days that a source may still correct."""
    if drawing.provisional_from is None:
        return Markup("")
    start = max(frame.x(drawing.provisional_from) - 1, 0)
    width = min(frame.x(drawing.as_of), frame.days) - start
    area = Markup('<rect class=tail x={} width={} height="{}"/>')
    return area.format(start, width, frame.height) if width > 0 else Markup("")


def _reported(frame: Frame, drawing: Drawing) -> list[Markup]:
    """A ring where a restated day was reported."""
    ring = Markup('<circle class=said cx={} cy={} r="3"/>')
    return [
        ring.format(percent(frame.x(day) / frame.days), _pixel(frame, value))
        for day, value in drawing.restated[-MOST_RINGS:]
    ]


def _goals(frame: Frame, drawing: Drawing) -> Markup:
    target = target_path(frame, drawing)
    return _path("goal", goal_path(frame, drawing) if drawing.expected else "") + _path("target", target)


def _labels(frame: Frame, drawing: Drawing, written: Callable[[float], str]) -> Markup:
    marks = [_left(frame, tick, written(tick)) for tick in ticks(frame.low, frame.high)]
    marks += _dates(drawing)
    marks += [_level_label(frame, level, written(level), _target_since(frame, drawing)) for level in _levels(drawing)]
    marks += _reported(frame, drawing)
    last = next((point for point in reversed(drawing.points) if usable(point.value)), None)
    if last is not None and last.value is not None:
        marks.append(
            Markup('<circle class=dot cx={} cy={} r="4"/>').format(
                percent(frame.x(last.day) / frame.days), _pixel(frame, last.value)
            )
        )
    return Markup("").join(marks)


def _pixel(frame: Frame, value: float) -> int:
    return TOP + round(frame.y(value) / UNITS)


def _left(frame: Frame, tick: float, text: str) -> Markup:
    return Markup("<text class=end x=-10 y={}>{}</text>").format(_pixel(frame, tick) + 4, text)


def _target_since(frame: Frame, drawing: Drawing) -> str:
    """Where the target's last step begins; empty for one that never changed."""
    if not drawing.earlier_targets:
        return ""
    return percent(max(frame.x(drawing.earlier_targets[-1][0]) - 1, 0) / frame.days)


def _level_label(frame: Frame, level: float, text: str, since: str) -> Markup:
    """On the left: there a value has not come near its target yet, and no fan lies in the way."""
    place = Markup(" x={}").format(since) if since else ""
    return Markup("<text class=at{} y={}>{}</text>").format(place, _pixel(frame, level) - 6, text)


def _dates(drawing: Drawing) -> list[Markup]:
    y = TOP + PLOT + FOOT - 6
    found = [
        Markup("<text y={}>{}</text>").format(y, short_day(drawing.start)),
        Markup("<text class=end x=100% y={}>{}</text>").format(y, short_day(drawing.end)),
    ]
    today = _today(drawing)
    if today is not None and 0.18 < today / drawing.days < 0.82:
        found.append(
            Markup("<text class=mid x={} y={}>{}</text>").format(
                percent(today / drawing.days), y, short_day(drawing.as_of)
            )
        )
    return found


def expected_path(
    start: date, end: date, as_of: date, first: float, target: float, share: float | None
) -> tuple[tuple[int, float], ...]:
    """Known points only: `first` on the first morning, what is expected at `as_of`, target on the last evening."""
    days = max((end - start).days + 1, 1)
    today = (min(max(as_of, start - timedelta(days=1)), end) - start).days + 1
    middle = ((today, first + share * (target - first)),) if share is not None and 0 < today < days else ()
    return ((0, first), *middle, (days, target))
