"""What a key result must satisfy before it may be computed, one function per rule.

Every rule notes at most what a person can correct, at the line of the key that is wrong. Rules do not depend on each other, except that
those about numbers wait until the numbers can be read.
"""

from __future__ import annotations

from collections.abc import Callable

from okr_mappings import goal_checks
from okr_mappings.draft import GROWING, Draft
from okr_mappings.expected import Curve
from okr_mappings.goals import is_percentage
from okr_mappings.model import BoundsBlock, PhasedBlock
from okr_mappings.suggest import nearest
from okr_mappings.words import Better, Kind

# a kind may also be fed by a metric that was made for one of these
_SUITED = {
    Kind.RECURRING: (Kind.RECURRING, Kind.TOTAL),
    Kind.RANGE: (Kind.RANGE, Kind.LEVEL, Kind.RATIO),
    Kind.MILESTONE: (Kind.MILESTONE, Kind.TOTAL, Kind.LEVEL),
}


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
    goal_checks.target_can_be_read,
    goal_checks.baseline_can_be_read,
    goal_checks.baseline_is_there,
    goal_checks.relative_makes_sense,
    goal_checks.direction_is_right,
    goal_checks.recurring_target_is_positive,
    _expected_suits,
    _check_ins_make_sense,
    _steps_make_sense,
)
