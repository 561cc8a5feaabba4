"""Progress and score: section 4 of the semantics, one small function per rule.

Progress is an unclamped fraction of the way from baseline to target; a score is progress clamped to 0..1.

One rule goes beyond the contract's formula. The sum of a `total` starts at 0 whatever its baseline, so while the cycle runs the
baseline is taken to the same day: baseline x expected share (see `total`). On the cycle's last day this IS the contract's formula.
"""

from __future__ import annotations

from collections.abc import Sequence

from okr_mappings.goals import Bounds


def progress(value: float, baseline: float, target: float) -> float:
    """One formula for up and for down: hours from 40 to 24, now 32: (32 - 40) / (24 - 40) = 0.5."""
    return (value - baseline) / (target - baseline)


def total(value: float, baseline: float, target: float, *, expected: float) -> float:
    """Progress of a sum that is still growing.

    Sessions were 1,000 last quarter and shall be 1,200. Half-way, 600 are exactly on pace, although 600 is less than 1,000:
    (600 - 0.5 x 1,000) / (1,200 - 1,000) = 0.5. Being ahead of the baseline's pace is not yet being there, so before the end progress
    never exceeds value / target (for a sum that should stay low: the expected share), and reaches 1 exactly when the target is reached.
    """
    if expected >= 1 or value >= target > baseline:
        return progress(value, baseline, target)
    paced = progress_by_pace(value, baseline, target, expected=expected)
    if target < baseline:
        return min(paced, expected)
    return min(paced, value / target) if target > 0 else paced


def progress_by_pace(value: float, baseline: float, target: float, *, expected: float) -> float:
    """How much of the wanted difference is there, against the baseline's own sum by the same day."""
    return (value - baseline * expected) / (target - baseline)


def recurring(values: Sequence[float], targets: Sequence[float], count: int) -> float:
    """Sub-periods reached of `count`, partly reached ones in part; a surplus in one does not fill another.

    Months of 50, 60 and now 20 against 50 each: (1 + 1 + 0.4) / 3 = 0.8.
    """
    return sum(min(1.0, value / target) for value, target in zip(values, targets, strict=True)) / count


def milestone(done: float, planned: float) -> float:
    return done / planned


def within(value: float, bounds: Bounds, tolerance: float | None) -> float:
    """1 inside the bounds, both included; outside it falls to 0 over the tolerance.

    At most 24 hours, now 25.2: the tolerance is 2.4, so 1 - 1.2 / 2.4 = 0.5.
    """
    bound = broken_bound(value, bounds)
    if bound is None:
        return 1.0
    return max(0.0, 1 - abs(value - bound) / tolerance_of(bound, tolerance))


def broken_bound(value: float, bounds: Bounds) -> float | None:
    """The bound that the value lies beyond; None inside."""
    if bounds.at_least is not None and value < bounds.at_least:
        return bounds.at_least
    if bounds.at_most is not None and value > bounds.at_most:
        return bounds.at_most
    return None


def tolerance_of(bound: float, tolerance: float | None) -> float:
    return abs(bound) / 10 if tolerance is None else tolerance


def share_inside(values: Sequence[float | None], bounds: Bounds) -> float | None:
    """The share of days with a number on which it lay inside; None when no day has one."""
    known = [value for value in values if value is not None]
    return sum(broken_bound(value, bounds) is None for value in known) / len(known) if known else None


def score(progress: float) -> float:
    return max(0.0, min(1.0, progress))
