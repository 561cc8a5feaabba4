"""Where a key result will stand at the end of its cycle: an interval, its middle, and the chance of reaching the target.

| course | what is projected | from |
|---|---|---|
| flow (`total`) | the sum so far, plus the sum of the days to come | one number per day |
| gauge (`level`) | the reading, plus its change until the end | one reading per day |
| window (`ratio`, `range`) | the number as far as it is known, moved by what becomes of such windows | the same windows on earlier days |

A ratio is projected as it stands and not by numerator and denominator: a median has none, and the same windows on earlier days replay it
exactly. The chance of a `range` is that of ending inside. What is not projected says why in `projection_method`, after "none: ";
an interval never stands without its middle, nor a middle without its interval. `docs/forecast.md` has the formulas and what they are worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from math import inf, isclose, isnan, sqrt

import numpy as np

from okr_mappings import smoothing
from okr_mappings.calendar import Cycle
from okr_mappings.calibration import CALIBRATED, Calibration
from okr_mappings.course import DAYS_BACK, Course, Past, course_of, why_not
from okr_mappings.identity import seal
from okr_mappings.likely import Z_90, Likely
from okr_mappings.mappings import KeyResult
from okr_mappings.snapshot import DayValue, Snapshot
from okr_mappings.words import Better, Kind

LEAST_EVENTS = 8
LEAST_REPLAYS = {
    Course.FLOW: 1.0,
    Course.GAUGE: 1.0,
    Course.WINDOW: 2.0,
}  # windows overlap: nothing else bounds their error
DIGITS = 10  # significant: the last bits differ between machines
LEAST_CHANCE = 0.01  # some thousand replayed forecasts cannot tell rarer ones apart
NOT_PROJECTED = "none: "


@dataclass(frozen=True, slots=True)
class _Case:
    key_result: KeyResult
    snapshot: Snapshot
    past: Past
    course: Course

    @property
    def batch(self) -> tuple[date, str]:
        """Cases of one batch look equally far ahead."""
        return self.past.until, self.course.value

    @property
    def known(self) -> list[float]:
        return [each.value for each in self.past.days if each.value is not None]

    @property
    def start(self) -> float:
        """The value at the end of the last day known in full."""
        if self.past.until == self.snapshot.as_of and self.snapshot.value is not None:
            return self.snapshot.value
        if self.course is not Course.FLOW:
            return self.known[-1]
        return _sum_since(self.snapshot.cycle_start, self.past)


def with_projections(
    snapshots: Sequence[tuple[KeyResult, Snapshot]],
    pasts: Mapping[str, Past],
    cycle: Cycle,
    *,
    calibrated: Mapping[Kind, Calibration] = CALIBRATED,
) -> list[Snapshot]:
    """The same snapshots in order, each with a projection or the reason for having none, sealed again. `pasts` go by key result id."""
    found: dict[str, Snapshot] = {}
    ready: list[_Case] = []
    for key_result, snapshot in snapshots:
        course, past = course_of(key_result), pasts.get(key_result.id)
        reason = why_not(key_result, snapshot, cycle) or _not_from(past, snapshot)
        if course is None or past is None or reason:
            found[key_result.id] = _without(snapshot, reason)
        else:
            ready.append(_Case(key_result, snapshot, past, course))
    for (until, course_name), cases in groupby(sorted(ready, key=lambda case: case.batch), key=lambda case: case.batch):
        batch = list(cases)
        calibration = calibrated[Kind(course_name)]
        projected = _projected(batch, Course(course_name), until, cycle, calibration)
        found |= {case.key_result.id: snapshot for case, snapshot in zip(batch, projected, strict=True)}
    return [found[key_result.id] for key_result, _ in snapshots]


def _not_from(past: Past | None, snapshot: Snapshot) -> str:
    if past is None:
        return "its earlier days were not read"
    if past.problem:
        return past.problem
    if past.until < snapshot.cycle_start:
        return "no day of the cycle is loaded in full yet"
    if all(each.value is None for each in past.days):
        return "there is nothing on earlier days"
    if snapshot.kind is not Kind.TOTAL or snapshot.value is None or past.until < snapshot.as_of:
        return ""
    total = _sum_since(snapshot.cycle_start, past)
    return "" if isclose(total, snapshot.value, rel_tol=1e-6, abs_tol=1e-6) else "its days do not add up to its value"


def _sum_since(first: date, past: Past) -> float:
    return sum(each.value for each in past.days if each.day >= first and each.value is not None)


def _projected(
    cases: list[_Case], course: Course, until: date, cycle: Cycle, calibration: Calibration
) -> list[Snapshot]:
    horizon = (cycle.end - until).days
    estimate = _estimate(cases, course, until, horizon)
    spread = calibration.spread_at(cycle.elapsed(until))
    projected = []
    for place, case in enumerate(cases):
        mean, variance = float(estimate.mean[place]), float(estimate.variance[place])
        reason = _too_little(case, float(estimate.replays[place]), horizon)
        if reason or isnan(mean) or isnan(variance):
            projected.append(_without(case.snapshot, reason or "there is no course in its earlier days"))
            continue
        never_back = course is Course.FLOW and min(case.known) >= 0
        step = float(never_back and all(value.is_integer() for value in case.known))
        to_come = Likely(mean, sqrt(variance) * spread, never_back, step)
        method = smoothing.words(course.value, int(estimate.rule[place]))
        projected.append(_with(case, to_come, method, calibration))
    return projected


def _estimate(cases: list[_Case], course: Course, until: date, horizon: int) -> smoothing.Estimate:
    first = until - timedelta(days=DAYS_BACK - 1)
    days = np.stack([_row(case.past.days, first) for case in cases], axis=1)
    if course is Course.FLOW:
        return smoothing.flows(smoothing.from_first_event(days), first.weekday(), horizon)
    if course is Course.GAUGE:
        return smoothing.gauges(days, horizon)
    wholes = np.stack([_row(case.past.wholes, first) for case in cases], axis=1)
    windows = [case.key_result.window_days for case in cases]
    cycle_days = (cases[0].snapshot.cycle_end - cases[0].snapshot.cycle_start).days + 1
    part = [length or cycle_days - horizon for length in windows]
    whole = [length or cycle_days for length in windows]
    return smoothing.windows(
        smoothing.from_whole_window(days, days, part), smoothing.from_whole_window(wholes, days, whole), horizon
    )


def _row(values: Sequence[DayValue], first: date) -> smoothing.Floats:
    row = np.full(DAYS_BACK, np.nan)
    for each in values:
        place = (each.day - first).days
        if each.value is not None and 0 <= place < DAYS_BACK:
            row[place] = each.value
    return row


def _too_little(case: _Case, replays: float, horizon: int) -> str:
    known = case.known
    moved = [value != 0 for value in known] if case.course is Course.FLOW else _moves(known)
    if replays < LEAST_REPLAYS[case.course]:
        return f"the history is too short to replay a forecast {horizon} days ahead"
    events = sum(moved)
    if events < LEAST_EVENTS:
        return f"there are only {events} days on which anything happened, {LEAST_EVENTS} are needed"
    return ""


def _moves(known: list[float]) -> list[bool]:
    return [one != other for one, other in pairwise(known)]


def _with(case: _Case, to_come: Likely, method: str, calibration: Calibration) -> Snapshot:
    snapshot, start = case.snapshot, case.start
    low, high = _possible(case, to_come)
    fan = (start + to_come.quantile(z) for z in (-Z_90, 0.0, Z_90))
    p10, p50, p90 = (_rounded(min(high, max(low, value))) for value in fan)
    shown = calibration.shows_probability
    return seal(
        replace(
            snapshot,
            projected_p10=p10,
            projected_p50=p50,
            projected_p90=p90,
            probability=_chance(case, to_come) if shown else None,
            projection_method=method if shown else f"{method}; {calibration.why_not}",
        )
    )


def _possible(case: _Case, to_come: Likely) -> tuple[float, float]:
    """A sum of what never runs backwards only grows; what was never negative, or never above 100 %, is not projected to be."""
    known, value = case.known, case.snapshot.value
    if to_come.never_back:
        return value if value is not None else -inf, inf
    if case.course is Course.FLOW:
        return -inf, inf
    return (0.0 if min(known) >= 0 else -inf), (1.0 if case.snapshot.unit == "%" and max(known) <= 1 else inf)


def _chance(case: _Case, to_come: Likely) -> float | None:
    """Of ending at the target or beyond it, or inside the bounds."""
    snapshot, start = case.snapshot, case.start
    low, high = snapshot.target, snapshot.target_high
    if snapshot.kind is Kind.RANGE:
        chance = to_come.between(-inf if low is None else low - start, inf if high is None else high - start)
    elif low is None:
        return None
    else:
        ask: Callable[[float], float] = to_come.at_least if snapshot.better is Better.HIGHER else to_come.at_most
        chance = ask(low - start)
    if to_come.is_certain or (to_come.never_back and _is_settled(snapshot)):
        return chance
    return round(min(1 - LEAST_CHANCE, max(LEAST_CHANCE, chance)), DIGITS)


def _is_settled(snapshot: Snapshot) -> bool:
    """Whether a sum that only grows has reached its target, or has passed the one that it was to stay below."""
    if snapshot.value is None or snapshot.target is None:
        return False
    return snapshot.value >= snapshot.target if snapshot.better is Better.HIGHER else snapshot.value > snapshot.target


def _without(snapshot: Snapshot, reason: str) -> Snapshot:
    return seal(
        replace(
            snapshot,
            projected_p10=None,
            projected_p50=None,
            projected_p90=None,
            probability=None,
            projection_method=NOT_PROJECTED + reason,
        )
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
