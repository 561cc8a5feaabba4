"""What a key result must satisfy before it may be computed, one function per rule.

Every rule notes at most what a person can correct, at the line of the key that is wrong. Rules do not depend on each other, except that
those about numbers wait until the numbers can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from okr_mappings.calendar import Cycle
from okr_mappings.expected import Curve
from okr_mappings.goals import Baseline, BaselineFrom, Bounds, Target, TargetForm, is_percentage
from okr_mappings.metric import MetricSpec
from okr_mappings.model import BoundsBlock, KeyResultBlock, PhasedBlock
from okr_mappings.suggest import nearest
from okr_mappings.words import Better, Kind
from okr_mappings.yaml_lines import Place, YamlFile

GROWING = (Kind.TOTAL, Kind.LEVEL, Kind.RATIO)
# a kind may also be fed by a metric that was made for one of these
_SUITED = {
    Kind.RECURRING: (Kind.RECURRING, Kind.TOTAL),
    Kind.RANGE: (Kind.RANGE, Kind.LEVEL, Kind.RATIO),
    Kind.MILESTONE: (Kind.MILESTONE, Kind.TOTAL, Kind.LEVEL),
}
_FEEDS = ("metric", "sql", "check_ins", "steps")


@dataclass(frozen=True, slots=True)
class Draft:
    """A key result as written, with what could be read from it; `metric` is None when it has none or an unknown one."""

    block: KeyResultBlock
    place: Place
    file: YamlFile
    cycle: Cycle
    metric: MetricSpec | None
    unit: str
    baseline: Baseline | None
    target: Target | None
    bounds: Bounds | None

    @property
    def feeds(self) -> list[str]:
        return [name for name in _FEEDS if getattr(self.block, name) is not None]

    @property
    def better(self) -> Better | None:
        return self.metric.better if self.metric else self.block.better

    def note(self, key: str, what: str, advice: str = "") -> None:
        """At the line of `key` where it is written, else at the key result's first line."""
        self.file.problem((*self.place, *key.split(".")), what, advice)


def check(draft: Draft) -> None:
    """Notes everything wrong with one key result in its file."""
    if not _has_a_number(draft):
        return
    for rule in RULES:
        rule(draft)


def _has_a_number(draft: Draft) -> bool:
    """The examples B1 to B3: nothing to count, a percentage of nothing, nothing to reach."""
    block = draft.block
    if draft.feeds:
        return True
    if is_percentage(block.target if not isinstance(block.target, BoundsBlock) else None):
        advice = "Name the `metric` it is a percentage of, and its `baseline`."
        draft.note("target", f"“{block.title}” is {block.target} of nothing.", advice)
    elif block.target is None:
        advice = "Say which `metric` moves, from which `baseline` to which `target`."
        draft.note("title", f"“{block.title}” has no number, so nobody can say whether it was reached.", advice)
    else:
        draft.note(
            "title", f"“{block.title}” does not say what is counted.", "Add `metric`, `sql`, `check_ins` or `steps`."
        )
    return False


def _one_feed(draft: Draft) -> None:
    if len(draft.feeds) > 1:
        both = " and ".join(f"`{name}`" for name in draft.feeds)
        draft.note(draft.feeds[1], f"{both} exclude each other.", "Keep the one that the number comes from.")
    if draft.block.steps is not None and draft.block.kind is not Kind.MILESTONE:
        draft.note(
            "steps",
            f"Steps belong to a milestone, not to a {draft.block.kind}.",
            "Write `kind: milestone`, or use check_ins.",
        )


def _metric_suits(draft: Draft) -> None:
    if draft.metric is None:
        return
    kind = draft.block.kind
    if not set(_SUITED.get(kind, (kind,))) & set(draft.metric.kinds):
        suited = ", ".join(f"`{each}`" for each in draft.metric.kinds)
        draft.note("kind", f"Metric `{draft.metric.name}` cannot be read as a {kind}.", f"It suits {suited}.")
    for key in ("unit", "better"):
        if getattr(draft.block, key) is not None:
            draft.note(key, f"The metric has its own `{key}`: {getattr(draft.metric, key)}.", "Leave it out.")
    for dimension in draft.block.filters:
        if dimension not in draft.metric.dimensions:
            what = f"Metric `{draft.metric.name}` has no dimension `{dimension}`."
            advice = nearest(dimension, draft.metric.dimensions) or "It cannot be filtered."
            draft.note(f"filters.{dimension}", what, advice)


def _own_unit(draft: Draft) -> None:
    """Without a metric, unit and direction have to be said here."""
    block = draft.block
    if block.metric is not None:
        return
    if block.filters:
        draft.note("filters", "Only a metric has dimensions to filter on.", "Put the condition into the sql itself.")
    if block.kind is Kind.MILESTONE:
        return
    if block.unit is None:
        draft.note(draft.feeds[0], "`unit` is missing.", "Say what one of it is: leads, EUR, %, points, hours.")
    if block.sql is not None and block.better is None and block.kind is not Kind.RANGE:
        draft.note("sql", "`better` is missing.", "Write `better: higher` or `better: lower`.")


def _keys_suit_kind(draft: Draft) -> None:
    block = draft.block
    kind = block.kind
    if kind is Kind.RECURRING and block.every is None:
        draft.note("kind", "`every` is missing.", "A recurring key result needs `every: week`, `month` or `quarter`.")
    allowed = {
        "every": kind is Kind.RECURRING,
        "window": kind in (Kind.RATIO, Kind.RANGE),
        "tolerance": kind is Kind.RANGE,
        "min_n": kind in (Kind.RATIO, Kind.RANGE),
        "expected": kind in GROWING,
        "baseline": kind not in (Kind.RANGE, Kind.MILESTONE),
        "stale_after_days": block.check_ins is not None,
    }
    for key, is_allowed in allowed.items():
        if key in block.model_fields_set and not is_allowed:
            draft.note(
                key, f"`{key}` means nothing for a {kind}{'' if kind in GROWING else ' key result'}.", "Leave it out."
            )
    if kind is Kind.RECURRING and draft.better is Better.LOWER:
        draft.note(
            "kind", "A recurring key result counts up; this metric is better lower.", "Use a `range` with `at_most`."
        )


def _target_can_be_read(draft: Draft) -> None:
    block = draft.block
    if block.kind is Kind.RANGE:
        _bounds_can_be_read(draft)
    elif isinstance(block.target, BoundsBlock):
        draft.note("target", f"`at_least` and `at_most` belong to a range, not to a {block.kind}.", "Write one number.")
    elif block.target is None:
        if not block.steps:
            draft.note("title", f"“{block.title}” has no number: `target` is missing.", "Say which number is aimed at.")
    elif draft.target is None:
        draft.note("target", f"`{block.target}` cannot be read as a target{_in_unit(draft)}.", _target_advice(draft))


def _in_unit(draft: Draft) -> str:
    return f" in {draft.unit}" if draft.unit else ""


def _target_advice(draft: Draft) -> str:
    if is_percentage(draft.block.target if not isinstance(draft.block.target, BoundsBlock) else None):
        return f'For growth write "+{str(draft.block.target).strip()}" and a baseline.'
    return 'Write a number, or "+20%", "-15%", "+1000", "x1.5".'


def _bounds_can_be_read(draft: Draft) -> None:
    block, bounds = draft.block, draft.bounds
    if not isinstance(block.target, BoundsBlock) or bounds is None:
        draft.note("target", "A range needs bounds.", "Write `target:` with `at_least:`, `at_most:` or both.")
        return
    if block.target.at_least is None and block.target.at_most is None:
        draft.note("target", "A range needs at least one bound.", "Write `at_least:`, `at_most:` or both.")
    for key in ("at_least", "at_most"):
        if getattr(block.target, key) is not None and getattr(bounds, key) is None:
            draft.note(
                f"target.{key}",
                f"`{getattr(block.target, key)}` is not a number{_in_unit(draft)}.",
                "Bounds are plain numbers.",
            )
    if bounds.at_least is not None and bounds.at_most is not None and bounds.at_least > bounds.at_most:
        draft.note("target.at_least", "`at_least` lies above `at_most`.", "Swap them.")
    if block.tolerance is None and 0 in (bounds.at_least, bounds.at_most):
        draft.note(
            "target",
            "A bound of 0 has no magnitude to take 10 % of.",
            "Write `tolerance:`, how far outside the score reaches 0.",
        )


def _baseline_can_be_read(draft: Draft) -> None:
    block = draft.block
    if block.baseline is not None and draft.baseline is None:
        advice = "Write a number, `measured`, `previous_cycle` or `same_cycle_last_year`."
        draft.note("baseline", f"`{block.baseline}` cannot be read as a baseline{_in_unit(draft)}.", advice)
    if block.check_ins is not None and draft.baseline is not None and draft.baseline.source is not BaselineFrom.NUMBER:
        draft.note("baseline", "What is kept by hand cannot be measured.", "Write the number.")


def _baseline_is_there(draft: Draft) -> None:
    block, target = draft.block, draft.target
    if block.baseline is not None or target is None or block.kind in (Kind.RANGE, Kind.MILESTONE):
        return
    if target.is_relative:
        draft.note(
            "target",
            f"`{target.text}` of what? `baseline` is missing.",
            "Write a number, `measured`, `previous_cycle` or `same_cycle_last_year`.",
        )
    elif block.kind in (Kind.LEVEL, Kind.RATIO):
        draft.note(
            "kind", f"A {block.kind} does not start at 0: `baseline` is missing.", "Write a number, or `measured`."
        )
    elif block.kind is Kind.TOTAL and draft.better is Better.LOWER:
        draft.note(
            "kind",
            "A total that should stay low starts at its best: `baseline` is missing.",
            "Write last period's number as baseline.",
        )


def _relative_makes_sense(draft: Draft) -> None:
    target = draft.target
    if target is None or not target.is_relative:
        return
    if draft.block.kind is Kind.MILESTONE:
        draft.note(
            "target", "A milestone is done or not; its target is a plain number.", "Write how many steps there are."
        )
    elif target.goes_nowhere:
        draft.note("target", f"`{target.text}` is the baseline itself.", "Aim at something else.")
    elif draft.metric is not None and draft.metric.signed and target.needs_positive_baseline:
        what = f"`{target.text}` means nothing on a scale that runs through zero: of 32 it is more, of -8 less, of 0 nothing."
        draft.note("target", what, 'Say it in points: "+8 points".')
    elif draft.better is not None and target.goes_up is not (draft.better is Better.HIGHER):
        draft.note(
            "target", f"`{target.text}` goes the wrong way: {_what(draft)} is better {draft.better}.", "Check the sign."
        )
    else:
        _grows_from_something(draft, target)


def _grows_from_something(draft: Draft, target: Target) -> None:
    start = draft.baseline.number if draft.baseline and draft.block.baseline is not None else None
    if target.needs_positive_baseline and start is not None and start <= 0:
        draft.note("target", f"`{target.text}` of {start:g} is no growth.", 'Name the amount: "+1000".')


def _direction_is_right(draft: Draft) -> None:
    target, baseline = draft.target, draft.baseline
    if target is None or target.is_relative or baseline is None or baseline.number is None or _starts_low(draft):
        return
    if target.amount == baseline.number:
        draft.note(
            "target",
            f"Target and baseline are both {target.amount:g}.",
            "Aim at something else, or use a `range` to hold a level.",
        )
    elif draft.better is not None and (target.amount > baseline.number) is not (draft.better is Better.HIGHER):
        what = f"From {baseline.number:g} to {target.amount:g} goes the wrong way: {_what(draft)} is better {draft.better}."
        advice = (
            f'For a change of {target.amount:g} write it in quotes: "{target.amount:+g}".' if target.amount < 0 else ""
        )
        draft.note("target", what, advice or "Swap them, or choose another metric.")


def _starts_low(draft: Draft) -> bool:
    """A total without a baseline of its own that should stay low: said already."""
    return draft.block.baseline is None and draft.better is Better.LOWER


def _what(draft: Draft) -> str:
    return f"`{draft.metric.name}`" if draft.metric else "it"


def _recurring_target_is_positive(draft: Draft) -> None:
    kinds = (Kind.RECURRING, Kind.MILESTONE)
    target = draft.target
    if draft.block.kind in kinds and target is not None and target.form is TargetForm.ABSOLUTE and target.amount <= 0:
        draft.note(
            "target", f"A target of {target.amount:g} is reached before anything is done.", "Aim at more than 0."
        )


def _expected_suits(draft: Draft) -> None:
    expected, kind = draft.block.expected, draft.block.kind
    if expected is Curve.SEASONAL and kind in GROWING:
        if kind is Kind.RATIO:
            draft.note(
                "expected", "A ratio has no share reached by a day of last year.", "Use linear, or phased with points."
            )
        if draft.block.check_ins is not None:
            draft.note(
                "expected",
                "What is kept by hand has no last year to compare with.",
                "Use linear, or phased with points.",
            )
    if isinstance(expected, PhasedBlock):
        _points_in_order(draft, expected)


def _points_in_order(draft: Draft, expected: PhasedBlock) -> None:
    before = None
    for number, point in enumerate(expected.phased):
        key = ("expected", "phased", number, "date")
        if not draft.cycle.start <= point.date <= draft.cycle.end:
            draft.file.problem((*draft.place, *key), f"{point.date} lies outside the cycle.", _cycle_dates(draft))
        elif before is not None and point.date <= before.date:
            draft.file.problem(
                (*draft.place, *key), f"{point.date} does not come after {before.date}.", "Put the points in order."
            )
        before = point


def _cycle_dates(draft: Draft) -> str:
    return f"The cycle runs from {draft.cycle.start} to {draft.cycle.end}."


def _check_ins_make_sense(draft: Draft) -> None:
    seen = set()
    for number, check_in in enumerate(draft.block.check_ins or ()):
        place = (*draft.place, "check_ins", number, "date")
        if not draft.cycle.start <= check_in.date <= draft.cycle.end:
            draft.file.problem(place, f"The check-in of {check_in.date} lies outside the cycle.", _cycle_dates(draft))
        if check_in.date in seen:
            draft.file.problem(place, f"There are two check-ins on {check_in.date}.", "Keep the later one.")
        seen.add(check_in.date)


def _steps_make_sense(draft: Draft) -> None:
    steps = draft.block.steps or []
    seen = set()
    for number, step in enumerate(steps):
        place = (*draft.place, "steps", number)
        if step.id in seen:
            draft.file.problem((*place, "id"), f"Step `{step.id}` is there twice.", "Give one of them another id.")
        if step.due is not None and not draft.cycle.start <= step.due <= draft.cycle.end:
            draft.file.problem((*place, "due"), f"{step.due} lies outside the cycle.", _cycle_dates(draft))
        seen.add(step.id)
    if steps and draft.target is not None and draft.target.amount != len(steps):
        draft.note(
            "target",
            f"The target is {draft.target.amount:g}, but there are {len(steps)} steps.",
            "Leave the target out.",
        )


RULES: tuple[Callable[[Draft], None], ...] = (
    _one_feed,
    _metric_suits,
    _own_unit,
    _keys_suit_kind,
    _target_can_be_read,
    _baseline_can_be_read,
    _baseline_is_there,
    _relative_makes_sense,
    _direction_is_right,
    _recurring_target_is_positive,
    _expected_suits,
    _check_ins_make_sense,
    _steps_make_sense,
)
