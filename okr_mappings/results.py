"""From answers to progress, one function per kind of key result.

Each takes the same `Scene` and returns an `Outcome`: what was found, what it means as a fraction, and the formula with its numbers.
An outcome without progress says in `problem` why there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from math import isfinite

from okr_mappings import arithmetic, expected, formulas
from okr_mappings.calendar import Cycle, Period, previous_cycle, same_cycle_last_year, sub_periods
from okr_mappings.display import format_value
from okr_mappings.expected import Curve
from okr_mappings.goals import BaselineFrom
from okr_mappings.mappings import CheckIn, KeyResult
from okr_mappings.plan import SEASONAL_BEFORE, SEASONAL_SAME_DAY, SEASONAL_WHOLE, VALUE, baseline_role, begun
from okr_mappings.questions import MetricAnswer
from okr_mappings.snapshot import SubPeriod
from okr_mappings.words import Better, Kind

NO_ANSWER = MetricAnswer(None)


@dataclass(frozen=True, slots=True)
class Scene:
    """A key result on one day of its cycle (`day` never lies outside it), and what the warehouse answered."""

    key_result: KeyResult
    cycle: Cycle
    day: date
    answers: Mapping[str, MetricAnswer]
    frozen_baseline: float | None = None

    def answer(self, role: str) -> MetricAnswer:
        """A number that is infinite or not a number at all (a division by zero in the SQL, say) is none."""
        found = self.answers.get(role, NO_ANSWER)
        if found.value is not None and not isfinite(found.value):
            return MetricAnswer(None, error=f"the SQL returned {found.value}, which is no number")
        return found

    @property
    def check_ins(self) -> tuple[CheckIn, ...]:
        return tuple(each for each in self.key_result.check_ins if each.day <= self.day)

    @property
    def value(self) -> MetricAnswer:
        """The number at the end of `day`, from the warehouse or from the last check-in."""
        if not self.key_result.by_hand:
            return self.answer(VALUE)
        return MetricAnswer(self.check_ins[-1].value) if self.check_ins else NO_ANSWER


@dataclass(frozen=True, slots=True)
class Outcome:
    """`progress` is None exactly when `problem` says why."""

    answer: MetricAnswer = NO_ANSWER
    baseline: float | None = None
    target: float | None = None
    target_high: float | None = None
    progress: float | None = None
    expected: float | None = None
    formula: str = ""
    sub_periods: tuple[SubPeriod, ...] = ()
    problem: str = ""


def outcome(scene: Scene) -> Outcome:
    return _BY_KIND[scene.key_result.kind](scene)


def _growth(scene: Scene) -> Outcome:
    """total, level, ratio."""
    key_result = scene.key_result
    answer, baseline = scene.value, _baseline(scene)
    target = key_result.target.resolve(baseline) if key_result.target else None
    share = _expected(scene)
    found = Outcome(answer, baseline, target, expected=share)
    problem = _missing(scene, answer, baseline, target) or _no_way(scene, baseline, target) or _no_share(share)
    if problem or answer.value is None or baseline is None or target is None:
        return _without(found, problem)
    if key_result.kind is Kind.TOTAL and share is not None:
        return _total(found, answer.value, baseline, target, 1.0 if scene.cycle.is_over(scene.day) else share)
    way = arithmetic.progress(answer.value, baseline, target)
    return _with(found, way, formulas.growth(answer.value, baseline, target, way))


def _total(found: Outcome, value: float, baseline: float, target: float, share: float) -> Outcome:
    way = arithmetic.total(value, baseline, target, expected=share)
    paced = arithmetic.progress_by_pace(value, baseline, target, expected=share)
    if baseline == 0 or way == arithmetic.progress(value, baseline, target):
        return _with(found, way, formulas.growth(value, baseline, target, way))
    if way == paced:
        return _with(found, way, formulas.paced(value, baseline, target, share, way))
    return _with(found, way, formulas.ratio(value, target, way) if target > baseline else formulas.held_back(share))


def _recurring(scene: Scene) -> Outcome:
    key_result = scene.key_result
    periods = sub_periods(scene.cycle, key_result.every) if key_result.every else ()
    baseline = _baseline(scene)
    target = key_result.target.resolve(baseline) if key_result.target else None
    answers = _period_answers(scene)
    of_all = replace(answers[-1], n_unknown=sum(answer.n_unknown for answer in answers))
    found = Outcome(of_all, baseline, target, expected=expected.recurring(periods, scene.day))
    problem = (
        _missing_period(scene, answers, periods) or _missing_goal(scene, baseline, target) or _not_positive(target)
    )
    if problem or target is None:
        return _without(found, problem)
    targets = [target * period.share if key_result.is_flow else target for period in periods]
    values = [answer.value for answer in answers]
    listed = tuple(
        _listed(period, value, goal, scene.day) for period, value, goal in zip_longest(periods, values, targets)
    )
    known = [(value, goal) for value, goal in zip(values, targets, strict=False) if value is not None]
    way = arithmetic.recurring([value for value, _ in known], [goal for _, goal in known], len(periods))
    return _with(found, way, formulas.recurring(known, len(periods), way), listed)


def _missing_period(scene: Scene, answers: list[MetricAnswer], periods: tuple[Period, ...]) -> str:
    """A ratio may have nothing to compute from yet in the running sub-period; any other gap is a gap."""
    for answer, period in zip(answers, periods, strict=False):
        not_yet = answer is answers[-1] and not scene.key_result.is_flow and not answer.error
        if answer.value is None and not not_yet:
            return _missing_value(answer, period.label)
    return ""


def _period_answers(scene: Scene) -> list[MetricAnswer]:
    """One per sub-period that has begun; by hand, the last check-in inside it, and none yet in the running one counts as nothing yet."""
    asked = begun(scene.key_result, scene.cycle, scene.day)
    if not scene.key_result.by_hand:
        return [scene.answer(role) for role in asked.roles]
    return [_last_check_in(scene, period, is_running=period is asked.periods[-1]) for period in asked.periods]


def _last_check_in(scene: Scene, period: Period, *, is_running: bool) -> MetricAnswer:
    inside = [each for each in scene.check_ins if period.start <= each.day <= period.end]
    if inside:
        return MetricAnswer(inside[-1].value)
    return MetricAnswer(0.0) if is_running and scene.check_ins else NO_ANSWER


def _listed(period: Period, value: float | None, target: float, day: date) -> SubPeriod:
    if value is not None and value >= target:
        word = "hit"
    elif period.end <= day:
        word = "missed"
    else:
        word = "running" if period.start <= day else "ahead"
    return SubPeriod(period.label, period.start, period.end, value, target, word)


def _milestone(scene: Scene) -> Outcome:
    key_result = scene.key_result
    target = key_result.target.amount if key_result.target else None
    if key_result.steps:
        return _steps(scene, float(len(key_result.steps)))
    answer, share = scene.value, scene.cycle.elapsed(scene.day)
    found = Outcome(answer, None, target, expected=share)
    if answer.value is None or target is None:
        return _without(found, _missing_value(answer, ""))
    way = arithmetic.milestone(answer.value, target)
    return _with(found, way, formulas.ratio(answer.value, target, way))


def _steps(scene: Scene, planned: float) -> Outcome:
    steps, day = scene.key_result.steps, scene.day
    done = [step.done is not None and step.done <= day for step in steps]
    share = expected.milestone([step.due for step in steps], day)
    words = (
        "hit" if is_done else "missed" if step.due < day else "running"
        for is_done, step in zip(done, steps, strict=True)
    )
    listed = tuple(
        SubPeriod(step.title, scene.cycle.start, step.due, float(is_done), 1.0, word)
        for step, is_done, word in zip(steps, done, words, strict=True)
    )
    found = Outcome(MetricAnswer(float(sum(done))), None, planned, expected=share)
    way = arithmetic.milestone(sum(done), planned)
    return _with(found, way, formulas.ratio(sum(done), planned, way), listed)


def _range(scene: Scene) -> Outcome:
    key_result, answer = scene.key_result, scene.value
    bounds = key_result.bounds
    assert bounds is not None  # noqa: S101 - checked when loading
    found = Outcome(answer, None, bounds.at_least, bounds.at_most, expected=1.0)
    if answer.value is None:
        return _without(found, _missing_value(answer, ""))
    way = arithmetic.within(answer.value, bounds, key_result.tolerance)
    bound = arithmetic.broken_bound(answer.value, bounds)
    if bound is None:
        return _with(found, way, formulas.inside(answer.value))
    tolerance = arithmetic.tolerance_of(bound, key_result.tolerance)
    return _with(found, way, formulas.outside(abs(answer.value - bound), tolerance, way))


def _baseline(scene: Scene) -> float | None:
    """Written, frozen or measured; for a recurring flow the measured sum is spread over the sub-periods it covers."""
    key_result, baseline = scene.key_result, scene.key_result.baseline
    if baseline is None or baseline.number is not None:
        return baseline.number if baseline else None
    role = baseline_role(key_result)
    measured = scene.frozen_baseline
    if measured is None and role is not None:
        measured = scene.answer(role).value
    if measured is None or key_result.every is None or not key_result.is_flow:
        return measured
    last_year = baseline.source is BaselineFrom.SAME_CYCLE_LAST_YEAR
    window = same_cycle_last_year(scene.cycle) if last_year else previous_cycle(scene.cycle)
    then = Cycle("", "", window.start, window.end, scene.cycle.fiscal_start_month)
    return measured / sum(period.share for period in sub_periods(then, key_result.every))


def _expected(scene: Scene) -> float | None:
    curve = scene.key_result.expected
    if curve.curve is Curve.PHASED:
        return expected.phased(curve.points, scene.cycle, scene.day)
    if curve.curve is Curve.LINEAR:
        return expected.linear(scene.cycle, scene.day)
    before: float | None = 0.0
    if scene.key_result.kind is Kind.LEVEL:
        before = scene.answer(SEASONAL_BEFORE).value
    by_the_day, whole = scene.answer(SEASONAL_SAME_DAY).value, scene.answer(SEASONAL_WHOLE).value
    return None if before is None else expected.seasonal(by_the_day, whole, before)


def _missing(scene: Scene, answer: MetricAnswer, baseline: float | None, target: float | None) -> str:
    return _missing_value(answer, "") if answer.value is None else _missing_goal(scene, baseline, target)


def _missing_value(answer: MetricAnswer, when: str) -> str:
    if answer.error:
        return answer.error
    if answer.is_withheld:
        return f"{_few(answer)}{f' in {when}' if when else ''}, and fewer than {answer.n_least} show no score"
    what = "nothing with an amount" if answer.n_unknown else "nothing"
    return f"{what} was found for {when}" if when else f"{what} was found yet"


def _few(answer: MetricAnswer) -> str:
    return f"there {'is only 1 answer' if answer.n == 1 else f'are only {answer.n} answers'}"


def _missing_goal(scene: Scene, baseline: float | None, target: float | None) -> str:
    key_result = scene.key_result
    if key_result.baseline is not None and baseline is None:
        role = baseline_role(key_result)
        asked = scene.answer(role) if role else NO_ANSWER
        if asked.is_withheld:
            return f"{_few(asked)} for the baseline, and fewer than {asked.n_least} show no score"
        return asked.error or f"nothing was found for the baseline ({key_result.baseline.source.replace('_', ' ')})"
    if target is None and key_result.target is not None:
        return f"{key_result.target.text} of {format_value(baseline, key_result.unit)} is no growth; name the amount instead"
    return ""


def _no_way(scene: Scene, baseline: float | None, target: float | None) -> str:
    """A measured baseline may turn out to lie at or beyond the target."""
    if baseline is None or target is None:
        return ""
    up = scene.key_result.better is Better.HIGHER
    if target > baseline if up else target < baseline:
        return ""
    start, end = (format_value(each, scene.key_result.unit) for each in (baseline, target))
    return f"it started at {start}, already at or beyond the target of {end}; choose another target"


def _not_positive(target: float | None) -> str:
    return f"a target of {target:g} is reached before anything is done" if target is not None and target <= 0 else ""


def _no_share(share: float | None) -> str:
    if share is not None:
        return ""
    return "the seasonal course is unknown: there is no complete number for the same cycle last year; use `expected: linear`"


def _without(found: Outcome, problem: str) -> Outcome:
    return replace(found, problem=problem)


def _with(found: Outcome, way: float, text: str, listed: tuple[SubPeriod, ...] = ()) -> Outcome:
    return replace(found, progress=way, formula=text, sub_periods=listed)


_BY_KIND: dict[Kind, Callable[[Scene], Outcome]] = {
    Kind.TOTAL: _growth,
    Kind.LEVEL: _growth,
    Kind.RATIO: _growth,
    Kind.RECURRING: _recurring,
    Kind.MILESTONE: _milestone,
    Kind.RANGE: _range,
}
