"""What the back-test of `benchmarks/forecast.py` measured, and what follows from it: how much wider than computed an interval is drawn,
and for which kinds a chance of reaching the target may be shown.

The rules and the spreads were made while looking at the example company under seeds 7, 11, 23, 42 and 99 and at the published data sets;
the figures below are those of seeds 1, 2, 3, 5 and 13 and of the published data sets. Renew them with the benchmark, never by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from okr_mappings.words import Kind

LEAST_COVERAGE, MOST_COVERAGE = 0.75, 0.85


@dataclass(frozen=True, slots=True)
class Calibration:
    """`spread` multiplies the standard deviation, by the share of the cycle that has passed (between the points: a straight line).

    `coverage` is how often the 80 % interval held the final value; the three Brier scores are those of the chance of hitting a target, of
    always saying how often targets like these are hit, and of extending the pace so far. `forecasts` is how many were replayed.
    """

    spread: tuple[tuple[float, float], ...]
    coverage: float
    brier: float
    brier_of_base_rate: float
    brier_of_pace: float
    forecasts: int

    @property
    def shows_probability(self) -> bool:
        """Only where the interval is honest and the chance says more than knowing nothing and than a ruler."""
        honest = LEAST_COVERAGE <= self.coverage <= MOST_COVERAGE
        return honest and self.brier < min(self.brier_of_base_rate, self.brier_of_pace)

    @property
    def why_not(self) -> str:
        """Empty where the probability is shown."""
        if self.shows_probability:
            return ""
        return (
            f"no chance is given: in {self.forecasts:,} replayed forecasts the 80 % interval held {self.coverage * 100:.0f} %, with a "
            f"Brier score of {self.brier:.3f} against {self.brier_of_base_rate:.3f} (base rate) and {self.brier_of_pace:.3f} (pace)"
        )

    def spread_at(self, passed: float) -> float:
        """`passed` is the share of the cycle that is over."""
        points = self.spread
        if passed <= points[0][0]:
            return points[0][1]
        for (left, low), (right, high) in pairwise(points):
            if passed <= right:
                return low + (high - low) * (passed - left) / (right - left)
        return points[-1][1]


CALIBRATED: Mapping[Kind, Calibration] = {
    Kind.TOTAL: Calibration(((0.25, 1.05), (0.5, 1.05), (0.75, 1.4)), 0.795, 0.099, 0.245, 0.159, 7312),
    Kind.LEVEL: Calibration(((0.25, 0.95), (0.5, 1.05)), 0.792, 0.078, 0.250, 0.133, 1463),
    Kind.RATIO: Calibration(((0.25, 1.05),), 0.828, 0.135, 0.250, 0.213, 1024),
}
