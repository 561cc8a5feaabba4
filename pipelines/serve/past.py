"""A document as of an earlier day: what was reported of that day, drawn with the values as they are known now.

Statuses, values and reasons are those of that day's report and are never computed again. Scores of objectives are, from those reports and
the mappings of today; where these cannot be loaded an objective has no score.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from okr_mappings.rollup import roll_up
from okr_mappings.snapshot import Background, DayValue, ObjectiveProgress, ProgressDocument, Snapshot, SourceFreshness
from okr_mappings.words import SourceState, Status
from pipelines.serve.publication import Publication
from warehouse import snapshot_feed, snapshot_store

_GRAVITY = (SourceState.FAILED, SourceState.NEVER, SourceState.STALE, SourceState.LATE, SourceState.FRESH)


def days_of(publication: Publication, cycle_id: str) -> tuple[date, ...]:
    """Every day that was reported, oldest first."""
    return publication.once(f"days {cycle_id}", lambda: _days_of(publication, cycle_id))  # type: ignore[return-value]


def _days_of(publication: Publication, cycle_id: str) -> tuple[date, ...]:
    document = publication.documents[cycle_id]
    if publication.copy is None:
        return (document.as_of,)
    with publication.copy.cursor() as con:
        reported = snapshot_feed.reported_days(con, cycle_id)
    return tuple(sorted({document.as_of, *(day for day in reported if day <= document.as_of)}))


def document_at(publication: Publication, cycle_id: str, day: date) -> ProgressDocument | None:
    """As of the last reported day up to `day`; None when nothing was reported by then."""
    document = publication.documents[cycle_id]
    reported = [each for each in days_of(publication, cycle_id) if each <= day]
    if not reported or publication.copy is None:
        return document if day >= document.as_of else None
    if reported[-1] == document.as_of:
        return document
    return _past(publication, document, reported[-1])


def _past(publication: Publication, document: ProgressDocument, day: date) -> ProgressDocument:
    assert publication.copy is not None  # noqa: S101 - asked for by document_at
    with publication.copy.cursor() as con:
        found = snapshot_feed.reported_on(con, document.cycle_id, day)
        series = snapshot_store.daily_values(con, document.cycle_id)
    place = {each.key_result_id: number for number, each in enumerate(document.key_results)}
    key_results = tuple(sorted(found, key=lambda each: place.get(each.key_result_id, len(place))))
    return replace(
        document,
        as_of=day,
        run_id=max(key_results, key=lambda each: each.computed_at).run_id,
        published_at=max(each.computed_at for each in key_results),
        objectives=_objectives(publication, document, key_results, day),
        key_results=key_results,
        sources=_sources(key_results),
        history={key: _until(series.get(key, ()), day) for key in (each.key_result_id for each in key_results)},
        restatements={},
        background={key: _by_then(each, day) for key, each in document.background.items()},
        next_run=None,
        overdue="",
    )


def _by_then(known: Background, day: date) -> Background:
    """What came later is left out, and what is said of the newest day only: why it moved, what may still change, what is due."""
    return replace(
        known,
        restated=tuple(each for each in known.restated if each.day <= day),
        target_changes=tuple(each for each in known.target_changes if each.day <= day),
        changes=tuple(each for each in known.changes if each.day <= day),
        provisional_from=None,
        moved=None,
        next_check_in=None,
    )


def _until(points: tuple[DayValue, ...], day: date) -> tuple[DayValue, ...]:
    return tuple(point for point in points if point.day <= day)


def _objectives(
    publication: Publication, document: ProgressDocument, key_results: tuple[Snapshot, ...], day: date
) -> tuple[ObjectiveProgress, ...]:
    loaded = publication.loaded
    plans = [plan for plan in loaded.mappings.cycles if plan.cycle.id == document.cycle_id] if loaded else []
    if plans:
        return roll_up(plans[0], key_results, day)
    return tuple(
        replace(each, score=None, expected=None, status=Status.NO_DATA, counted=0) for each in document.objectives
    )


def _sources(key_results: tuple[Snapshot, ...]) -> tuple[SourceFreshness, ...]:
    """As they were judged then; where two key results differ, as the worse of the two."""
    worst: dict[str, SourceFreshness] = {}
    for source in (source for each in key_results for source in each.sources):
        known = worst.get(source.source)
        if known is None or _GRAVITY.index(source.state) < _GRAVITY.index(known.state):
            worst[source.source] = source
    return tuple(worst[name] for name in sorted(worst))
