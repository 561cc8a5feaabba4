"""The arithmetic of a key result as text with its numbers filled in, for whoever wants to check it with a pocket calculator.

Numbers have no separators; negative ones stand in brackets.
"""

from __future__ import annotations

from collections.abc import Sequence


def number(value: float) -> str:
    """Enough decimals for the result to come out: six for shares and other small numbers, two for the others."""
    return _decimal(value, 6 if abs(value) < 10 else 2)


def result(value: float) -> str:
    return _decimal(value, 4)


def _decimal(value: float, digits: int) -> str:
    rounded = round(value, digits) + 0.0
    text = f"{rounded:.{digits}f}".rstrip("0").rstrip(".")
    return f"({text})" if rounded < 0 else text


def growth(value: float, baseline: float, target: float, progress: float) -> str:
    """`(32 - 40) / (24 - 40) = 0.5`; from 0 simply `210 / 350 = 0.6`."""
    if baseline == 0:
        return ratio(value, target, progress)
    return f"({number(value)} - {number(baseline)}) / ({number(target)} - {number(baseline)}) = {result(progress)}"


def paced(value: float, baseline: float, target: float, share: float, progress: float) -> str:
    """`(54000 - 0.565217 x 92000) / (110400 - 92000) = 0.1087`."""
    by_now = f"{number(value)} - {number(share)} x {number(baseline)}"
    return f"({by_now}) / ({number(target)} - {number(baseline)}) = {result(progress)}"


def ratio(value: float, target: float, progress: float) -> str:
    return f"{number(value)} / {number(target)} = {result(progress)}"


def held_back(share: float) -> str:
    """A sum that should stay low is not done before its cycle is."""
    return f"at most {result(share)}"


def recurring(parts: Sequence[tuple[float, float]], count: int, progress: float) -> str:
    """`(min(1, 60 / 50) + min(1, 20 / 50)) / 3 = 0.4667`."""
    total = " + ".join(f"min(1, {number(value)} / {number(target)})" for value, target in parts)
    return f"({total or '0'}) / {count} = {result(progress)}"


def inside(value: float) -> str:
    return f"{number(value)} lies inside the bounds"


def outside(distance: float, tolerance: float, progress: float) -> str:
    if progress == 0:
        return f"{number(distance)} outside, tolerance {number(tolerance)}"
    return f"1 - {number(distance)} / {number(tolerance)} = {result(progress)}"
