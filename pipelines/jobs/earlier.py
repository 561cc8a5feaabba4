"""What each key result's metric was on the days before, back beyond the cycle: the past that its projection is learned from.

One execution per key result, like the cycle's own history, and under a shorter limit: a projection is worth seconds, not minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from okr_mappings.course import Past, Wanted, is_worth_reading, windows_wanted
from okr_mappings.mappings import CyclePlan
from okr_mappings.plan import VALUE, questions
from okr_mappings.questions import MetricQuestion
from warehouse.catalog import Metric
from warehouse.engine import Connection
from warehouse.fast_path import daily_series
from warehouse.history import Series, SeriesRequest

SECONDS = 3.0


def earlier_days(
    con: Connection,
    catalog: Mapping[str, Metric],
    plan: CyclePlan,
    as_of: date,
    through: Mapping[str, date],
    *,
    fast_path: bool = True,
) -> dict[str, Past]:
    """By key result id, for those that may be projected; `through` is the last day that a key result's sources cover in full."""
    asked: list[tuple[str, date, MetricQuestion, Wanted]] = []
    for key_result in plan.key_results:
        until = through[key_result.id]
        if is_worth_reading(key_result, plan.cycle, as_of) and until >= plan.cycle.start:
            value = next(each for each in questions(key_result, plan.cycle, until) if each.role == VALUE)
            asked.append((key_result.id, until, value, windows_wanted(key_result, plan.cycle, until)))
    requests = [SeriesRequest(value, wanted.days) for _, _, value, wanted in asked]
    days = _read(con, catalog, requests, fast_path=fast_path)
    # what was too slow once is not tried again
    wholes = [
        SeriesRequest(value, () if found.error else wanted.wholes)
        for (_, _, value, wanted), found in zip(asked, days, strict=True)
    ]
    pairs = zip(asked, days, _read(con, catalog, wholes, fast_path=fast_path), strict=True)
    return {name: _past(until, found, whole) for (name, until, _, _), found, whole in pairs}


def _read(
    con: Connection, catalog: Mapping[str, Metric], requests: list[SeriesRequest], *, fast_path: bool
) -> list[Series]:
    return daily_series(con, catalog, requests, join_seconds=SECONDS, days_seconds=SECONDS, fast_path=fast_path)


def _past(until: date, days: Series, wholes: Series) -> Past:
    error = days.error or wholes.error
    return Past(until, days.values, wholes.values, f"its earlier days could not be read ({error})" if error else "")
