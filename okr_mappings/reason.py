"""Why a key result has its status: one sentence, with the numbers, for somebody who has never seen this program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from okr_mappings.arithmetic import broken_bound
from okr_mappings.calendar import Cycle
from okr_mappings.display import format_amount, format_day, format_share, format_target, format_value, is_currency
from okr_mappings.goals import BaselineFrom
from okr_mappings.mappings import KeyResult
from okr_mappings.results import Outcome
from okr_mappings.snapshot import SourceFreshness
from okr_mappings.status import DIGITS, sample_is_too_small
from okr_mappings.words import Kind, SourceState, Status


@dataclass(frozen=True, slots=True)
class Told:
    """What the sentence is about; `first_observed` is the day inside the cycle on which a gauge was first read, if it was not before."""

    key_result: KeyResult
    cycle: Cycle
    as_of: date
    status: Status
    found: Outcome
    sources: Sequence[SourceFreshness]
    last_good: tuple[float, date] | None
    first_observed: date | None = None

    def value(self, number: float | None) -> str:
        return format_value(number, self.key_result.unit)

    def amount(self, number: float | None) -> str:
        return format_amount(number, self.key_result.unit)

    @property
    def target(self) -> str:
        return format_target(self.key_result.kind, self.found.target, self.found.target_high, self.key_result.unit)


def reason(told: Told) -> str:
    return _status_sentence(told) + _unknown(told)


def _unknown(told: Told) -> str:
    """Money that is missing from a sum is said, or the sum passes for the whole."""
    count, key_result = told.found.answer.n_unknown, told.key_result
    if not count:
        return ""
    rows = format_value(count, key_result.metric.rows if key_result.metric else "rows")
    what = f"an amount in {key_result.unit}" if is_currency(key_result.unit) else "a value"
    return f" {rows} without {what} {'is' if count == 1 else 'are'} not in it."


def _status_sentence(told: Told) -> str:
    if told.status is Status.NOT_STARTED:
        return f"The cycle starts on {format_day(told.cycle.start)}."
    if told.status is Status.STALE:
        return _stale(told)
    if told.status is Status.NO_DATA:
        return _no_data(told)
    if sample_is_too_small(told.found.answer.n, told.key_result.min_n):
        return f"Too early to judge: {_sample(told)} are needed."
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
    return f"Not judged: {_sample(told)} were needed."


def _sample(told: Told) -> str:
    answer = told.found.answer
    return f"{told.value(answer.value)} rests on a sample of {answer.n}; at least {told.key_result.min_n}"


def _judged(told: Told) -> str:
    kind, state = told.key_result.kind, _STATES[told.key_result.kind](told)
    if told.status is Status.ACHIEVED:
        return f"{'Held until the end' if kind is Kind.RANGE else 'Target reached'}: {state}."
    if told.cycle.is_over(told.as_of):
        return f"The cycle ended at {state}{_way(told)}."
    if told.status is Status.TOO_EARLY:
        day = told.cycle.day_number(told.as_of)
        return f"Too early to judge on day {day} of {told.cycle.days}: {state}."
    return f"{state[0].upper()}{state[1:]}{_way(told)}{_expected(told)}."


def _way(told: Told) -> str:
    kind = told.key_result.kind
    if kind is Kind.RANGE:
        return ""
    if _went_back(told):
        return ", less than even that" if kind is Kind.TOTAL else ", farther away than at the start"
    return f", {format_share(told.found.progress)} of the way"


def _expected(told: Told) -> str:
    if told.key_result.kind is Kind.RANGE:
        return ""
    return f" where {format_share(told.found.expected)}{' of the way' if _went_back(told) else ''} is expected by now"


def _went_back(told: Told) -> bool:
    """Less than nothing of the way from a baseline needs words, not a negative percentage."""
    return bool(told.found.baseline) and round(told.found.progress or 0.0, DIGITS) < 0


def _total(told: Told) -> str:
    """With a baseline the sum is compared with what the baseline would have come to by the same day."""
    found = told.found
    reached = f"{told.amount(found.answer.value)} of {told.target}"
    if not found.baseline:
        return reached
    then = f"{told.value(found.baseline)} {_baseline_words(told)}"
    share = found.expected or 0.0
    if told.status is Status.ACHIEVED or told.cycle.is_over(told.as_of) or share >= 1:
        return f"{reached}, against {then}"
    return f"{reached}; {then} would be {told.amount(found.baseline * share)} by now"


def _growing(told: Told) -> str:
    found = told.found
    return f"{told.value(found.answer.value)}, coming from {told.amount(found.baseline)} {_baseline_words(told)} and going to {told.target}"


def _baseline_words(told: Told) -> str:
    if told.first_observed is not None:
        return f"on {format_day(told.first_observed)}, when it was first counted,"
    words = {
        BaselineFrom.PREVIOUS_CYCLE: "in the cycle before",
        BaselineFrom.SAME_CYCLE_LAST_YEAR: "in the same cycle last year",
        BaselineFrom.MEASURED: "in the cycle before" if told.key_result.kind is Kind.TOTAL else "at the start",
    }
    baseline = told.key_result.baseline
    return words.get(baseline.source, "at the start") if baseline else "at the start"


def _recurring(told: Told) -> str:
    every, day = told.key_result.every or "period", told.cycle.last_day(told.as_of)
    over = [period for period in told.found.sub_periods if period.end <= day]
    running = next(period for period in told.found.sub_periods if period.start <= day <= period.end)
    hits = sum(period.outcome == "hit" for period in over)
    finished = f"{hits} of {len(over)} finished {every if len(over) == 1 else f'{every}s'} reached"
    return f"{told.amount(running.value)} of {told.value(running.target)} this {every}, {finished}"


def _milestone(told: Told) -> str:
    found = told.found
    done, planned = found.answer.value or 0, found.target or 0
    late = [period.label for period in found.sub_periods if period.outcome == "missed"]
    overdue = f" (overdue: {', '.join(late)})" if late else ""
    return f"{done:g} of {planned:g} {told.key_result.unit} done{overdue}"


def _range(told: Told) -> str:
    value, bounds = told.found.answer.value, told.key_result.bounds
    bound = broken_bound(value, bounds) if value is not None and bounds is not None else None
    if bound is None or value is None:
        return f"{told.value(value)} is within bounds ({told.target})"
    return f"{told.value(value)} is {'above' if value > bound else 'below'} the bound ({told.target})"


_STATES = {
    Kind.TOTAL: _total,
    Kind.LEVEL: _growing,
    Kind.RATIO: _growing,
    Kind.RECURRING: _recurring,
    Kind.MILESTONE: _milestone,
    Kind.RANGE: _range,
}
