"""One key result at one `as_of`: from what the run found to the snapshot that is stored and shown.

Never a silent green: as soon as a source is stale or its load failed, `value`, `progress` and `score` are None and the last good value
stands beside them with its day. Where no earlier run left one, it is the number computed from what is loaded, dated on the last day
that the sources cover in full.
"""

from __future__ import annotations

from datetime import date

from okr_mappings import arithmetic
from okr_mappings.first_observation import first_observation
from okr_mappings.identity import seal
from okr_mappings.interval import interval
from okr_mappings.mappings import KeyResult
from okr_mappings.observed import LastGood, Observed, RunContext, Subject
from okr_mappings.phrases import to_json
from okr_mappings.plan import value_window
from okr_mappings.reason import Told, reason
from okr_mappings.results import Outcome, Scene, outcome
from okr_mappings.snapshot import Snapshot
from okr_mappings.status import Standing, status_of
from okr_mappings.trust import check_in_source, end_of_day, is_provisional, last_good, never_loaded, untrusted
from okr_mappings.wording import ENGLISH
from okr_mappings.words import Kind, Status

__all__ = ["LastGood", "Observed", "RunContext", "Subject", "assess", "end_of_day"]


def assess(subject: Subject, observed: Observed, as_of: date, run: RunContext) -> Snapshot:
    """The sealed snapshot; projections are left for whoever computes them (and seals it again)."""
    key_result, cycle = subject.key_result, subject.cycle
    day = cycle.last_day(as_of)
    first_day, found = _found(subject, observed, day)
    sources = (*observed.sources, *check_in_source(subject, day))
    standing = Standing(
        found.progress,
        found.expected,
        key_result.thresholds,
        sources,
        found.answer.n,
        key_result.min_n,
        key_result.kind is Kind.RANGE,
        found.answer.is_withheld,
    )
    status = status_of(standing, cycle, as_of)
    trusted = status is not Status.STALE and not never_loaded(sources)
    shown = found if trusted else untrusted(found)
    good = last_good(subject, observed, found, status, sources, day)
    told = Told(key_result, cycle, as_of, status, shown, sources, (good.value, good.as_of) if good else None, first_day)
    why = reason(told)
    low, high = interval(shown.answer, key_result.unit) if key_result.kind in (Kind.RATIO, Kind.RANGE) else (None, None)
    return seal(
        Snapshot(
            snapshot_id="",
            run_id=run.run_id,
            as_of=as_of,
            computed_at=run.computed_at,
            cycle_id=cycle.id,
            cycle_start=cycle.start,
            cycle_end=cycle.end,
            team_id=subject.objective.team_id,
            objective_id=subject.objective.id,
            key_result_id=key_result.id,
            title=key_result.title,
            owner=key_result.owner,
            kind=key_result.kind,
            metric=key_result.metric_name,
            unit=key_result.unit,
            better=key_result.better,
            parameters=_parameters(subject, observed, day, first_day),
            sql=observed.sql or key_result.sql or "",
            sql_hash=observed.sql_hash,
            mapping_path=key_result.path,
            mapping_line=key_result.line,
            mapping_hash=key_result.mapping_hash,
            value=shown.answer.value,
            numerator=None if shown.answer.is_withheld else shown.answer.numerator,
            denominator=None if shown.answer.is_withheld else shown.answer.denominator,
            n=shown.answer.n,
            baseline=shown.baseline,
            target=shown.target,
            target_high=shown.target_high,
            progress=shown.progress,
            score=None if shown.progress is None else arithmetic.score(shown.progress),
            expected=shown.expected,
            status=status,
            reason=ENGLISH.tell(why),
            reason_parts=to_json(why),
            formula=shown.formula,
            provisional=is_provisional(subject.company, observed, day),
            weight=key_result.weight,
            data_through=min((source.data_through for source in sources if source.data_through), default=None),
            sources=sources,
            interval_low=low,
            interval_high=high,
            last_good_value=good.value if good else None,
            last_good_as_of=good.as_of if good else None,
            sub_periods=shown.sub_periods,
            source_link=observed.source_link or key_result.source_link,
            notes=key_result.notes,
            error=next((answer.error for answer in observed.answers.values() if answer.error), ""),
        )
    )


def _found(subject: Subject, observed: Observed, day: date) -> tuple[date | None, Outcome]:
    """What it comes to, and the day that a gauge started on when nobody had read it before the cycle."""
    key_result, cycle = subject.key_result, subject.cycle
    if not cycle.has_started(day):
        return None, _before_the_start(key_result)
    baseline, baseline_day = observed.frozen_baseline, observed.baseline_day
    if baseline is None and (first := first_observation(key_result, observed.answers, observed.history)):
        baseline, baseline_day = first.value, first.day
    first_day = baseline_day if baseline_day is not None and baseline_day >= cycle.start else None
    return first_day, outcome(Scene(key_result, cycle, day, observed.answers, baseline))


def _before_the_start(key_result: KeyResult) -> Outcome:
    """What is known without asking."""
    bounds, target = key_result.bounds, key_result.target
    if bounds is not None:
        return Outcome(target=bounds.at_least, target_high=bounds.at_most, expected=0.0)
    baseline = key_result.baseline.number if key_result.baseline else None
    return Outcome(baseline=baseline, target=target.resolve(baseline) if target else None, expected=0.0)


def _parameters(
    subject: Subject, observed: Observed, day: date, first_day: date | None
) -> dict[str, str | float | int | bool | None]:
    """What the number was computed with, as plain text and numbers."""
    key_result = subject.key_result
    found: dict[str, str | float | int | bool | None] = {}
    if subject.cycle.has_started(day) and not key_result.by_hand:
        window = value_window(key_result, subject.cycle, day)
        found |= {"window_start": window.start.isoformat(), "as_of": window.end.isoformat()}
    found |= {
        f"filter:{dimension}": ", ".join(str(value) for value in values) for dimension, values in key_result.filters
    }
    if key_result.baseline is not None and key_result.baseline.number is None:
        found |= {"baseline": key_result.baseline.source.value, "baseline_frozen": observed.frozen_baseline is not None}
    if first_day is not None:
        found["baseline_day"] = first_day.isoformat()
    if key_result.target is not None and key_result.target.is_relative:
        found["target"] = key_result.target.text
    if key_result.every is not None:
        found["every"] = key_result.every.value
    if key_result.bounds is not None and observed.history:
        inside = arithmetic.share_inside([each.value for each in observed.history], key_result.bounds)
        found["share_of_days_inside"] = inside
    return found
