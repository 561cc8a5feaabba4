"""Why a key result has its status: one sentence, with the numbers, for somebody who has never seen this program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from okr_mappings.arithmetic import broken_bound
from okr_mappings.calendar import Cycle
from okr_mappings.display import format_day, format_share, format_target, format_value
from okr_mappings.mappings import KeyResult
from okr_mappings.results import Outcome
from okr_mappings.snapshot import SourceFreshness
from okr_mappings.status import sample_is_too_small
from okr_mappings.words import Kind, SourceState, Status


@dataclass(frozen=True, slots=True)
class Told:
    """What the sentence is about."""

    key_result: KeyResult
    cycle: Cycle
    as_of: date
    status: Status
    found: Outcome
    sources: Sequence[SourceFreshness]
    last_good: tuple[float, date] | None

    def value(self, number: float | None) -> str:
        return format_value(number, self.key_result.unit)

    @property
    def target(self) -> str:
        return format_target(self.key_result.kind, self.found.target, self.found.target_high, self.key_result.unit)


def reason(told: Told) -> str:
    if told.status is Status.NOT_STARTED:
        return f"The cycle starts on {format_day(told.cycle.start)}."
    if told.status is Status.STALE:
        return _stale(told)
    if told.status is Status.NO_DATA:
        return _no_data(told)
    if sample_is_too_small(told.found.answer.n, told.key_result.min_n):
        n = told.found.answer.n or 0
        counted = f"{n} answer" if n == 1 else f"{n} answers"
        return f"Too early to judge: {told.value(told.found.answer.value)} rests on {counted}; at least {told.key_result.min_n} are needed."
    return _judged(told)


def _stale(told: Told) -> str:
    causes = [_cause(source) for source in told.sources if source.state in (SourceState.STALE, SourceState.FAILED)]
    known = (
        f" Last good value: {told.value(told.last_good[0])} on {format_day(told.last_good[1])}."
        if told.last_good
        else ""
    )
    return f"Not judged: {'; '.join(causes)}.{known}"


def _cause(source: SourceFreshness) -> str:
    note = source.note.rstrip(".")
    if note:
        return note if source.source in note else f"{source.source}: {note}"
    what = "the last load failed" if source.state is SourceState.FAILED else "the data is too old"
    until = f", data until {format_day(source.data_through.date())}" if source.data_through else ""
    return f"{source.source}: {what}{until}"


def _no_data(told: Told) -> str:
    never = [source.source for source in told.sources if source.state is SourceState.NEVER]
    if never:
        return f"No number: {', '.join(never)} has never been loaded."
    if told.found.problem:
        return f"No number: {told.found.problem.rstrip('.')}."
    n = told.found.answer.n
    return f"Not judged: {told.value(told.found.answer.value)} rests on {n} answers; at least {told.key_result.min_n} were needed."


def _judged(told: Told) -> str:
    state = _STATES[told.key_result.kind](told)
    if told.status is Status.ACHIEVED:
        return (
            f"Target reached: {state}." if told.key_result.kind is not Kind.RANGE else f"Held until the end: {state}."
        )
    if told.status is Status.MISSED or told.cycle.is_over(told.as_of):
        return f"The cycle ended at {state}{_way(told)}."
    if told.status is Status.TOO_EARLY:
        day = told.cycle.day_number(told.as_of)
        return f"Too early to judge on day {day} of {told.cycle.days}: {state}."
    return f"{state[0].upper()}{state[1:]}{_way(told)}{_expected(told)}."


def _way(told: Told) -> str:
    if told.key_result.kind is Kind.RANGE:
        return ""
    return f", {format_share(told.found.progress)} of the way"


def _expected(told: Told) -> str:
    if told.key_result.kind is Kind.RANGE:
        return ""
    return f" where {format_share(told.found.expected)} is expected by now"


def _growing(told: Told) -> str:
    found = told.found
    now = told.value(found.answer.value)
    if found.baseline in (None, 0) and told.key_result.kind is Kind.TOTAL:
        return f"{now} of {told.target}"
    compared = "against" if told.key_result.kind is Kind.TOTAL else "from"
    return f"{now} of {told.target}, {compared} {told.value(found.baseline)} {_baseline_words(told)}".rstrip()


def _baseline_words(told: Told) -> str:
    baseline = told.key_result.baseline
    words = {
        "measured": "at the start",
        "previous_cycle": "in the cycle before",
        "same_cycle_last_year": "in the same cycle last year",
    }
    return words.get(baseline.source.value, "at the start") if baseline else ""


def _recurring(told: Told) -> str:
    every = told.key_result.every or "period"
    over = [period for period in told.found.sub_periods if period.outcome in ("hit", "missed")]
    hits = sum(period.outcome == "hit" for period in over)
    return (
        f"{told.value(told.found.answer.value)} this {every} of {told.target}, {hits} of {len(over)} {every}s reached"
    )


def _milestone(told: Told) -> str:
    found = told.found
    done, planned = found.answer.value or 0, found.target or 0
    late = [period.label for period in found.sub_periods if period.outcome == "missed"]
    overdue = f" (overdue: {', '.join(late)})" if late else ""
    return f"{done:g} of {planned:g} {told.key_result.unit} done{overdue}"


def _range(told: Told) -> str:
    value, bounds = told.found.answer.value, told.key_result.bounds
    outside = value is not None and bounds is not None and broken_bound(value, bounds) is not None
    return f"{told.value(value)} is {'outside' if outside else 'within'} {told.target}"


_STATES = {
    Kind.TOTAL: _growing,
    Kind.LEVEL: _growing,
    Kind.RATIO: _growing,
    Kind.RECURRING: _recurring,
    Kind.MILESTONE: _milestone,
    Kind.RANGE: _range,
}
