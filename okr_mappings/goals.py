"""Where a key result starts and where it wants to be: baselines, targets and bounds as written, and what they come to.

Relative amounts are worked out in decimal, so that +10 % of 110 is 121 and not 121.00000000000001, which a value of 121 would miss.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class BaselineFrom(StrEnum):
    """Where a baseline comes from."""

    NUMBER = "number"
    MEASURED = "measured"
    PREVIOUS_CYCLE = "previous_cycle"
    SAME_CYCLE_LAST_YEAR = "same_cycle_last_year"


@dataclass(frozen=True, slots=True)
class Baseline:
    """`number` is None exactly when the baseline is asked of the warehouse."""

    source: BaselineFrom
    number: float | None = None


class TargetForm(StrEnum):
    """How a target is written: `350`, `"+20%"`, `"+1000"`, `"x1.5"`."""

    ABSOLUTE = "absolute"
    PERCENT = "percent"
    PLUS = "plus"
    TIMES = "times"


@dataclass(frozen=True, slots=True)
class Target:
    """`amount` is the number itself, the growth as a fraction (+20 % is 0.2), the addition, or the factor."""

    form: TargetForm
    amount: float
    text: str

    @property
    def is_relative(self) -> bool:
        return self.form is not TargetForm.ABSOLUTE

    @property
    def needs_positive_baseline(self) -> bool:
        """Growth by a share of nothing, or of less than nothing, has no meaning."""
        return self.form in (TargetForm.PERCENT, TargetForm.TIMES)

    @property
    def goes_up(self) -> bool:
        """Whether a relative target lies above its baseline."""
        return self.amount > (1 if self.form is TargetForm.TIMES else 0)

    @property
    def goes_nowhere(self) -> bool:
        """Whether a relative target equals its baseline, whatever that is."""
        return self.is_relative and self.amount == (1 if self.form is TargetForm.TIMES else 0)

    def resolve(self, baseline: float | None) -> float | None:
        """The number aimed at; None while a relative target has no baseline, or one that it cannot grow from."""
        if self.form is TargetForm.ABSOLUTE:
            return self.amount
        if baseline is None or (self.needs_positive_baseline and baseline <= 0):
            return None
        start, amount = _decimal(baseline), _decimal(self.amount)
        if self.form is TargetForm.PERCENT:
            return float(start * (1 + amount))
        return float(start + amount) if self.form is TargetForm.PLUS else float(start * amount)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a `range` must stay within; both bounds are inclusive, at least one is given."""

    at_least: float | None
    at_most: float | None


def _decimal(number: float) -> Decimal:
    return Decimal(repr(float(number)))


_AMOUNT = re.compile(
    r"""^(?P<sign>[+\-\u2212]|[x\u00d7])?\s*          # +, -, x or nothing
        (?P<number>\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?|\.\d+)   # 1000, 1,000, 1.5
        \s*(?P<unit>%|[A-Za-z][A-Za-z \-]*)?$""",
    re.VERBOSE,
)


def parse_target(raw: float | str, unit: str) -> Target | None:
    """A target as written in a file, in a metric of this unit; None when it cannot be read.

    In a metric of unit `%` a bare `25%` is the number 0.25, `+2 points` are percentage points, and `+20%` is growth by a fifth.
    """
    if not isinstance(raw, str):
        return Target(TargetForm.ABSOLUTE, float(raw), f"{raw:g}")
    text = " ".join(raw.split())
    match = _AMOUNT.match(text)
    if match is None or not _unit_fits(match["unit"], unit):
        return None
    form = _form(match["sign"] or "", match["unit"], unit)
    return None if form is None else Target(form, float(_amount(match, form, unit)), text)


def _form(sign: str, written_unit: str | None, unit: str) -> TargetForm | None:
    if sign in ("x", "×"):
        return None if written_unit else TargetForm.TIMES
    if sign:
        return TargetForm.PERCENT if written_unit == "%" else TargetForm.PLUS
    return None if written_unit == "%" and unit != "%" else TargetForm.ABSOLUTE


def _amount(match: re.Match[str], form: TargetForm, unit: str) -> Decimal:
    number = Decimal(match["number"].replace(",", ""))
    points_of_share = form is TargetForm.PLUS and unit == "%" and match["unit"] is not None
    signed = -number if match["sign"] in ("-", "−") else number
    return signed / 100 if match["unit"] == "%" or points_of_share else signed


def _unit_fits(written: str | None, unit: str) -> bool:
    if written is None or written == "%":
        return True
    return written.casefold() == unit.casefold() or (written == "points" and unit == "%")


def parse_number(raw: float | str, unit: str) -> float | None:
    """A plain number as written: `1200`, `"1,200"`, `"25%"` in a metric of unit `%`; None for anything relative."""
    target = parse_target(raw, unit)
    return target.amount if target is not None and not target.is_relative else None


def is_percentage(raw: float | str | None) -> bool:
    return isinstance(raw, str) and raw.strip().endswith("%")
