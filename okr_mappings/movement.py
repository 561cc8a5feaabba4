"""Why a number moved between two days: new, lost, restated, definition and target parts that add up exactly.

Each part is computed from first principles; none is what is left over. With V(definition, day) the value of a day computed from the
data of now, and R what was reported of the first day:

| part | is | in words |
|---|---|---|
| restated | V(old, first) - R | the same question about the first day, asked again |
| definition | V(new, first) - V(old, first) | the first day under the definition of now |
| new | what records bring that are behind the last day and were not behind the first | |
| lost | what records took away that were behind the first day and are not behind the last, and new ones that count negatively | |
| net | V(new, last) - V(new, first), where a value is no sum over its records | new and lost together |

R + restated + definition + (new + lost | net) = V(new, last). A target moves no value; its part is of progress: the last value's progress
under the new target minus its progress under the old one, beside which the value parts are counted in units of the old way.

Amounts are decimals made from the shortest text of each double, so differences are exact and 0.3 - 0.1 is 0.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

# A double's sum over rows is right to this many digits after the point; what lies behind is noise of its addition.
DIGITS = 9
_PRECISION = 60


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The four numbers that a movement rests on; `old_first` is None where the old definition cannot be asked any more."""

    reported: float
    old_first: float | None
    new_first: float
    last: float


@dataclass(frozen=True, slots=True)
class Flow:
    """What single records contribute: those that came in, and those that went, each as it counts."""

    entered: Sequence[float]
    left: Sequence[float]


@dataclass(frozen=True, slots=True)
class Way:
    """Baseline and target, between which progress is a straight line."""

    baseline: float
    target: float


@dataclass(frozen=True, slots=True)
class Part:
    """`amount` in the unit of the value, `progress` as a share of the way (None where progress is no straight line)."""

    name: str
    amount: Decimal
    progress: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """From `start` (as reported) to `end`; the amounts add up to the difference, the progresses to that of the progress."""

    start: Decimal
    end: Decimal
    parts: tuple[Part, ...]
    progress_start: Fraction | None = None
    progress_end: Fraction | None = None

    @property
    def adds_up(self) -> bool:
        with localcontext(prec=_PRECISION):
            amounts = self.start + sum((part.amount for part in self.parts), Decimal(0)) == self.end
        if self.progress_start is None or self.progress_end is None:
            return amounts
        shares = [part.progress for part in self.parts if part.progress is not None]
        return amounts and self.progress_start + sum(shares, Fraction(0)) == self.progress_end


def movement(evaluated: Evaluated, flow: Flow | None, old: Way | None = None, new: Way | None = None) -> Movement:
    """`flow` is None where the value is no sum over its records; the ways are those of the first and the last day."""
    with localcontext(prec=_PRECISION):
        start, end = exact(evaluated.reported), exact(evaluated.last)
        amounts = [*_of_the_past(evaluated), *_of_the_time(evaluated, flow)]
    if old is None or new is None or old.target == old.baseline or new.target == new.baseline:
        return Movement(start, end, tuple(Part(name, amount) for name, amount in amounts))
    whole = Fraction(exact(old.target)) - Fraction(exact(old.baseline))
    parts = [Part(name, amount, Fraction(amount) / whole) for name, amount in amounts]
    before, after = _progress(start, old), _progress(end, new)
    parts.append(Part("target", Decimal(0), after - _progress(end, old)))
    return Movement(start, end, tuple(parts), before, after)


def rounded(amounts: Sequence[Decimal], total: Decimal, digits: int) -> tuple[Decimal, ...]:
    """The amounts rounded so that what is printed adds up to the rounded `total` too.

    -0.4, -0.4 and 1.3 come to 0.5. Without digits that is 0, as a half goes to the even number: 0, -1 and 1.
    """
    unit = Decimal(1).scaleb(-digits)
    with localcontext(prec=_PRECISION):
        floors = [(amount / unit).to_integral_value(ROUND_FLOOR) for amount in amounts]
        missing = int((total / unit).to_integral_value(ROUND_HALF_EVEN) - sum(floors, Decimal(0)))
        step = 1 if missing > 0 else -1
        # whoever is nearest to the next number gives way, and among equals the largest, never a part that is nothing
        order = sorted(
            range(len(amounts)), key=lambda at: (step * (floors[at] - amounts[at] / unit), -abs(amounts[at]))
        )
        for place in order[: abs(missing)]:
            floors[place] += step
        return tuple(floor * unit for floor in floors)


def digits_needed(amounts: Sequence[Decimal], most: int) -> int:
    """How many decimals it takes to print all of them as they are, up to `most`."""
    exponents = [amount.normalize().as_tuple().exponent for amount in amounts]
    return min(most, max([0, *(-each for each in exponents if isinstance(each, int))]))


def is_sum(value: float | None, contributions: Sequence[float]) -> bool:
    """Whether a value is exactly the sum over its records, up to the noise of adding doubles."""
    if value is None:
        return False
    with localcontext(prec=_PRECISION):
        return exact(value) == sum((exact(each) for each in contributions), Decimal(0))


def exact(number: float) -> Decimal:
    """The shortest decimal that is this double, rounded to DIGITS."""
    with localcontext(prec=_PRECISION):
        return round(Decimal(repr(float(number))), DIGITS) + Decimal(0)


def _of_the_past(evaluated: Evaluated) -> list[tuple[str, Decimal]]:
    reported, first = exact(evaluated.reported), exact(evaluated.new_first)
    if evaluated.old_first is None:
        return [("restated and definition", first - reported)]
    between = exact(evaluated.old_first)
    return [("restated", between - reported), ("definition", first - between)]


def _of_the_time(evaluated: Evaluated, flow: Flow | None) -> list[tuple[str, Decimal]]:
    if flow is None:
        return [("net", exact(evaluated.last) - exact(evaluated.new_first))]
    came = [exact(each) for each in flow.entered]
    went = [-exact(each) for each in flow.left]
    gains = sum((each for each in (*came, *went) if each > 0), Decimal(0))
    losses = sum((each for each in (*came, *went) if each < 0), Decimal(0))
    return [("new", gains), ("lost", losses)]


def _progress(value: Decimal, way: Way) -> Fraction:
    baseline, target = Fraction(exact(way.baseline)), Fraction(exact(way.target))
    return (Fraction(value) - baseline) / (target - baseline)
