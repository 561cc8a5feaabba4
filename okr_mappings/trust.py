"""How far a number can be trusted: its sources, the age of check-ins, the last good value, and whether the day may still change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from okr_mappings.calendar import DAY
from okr_mappings.display import format_value
from okr_mappings.mappings import CheckIn, Company
from okr_mappings.observed import LastGood, Observed, Subject
from okr_mappings.results import NO_ANSWER, Outcome
from okr_mappings.snapshot import SourceFreshness
from okr_mappings.words import SourceState, Status

CHECK_INS = "check-ins"


def untrusted(found: Outcome) -> Outcome:
    """What may still be shown when the data behind the value cannot be trusted: where it started and where it wants to be."""
    return Outcome(
        NO_ANSWER, found.baseline, found.target, found.target_high, None, found.expected, problem=found.problem
    )


def never_loaded(sources: tuple[SourceFreshness, ...]) -> bool:
    return any(source.state is SourceState.NEVER for source in sources)


def check_in_source(subject: Subject, day: date) -> tuple[SourceFreshness, ...]:
    """Values kept by hand grow old like any other source; finished steps do not."""
    check_ins = [each for each in subject.key_result.check_ins if each.day <= day]
    if not check_ins:
        return ()
    age = (day - check_ins[-1].day).days
    state = SourceState.STALE if age > subject.key_result.stale_after_days else SourceState.FRESH
    old = f"the last check-in is {age} days old" if state is SourceState.STALE else ""
    note = "; ".join(filter(None, (old, _said(check_ins[-1], subject.key_result.unit))))
    return (SourceFreshness(CHECK_INS, state, end_of_day(check_ins[-1].day, subject.company.time_zone), note),)


def _said(check_in: CheckIn, unit: str) -> str:
    """Who entered it and what they wrote, and what it corrects: it stands beside the number wherever that is shown."""
    corrected = " and ".join(format_value(value, unit) for value in check_in.corrects)
    words = ": ".join(filter(None, (check_in.author, check_in.note)))
    return f"{words} (corrects {corrected})".strip() if corrected else words


def last_good(
    subject: Subject,
    observed: Observed,
    found: Outcome,
    status: Status,
    sources: tuple[SourceFreshness, ...],
    day: date,
) -> LastGood | None:
    """The value shown with its age while the present one cannot be: for stale data and for a number that failed."""
    if status not in (Status.STALE, Status.NO_DATA):
        return None
    if observed.last_good is not None or status is not Status.STALE or found.answer.value is None:
        return observed.last_good
    if all(source.data_through is None for source in sources):
        return None
    whole_day = last_whole_day(sources, day, subject.company.time_zone)
    return LastGood(found.answer.value, whole_day) if subject.cycle.has_started(whole_day) else None


def last_whole_day(sources: Iterable[SourceFreshness], as_of: date, time_zone: str) -> date:
    """The last day, `as_of` at the latest, that every source covers to its end; without sources nothing is missing."""
    moments = [source.data_through for source in sources if source.data_through is not None]
    if not moments:
        return as_of
    covered = (min(moments).astimezone(ZoneInfo(time_zone)) + timedelta(microseconds=1)).date() - DAY
    return min(as_of, covered)


def end_of_day(day: date, time_zone: str) -> datetime:
    """The UTC moment at which a company-local day is over; days of 23 and 25 hours included."""
    return datetime.combine(day + DAY, time.min, ZoneInfo(time_zone)).astimezone(ZoneInfo("UTC"))


def is_provisional(company: Company, observed: Observed, day: date) -> bool:
    """A source that has not been read since the day's end plus its settle lag may still restate the day."""
    end = end_of_day(day, company.time_zone)
    return any(
        source.data_through is not None
        and source.data_through < end + timedelta(hours=observed.settle_hours[source.source])
        for source in observed.sources
        if source.source in observed.settle_hours
    )
