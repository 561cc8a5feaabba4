"""How far a ratio could be from the truth by chance alone: a 95 % interval from its sample.

Two scales are known. A share of n cases gets Wilson's interval, which stays within 0..1 and works for small n. A net promoter score is a
difference of two shares of n answers; its variance is at most 1 - (score / 100)^2 over n, and that bound is used, because the snapshot
does not know how many answers were in between. Anything else (an average, a median) gets none.
"""

from __future__ import annotations

from math import sqrt

from okr_mappings.questions import MetricAnswer

Z = 1.959963984540054  # two-sided 95 %


def interval(answer: MetricAnswer, unit: str) -> tuple[float | None, float | None]:
    """Low and high in the value's own unit; (None, None) where nothing can be said."""
    value, n = answer.value, answer.n
    if value is None or not n:
        return None, None
    if unit == "%" and 0 <= value <= 1:
        return wilson(value, n)
    if unit == "points" and -100 <= value <= 100:
        return net_score(value, n)
    return None, None


def wilson(share: float, n: int) -> tuple[float, float]:
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def net_score(points: float, n: int) -> tuple[float, float]:
    share = points / 100
    half = 100 * Z * sqrt((1 - share * share) / n)
    return max(-100.0, points - half), min(100.0, points + half)
