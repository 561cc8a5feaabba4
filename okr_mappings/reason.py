"""Why a key result has its status: one sentence, with the numbers, for somebody who has never seen this program.

Built as a `Phrase`, so that it can be said in every language; the English sentence is what it says in English.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from okr_mappings.arithmetic import broken_bound
from okr_mappings.calendar import Cycle, Every
from okr_mappings.display import is_currency
from okr_mappings.goals import BaselineFrom
from okr_mappings.mappings import KeyResult
from okr_mappings.phrases import Aim, Day, Number, Phrase, Share, Value, counted, from_json, to_json
from okr_mappings.results import Outcome
from okr_mappings.snapshot import Snapshot, SourceFreshness
from okr_mappings.status import DIGITS, sample_is_too_small
from okr_mappings.wording import ENGLISH
from okr_mappings.words import Kind, SourceState, Status

NO_WORDS = ""
NOTHING = Phrase(NO_WORDS)


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

    def value(self, number: float | None) -> Number:
        return Number(number, self.key_result.unit)

    def amount(self, number: float | None) -> Number:
        return Number(number, self.key_result.unit, bare=True)

    @property
    def target(self) -> Aim:
        return Aim(self.key_result.kind, self.found.target, self.found.target_high, self.key_result.unit)


def reason(told: Told) -> Phrase:
    unknown = _unknown(told)
    return Phrase("%(one)s %(two)s", one=_status_sentence(told), two=unknown) if unknown else _status_sentence(told)


def with_remark(snapshot: Snapshot, remark: str) -> Snapshot:
    """The snapshot whose reason goes on with what somebody else has to say of it."""
    known = from_json(snapshot.reason_parts) or Phrase("%(text)s", text=snapshot.reason)
    both = Phrase("%(one)s %(two)s", one=known, two=remark)
    return replace(snapshot, reason=ENGLISH.tell(both), reason_parts=to_json(both))


def _unknown(told: Told) -> Phrase:
    """Money that is missing from a sum is said, or the sum passes for the whole."""
    count, key_result = told.found.answer.n_unknown, told.key_result
    if not count:
        return NOTHING
    rows = Number(count, key_result.metric.rows if key_result.metric else "rows")
    if is_currency(key_result.unit):
        return counted(
            "%(rows)s without an amount in %(currency)s is not in it.",
            "%(rows)s without an amount in %(currency)s are not in it.",
            count,
            rows=rows,
            currency=key_result.unit,
        )
    return counted(
        "%(rows)s without a value is not in it.", "%(rows)s without a value are not in it.", count, rows=rows
    )


def _status_sentence(told: Told) -> Phrase:
    if told.status is Status.NOT_STARTED:
        return Phrase("The cycle starts on %(day)s.", day=Day(told.cycle.start))
    if told.status is Status.STALE:
        return _stale(told)
    if told.status is Status.NO_DATA:
        return _no_data(told)
    return _too_few(told) or _judged(told)


def _too_few(told: Told) -> Phrase:
    """Too few answers to be judged, or even to be shown."""
    if getattr(told.found.answer, "is_withheld", False) and told.found.problem:
        return Phrase("Too early to judge: %(problem)s.", problem=told.found.problem.rstrip("."))
    if not sample_is_too_small(told.found.answer.n, told.key_result.min_n):
        return NOTHING
    return Phrase(
        "Too early to judge: %(value)s rests on a sample of %(n)s; at least %(least)s are needed.", **_sample(told)
    )


def _stale(told: Told) -> Phrase:
    untrusted = (SourceState.STALE, SourceState.FAILED)
    causes = [_cause(source) for source in told.sources if source.state in untrusted]
    joined = causes[0] if causes else NOTHING
    for cause in causes[1:]:
        joined = Phrase("%(one)s; %(two)s", one=joined, two=cause)
    if told.last_good is None:
        return Phrase("Not judged: %(causes)s.", causes=joined)
    value, day = told.last_good
    return Phrase(
        "Not judged: %(causes)s. Last good value: %(value)s on %(day)s.",
        causes=joined,
        value=told.value(value),
        day=Day(day),
    )


def _cause(source: SourceFreshness) -> Phrase:
    note = source.note.rstrip(".")
    if note:
        return Phrase("%(text)s", text=note if source.source in note else f"{source.source}: {note}")
    failed = source.state is SourceState.FAILED
    if source.data_through is None:
        if failed:
            return Phrase("%(source)s: the last load failed", source=source.source)
        return Phrase("%(source)s: the data is too old", source=source.source)
    until = Day(source.data_through.date())
    if failed:
        return Phrase("%(source)s: the last load failed, data until %(day)s", source=source.source, day=until)
    return Phrase("%(source)s: the data is too old, data until %(day)s", source=source.source, day=until)


def _no_data(told: Told) -> Phrase:
    never = [source.source for source in told.sources if source.state is SourceState.NEVER]
    if never:
        return Phrase("No number: %(sources)s has never been loaded.", sources=", ".join(never))
    if told.found.problem:
        return Phrase("No number: %(problem)s.", problem=told.found.problem.rstrip("."))
    return Phrase("Not judged: %(value)s rests on a sample of %(n)s; at least %(least)s were needed.", **_sample(told))


def _sample(told: Told) -> dict[str, Value]:
    answer = told.found.answer
    return {"value": told.value(answer.value), "n": str(answer.n), "least": str(told.key_result.min_n)}


def _judged(told: Told) -> Phrase:
    state = _STATES[told.key_result.kind](told)
    if told.status is Status.ACHIEVED:
        if told.key_result.kind is Kind.RANGE:
            return Phrase("Held until the end: %(state)s.", state=state)
        return Phrase("Target reached: %(state)s.", state=state)
    if told.cycle.is_over(told.as_of):
        return _ended(told, state)
    if told.status is Status.TOO_EARLY:
        day = str(told.cycle.day_number(told.as_of))
        return Phrase(
            "Too early to judge on day %(day)s of %(days)s: %(state)s.", day=day, days=str(told.cycle.days), state=state
        )
    return _running(told, state)


def _ended(told: Told, state: Phrase) -> Phrase:
    if told.key_result.kind is Kind.RANGE:
        return Phrase("The cycle ended at %(state)s.", state=state)
    if not _went_back(told):
        return Phrase("The cycle ended at %(state)s, %(way)s of the way.", state=state, way=Share(told.found.progress))
    if told.key_result.kind is Kind.TOTAL:
        return Phrase("The cycle ended at %(state)s, less than even that.", state=state)
    return Phrase("The cycle ended at %(state)s, farther away than at the start.", state=state)


def _running(told: Told, state: Phrase) -> Phrase:
    """Less than nothing of the way from a baseline needs words, not a negative percentage."""
    if told.key_result.kind is Kind.RANGE:
        return Phrase("%(state)s.", state=state)
    expected = Share(told.found.expected)
    if not _went_back(told):
        return Phrase(
            "%(state)s, %(way)s of the way where %(expected)s is expected by now.",
            state=state,
            way=Share(told.found.progress),
            expected=expected,
        )
    if told.key_result.kind is Kind.TOTAL:
        return Phrase(
            "%(state)s, less than even that where %(expected)s of the way is expected by now.",
            state=state,
            expected=expected,
        )
    return Phrase(
        "%(state)s, farther away than at the start where %(expected)s of the way is expected by now.",
        state=state,
        expected=expected,
    )


def _went_back(told: Told) -> bool:
    return bool(told.found.baseline) and round(told.found.progress or 0.0, DIGITS) < 0


def _total(told: Told) -> Phrase:
    """With a baseline the sum is compared with what the baseline would have come to by the same day."""
    found = told.found
    reached = Phrase("%(value)s of %(target)s", value=told.amount(found.answer.value), target=told.target)
    if not found.baseline:
        return reached
    then = _baseline(told, told.value(found.baseline))
    share = found.expected or 0.0
    if told.status is Status.ACHIEVED or told.cycle.is_over(told.as_of) or share >= 1:
        return Phrase("%(reached)s, against %(then)s", reached=reached, then=then)
    return Phrase(
        "%(reached)s; %(then)s would be %(amount)s by now",
        reached=reached,
        then=then,
        amount=told.amount(found.baseline * share),
    )


def _growing(told: Told) -> Phrase:
    found = told.found
    return Phrase(
        "%(value)s, coming from %(baseline)s and going to %(target)s",
        value=told.value(found.answer.value),
        baseline=_baseline(told, told.amount(found.baseline)),
        target=told.target,
    )


def _baseline(told: Told, value: Number) -> Phrase:
    if told.first_observed is not None:
        return Phrase("%(value)s on %(day)s, when it was first counted,", value=value, day=Day(told.first_observed))
    baseline = told.key_result.baseline
    source = baseline.source if baseline else None
    if source is BaselineFrom.SAME_CYCLE_LAST_YEAR:
        return Phrase("%(value)s in the same cycle last year", value=value)
    measured_sum = source is BaselineFrom.MEASURED and told.key_result.kind is Kind.TOTAL
    if source is BaselineFrom.PREVIOUS_CYCLE or measured_sum:
        return Phrase("%(value)s in the cycle before", value=value)
    return Phrase("%(value)s at the start", value=value)


def _recurring(told: Told) -> Phrase:
    day = told.cycle.last_day(told.as_of)
    over = [period for period in told.found.sub_periods if period.end <= day]
    running = next(period for period in told.found.sub_periods if period.start <= day <= period.end)
    hits = str(sum(period.outcome == "hit" for period in over))
    now: dict[str, Value] = {"value": told.amount(running.value), "target": told.value(running.target), "hits": hits}
    if told.key_result.every is Every.WEEK:
        return counted(
            "%(value)s of %(target)s this week, %(hits)s of %(count)s finished week reached",
            "%(value)s of %(target)s this week, %(hits)s of %(count)s finished weeks reached",
            len(over),
            **now,
        )
    if told.key_result.every is Every.MONTH:
        return counted(
            "%(value)s of %(target)s this month, %(hits)s of %(count)s finished month reached",
            "%(value)s of %(target)s this month, %(hits)s of %(count)s finished months reached",
            len(over),
            **now,
        )
    return counted(
        "%(value)s of %(target)s this quarter, %(hits)s of %(count)s finished quarter reached",
        "%(value)s of %(target)s this quarter, %(hits)s of %(count)s finished quarters reached",
        len(over),
        **now,
    )


def _milestone(told: Told) -> Phrase:
    found = told.found
    done = Phrase(
        "%(done)s of %(planned)s %(unit)s done",
        done=f"{found.answer.value or 0:g}",
        planned=f"{found.target or 0:g}",
        unit=told.key_result.unit,
    )
    late = [period.label for period in found.sub_periods if period.outcome == "missed"]
    return Phrase("%(state)s (overdue: %(steps)s)", state=done, steps=", ".join(late)) if late else done


def _range(told: Told) -> Phrase:
    value, bounds = told.found.answer.value, told.key_result.bounds
    bound = broken_bound(value, bounds) if value is not None and bounds is not None else None
    shown: dict[str, Value] = {"value": told.value(value), "bounds": told.target}
    if bound is None or value is None:
        return Phrase("%(value)s is within bounds (%(bounds)s)", **shown)
    if value > bound:
        return Phrase("%(value)s is above the bound (%(bounds)s)", **shown)
    return Phrase("%(value)s is below the bound (%(bounds)s)", **shown)


_STATES = {
    Kind.TOTAL: _total,
    Kind.LEVEL: _growing,
    Kind.RATIO: _growing,
    Kind.RECURRING: _recurring,
    Kind.MILESTONE: _milestone,
    Kind.RANGE: _range,
}
