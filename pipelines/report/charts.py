"""The small drawings of a row, as SVG without a viewport of their own: widths are percentages, so they stretch with the page.

No drawing library: a bar is three rectangles and a sparkline one path, which keeps a thousand key results in one light file.
Colours, heights and corners come from the stylesheet (`--c` is the colour of the row's status, a bar is 14 pixels high);
everything a drawing says is repeated in its label. Quotes that HTML does not need are left out: they are a tenth of all these bytes.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from markupsafe import Markup

from okr_mappings.snapshot import DayValue, SubPeriod
from pipelines.report.figures import usable

_WHOLE_RAIL = Markup('<rect class="rail"/>')  # as wide as the bar
MOST_SEGMENTS = 27  # half a year of weeks; beyond that a segment is thinner than its gap


@dataclass(frozen=True, slots=True)
class Frame:
    """Where days and values land: x in days since the cycle's first morning, y from 0 (high) to `height` (low)."""

    start: date
    days: int
    low: float
    high: float
    height: int

    def x(self, day: date) -> int:
        """A value belongs to the end of its day."""
        return (day - self.start).days + 1

    def y(self, value: float) -> int:
        return round((self.high - value) / (self.high - self.low) * self.height)


def span(values: Sequence[float | None], *, pad: float = 0.08) -> tuple[float, float]:
    """The lowest and highest of the values with some air around; never of zero length."""
    known = [value for value in values if value is not None and usable(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    air = (high - low) * pad or abs(high) * 0.1 or 1.0
    return low - air, high + air


def line(points: Sequence[DayValue], frame: Frame, *, fresh_starts: Sequence[date] = (), stepped: bool = False) -> str:
    """An SVG path through the days that have a value; a day without one breaks the line, a lonely day becomes a dot.

    On each of the `fresh_starts` (in order) counting begins anew, so no line leads there from the day before.
    """
    runs: list[list[tuple[int, int]]] = [[]]
    period = -1
    for point in points:
        if period != (period := bisect_right(fresh_starts, point.day)):
            runs.append([])
        if point.value is None or not math.isfinite(point.value):
            runs.append([])
        else:
            runs[-1].append((frame.x(point.day), frame.y(point.value)))
    return "".join(_run(run, stepped=stepped) for run in runs if run)


def _run(run: Sequence[tuple[int, int]], *, stepped: bool) -> str:
    """Relative coordinates, one command for all that follow: a quarter of the bytes of absolute ones."""
    moves = [(to[0] - at[0], to[1] - at[1]) for at, to in pairwise(run)]
    start = f"M{run[0][0]} {run[0][1]}"
    if not moves:
        return f"{start}h0"
    if stepped:
        return start + "".join(f"h{dx}v{dy}" if dy else f"h{dx}" for dx, dy in moves)
    return f"{start}l" + " ".join(f"{dx}{dy}" if dy < 0 else f"{dx} {dy}" for dx, dy in moves)


def thinned(points: Sequence[DayValue], most: int) -> Sequence[DayValue]:
    """At most about `most` points, evenly spaced, the newest always among them."""
    stride = max(1, math.ceil(len(points) / most))
    return points[::-1][::stride][::-1]


def sparkline(path: str, frame: Frame, goal: str, target: str, label: str) -> Markup:
    """`goal` is the path of what is expected, or the bounds of a range; `target` the line to reach, empty where that is the same."""
    if not path:
        return Markup("")
    return Markup(
        '<svg class=spark role=img aria-label="{}" viewBox="0 -4 {} {}" preserveAspectRatio=none>'
        '{}<path class=goal d="{}"/><path class=line d="{}"/></svg>'
    ).format(
        label,
        frame.days,
        frame.height + 8,
        Markup('<path class=aimed d="{}"/>').format(target) if target else "",
        goal,
        path,
    )


def bar(progress: float | None, expected: float | None, label: str) -> Markup:
    """From baseline (left end) to target (right end), with a mark where one should be by now."""
    body = [_WHOLE_RAIL]
    if progress is not None and usable(progress):
        share = min(max(progress, 0.0), 1.0)
        if share > 0:
            body.append(Markup('<rect class=fill width="{}"/>').format(percent(share)))
        body.append(_beyond(progress))
    return _drawing([*body, _mark(expected)], label)


def _rail(x: str, width: str) -> Markup:
    return Markup('<rect class=rail x={} width="{}"/>').format(x, width)


def _fill(outcome: str, x: str, width: str) -> Markup:
    return Markup('<rect class="{}" x="{}" width="{}"/>').format(f"fill {outcome}".rstrip(), x, width)


def _beyond(progress: float) -> Markup:
    """An arrowhead for what lies outside the bar: left of the baseline or past the target."""
    if progress < 0:
        return Markup('<path class="beyond" d="M6 2v10l-6-5z"/>')
    if progress > 1.005:
        return Markup('<svg x="100%" overflow="visible"><path class="beyond" d="M-6 2v10l6-5z"/></svg>')
    return Markup("")


def _mark(expected: float | None) -> Markup:
    if expected is None or not math.isfinite(expected):
        return Markup("")
    x = percent(min(max(expected, 0.0), 1.0))
    return Markup('<rect class=mark x="{}"/>').format(x)


def segments(periods: Sequence[SubPeriod], expected: float | None, label: str) -> Markup:
    """One segment per sub-period or step, filled as far as it came, in the colour of its own outcome."""
    width = 100 / len(periods)
    inner = width - min(width * 0.14, 1.2)
    body = []
    for index, period in enumerate(periods):
        x, share = f"{_short(index * width)}%", _filled(period)
        body.append(_rail(x, f"{_short(inner)}%"))
        if share > 0:
            body.append(_fill(period.outcome, x, f"{_short(inner * share)}%"))
    return _drawing([*body, _mark(expected)], label)


def _filled(period: SubPeriod) -> float:
    if period.value is None or not math.isfinite(period.value) or period.target <= 0:
        return 1.0 if period.outcome == "hit" else 0.0
    return min(max(period.value / period.target, 0.0), 1.0)


def band(value: float | None, low: float | None, high: float | None, label: str) -> Markup:
    """The allowed band in the middle of a rail, and a dot where the value is."""
    left, right = _band_edges(low, high)
    allowed = Markup('<rect class="allowed" x="{}" width="{}"/>').format(percent(left), percent(right - left))
    dot = Markup("")
    if value is not None and math.isfinite(value):
        dot = Markup('<circle class="dot" cx="{}" cy="7" r="5"/>').format(percent(_band_place(value, low, high)))
    return _drawing([_WHOLE_RAIL, allowed, dot], label)


def _band_edges(low: float | None, high: float | None) -> tuple[float, float]:
    return (0.25 if low is not None else 0.0, 0.75 if high is not None else 1.0)


def _band_place(value: float, low: float | None, high: float | None) -> float:
    """Two bounds stand at 1/4 and 3/4. A single bound's scale is its own magnitude: half of it fills a quarter of the rail."""
    if low is not None and high is not None and high > low:
        place = 0.25 + 0.5 * (value - low) / (high - low)
    else:
        bound, at = (high, 0.75) if high is not None else (low, 0.25)
        place = 0.5 if bound is None else at + (value - bound) / (2 * (abs(bound) or 1.0))
    return min(max(place, 0.02), 0.98)


def stacked(shares: Sequence[tuple[str, int]], label: str) -> Markup:
    """The whole in parts: (class, count) side by side with a hair of air between."""
    total, last = sum(count for _, count in shares) or 1, len(shares) - 1
    body, x = [], 0.0
    for index, (name, count) in enumerate(shares):
        width = count / total * 100
        part = Markup('<rect class="{}" x="{}%" width="{}%" height="100%" rx="2"/>')
        body.append(part.format(name, _short(x), _short(max(width - (0.35 if index < last else 0), 0.2))))
        x += width
    return Markup('<svg class="stack" role="img" aria-label="{}" height="10">{}</svg>').format(
        label, Markup("").join(body)
    )


def _drawing(body: Sequence[Markup], label: str) -> Markup:
    frame = Markup('<svg class=bar role=img aria-label="{}">{}</svg>')
    return frame.format(label, Markup("").join(body))


def percent(share: float) -> str:
    return f"{_short(share * 100)}%"


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
