"""The numbers that data-aware rules look at, and which questions they take. Nothing is asked here: whoever has a warehouse answers.

`inquiry` says what to ask about a key result, `facts_from` what the answers come to. "Comparable" numbers are what the same key result
would have come to in the past: totals over windows as long as the cycle, ratios over their own window, whole sub-periods, and for a gauge
its changes over as many days as the cycle has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from okr_mappings.calendar import DAY, Cycle, add_months, sub_periods
from okr_mappings.goals import Baseline, BaselineFrom
from okr_mappings.mappings import KeyResult
from okr_mappings.plan import baseline_role, questions
from okr_mappings.questions import MetricAnswer, MetricQuestion, Window
from okr_mappings.results import Scene, outcome
from okr_mappings.words import Kind

YEARS_BACK = 2
# fewer comparable numbers than this and nothing is said about what is usual
ENOUGH = 8
_COULD_BE = {
    Kind.TOTAL: (BaselineFrom.MEASURED, BaselineFrom.SAME_CYCLE_LAST_YEAR),
    Kind.RECURRING: (BaselineFrom.MEASURED, BaselineFrom.SAME_CYCLE_LAST_YEAR),
    Kind.LEVEL: (BaselineFrom.MEASURED,),
    Kind.RATIO: (BaselineFrom.MEASURED,),
}

Answers = Mapping[str, MetricAnswer]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Everything to ask about one key result: as of `day`, as of the cycle's first day, and what its baseline could be."""

    key_result: KeyResult
    cycle: Cycle
    day: date
    now: tuple[MetricQuestion, ...]
    first_day: tuple[MetricQuestion, ...]
    baselines: Mapping[BaselineFrom, MetricQuestion]
    comparable: tuple[Window, ...]

    @property
    def has_started(self) -> bool:
        return self.cycle.has_started(self.day)

    def asks_for(self, source: BaselineFrom) -> bool:
        """Whether its baseline is written as this one."""
        return self.key_result.baseline is not None and self.key_result.baseline.source is source


@dataclass(frozen=True, slots=True)
class Facts:
    """What the warehouse has. `baseline` and `target` are resolved; `measured` are the baselines that could have been asked for instead.

    `seen` are the comparable numbers, oldest first, empty when too few are known. `silent` names the sources behind it that
    were never loaded.
    """

    inquiry: Inquiry
    now: Answers = field(default_factory=dict)
    first_day: Answers = field(default_factory=dict)
    measured: Mapping[BaselineFrom, MetricAnswer] = field(default_factory=dict)
    baseline: float | None = None
    target: float | None = None
    seen: tuple[float, ...] = ()
    silent: tuple[str, ...] = ()


def inquiry(key_result: KeyResult, cycle: Cycle, day: date) -> Inquiry:
    """What is worth knowing on `day`, which may lie before the cycle; a key result kept by hand asks nothing."""
    asked = max(day, cycle.start)
    baselines = {} if key_result.by_hand else _baseline_questions(key_result, cycle)
    return Inquiry(
        key_result,
        cycle,
        day,
        questions(key_result, cycle, asked),
        questions(key_result, cycle, cycle.start),
        baselines,
        () if key_result.by_hand else _comparable(key_result, cycle, min(day, cycle.start - DAY)),
    )


def facts_from(asked: Inquiry, answers: Mapping[MetricQuestion, MetricAnswer], past: Sequence[float | None]) -> Facts:
    """`past` has one number per comparable window."""
    key_result, cycle = asked.key_result, asked.cycle
    now = {question.role: answers[question] for question in asked.now}
    found = outcome(Scene(key_result, cycle, max(asked.day, cycle.start), now))
    return Facts(
        asked,
        now,
        {question.role: answers[question] for question in asked.first_day},
        {
            source: _as_baseline(asked, source, answers[question])
            for source, question in asked.baselines.items()
            if _is_complete(asked, question)
        },
        found.baseline,
        found.target,
        _usual(asked, past),
    )


def _baseline_questions(key_result: KeyResult, cycle: Cycle) -> dict[BaselineFrom, MetricQuestion]:
    found = {}
    for source in _COULD_BE.get(key_result.kind, ()):
        instead = replace(key_result, baseline=Baseline(source))
        role = baseline_role(instead)
        found[source] = next(each for each in questions(instead, cycle, cycle.start) if each.role == role)
    return found


def _is_complete(asked: Inquiry, question: MetricQuestion) -> bool:
    """Before the cycle the sum over the one before it is still growing."""
    return not asked.key_result.is_flow or question.window.end <= asked.day


def _as_baseline(asked: Inquiry, source: BaselineFrom, answer: MetricAnswer) -> MetricAnswer:
    """What the answer would be as a baseline: for a recurring flow its part per sub-period."""
    instead = replace(asked.key_result, baseline=Baseline(source))
    role = baseline_role(instead) or ""
    baseline = outcome(Scene(instead, asked.cycle, asked.cycle.start, {role: answer})).baseline
    return replace(answer, value=baseline)


def _comparable(key_result: KeyResult, cycle: Cycle, last: date) -> tuple[Window, ...]:
    first = add_months(last, -12 * YEARS_BACK)
    if key_result.every is not None:
        periods = sub_periods(Cycle("", "", first, last, cycle.fiscal_start_month), key_result.every)
        return tuple(Window(each.start, each.end) for each in periods if each.share == 1)
    lengths = {Kind.TOTAL: cycle.days, Kind.LEVEL: 1, Kind.RATIO: key_result.window_days or cycle.days}
    length = lengths.get(key_result.kind)
    if length is None:
        return ()
    weeks = range((last - first).days // 7, -1, -1)
    ends = [last - timedelta(days=7 * week) for week in weeks]
    return tuple(Window(end - timedelta(days=length - 1), end) for end in ends)


def _usual(asked: Inquiry, past: Sequence[float | None]) -> tuple[float, ...]:
    kind, weeks = asked.key_result.kind, round(asked.cycle.days / 7)
    if kind is Kind.LEVEL:
        pairs = zip(past, past[weeks:], strict=False)
        seen = [after - before for before, after in pairs if before is not None and after is not None]
    else:
        seen = [value for value in _since_the_data_begin(asked, list(past)) if value is not None]
    return tuple(seen) if len(seen) >= ENOUGH else ()


def _since_the_data_begin(asked: Inquiry, past: list[float | None]) -> list[float | None]:
    """Without the windows of a flow that begin before its data do: they are too small, and say nothing."""
    if not asked.key_result.is_flow:
        return past
    before = next((place for place, value in enumerate(past) if value), len(past))
    covered = 1 if asked.key_result.every else round(asked.cycle.days / 7)
    return past[before + covered :]
