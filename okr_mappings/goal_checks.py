"""Rules about numbers: targets, bounds and baselines that can be read, lead somewhere, and lead the right way."""

from __future__ import annotations

from okr_mappings.draft import Draft
from okr_mappings.goals import BaselineFrom, Target, TargetForm, is_percentage
from okr_mappings.model import BoundsBlock
from okr_mappings.words import Better, Kind


def target_can_be_read(draft: Draft) -> None:
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


def baseline_can_be_read(draft: Draft) -> None:
    block = draft.block
    if block.baseline is not None and draft.baseline is None:
        advice = "Write a number, `measured`, `previous_cycle` or `same_cycle_last_year`."
        draft.note("baseline", f"`{block.baseline}` cannot be read as a baseline{_in_unit(draft)}.", advice)
    if block.check_ins is not None and draft.baseline is not None and draft.baseline.source is not BaselineFrom.NUMBER:
        draft.note("baseline", "What is kept by hand cannot be measured.", "Write the number.")


def baseline_is_there(draft: Draft) -> None:
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


def relative_makes_sense(draft: Draft) -> None:
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


def direction_is_right(draft: Draft) -> None:
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


def recurring_target_is_positive(draft: Draft) -> None:
    kinds = (Kind.RECURRING, Kind.MILESTONE)
    target = draft.target
    if draft.block.kind in kinds and target is not None and target.form is TargetForm.ABSOLUTE and target.amount <= 0:
        draft.note(
            "target", f"A target of {target.amount:g} is reached before anything is done.", "Aim at more than 0."
        )
