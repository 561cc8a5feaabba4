"""Closed-form smoothing of many daily series at once: where each is heading, and how wrong the same rule was in its own past.

Arrays are `(days, series)`, the last row is the last day known, NaN is a day without a number. All series of one call look equally far
ahead. Every rule here is a recursion over days of element-wise sums, so that a series gets the same digits whoever stands beside it.

The formulas, in the names of the code (`docs/forecast.md` derives them):
    level       L_t = sum(k^i y_{t-i}) / sum(k^i s_{t-i}), where k = 0.5^(1 / half-life) and s is the weekday's share of an average day
    projection  F = L_T (s_{T+1} + .. + s_{T+h})
    replay      e_o = y_{o+1} + .. + y_{o+h} - F_o at every past day o: the same question, whose answer is known
    variance    (PRIOR c + n r) / (PRIOR + n), where r is the mean of e_o^2, n how often h days fit into what was replayed, and c the
                variance of the sum under smoothing, sigma^2 (h + a h (h-1) + a^2 (h-1) h (2h-1) / 6) with a = 1 - k
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WEEK = 7
YEAR = 364  # the same weekday a year ago
SEASON = 29  # days over which last year's course is averaged
HALF_LIVES = (14.0, 28.0, 56.0, 112.0)
DRIFTS = (0.0, 28.0, 91.0, 365.0)  # half-lives of a gauge's drift; 0: it stays where it is
PULLS = (0.0, 0.25, 0.5, 0.75, 1.0)
WARM_UP = 56
PRIOR = 3.0
WEEKDAY_PRIOR = 4.0
BETTER_BY = 0.9
LEAST_GAIN = 0.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """What will be added until the horizon: its mean and variance, how many whole horizons were replayed, which rule was chosen.

    `mean` and `variance` are NaN where fewer than one whole horizon could be replayed.
    """

    mean: Floats
    variance: Floats
    replays: Floats
    rule: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule on every series: its projection, its closed-form variance, and its replayed forecasts and errors by day."""

    mean: Floats
    closed: Floats
    forecasts: Floats
    errors: Floats


def flows(increments: Floats, first_weekday: int, horizon: int) -> Estimate:
    """The sum of the next `horizon` days. `first_weekday` is that of row 0, Monday 0."""
    known = ~np.isnan(increments)
    amounts = np.where(known, increments, 0.0)
    days = np.arange(len(amounts) + horizon)
    weekdays = (days + first_weekday) % WEEK
    shares = _weekday_shares(amounts, known, weekdays[: len(amounts)])[weekdays]
    plain = [_flow(amounts, known, shares, half_life, horizon) for half_life in HALF_LIVES]
    seasonal = shares * _last_year(amounts, known, horizon)
    yearly = [_flow(amounts, known, seasonal, half_life, horizon) for half_life in HALF_LIVES]
    return _chosen(plain, yearly, horizon, scaled=True)


def gauges(readings: Floats, horizon: int) -> Estimate:
    """The change over the next `horizon` days; a day without a reading keeps the one before."""
    levels = _filled(readings)
    changes = np.diff(levels, axis=0, prepend=np.nan)
    known = ~np.isnan(changes)
    amounts = np.where(known, changes, 0.0)
    ones = np.ones((len(amounts) + horizon, amounts.shape[1]))
    rules = [_flow(amounts, known, ones, half_life, horizon) for half_life in DRIFTS]
    return _chosen(rules, [], horizon, scaled=False)


def windows(parts: Floats, wholes: Floats, horizon: int) -> Estimate:
    """The change from today's part of a window to the whole one `horizon` days later.

    `parts[o]` is what was known on day o, `wholes[o + horizon]` what became of it. A rule moves the part towards the mean of the whole
    windows known by then, by one of PULLS.
    """
    usual = _running_mean(wholes)
    pull = usual - parts
    closed = np.full(parts.shape[1], np.nan)
    rules = []
    for share in PULLS:
        forecasts = share * pull
        became = _ahead(wholes, horizon) - parts
        rules.append(_Rule(forecasts[-1], closed, forecasts, became - forecasts))
    return _chosen(rules, [], horizon, scaled=False)


def words(course: str, rule: int) -> str:
    """The rule that an Estimate names by number, for people."""
    if course == "level":
        return f"follows its drift, half-life {DRIFTS[rule]:.0f} days" if DRIFTS[rule] else "stays where it is"
    if course == "ratio":
        return f"moves {PULLS[rule] * 100:.0f} % of the way to its usual number" if PULLS[rule] else "stays where it is"
    season = ", half last year's course" if rule >= len(HALF_LIVES) else ""
    return f"smoothed days, half-life {HALF_LIVES[rule % len(HALF_LIVES)]:.0f} days{season}"


def from_first_event(increments: Floats) -> Floats:
    """A flow begins with its first event: the zeros before it say that nobody was counting yet."""
    happened = np.cumsum(np.nan_to_num(increments) != 0, axis=0) > 0
    return np.where(happened, increments, np.nan)


def from_whole_window(values: Floats, parts: Floats, lengths: Sequence[int]) -> Floats:
    """Windows of these lengths without those that begin before anything is known, which `parts` tells."""
    known = ~np.isnan(parts)
    first = np.where(known.any(axis=0), np.argmax(known, axis=0), len(parts))
    rows = np.arange(len(values))[:, None]
    return np.where(rows >= first + np.array(lengths) - 1, values, np.nan)


def _flow(amounts: Floats, known: Flags, shares: Floats, half_life: float, horizon: int) -> _Rule:
    days = len(amounts)
    known = known & ~np.isnan(shares[:days])
    amounts, past = np.where(known, amounts, 0.0), np.where(known, shares[:days], 0.0)
    levels = _levels(amounts, past, half_life)
    seen = _after(past, horizon)
    forecasts = levels * np.where(known, seen, np.nan)
    errors = _after(amounts, horizon) - forecasts
    ahead = _total(shares[days:])
    one_day = amounts[1:] - levels[:-1] * past[1:]
    started = np.where(np.cumsum(known, axis=0)[:-1] >= WARM_UP, one_day, np.nan)
    forecasts = np.where(np.cumsum(known, axis=0) >= WARM_UP, forecasts, np.nan)
    closed = _mean(started**2) * _growth(half_life, horizon)
    return _Rule(levels[-1] * ahead, closed, forecasts, np.where(np.isnan(forecasts), np.nan, errors))


def _growth(half_life: float, horizon: int) -> float:
    """How many times one day's variance the sum of `horizon` days has, when the level itself is only estimated."""
    a = 1 - 0.5 ** (1 / half_life) if half_life else 0.0
    h = float(horizon)
    return h + a * h * (h - 1) + a * a * (h - 1) * h * (2 * h - 1) / 6


def _levels(amounts: Floats, shares: Floats, half_life: float) -> Floats:
    """Per average day, at the end of each day; a half-life of 0 expects nothing."""
    levels = np.zeros_like(amounts)
    if not half_life:
        return levels
    keep = 0.5 ** (1 / half_life)
    above, below = np.zeros(amounts.shape[1]), np.zeros(amounts.shape[1])
    for day, (amount, share) in enumerate(zip(amounts, shares, strict=True)):
        above = keep * above + amount
        below = keep * below + share
        np.divide(above, below, out=levels[day], where=below > 0)
    return levels


def _weekday_shares(amounts: Floats, known: Flags, weekdays: NDArray[np.int64]) -> Floats:
    """`(7, series)`: what a weekday has of an average day, drawn towards 1 as if WEEKDAY_PRIOR ordinary weeks had been seen too."""
    average = _total(amounts) / np.maximum(known.sum(axis=0), 1)
    shares = np.ones((WEEK, amounts.shape[1]))
    for weekday in range(WEEK):
        on = weekdays == weekday
        seen = known[on].sum(axis=0) + WEEKDAY_PRIOR
        total = _total(amounts[on]) + WEEKDAY_PRIOR * average
        np.divide(total, seen * average, out=shares[weekday], where=average > 0)
    positive = np.maximum(shares, 0.0)
    found: Floats = positive * WEEK / _total(positive)
    return found


def _last_year(amounts: Floats, known: Flags, horizon: int) -> Floats:
    """Last year's daily average around the same day, NaN where last year is not known."""
    half = SEASON // 2
    sums, counts = (np.cumsum(each, axis=0, dtype=np.float64) for each in (amounts, known))
    course = np.full((len(amounts) + horizon, amounts.shape[1]), np.nan)
    for day in range(YEAR + half, min(len(course), len(amounts) + YEAR - half)):
        low, high = day - YEAR - half, day - YEAR + half
        whole = counts[high] - counts[low] >= SEASON - 1
        course[day] = np.where(whole, np.maximum(sums[high] - sums[low], 0.0) / (SEASON - 1), np.nan)
    return course


def _chosen(plain: Sequence[_Rule], seasonal: Sequence[_Rule], horizon: int, *, scaled: bool) -> Estimate:
    """The plain rule with the smallest replayed error; half-way to a seasonal one only where that was clearly better."""
    best, rule = _best(plain)
    replays = (~np.isnan(best.errors)).sum(axis=0) / horizon
    replayed = _replayed(best, scaled=scaled)
    if seasonal:
        both, number = _best([_half_way(best, each) for each in seasonal])
        gain = _gain(both, best, horizon)
        better = gain < BETTER_BY
        replayed = replayed * np.where(better, np.clip(gain, LEAST_GAIN, 1.0), 1.0)
        rule = np.where(better, number + len(plain), rule)
        best = _either(better, both, best)
    closed = np.where(np.isnan(best.closed), replayed, best.closed)
    variance = (PRIOR * closed + replays * replayed) / (PRIOR + replays)
    usable = replays >= 1
    return Estimate(np.where(usable, best.mean, np.nan), np.where(usable, variance, np.nan), replays, rule)


def _replayed(rule: _Rule, *, scaled: bool) -> Floats:
    """The mean squared error; of a flow that is twice as large now, twice that."""
    squared = _mean(rule.errors**2)
    if not scaled:
        return squared
    usual = _mean(np.where(np.isnan(rule.errors), np.nan, rule.forecasts))
    grown = (rule.mean > 0) & (usual > 0)
    return squared * np.where(grown, rule.mean / np.where(grown, usual, 1.0), 1.0)


def _gain(other: _Rule, rule: _Rule, horizon: int) -> Floats:
    """The other's mean squared error as a share of the rule's, on the days that both know; infinite where these are too few."""
    both = ~np.isnan(other.errors) & ~np.isnan(rule.errors)
    theirs, ours = (_mean(np.where(both, each.errors**2, np.nan)) for each in (other, rule))
    enough = (both.sum(axis=0) >= horizon) & ~np.isnan(other.mean) & (ours > 0)
    return np.divide(theirs, ours, out=np.full_like(ours, np.inf), where=enough)


def _half_way(one: _Rule, other: _Rule) -> _Rule:
    pairs = ((getattr(one, name), getattr(other, name)) for name in ("mean", "closed", "forecasts", "errors"))
    return _Rule(*((left + right) / 2 for left, right in pairs))


def _best(rules: Sequence[_Rule]) -> tuple[_Rule, NDArray[np.int64]]:
    worst = np.stack([np.nan_to_num(_mean(rule.errors**2), nan=np.inf) for rule in rules])
    number = np.argmin(worst, axis=0)
    best = rules[0]
    for place, rule in enumerate(rules[1:], start=1):
        best = _either(number == place, rule, best)
    return best, number


def _either(which: Flags, one: _Rule, other: _Rule) -> _Rule:
    pairs = ((getattr(one, name), getattr(other, name)) for name in ("mean", "closed", "forecasts", "errors"))
    return _Rule(*(np.where(which, left, right) for left, right in pairs))


def _after(amounts: Floats, horizon: int) -> Floats:
    """The sum of the `horizon` days after each day; NaN where they are not over."""
    sums = np.cumsum(amounts, axis=0)
    return _ahead(sums, horizon) - sums


def _ahead(values: Floats, horizon: int) -> Floats:
    moved = np.full_like(values, np.nan)
    moved[: max(0, len(values) - horizon)] = values[horizon:]
    return moved


def _filled(values: Floats) -> Floats:
    filled = values.copy()
    for day in range(1, len(filled)):
        filled[day] = np.where(np.isnan(filled[day]), filled[day - 1], filled[day])
    return filled


def _running_mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    count = np.cumsum(known, axis=0)
    sums = np.cumsum(np.where(known, values, 0.0), axis=0)
    means: Floats = np.full(values.shape, np.nan)
    np.divide(sums, count, out=means, where=count > 0)
    return means


def _total(values: Floats) -> Floats:
    """Day after day; numpy's own sum adds a lone column in another order than one among others."""
    if not len(values):
        return np.zeros(values.shape[1])
    sums: Floats = np.add.accumulate(values, axis=0)[-1]
    return sums


def _mean(values: Floats) -> Floats:
    """Down the days, of what is there; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    sums = _total(np.where(known, values, 0.0))
    means: Floats = np.full(values.shape[1], np.nan)
    np.divide(sums, count, out=means, where=count > 0)
    return means
