"""From a mean and a variance of what is still to come to an interval and to chances, for numbers that behave as sums or as readings.

What a flow that never runs backwards still adds is taken as gamma-distributed: it cannot be negative, and it is skewed where little is
expected. Its quantiles and chances come from Wilson and Hilferty's closed form (the cube root of a gamma variable is nearly normal,
PNAS 17, 1931).
Everything else is taken as normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, inf, sqrt

Z_90 = 1.2815515655446004  # one in ten lies above


@dataclass(frozen=True, slots=True)
class Likely:
    """The distribution of what is still to come. `step` is 1 where only whole numbers can come, else 0."""

    mean: float
    deviation: float
    never_back: bool = False
    step: float = 0.0

    @property
    def is_certain(self) -> bool:
        return self.deviation <= abs(self.mean) * 1e-12

    @property
    def is_gamma(self) -> bool:
        return self.never_back and self.mean > 0

    def quantile(self, z: float) -> float:
        """At the normal score `z`: -Z_90, 0 or Z_90."""
        if self.is_certain:
            return self.mean
        if not self.is_gamma:
            return max(0.0, self._straight(z)) if self.never_back else self._straight(z)
        ninth = (self.deviation / self.mean) ** 2 / 9  # 1 / (9 x shape)
        return float(self.mean * max(0.0, 1 - ninth + z * sqrt(ninth)) ** 3)

    def at_least(self, amount: float) -> float:
        """The chance that it comes to `amount` or more."""
        if self.is_certain:
            return float(self.mean >= amount - abs(amount) * 1e-9)
        if self.never_back and amount <= 0:
            return 1.0
        return 1 - _normal(self._score(amount - self.step / 2))

    def at_most(self, amount: float) -> float:
        if self.is_certain:
            return float(self.mean <= amount + abs(amount) * 1e-9)
        if self.never_back and amount < 0:
            return 0.0
        return _normal(self._score(amount + self.step / 2))

    def between(self, low: float, high: float) -> float:
        """Both ends included."""
        if low == -inf:
            return self.at_most(high)
        if high == inf:
            return self.at_least(low)
        return max(0.0, self.at_most(high) - (1 - self.at_least(low)))

    def _score(self, amount: float) -> float:
        if not self.is_gamma:
            return (amount - self.mean) / self.deviation
        ninth = (self.deviation / self.mean) ** 2 / 9
        return float((max(0.0, amount / self.mean) ** (1 / 3) - 1 + ninth) / sqrt(ninth))

    def _straight(self, z: float) -> float:
        return self.mean + z * self.deviation


def _normal(z: float) -> float:
    return 0.5 * (1 + erf(z / sqrt(2)))
