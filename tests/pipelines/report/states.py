"""Documents in every state that a reader may meet, with backgrounds, and one whose every text is an attack."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from okr_mappings.snapshot import (
    Background,
    Changed,
    Moved,
    MovedPart,
    ProgressDocument,
    ReportedDay,
    Snapshot,
    SourceFreshness,
    SubPeriod,
    TargetChange,
    TeamName,
)
from okr_mappings.words import Kind, SourceState, Status
from tests.pipelines.report.documents import AS_OF, GA4, HUBSPOT, brightwater, document, history, key_result, objective

HOSTILE = "\"'><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">{{7*7}}{% raw %}%(x)s</style><!--"
RUN = "javascript:document.title='owned'"


def told(shown: ProgressDocument) -> ProgressDocument:
    """The same with something to tell of every key result."""
    return replace(shown, background={each.key_result_id: background(each) for each in shown.key_results})


def background(each: Snapshot) -> Background:
    value = each.value or 0.0
    return Background(
        definition="A lead counts when it first enters the stage; merged people count once.",
        lessons="Call earlier in the week." if each.status is Status.ACHIEVED else "",
        provisional_from=AS_OF - timedelta(days=2) if each.provisional else None,
        restated=tuple(ReportedDay(AS_OF - timedelta(days=n), value * 0.95, value) for n in (3, 5)),
        target_changes=(TargetChange(date(2026, 11, 3), (each.target or 0.0) * 0.8, each.target),)
        if each.target
        else (),
        changes=(Changed(date(2026, 11, 3), "weight", "1", "2"),),
        next_check_in=AS_OF + timedelta(days=3),
        moved=Moved(
            AS_OF - timedelta(days=7),
            value * 0.9,
            value,
            (MovedPart("new", value * 0.12, 12), MovedPart("lost", value * -0.02, 2)),
        ),
    )


def one(**changes: object) -> ProgressDocument:
    shown = key_result(projected_p10=340.0, projected_p50=368.0, projected_p90=396.0, probability=0.81)
    changed = replace(shown, **changes)  # type: ignore[arg-type]
    return told(
        document(
            changed,
            objectives=(objective(key_result_ids=("leads",), counted=1, total=1, status=changed.status),),
            sources=changed.sources,
            history={"leads": history(3, 214, seed=4, days=52)},
        )
    )


FAILED = SourceFreshness("hubspot", SourceState.FAILED, GA4.data_through, "401: the token is not accepted")

STATES = {
    "empty": document(sources=()),
    "one": one(),
    "many": told(brightwater()),
    "stale": one(
        status=Status.STALE,
        value=None,
        progress=None,
        score=None,
        last_good_value=201.0,
        last_good_as_of=date(2026, 11, 16),
        sources=(replace(HUBSPOT, state=SourceState.STALE, data_through=GA4.data_through),),
        reason="Not judged: hubspot: the data is too old, data until 17 Nov 2026.",
    ),
    "failed": one(
        status=Status.NO_DATA, value=None, progress=None, score=None, sources=(FAILED,), error="no such column"
    ),
    "too_early": one(status=Status.TOO_EARLY, value=9.0, progress=0.03, expected=0.04),
    "achieved": one(status=Status.ACHIEVED, value=361.0, progress=1.03, score=1.0),
}


def attacked() -> ProgressDocument:
    """Titles, owners, notes, units, links, labels, file names, lessons, definitions, sources and survey answers by an enemy."""
    source = SourceFreshness(HOSTILE, SourceState.FAILED, GA4.data_through, HOSTILE)
    step = SubPeriod(HOSTILE, date(2026, 10, 1), AS_OF, 0.0, 1.0, "missed")
    texts = {
        "title": HOSTILE,
        "owner": HOSTILE.replace(",", ""),
        "notes": HOSTILE,
        "unit": HOSTILE,
        "reason": HOSTILE,
        "reason_parts": '{"say":"%(x)s","with":{"x":"<script>document.title=1</script>"}}',
        "error": HOSTILE,
        "formula": HOSTILE,
        "metric": HOSTILE,
        "sql": f"select 1 -- {HOSTILE}",
        "mapping_path": HOSTILE,
        "source_link": RUN,
        "sources": (source,),
        "parameters": {HOSTILE: HOSTILE},
    }
    evil = key_result("evil", **texts)
    steps = key_result("steps", **texts, kind=Kind.MILESTONE, sub_periods=(step, step), status=Status.OFF_TRACK)
    shown = document(
        evil,
        steps,
        objectives=(
            objective(
                key_result_ids=("evil", "steps"), title=HOSTILE, owner=HOSTILE, lessons=HOSTILE, supports=(HOSTILE,)
            ),
        ),
        sources=(source,),
        teams=(TeamName("marketing", HOSTILE),),
        company=HOSTILE,
        cycle_label=HOSTILE,
        overdue=HOSTILE,
        history={"evil": history(3, 214, seed=4, days=52)},
    )
    texts_of = replace(
        background(evil),
        definition=HOSTILE,
        lessons=HOSTILE,
        changes=(Changed(AS_OF, HOSTILE, HOSTILE, HOSTILE),),
        moved=Moved(AS_OF - timedelta(days=7), 1.0, 214.0, (MovedPart(HOSTILE, 213.0, 2),), HOSTILE),
    )
    return replace(shown, background={"evil": texts_of, "steps": texts_of})
