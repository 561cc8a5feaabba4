"""The interval of a net promoter score against a table worked out by hand, and how it is shown."""

from __future__ import annotations

import pytest

from okr_mappings.interval import interval, net_score, sample_words
from okr_mappings.questions import MetricAnswer

# promoters, detractors, n: the adjusted Wald interval, with n' = n + 3, p' = (P + 0.75) / n', d' = (D + 0.75) / n'.
# Worked with a pocket calculator; 1.96 stands for 1.959964.
BY_HAND = [
    # n' 13, p' 6.75/13 = .519231, d' 1.75/13 = .134615, s .384615, variance .653846 - .147929 = .505917, /13 = .038917, root .197273,
    # half .386648
    (6, 1, 10, -0.20, 77.13),
    # n' 103, p' 50.75/103 = .492718, d' 20.75/103 = .201456, s .291262, variance .694175 - .084834 = .609341, /103 = .005916,
    # root .076915, half .150751
    (50, 20, 100, 14.05, 44.20),
    # n' 33, p' 23.25/33 = .704545, d' 2.25/33 = .068182, s .636364, variance .772727 - .404959 = .367769, /33 = .011145,
    # root .105568, half .206909
    (22.5, 1.5, 30, 42.95, 84.33),
    # everybody promotes: the plain Wald interval would be 100 to 100. n' 13, p' 10.75/13 = .826923, d' .75/13 = .057692, s .769231,
    # variance .884615 - .591716 = .292899, /13 = .022531, root .150103, half .294196; cut at 100
    (10, 0, 10, 47.50, 100.0),
    # nobody moves: s 0, variance 1.5/103 = .014563, /103 = .000141, root .011891, half .023306
    (0, 0, 100, -2.33, 2.33),
]


@pytest.mark.parametrize(("promoters", "detractors", "n", "low", "high"), BY_HAND)
def test_worked_by_hand(promoters: float, detractors: float, n: int, low: float, high: float) -> None:
    score = 100 * (promoters - detractors) / n
    assert net_score(score, n, promoters + detractors) == pytest.approx((low, high), abs=0.01)


def test_passives_make_it_narrower() -> None:
    """The shortcut of taking everybody for a promoter or detractor was too wide wherever somebody was passive."""
    known, unknown = net_score(30, 100, 70), net_score(30, 100)
    assert known[1] - known[0] < unknown[1] - unknown[0]
    assert interval(MetricAnswer(30, n=100, n_decided=70), "points") == known


def test_the_mirror_image() -> None:
    low, high = net_score(-30, 100, 70)
    assert (-high, -low) == pytest.approx(net_score(30, 100, 70))


def test_how_it_is_shown() -> None:
    assert sample_words(132, 31.2, 46.8, "points") == "n = 132, 95 % interval +31 to +47 points"
    assert sample_words(12, -20.4, 77.1, "points") == "n = 12, 95 % interval -20 to +77 points, indicative only"
    assert sample_words(200, 0.0274, 0.0896, "%") == "n = 200, 95 % interval 2.7 % to 9 %"
    assert sample_words(9, None, None, "points") == ""
