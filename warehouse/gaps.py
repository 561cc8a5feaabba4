"""Which days of a gauge were really observed: the others carry the last observation on, and say so.

A gauge that is read once a day (followers, subscribers) has no number for a day on which nobody read it. Its metric answers with the last
one before, so that a level never falls to nothing; here the rows behind that answer tell how old they are. It works for every metric
whose rows have an `observed_date`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from okr_mappings.questions import MetricQuestion, Window
from warehouse.engine import Connection
from warehouse.evidence import EvidencedMetric, evidence_query
from warehouse.filters import read_marts

OBSERVED = "observed_date"


@dataclass(frozen=True, slots=True)
class Observed:
    """What stands behind one day: `series` that had been observed by then, of which `carried` were not on the day itself, the oldest of
    them on `oldest`; and `joined` that were observed for the first time."""

    series: int
    carried: int
    oldest: date
    joined: int


def observed_days(
    con: Connection, catalog: Mapping[str, EvidencedMetric], question: MetricQuestion, days: Iterable[date]
) -> dict[date, Observed]:
    """By day; empty for a metric that is no such gauge. Days before the first observation are left out."""
    metric = catalog.get(question.metric)
    if question.sql is not None or metric is None or f"{OBSERVED}," not in (metric.evidence_sql or ""):
        return {}
    marts = read_marts(con)
    found: dict[date, Observed] = {}
    for day in sorted(set(days)):
        before = found.get(day - timedelta(days=1))
        bound = evidence_query(catalog, marts, replace(question, window=Window(min(question.window.start, day), day)))
        counted = (
            f"select count(*), count(*) filter (where {OBSERVED} < $day), min({OBSERVED}) from ({bound.sql}) as behind"  # noqa: S608 - checked SQL
        )
        series, carried, oldest = con.execute(counted, {**bound.parameters, "day": day}).fetchall()[0]
        if series:
            joined = series - before.series if before else 0 if oldest < day else series - carried
            found[day] = Observed(series, carried, oldest, joined)
    return found
