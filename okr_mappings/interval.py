"""How far a ratio could be from the truth by chance alone: a 95 % interval from its sample, and the words in which it is shown.

Two scales are known; anything else (an average, a median) gets no interval.

* A share of n cases gets Wilson's interval (Wilson 1927), which stays within 0..1 and works for small n.
* A net promoter score is the difference of two shares of the same n answers: promoters minus detractors. It gets the adjusted Wald interval
  AW(3, T) of Rocks, "Interval Estimation for the Net Promoter Score", The American Statistician 70 (2016), a relative of the one of
  Bonett and Price for paired proportions (Journal of Educational and Behavioral Statistics 37, 2012): three made-up answers are added
  (3/4 promoter, 3/2 passives, 3/4 detractor), then the interval of a mean of +1, 0, -1 is taken:

      n' = n + 3    p' = (p + 0.75) / n'    d' = (d + 0.75) / n'    s = p' - d'
      half = 1.96 * sqrt((p' + d' - s * s) / n')         interval = 100 * (s -/+ half), cut at -100 and +100

  Its middle is drawn a little towards 0, so it is not the score itself. Checked by hand in `tests/okr_mappings/test_interval.py`.

  Where a metric of the same unit does not say how many answers were promoters or detractors (`n_decided`), the largest variance that its
  score allows is taken, as if nobody were passive: too wide, never too narrow.
"""

from __future__ import annotations

from math import sqrt

from okr_mappings.questions import MetricAnswer
from okr_mappings.wording import ENGLISH, Wording

Z = 1.959963984540054  # two-sided 95 %
MADE_UP = 0.75
SHARE_UNIT, SCORE_UNIT = "%", "points"
INDICATIVE_BELOW = 30


def interval(answer: MetricAnswer, unit: str) -> tuple[float | None, float | None]:
    """Low and high in the value's own unit; (None, None) where nothing can be said."""
    value, n = answer.value, answer.n
    if value is None or not n:
        return None, None
    if unit == SHARE_UNIT and 0 <= value <= 1:
        return wilson(value, n)
    if unit == SCORE_UNIT and -100 <= value <= 100:
        return net_score(value, n, answer.n_decided)
    return None, None


def wilson(share: float, n: int) -> tuple[float, float]:
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def net_score(points: float, n: int, decided: float | None = None) -> tuple[float, float]:
    """`decided` of the n answers were promoters or detractors; None when nobody counted them."""
    balance = points / 100 * n
    moved = n if decided is None else max(decided, abs(balance))
    size = n + 4 * MADE_UP
    middle = balance / size
    half = Z * sqrt(((moved + 2 * MADE_UP) / size - middle * middle) / size)
    return max(-100.0, 100 * (middle - half)), min(100.0, 100 * (middle + half))


def sample_words(n: int | None, low: float | None, high: float | None, unit: str, wording: Wording = ENGLISH) -> str:
    """`n = 132, 95 % interval +31 to +47 points`; few answers are called indicative. Empty where there is no interval."""
    if n is None or low is None or high is None:
        return ""
    ends = tuple(float(round(each)) if unit == SCORE_UNIT else each for each in (low, high))
    text = wording.say(
        "n = %(n)s, 95 %% interval %(low)s to %(high)s",
        n=wording.whole(n),
        low=wording.amount(ends[0], unit),
        high=wording.value(ends[1], unit),
    )
    few = unit == SCORE_UNIT and n < INDICATIVE_BELOW
    return wording.say("%(text)s, indicative only", text=text) if few else text
