"""One key result as its row shows it: every text already written, every drawing already drawn.

The template decides where things stand; what they say is decided here, once, and tested without HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from okr_mappings.display import is_currency
from okr_mappings.interval import sample_words
from okr_mappings.snapshot import Background, Changed, DayValue, ProgressDocument, Snapshot, SourceFreshness, SubPeriod
from okr_mappings.words import Kind, SourceState, Status
from pipelines.languages import marked, reason_of, say, wording
from pipelines.report.charts import MOST_SEGMENTS, band, bar, segments, sparkline
from pipelines.report.dates import covered, full_day, through, through_day
from pipelines.report.figures import aim, bare_value, bounds, restated_mark, shown_value, usable, written_value
from pipelines.report.large_chart import (
    Drawing,
    chart,
    expected_path,
    goal_path,
    spark_frame,
    target_path,
    value_path,
)

SIZES = ((10**9, "B"), (10**6, "M"))
SAFE_LINK = re.compile(r"(https?://|mailto:)[^\s\x00-\x20\x7f]+", re.IGNORECASE)
SPARK_POINTS = 46
NO_BACKGROUND = Background()
CURVED = (Kind.TOTAL, Kind.LEVEL, Kind.RATIO)
STEP_WORDS = {"hit": marked("done"), "missed": marked("overdue"), "running": marked("open"), "ahead": marked("open")}
STATE_WORDS = {
    "fresh": marked("fresh"),
    "late": marked("late"),
    "stale": marked("stale"),
    "failed": marked("failed"),
    "never": marked("never loaded"),
}
PERIOD_WORDS = {
    "hit": marked("hit"),
    "missed": marked("missed"),
    "running": marked("running"),
    "ahead": marked("ahead"),
}


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
class ChangeRow:
    day: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    name: str
    state: str
    through: str
    note: str

    @property
    def word(self) -> str:
        return said(STATE_WORDS, self.state)

    @property
    def known(self) -> str:
        return self.through if self.state == SourceState.NEVER else say("data through %(day)s", day=self.through)


@dataclass(frozen=True, slots=True)
class Row:
    """`value` is the last good one, and `is_old` true, where there is no value of this `as_of`. `shared_sql` is where its SQL stands
    when that is not beside it."""

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
    reason: str
    background: Background
    changes: tuple[ChangeRow, ...]
    has_rings: bool
    has_tail: bool
    shared_sql: str = ""


def row(key_result: Snapshot, anchor: str, document: ProgressDocument, *, closed: bool = False) -> Row:
    """`closed`: only what stands in its line, without the chart and the figures behind it, which take most of the time."""
    points = trusted(key_result, document.history.get(key_result.key_result_id, ()), document.time_zone)
    background = document.background.get(key_result.key_result_id, NO_BACKGROUND)
    drawing = drawing_of(key_result, points, background)
    is_old = shown_value(key_result)[1]
    return Row(
        key_result=key_result,
        anchor=anchor,
        status=wording().status(key_result.status),
        value=bare_value(key_result),
        is_old=is_old,
        aim=aim(key_result),
        share=wording().share(key_result.progress) if usable(key_result.progress) else "",
        expected=wording().share(key_result.expected) if usable(key_result.expected) else "",
        marks=(*marks(key_result, document.time_zone, is_old=is_old), *restated_mark(key_result, document)),
        bar=bar_of(key_result),
        has_path=bool(drawing.expected),
        spark=_spark(key_result, drawing),
        chart=Markup("") if closed else _chart(key_result, drawing),
        facts=() if closed else tuple(facts(key_result, points)),
        periods=tuple(_period(period, key_result) for period in key_result.sub_periods),
        sources=tuple(source_row(source, document.time_zone) for source in key_result.sources),
        link=safe_link(key_result.source_link),
        link_text=link_text(key_result.source_link),
        reason=reason_of(key_result),
        background=background,
        changes=tuple(_change(each) for each in background.changes),
        has_rings=bool(drawing.restated),
        has_tail=drawing.provisional_from is not None,
    )


def _chart(key_result: Snapshot, drawing: Drawing) -> Markup:
    return chart(drawing, chart_label(key_result, drawing), lambda tick: tick_label(tick, key_result.unit))


def _change(change: Changed) -> ChangeRow:
    return ChangeRow(full_day(change.day), change.field, change.old, change.new)


def marks(key_result: Snapshot, time_zone: str, *, is_old: bool) -> tuple[str, ...]:
    found = []
    if is_old and key_result.last_good_as_of is not None:
        found.append(say("last good value of %(day)s", day=full_day(key_result.last_good_as_of)))
    elif key_result.data_through is not None:
        found.append(say("data through %(day)s", day=through_day(key_result.data_through, time_zone)))
    if key_result.provisional:
        found.append(say("provisional"))
    if key_result.projected_p10 is not None and key_result.projected_p90 is not None:
        found.append(likely(key_result))
    if key_result.weight != 1:
        found.append(say("weight %(weight)s", weight=wording().decimal(key_result.weight, 3)))
    return tuple(found)


def likely(key_result: Snapshot) -> str:
    """Where it will probably end, as a range."""
    low = wording().amount(key_result.projected_p10, key_result.unit)
    high = wording().amount(key_result.projected_p90, key_result.unit)
    return say("likely %(value)s", value=low) if low == high else say("likely %(low)s to %(high)s", low=low, high=high)


def tick_label(tick: float, unit: str) -> str:
    """Short enough for the margin of a chart: no unit but money and percent, and millions abbreviated."""
    sign = unit if unit == "%" or is_currency(unit) else ""
    divisor, suffix = next((size for size in SIZES if abs(tick) >= size[0] * 10), (1, ""))
    return f"{wording().amount(tick / divisor, sign)}{suffix}"


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
        return say("%(value)s, allowed %(bounds)s", value=written_value(key_result), bounds=aim(key_result))
    if not usable(key_result.progress):
        return say("No progress to show")
    way = wording().share(key_result.progress)
    if not usable(key_result.expected):
        return say("%(way)s of the way to the target", way=way)
    expected = wording().share(key_result.expected)
    return say("%(way)s of the way to the target; %(expected)s expected by now", way=way, expected=expected)


def trusted(key_result: Snapshot, points: Sequence[DayValue], time_zone: str) -> Sequence[DayValue]:
    """The days inside the cycle; of a stale one only those its data covers, as the rest would look like a standstill."""
    last = key_result.cycle_end
    if key_result.status is Status.STALE and key_result.data_through is not None:
        last = min(last, covered(key_result.data_through, time_zone))
    return [point for point in points if key_result.cycle_start <= point.day <= last]


def drawing_of(key_result: Snapshot, points: Sequence[DayValue], background: Background = NO_BACKGROUND) -> Drawing:
    low, high = bounds(key_result)
    within = [day for day in background.restated if key_result.cycle_start <= day.day <= key_result.cycle_end]
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
        earlier_targets=tuple((each.day, each.old) for each in background.target_changes if each.old is not None),
        restated=tuple((each.day, each.reported) for each in within),
        provisional_from=background.provisional_from,
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
    target = target_path(frame, drawing) if drawing.expected else ""
    label = say("History: %(story)s", story=_story(key_result, drawing))
    return sparkline(path, frame, goal_path(frame, drawing), target, label)


def chart_label(key_result: Snapshot, drawing: Drawing) -> str:
    return say("Value per day: %(story)s; target %(target)s", story=_story(key_result, drawing), target=aim(key_result))


def _story(key_result: Snapshot, drawing: Drawing) -> str:
    known = [point for point in drawing.points if usable(point.value)]
    if not known:
        return say("no values")
    first, last = known[0], known[-1]
    return say(
        "%(first)s on %(first_day)s, %(last)s on %(last_day)s",
        first=wording().value(first.value, key_result.unit),
        first_day=full_day(first.day),
        last=wording().value(last.value, key_result.unit),
        last_day=full_day(last.day),
    )


def facts(key_result: Snapshot, points: Sequence[DayValue]) -> list[Fact]:
    unit = key_result.unit
    found = [
        Fact(say("Value"), wording().value(key_result.value, unit)),
        Fact(say("Past 7 days"), past_week(key_result, points)),
        Fact(say("Last good value"), _last_good(key_result)),
        Fact(say("Baseline"), wording().value(key_result.baseline, unit) if key_result.baseline is not None else ""),
        Fact(say("Target"), aim(key_result)),
        Fact(say("Progress"), wording().share(key_result.progress) if usable(key_result.progress) else ""),
        Fact(say("Expected by now"), wording().share(key_result.expected) if usable(key_result.expected) else ""),
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
    text = wording().value(change, key_result.unit)
    return f"+{text}" if change > 0 and not text.startswith("+") else text


def _last_good(key_result: Snapshot) -> str:
    if key_result.last_good_value is None or key_result.last_good_as_of is None:
        return ""
    value = wording().value(key_result.last_good_value, key_result.unit)
    return say("%(value)s on %(day)s", value=value, day=full_day(key_result.last_good_as_of))


def _sample(key_result: Snapshot) -> list[Fact]:
    sample = sample_words(key_result.n, key_result.interval_low, key_result.interval_high, key_result.unit, wording())
    return [
        Fact(say("Numerator"), _plain(key_result.numerator)),
        Fact(say("Denominator"), _plain(key_result.denominator)),
        Fact(say("Rows behind it"), wording().whole(key_result.n) if key_result.n is not None else ""),
        Fact(say("Sample"), sample),
    ]


def _plain(number: float | None) -> str:
    return "" if number is None else wording().decimal(number, 2)


def _forecast(key_result: Snapshot) -> list[Fact]:
    fan = (key_result.projected_p10, key_result.projected_p50, key_result.projected_p90)
    low, middle, high = (wording().value(value, key_result.unit) if value is not None else "" for value in fan)
    likely = say("%(middle)s (%(low)s to %(high)s)", middle=middle, low=low, high=high) if low and high else middle
    return [
        Fact(say("Forecast for the end"), likely),
        Fact(
            say("Chance of the target"),
            wording().share(key_result.probability) if usable(key_result.probability) else "",
        ),
        Fact(say("Forecast method"), key_result.projection_method or "" if middle else ""),
    ]


def _period(period: SubPeriod, key_result: Snapshot) -> PeriodRow:
    if key_result.kind is Kind.MILESTONE:
        return PeriodRow(period.label, "", full_day(period.end), period.outcome, said(STEP_WORDS, period.outcome))
    value = wording().value(period.value, key_result.unit) if period.value is not None else ""
    target = wording().value(period.target, key_result.unit)
    return PeriodRow(period.label, value, target, period.outcome, said(PERIOD_WORDS, period.outcome))


def said(words: Mapping[str, str], word: str) -> str:
    """A word of a closed vocabulary, in the language being spoken."""
    return say(words[word]) if word in words else word


def source_row(source: SourceFreshness, time_zone: str) -> SourceRow:
    return SourceRow(source.source, source.state.value, through(source.data_through, time_zone), source.note)
