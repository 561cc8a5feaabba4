"""Progress documents made by hand: Brightwater's fourth quarter of 2026, seen on 21 November (day 52 of 92).

Every builder takes overrides, so a test names only what it is about.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from okr_mappings.restated import RestatedDays
from okr_mappings.snapshot import (
    SCHEMA_VERSION,
    DayValue,
    ObjectiveProgress,
    ProgressDocument,
    Snapshot,
    SourceFreshness,
    SubPeriod,
    TeamName,
)
from okr_mappings.words import Better, Kind, SourceState, Status

START, END, AS_OF = date(2026, 10, 1), date(2026, 12, 31), date(2026, 11, 21)
DAYS = 92
ELAPSED = 52
AT = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
# midnight in Budapest (UTC+1 in November): the whole of 21 November is in
THROUGH = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
SQL = """-- one row: leads whose first entry into the stage lies in the window
select count(*) as metric_value
from marts.fct_leads
where marketing_qualified_date between $window_start and $as_of
"""

HUBSPOT = SourceFreshness("hubspot", SourceState.FRESH, THROUGH)
GA4 = SourceFreshness(
    "ga4",
    SourceState.FAILED,
    datetime(2026, 11, 17, 23, 0, tzinfo=UTC),
    "429 from /runReport: the property's tokens are spent",
)
FILES = SourceFreshness(
    "files", SourceState.LATE, datetime(2026, 11, 19, 23, 0, tzinfo=UTC), "newsletter file is a day late"
)


def key_result(key_result_id: str = "leads", **changes: Any) -> Snapshot:
    values: dict[str, Any] = {
        "snapshot_id": f"snap-{key_result_id}",
        "run_id": "run-20261122T050000Z",
        "as_of": AS_OF,
        "computed_at": AT,
        "cycle_id": "2026-Q4",
        "cycle_start": START,
        "cycle_end": END,
        "team_id": "marketing",
        "objective_id": "demand",
        "key_result_id": key_result_id,
        "title": "Win 350 marketing-qualified leads",
        "owner": "Anna Kovács",
        "kind": Kind.TOTAL,
        "metric": "marketing_qualified_leads",
        "unit": "leads",
        "better": Better.HIGHER,
        "parameters": {"window_start": "2026-10-01", "as_of": "2026-11-21"},
        "sql": SQL,
        "sql_hash": "3f0c9a5e7b21",
        "mapping_path": "mappings/marketing.yml",
        "mapping_line": 14,
        "mapping_hash": "a81d44c0be77",
        "value": 214.0,
        "numerator": None,
        "denominator": None,
        "n": None,
        "baseline": 0.0,
        "target": 350.0,
        "target_high": None,
        "progress": 214 / 350,
        "score": 214 / 350,
        "expected": ELAPSED / DAYS,
        "status": Status.ON_TRACK,
        "reason": "61 % of the way with 57 % of the cycle gone.",
        "formula": "(214 - 0) / (350 - 0) = 0.61",
        "provisional": False,
        "weight": 1.0,
        "data_through": THROUGH,
        "sources": (HUBSPOT,),
        "source_link": "https://app.hubspot.com/contacts/1/objects/0-1/views/all/list",
    }
    return Snapshot(**{**values, **changes})


def objective(objective_id: str = "demand", **changes: Any) -> ObjectiveProgress:
    values: dict[str, Any] = {
        "cycle_id": "2026-Q4",
        "objective_id": objective_id,
        "title": "Become the first name buyers think of",
        "team_id": "marketing",
        "owner": "Anna Kovács",
        "supports": (),
        "score": 0.62,
        "expected": ELAPSED / DAYS,
        "status": Status.ON_TRACK,
        "counted": 3,
        "total": 4,
        "key_result_ids": (),
    }
    return ObjectiveProgress(**{**values, **changes})


def document(
    *key_results: Snapshot, objectives: tuple[ObjectiveProgress, ...] = (), **changes: Any
) -> ProgressDocument:
    values: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "company": "Brightwater",
        "time_zone": "Europe/Budapest",
        "currency": "EUR",
        "cycle_id": "2026-Q4",
        "cycle_label": "Q4 2026",
        "cycle_start": START,
        "cycle_end": END,
        "as_of": AS_OF,
        "run_id": "run-20261122T050000Z",
        "published_at": AT,
        "teams": (TeamName("marketing", "Marketing"), TeamName("sales", "Sales")),
        "objectives": objectives,
        "key_results": key_results,
        "sources": (HUBSPOT,),
        "history": {},
    }
    return ProgressDocument(**{**values, **changes})


def history(
    first: float, last: float, *, seed: int = 1, days: int = ELAPSED, wobble: float = 0.04
) -> tuple[DayValue, ...]:
    """A walk from `first` on day one to `last` on day `days`, rough in between, the same for the same seed."""
    random = Random(seed)
    span = abs(last - first) or abs(last) or 1.0
    points = []
    for index in range(days):
        straight = first + (last - first) * index / max(days - 1, 1)
        rough = 0.0 if index in (0, days - 1) else random.uniform(-wobble, wobble) * span
        points.append(DayValue(START + timedelta(days=index), round(straight + rough, 4)))
    return tuple(points)


def months(*values: float | None, target: float = 50.0) -> tuple[SubPeriod, ...]:
    edges = ((date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 11, 1), date(2026, 11, 30)), (date(2026, 12, 1), END))
    periods = []
    for (start, end), value in zip(edges, values, strict=True):
        outcome = (
            "ahead" if start > AS_OF else "running" if end > AS_OF else "hit" if (value or 0) >= target else "missed"
        )
        periods.append(SubPeriod(f"{start:%B}", start, end, value, target, outcome))
    return tuple(periods)


def weeks(values: list[float], target: float = 20.0) -> tuple[SubPeriod, ...]:
    """ISO weeks 40 to 53 of 2026, the first and the last cut by the cycle's edges."""
    periods, start, index = [], START, 0
    while start <= END:
        end = min(start + timedelta(days=6 - start.weekday()), END)
        value = values[index] if index < len(values) and start <= AS_OF else None
        due = target * ((end - start).days + 1) / 7
        outcome = "ahead" if start > AS_OF else "running" if end > AS_OF else "hit" if (value or 0) >= due else "missed"
        periods.append(SubPeriod(f"Week {start.isocalendar().week}", start, end, value, round(due, 1), outcome))
        start, index = end + timedelta(days=1), index + 1
    return tuple(periods)


def step(label: str, due: date, *, done: bool) -> SubPeriod:
    return SubPeriod(
        label, START, due, 1.0 if done else 0.0, 1.0, "hit" if done else "missed" if due < AS_OF else "ahead"
    )


def brightwater() -> ProgressDocument:
    """Sixteen key results of every kind and in every mood, and three sources, two of them in trouble."""
    from tests.pipelines.report.brightwater import HISTORY, KEY_RESULTS, OBJECTIVES

    return document(
        *KEY_RESULTS,
        objectives=OBJECTIVES,
        sources=(HUBSPOT, GA4, FILES),
        history=HISTORY,
        restatements={"new-revenue": RestatedDays(3, -4210.5, 1)},
        teams=(
            TeamName("company", "Company"),
            TeamName("marketing", "Marketing"),
            TeamName("sales", "Sales"),
            TeamName("success", "Customer success"),
        ),
    )


def many(count: int) -> ProgressDocument:
    """The sixteen over and over under ids of their own, five to an objective and five objectives to a team."""
    small = brightwater()
    key_results, histories, objectives, teams = [], {}, [], []
    for index in range(count):
        original = small.key_results[index % len(small.key_results)]
        identity, group = f"{original.key_result_id}-{index}", index // 5
        key_results.append(
            replace(original, key_result_id=identity, objective_id=f"o{group}", team_id=f"t{group // 5}")
        )
        histories[identity] = small.history.get(original.key_result_id, ())
        if index % 5 == 0:
            ids = tuple(
                f"{small.key_results[i % len(small.key_results)].key_result_id}-{i}"
                for i in range(index, min(index + 5, count))
            )
            objectives.append(
                objective(
                    f"o{group}", team_id=f"t{group // 5}", title=f"Objective number {group + 1}", key_result_ids=ids
                )
            )
        if index % 25 == 0:
            teams.append(TeamName(f"t{group // 5}", f"Team {group // 5 + 1}"))
    return replace(
        small, key_results=tuple(key_results), objectives=tuple(objectives), teams=tuple(teams), history=histories
    )


SCRIPT = "<script>document.title='owned'</script>"
IMAGE = '"><img src=x onerror="document.title=1">'
LINKS = (
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/",
    'https://ok.example/" onmouseover="alert(1)',
    "vbscript:x",
    "file:///etc/passwd",
)


def hostile() -> ProgressDocument:
    """Everything a person or a source may have typed, with bad intent or merely with bad luck."""
    nasty = replace(HUBSPOT, source=f"hub{SCRIPT}", state=SourceState.FAILED, note=IMAGE)
    texts = {
        "title": f"{SCRIPT}{IMAGE}",
        "owner": IMAGE,
        "reason": SCRIPT,
        "formula": "1 < 2 & 3 > 2",
        "notes": "</details></main>" + SCRIPT,
    }
    code = {
        "sql": "select '</pre><script>alert(1)</script>'",
        "mapping_path": IMAGE,
        "metric": SCRIPT,
        "parameters": {IMAGE: SCRIPT},
    }
    key_results = [
        key_result(f"{IMAGE}{index}", unit="<b>leads</b>", source_link=link, sources=(nasty,), **texts, **code)
        for index, link in enumerate(LINKS)
    ]
    steps = replace(step(IMAGE, date(2026, 10, 31), done=False), outcome='" onload="alert(1)')
    key_results.append(
        key_result("rtl", title="זכו ב־350 לידים \u202eevil", unit="לידים", owner="דנה", sub_periods=(steps, steps))
    )
    key_results.append(key_result("long", title="Wörterohneende" * 40, unit="u" * 60, owner="x" * 200))
    return document(
        *key_results,
        objectives=(objective(title=SCRIPT, owner=IMAGE, supports=(IMAGE,)),),
        company=f"Bright{SCRIPT}",
        cycle_label=IMAGE,
        teams=(TeamName("marketing", SCRIPT),),
        sources=(nasty,),
        time_zone="<i>",
        history={"rtl": history(0, 200)},
    )
