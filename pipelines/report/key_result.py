"""One key result as its row shows it: every text already written, every drawing already drawn.

The template decides where things stand; what they say is decided here, once, and tested without HTML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from okr_mappings.display import format_amount, format_share, format_value, is_currency, status_label
from okr_mappings.interval import sample_words
from okr_mappings.snapshot import DayValue, ProgressDocument, Snapshot, SourceFreshness, SubPeriod
from okr_mappings.words import Kind, SourceState, Status
from pipelines.report.charts import MOST_SEGMENTS, band, bar, segments, sparkline
from pipelines.report.dates import covered, full_day, through, through_day
from pipelines.report.figures import aim, bare_value, bounds, restated_mark, shown_value, usable, written_value
from pipelines.report.large_chart import Drawing, chart, expected_path, goal_path, spark_frame, value_path

SIZES = ((10**9, "B"), (10**6, "M"))
SAFE_LINK = re.compile(r"(https?://|mailto:)[^\s\x00-\x20\x7f]+", re.IGNORECASE)
SPARK_POINTS = 64
CURVED = (Kind.TOTAL, Kind.LEVEL, Kind.RATIO)
STEP_WORDS = {"hit": "done", "missed": "overdue", "running": "open", "ahead": "open"}


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class PeriodRow:
    label: str
    value: str
    target: str
    outcome: str
    word: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    name: str
    state: str
    through: str
    note: str

    @property
    def known(self) -> str:
        return self.through if self.state == SourceState.NEVER else f"data through {self.through}"


@dataclass(frozen=True, slots=True)
class Row:
    """`value` is the last good one, and `is_old` true, where there is no value of this `as_of`."""

    key_result: Snapshot
    anchor: str
    status: str
    value: str
    is_old: bool
    aim: str
    share: str
    expected: str
    marks: tuple[str, ...]
    bar: Markup
    spark: Markup
    has_path: bool
    chart: Markup
    facts: tuple[Fact, ...]
    periods: tuple[PeriodRow, ...]
    sources: tuple[SourceRow, ...]
    link: str | None
    link_text: str


def row(key_result: Snapshot, anchor: str, document: ProgressDocument) -> Row:
    points = trusted(key_result, document.history.get(key_result.key_result_id, ()), document.time_zone)
    drawing = drawing_of(key_result, points)
    is_old = shown_value(key_result)[1]
    return Row(
        key_result=key_result,
        anchor=anchor,
        status=status_label(key_result.status),
        value=bare_value(key_result),
        is_old=is_old,
        aim=aim(key_result),
        share=format_share(key_result.progress) if usable(key_result.progress) else "",
        expected=format_share(key_result.expected) if usable(key_result.expected) else "",
        marks=(*marks(key_result, document.time_zone, is_old=is_old), *restated_mark(key_result, document)),
        bar=bar_of(key_result),
        has_path=bool(drawing.expected),
        spark=_spark(key_result, drawing),
        chart=chart(drawing, chart_label(key_result, drawing), lambda tick: tick_label(tick, key_result.unit)),
        facts=tuple(facts(key_result, points)),
        periods=tuple(_period(period, key_result) for period in key_result.sub_periods),
        sources=tuple(source_row(source, document.time_zone) for source in key_result.sources),
        link=safe_link(key_result.source_link),
        link_text=link_text(key_result.source_link),
    )


def marks(key_result: Snapshot, time_zone: str, *, is_old: bool) -> tuple[str, ...]:
    found = []
    if is_old and key_result.last_good_as_of is not None:
        found.append(f"last good value of {full_day(key_result.last_good_as_of)}")
    elif key_result.data_through is not None:
        found.append(f"data through {through_day(key_result.data_through, time_zone)}")
    if key_result.provisional:
        found.append("provisional")
    if key_result.weight != 1:
        found.append(f"weight {key_result.weight:g}")
    return tuple(found)


def tick_label(tick: float, unit: str) -> str:
    """Short enough for the margin of a chart: no unit but money and percent, and millions abbreviated."""
    sign = unit if unit == "%" or is_currency(unit) else ""
    divisor, suffix = next((size for size in SIZES if abs(tick) >= size[0] * 10), (1, ""))
    return f"{format_amount(tick / divisor, sign)}{suffix}"


def safe_link(url: str) -> str | None:
    """The address if it is a web or mail address; anything else is never made clickable."""
    return url if SAFE_LINK.fullmatch(url) else None


def link_text(url: str) -> str:
    """The place rather than the whole address."""
    return (
        url.partition(":")[2]
        if url.lower().startswith("mailto:")
        else url.partition("://")[2].split("/")[0].rpartition("@")[2]
    )


def bar_of(key_result: Snapshot) -> Markup:
    label = bar_label(key_result)
    if key_result.kind is Kind.RANGE:
        return band(shown_value(key_result)[0], *bounds(key_result), label)
    if 1 < len(key_result.sub_periods) <= MOST_SEGMENTS:
        return segments(key_result.sub_periods, key_result.expected, label)
    return bar(key_result.progress, key_result.expected, label)


def bar_label(key_result: Snapshot) -> str:
    if key_result.kind is Kind.RANGE:
        return f"{written_value(key_result)}, allowed {aim(key_result)}"
    if not usable(key_result.progress):
        return "No progress to show"
    expected = f"; {format_share(key_result.expected)} expected by now" if usable(key_result.expected) else ""
    return f"{format_share(key_result.progress)} of the way to the target{expected}"


def trusted(key_result: Snapshot, points: Sequence[DayValue], time_zone: str) -> Sequence[DayValue]:
    """The days inside the cycle; of a stale one only those its data covers, as the rest would look like a standstill."""
    last = key_result.cycle_end
    if key_result.status is Status.STALE and key_result.data_through is not None:
        last = min(last, covered(key_result.data_through, time_zone))
    return [point for point in points if key_result.cycle_start <= point.day <= last]


def drawing_of(key_result: Snapshot, points: Sequence[DayValue]) -> Drawing:
    low, high = bounds(key_result)
    return Drawing(
        start=key_result.cycle_start,
        end=key_result.cycle_end,
        as_of=key_result.as_of,
        points=points,
        value=key_result.value,
        target=None if key_result.kind is Kind.RANGE else key_result.target,
        low=low,
        high=high,
        expected=_expected(key_result),
        fan=_fan(key_result),
        fresh_starts=_fresh_starts(key_result),
        stepped=key_result.kind is Kind.MILESTONE,
    )


def _fresh_starts(key_result: Snapshot) -> tuple[date, ...]:
    return tuple(period.start for period in key_result.sub_periods) if key_result.kind is Kind.RECURRING else ()


def _expected(key_result: Snapshot) -> tuple[tuple[int, float], ...]:
    """A `total` starts at nothing whatever it is compared with; levels and ratios start at their baseline."""
    start = 0.0 if key_result.kind is Kind.TOTAL else key_result.baseline
    if key_result.kind not in CURVED or start is None or key_result.target is None:
        return ()
    days = (key_result.cycle_start, key_result.cycle_end, key_result.as_of)
    return expected_path(*days, start, key_result.target, key_result.expected)


def _fan(key_result: Snapshot) -> tuple[float, float, float] | None:
    low, middle, high = key_result.projected_p10, key_result.projected_p50, key_result.projected_p90
    if key_result.kind not in (*CURVED, Kind.RANGE) or low is None or middle is None or high is None:
        return None
    return low, middle, high


def _spark(key_result: Snapshot, drawing: Drawing) -> Markup:
    frame = spark_frame(drawing)
    path = value_path(frame, drawing, SPARK_POINTS)
    return sparkline(path, frame, goal_path(frame, drawing), f"History: {_story(key_result, drawing)}")


def chart_label(key_result: Snapshot, drawing: Drawing) -> str:
    return f"Value per day: {_story(key_result, drawing)}; target {aim(key_result)}"


def _story(key_result: Snapshot, drawing: Drawing) -> str:
    known = [point for point in drawing.points if usable(point.value)]
    if not known:
        return "no values"
    first, last = known[0], known[-1]
    return (
        f"{format_value(first.value, key_result.unit)} on {full_day(first.day)}, "
        f"{format_value(last.value, key_result.unit)} on {full_day(last.day)}"
    )


def facts(key_result: Snapshot, points: Sequence[DayValue]) -> list[Fact]:
    unit = key_result.unit
    found = [
        Fact("Value", format_value(key_result.value, unit)),
        Fact("Past 7 days", past_week(key_result, points)),
        Fact("Last good value", _last_good(key_result)),
        Fact("Baseline", format_value(key_result.baseline, unit) if key_result.baseline is not None else ""),
        Fact("Target", aim(key_result)),
        Fact("Progress", format_share(key_result.progress) if usable(key_result.progress) else ""),
        Fact("Expected by now", format_share(key_result.expected) if usable(key_result.expected) else ""),
        *_sample(key_result),
        *_forecast(key_result),
    ]
    return [fact for fact in found if fact.text]


def past_week(key_result: Snapshot, points: Sequence[DayValue]) -> str:
    """The change over seven days. Not for ratios in percent, where a difference would need a unit of its own."""
    if key_result.kind not in CURVED or key_result.unit == "%" or key_result.value is None:
        return ""
    before = next((p.value for p in points if p.day == key_result.as_of - timedelta(days=7)), None)
    if before is None:
        return ""
    change = key_result.value - before
    text = format_value(change, key_result.unit)
    return f"+{text}" if change > 0 and not text.startswith("+") else text


def _last_good(key_result: Snapshot) -> str:
    if key_result.last_good_value is None or key_result.last_good_as_of is None:
        return ""
    return f"{format_value(key_result.last_good_value, key_result.unit)} on {full_day(key_result.last_good_as_of)}"


def _sample(key_result: Snapshot) -> list[Fact]:
    sample = sample_words(key_result.n, key_result.interval_low, key_result.interval_high, key_result.unit)
    return [
        Fact("Numerator", _plain(key_result.numerator)),
        Fact("Denominator", _plain(key_result.denominator)),
        Fact("Rows behind it", f"{key_result.n:,}" if key_result.n is not None else ""),
        Fact("Sample", sample),
    ]


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:,.2f}".rstrip("0").rstrip(".")


def _forecast(key_result: Snapshot) -> list[Fact]:
    fan = (key_result.projected_p10, key_result.projected_p50, key_result.projected_p90)
    low, middle, high = (format_value(value, key_result.unit) if value is not None else "" for value in fan)
    likely = f"{middle} ({low} to {high})" if low and high else middle
    return [
        Fact("Forecast for the end", likely),
        Fact("Chance of the target", format_share(key_result.probability) if usable(key_result.probability) else ""),
        Fact("Forecast method", key_result.projection_method or "" if middle else ""),
    ]


def _period(period: SubPeriod, key_result: Snapshot) -> PeriodRow:
    if key_result.kind is Kind.MILESTONE:
        return PeriodRow(
            period.label, "", full_day(period.end), period.outcome, STEP_WORDS.get(period.outcome, period.outcome)
        )
    value = format_value(period.value, key_result.unit) if period.value is not None else ""
    return PeriodRow(period.label, value, format_value(period.target, key_result.unit), period.outcome, period.outcome)


def source_row(source: SourceFreshness, time_zone: str) -> SourceRow:
    return SourceRow(source.source, source.state.value, through(source.data_through, time_zone), source.note)
