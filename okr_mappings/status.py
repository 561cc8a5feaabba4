"""From progress and expected progress to one word.

The guards come in this order, each stronger than what follows: not_started, no_data (never loaded), stale, too small a sample to be
shown, no_data (no number), too small a sample to be judged, achieved, missed, too_early, and only then a colour from the ratio of
progress to expected progress.
Two readings of the contract: a `range` has to HOLD, so it is achieved on the cycle's last day and on track until then; and a ratio
with too few answers is `too_early` while the cycle runs but `no_data` once it is over, because nothing was shown either way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from okr_mappings.calendar import Cycle
from okr_mappings.snapshot import SourceFreshness
from okr_mappings.words import SourceState, Status

# Shares are compared after rounding to this many digits, so that 0.1 + 0.2 reaches a target of 0.3.
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which ratio of progress to expected progress a colour holds; each bound belongs to the better colour.

    `grades_at_end`: the colours also grade the finished cycle, as in Google's 0.0-1.0 scale where 0.7 is a success.
    """

    on_track: float
    at_risk: float
    grades_at_end: bool = False


DEFAULT_PRESET = "default"
PRESETS: dict[str, Thresholds] = {
    DEFAULT_PRESET: Thresholds(0.9, 0.7),
    "cascade": Thresholds(0.95, 0.85),
    "upraise": Thresholds(0.95, 0.75),
    "tability": Thresholds(0.70, 0.50),
    "google": Thresholds(0.7, 0.4, grades_at_end=True),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything a status depends on, besides the calendar."""

    progress: float | None
    expected: float | None
    thresholds: Thresholds
    sources: Sequence[SourceFreshness] = ()
    n: int | None = None
    min_n: int = 0
    must_hold: bool = False
    is_withheld: bool = False


def status_of(standing: Standing, cycle: Cycle, as_of: date) -> Status:
    """The word for one key result at `as_of`."""
    if not cycle.has_started(as_of):
        return Status.NOT_STARTED
    unknown, over = _unknown(standing), cycle.is_over(as_of)
    if unknown is Status.NO_DATA and standing.is_withheld and not over:
        return Status.TOO_EARLY
    if unknown is not None:
        return unknown
    if sample_is_too_small(standing.n, standing.min_n):
        return Status.NO_DATA if over else Status.TOO_EARLY
    if standing.progress is not None and reached(standing.progress) and (over or not standing.must_hold):
        return Status.ACHIEVED
    return standing_short(standing.progress, standing.expected, standing.thresholds, cycle, as_of)


def standing_short(
    progress: float | None, expected: float | None, thresholds: Thresholds, cycle: Cycle, as_of: date
) -> Status:
    """The word for what is known, but not achieved: a colour while the cycle runs, `missed` once it is over."""
    over = cycle.is_over(as_of)
    if over and not thresholds.grades_at_end:
        return Status.MISSED
    if not over and is_too_early(cycle, as_of):
        return Status.TOO_EARLY
    if progress is None or expected is None:
        return Status.NO_DATA
    colour = colour_of(progress, expected, thresholds)
    return Status.MISSED if over and colour is Status.OFF_TRACK else colour


def _unknown(standing: Standing) -> Status | None:
    states = {source.state for source in standing.sources}
    if SourceState.NEVER in states:
        return Status.NO_DATA
    if states & {SourceState.STALE, SourceState.FAILED}:
        return Status.STALE
    return Status.NO_DATA if standing.progress is None else None


def reached(progress: float) -> bool:
    return round(progress, DIGITS) >= 1


def sample_is_too_small(n: int | None, min_n: int) -> bool:
    """A ratio that does not say how many rows it rests on is not held to a minimum."""
    return n is not None and n < min_n


def is_too_early(cycle: Cycle, as_of: date) -> bool:
    """The first tenth of the cycle, at least three days."""
    return cycle.day_number(as_of) <= max(3.0, cycle.days / 10)


def colour_of(progress: float, expected: float, thresholds: Thresholds) -> Status:
    """on_track from its threshold upwards, at_risk from its own up to there, off_track below: half-open, without gaps."""
    ratio = round(pace(progress, expected), DIGITS)
    if ratio >= thresholds.on_track:
        return Status.ON_TRACK
    return Status.AT_RISK if ratio >= thresholds.at_risk else Status.OFF_TRACK


def pace(progress: float, expected: float) -> float:
    """Progress per expected progress; where nothing is expected yet, anything but a step backwards is enough."""
    if round(expected, DIGITS) <= 0:
        return math.inf if round(progress, DIGITS) >= 0 else -math.inf
    return progress / expected
