"""Rules about the numbers as they are written, before anything is measured."""

from __future__ import annotations

import re
from math import isclose

from okr_mappings.goals import Baseline, BaselineFrom, Target, TargetForm
from okr_mappings.lint.finding import Severity
from okr_mappings.lint.rule import Rule, per_key_result
from okr_mappings.mappings import KeyResult
from okr_mappings.words import Kind

_PERCENT = re.compile(r"\d\s*(%|percent\b|per cent\b)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?!\w)")  # 1,000 and 4.5, not the 4 of Q4 or the 2 of B2B
_COMPARES = re.compile(r"\b(from|than|above|below|as) (in )?(last|the previous|the same)\b", re.IGNORECASE)
_ZERO = Baseline(BaselineFrom.NUMBER, 0.0)  # where a total starts when nobody says otherwise
_YEAR = re.compile(r"(19|20)\d\d$")


def _percent_of_nothing(key_result: KeyResult) -> str:
    """B2, where it can be computed all the same: growth in the title, a plain number below it."""
    if not _PERCENT.search(key_result.title) or key_result.unit == "%":
        return ""
    relative = key_result.target is not None and key_result.target.is_relative
    starts_somewhere = key_result.baseline is not None and key_result.baseline != _ZERO
    if relative or starts_somewhere:
        return ""
    return f"“{key_result.title}” is a percentage, but `{key_result.id}` starts at nothing."


def _percent_target(key_result: KeyResult) -> str:
    """B5: fine for most, bad for one school; a profile decides."""
    target = key_result.target
    if target is not None and target.form is TargetForm.PERCENT:
        return f"The target of `{key_result.id}` is a percentage: {target.text}."
    if key_result.unit == "%" and (target is not None or key_result.bounds is not None):
        return f"`{key_result.id}` aims at a percentage."
    return ""


def _title_says_otherwise(key_result: KeyResult) -> str:
    """Steps are counted by the program, so a title that counts something else contradicts nothing."""
    written = [text for text in _NUMBER.findall(key_result.title) if not _YEAR.match(text)]
    aimed = [] if key_result.steps or _growth_is_unknown(key_result) else _amounts(key_result)
    if not written or not aimed or any(_reads_as(text, amount) for text in written for amount in aimed):
        return ""
    return f"“{key_result.title}” says {' and '.join(written)}, the target says {aimed[0]:g}."


def _growth_is_unknown(key_result: KeyResult) -> bool:
    """A percentage in the title, a plain number as target, and a baseline that is only measured: nothing to compare yet."""
    target, baseline = key_result.target, key_result.baseline
    is_share = key_result.unit == "%" or not _PERCENT.search(key_result.title)
    asked = baseline is not None and baseline.number is None
    return asked and not is_share and target is not None and not target.is_relative


def _amounts(key_result: KeyResult) -> list[float]:
    """The numbers aimed at, in all forms in which people write them: 0.06 is 6 %, and from 100 to 120 is 20 more, or 20 % more."""
    target, bounds = key_result.target, key_result.bounds
    if bounds is not None:
        plain = [bound for bound in (bounds.at_most, bounds.at_least) if bound is not None]
    else:
        plain = _plain_amounts(target, key_result.baseline) if target is not None else []
    return [*(100 * amount for amount in plain), *plain] if key_result.unit == "%" else plain


def _plain_amounts(target: Target, baseline: Baseline | None) -> list[float]:
    if target.form is TargetForm.PERCENT:
        return [100 * abs(target.amount)]
    if target.form is TargetForm.TIMES:
        return [target.amount, 100 * abs(target.amount - 1)]
    start = baseline.number if baseline is not None else None
    if target.is_relative or not start:
        return [abs(target.amount)]
    return [target.amount, abs(target.amount - start), 100 * abs(target.amount / start - 1)]


def _reads_as(text: str, amount: float) -> bool:
    """Whether the number is meant, in English or continental writing, perhaps in thousands or millions."""
    english, continental = text.replace(",", ""), text.replace(".", "").replace(",", ".")
    numbers = [float(each) for each in (english, continental) if each.count(".") <= 1]
    return any(isclose(number * size, amount) for number in numbers for size in (1, 1_000, 1_000_000))


def _compares_with_nothing(key_result: KeyResult) -> str:
    if (
        key_result.kind is Kind.RANGE
        or key_result.baseline not in (None, _ZERO)
        or not _COMPARES.search(key_result.title)
    ):
        return ""
    return f"“{key_result.title}” compares, but `{key_result.id}` has no baseline."


RULES = (
    Rule(
        "percent-of-nothing",
        Severity.WARNING,
        per_key_result(_percent_of_nothing),
        'Write the `baseline` it grows from and the target as `"+20%"`.',
        "Everybody fills the missing baseline in differently, and always so that the target was met.",
        "House style, section 9 of the semantics. (A relative target without a baseline is refused when loading.)",
        "“Improve traffic by 50 %” with `target: 60000`",
        '`baseline: previous_cycle`, `target: "+50%"`',
    ),
    Rule(
        "compares-with-nothing",
        Severity.WARNING,
        per_key_result(_compares_with_nothing),
        "Write `baseline: previous_cycle` or `same_cycle_last_year`.",
        "The title compares with an earlier period, the number does not: progress would count from zero.",
        "House style, section 9 of the semantics.",
        "“More mentions than last quarter” with `target: 100`",
        '`baseline: previous_cycle`, `target: "+20%"`',
    ),
    Rule(
        "title-says-otherwise",
        Severity.WARNING,
        per_key_result(_title_says_otherwise),
        "Change one of them; people read the title and the program reads the target.",
        "The number was changed in one place. In the review both are quoted.",
        "House style.",
        "“Win 350 qualified leads” with `target: 300`",
        "“Win 300 qualified leads” with `target: 300`",
    ),
    Rule(
        "percent-target",
        Severity.OFF,
        per_key_result(_percent_target),
        "Say it in the unit itself: how many, from how many.",
        "One school forbids percentages: a share can rise because its denominator fell, and +20 % of a small number is nothing. "
        "Others find them the clearest form. The profile decides: off in `default`, a warning in `strict`.",
        "A matter of school; section 9 of the semantics leaves it to the profile.",
        "“Answer 90 % of lead enquiries within a day”",
        "“At most 20 lead enquiries a month wait longer than a day”",
    ),
)
