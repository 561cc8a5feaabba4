"""Answering key results: shared scans against one query each, with all results compared, on tables of many and of few rows.

    .venv/bin/python benchmarks/execution.py [--leads 10000000] [--daily-rows 50000000] [--rounds 3] [--huge]

The big tables go to a temporary file (about 0.5 GB per 60 million rows) that is deleted afterwards. Rows lie in the order of time, as
loaded ones do, which helps one query each more than it helps shared scans. Prints Markdown rows for benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb

from okr_mappings.metric import MetricSpec
from okr_mappings.questions import MetricAnswer, MetricQuestion, Window
from okr_mappings.words import Better, Kind
from warehouse import definitions
from warehouse.catalog import load_catalog
from warehouse.engine import Connection, open_guarded
from warehouse.execute import answer
from warehouse.fast_path import answer_with_history
from warehouse.history import Series, SeriesRequest, cumulative_windows

QUARTER = Window(date(2026, 10, 1), date(2026, 12, 31))
AS_OF = QUARTER.end
FIRST_DAY = date(2024, 11, 1)
DAYS = (AS_OF - FIRST_DAY).days + 1
COUNTRIES = [f"Country {number}" for number in range(20)]
CHANNELS = [f"Channel {number}" for number in range(8)]
OWNERS = [f"hubspot:{number}" for number in range(60)]
DAYS_OF_HISTORY = cumulative_windows(QUARTER.start, QUARTER.start, QUARTER.end)

LEADS = """
create table marts.fct_leads as
select
    'hubspot:' || i as lead_key,
    'Country ' || (hash(i) % 20) as country,
    'Channel ' || (hash(i, 1) % 8) as first_touch_channel,
    'hubspot:' || (hash(i, 2) % 60) as owner_key,
    created_date,
    case when hash(i, 3) % 5 < 2 then created_date + cast(hash(i, 4) % 40 as integer) end as marketing_qualified_date,
    case when hash(i, 5) % 20 < 1 then created_date + cast(hash(i, 6) % 90 as integer) end as customer_date
from (select i, date '{first}' + cast(i * {days} // {rows} as integer) as created_date from range({rows}) as numbers(i))
"""
DAILY = """
create table marts.fct_web_traffic_daily as
select
    date '{first}' + cast(i * {days} // {rows} as integer) as traffic_date,
    'Channel ' || (hash(i) % 8) as channel,
    'Country ' || (hash(i, 1) % 20) as country,
    cast(hash(i, 2) % 1000 as bigint) as sessions,
    cast(hash(i, 3) % 500 as bigint) as engaged_sessions,
    (hash(i, 4) % 100) / 7.0 as key_events,
    cast(hash(i, 5) % 200 as bigint) as new_users
from range({rows}) as numbers(i)
"""
FOLLOWERS = """
create table marts.fct_followers_daily as
select date '{first}' + cast(day as integer) as observed_date, 'Network ' || network as network, 'main' as account,
    cast(1000 * (network + 1) + day as bigint) as followers
from range({days}) as days(day), range(8) as networks(network)
"""
OF_LEADS = ("country", "first_touch_channel", "owner_key")
OF_TRAFFIC = ("channel", "country")
FROM_REPOSITORY = {
    "leads_created": OF_LEADS,
    "marketing_qualified_leads": OF_LEADS,
    "lead_to_customer_rate": OF_LEADS,
    "website_sessions": OF_TRAFFIC,
    "new_website_users": OF_TRAFFIC,
    "engaged_session_rate": OF_TRAFFIC,
    "key_events": OF_TRAFFIC,
    "social_followers": ("network",),
}
OTHERS = {
    "owners_with_leads": (
        OF_LEADS,
        "select count(distinct owner_key) as metric_value from marts.fct_leads where created_date between $window_start and $as_of",
    ),
    "average_sessions": (
        OF_TRAFFIC,
        "select avg(sessions) as metric_value from marts.fct_web_traffic_daily where traffic_date between $window_start and $as_of",
    ),
    "days_to_qualify_median": (
        OF_LEADS,
        (
            "select median(date_diff('day', created_date, marketing_qualified_date)) as metric_value, count(*) as n"
            " from marts.fct_leads where marketing_qualified_date between $window_start and $as_of"
        ),
    ),
}
FREE_SQL = (
    "with leads as (select count(*) as found from marts.fct_leads where country = '{0}' and created_date between $window_start and $as_of),"
    " visits as (select sum(sessions) as found from marts.fct_web_traffic_daily where country = '{0}'"
    " and traffic_date between $window_start and $as_of)"
    " select leads.found as numerator, visits.found as denominator from leads cross join visits"
)
_T = TypeVar("_T")


@dataclass(frozen=True)
class BenchmarkMetric:
    """As much of a metric as answering needs."""

    spec: MetricSpec
    sql: str


def catalog() -> dict[str, BenchmarkMetric]:
    """The repository's metrics on these tables, by as many dimensions as the tables have, and three more."""
    repository = load_catalog()
    found = {name: (dimensions, repository[name].sql) for name, dimensions in FROM_REPOSITORY.items()} | OTHERS
    return {name: BenchmarkMetric(_spec(name, dimensions), sql) for name, (dimensions, sql) in found.items()}


def _spec(name: str, dimensions: tuple[str, ...]) -> MetricSpec:
    return MetricSpec(name, name, "", "things", Better.HIGHER, (Kind.TOTAL,), dimensions=dimensions)


VALUES = {"country": COUNTRIES, "first_touch_channel": CHANNELS, "channel": CHANNELS, "owner_key": OWNERS}
VALUES["network"] = [f"Network {number}" for number in range(8)]


def key_results(metrics: dict[str, BenchmarkMetric], number: int, unmergeable: int) -> list[MetricQuestion]:
    """Different key results: each metric with no filter, one value, two values of a column, and two columns; then medians and free SQL."""
    names = [name for name in metrics if name not in ("days_to_qualify_median", "social_followers")]
    walks = [_filters(metrics[name].spec.dimensions) for name in names]
    turns = (
        pair for each in itertools.zip_longest(*walks) for pair in zip(names, each, strict=True) if pair[1] is not None
    )
    mergeable = [
        MetricQuestion(f"kr{index}", "value", name, QUARTER, None, filters)
        for index, (name, filters) in enumerate(itertools.islice(turns, number - unmergeable))
    ]
    return mergeable + list(itertools.islice(_unmergeable(), unmergeable))


Filters = tuple[tuple[str, tuple[str, ...]], ...]


def _filters(dimensions: Sequence[str]) -> Iterator[Filters]:
    yield ()
    for dimension in dimensions:
        yield from (((dimension, (value,)),) for value in VALUES[dimension])
    for dimension in dimensions:
        yield from (((dimension, pair),) for pair in itertools.pairwise(VALUES[dimension]))
    for one, two in itertools.combinations(dimensions, 2):
        yield from (((one, (a,)), (two, (b,))) for a in VALUES[one] for b in VALUES[two])
    if len(dimensions) > 2:
        spread = itertools.product(*(VALUES[dimension] for dimension in dimensions))
        yield from (
            tuple((name, (value,)) for name, value in zip(dimensions, values, strict=True)) for values in spread
        )


def _unmergeable() -> Iterator[MetricQuestion]:
    free = (FREE_SQL.format(country) for country in COUNTRIES)
    gauges, medians = _filters(("network",)), _filters(OF_LEADS)
    for number in itertools.count():
        yield MetricQuestion(f"median{number}", "value", "days_to_qualify_median", QUARTER, None, next(medians))
        if number % 3 == 0:
            yield MetricQuestion(f"gauge{number}", "value", "social_followers", QUARTER, None, next(gauges))
        if number % 2 == 0 and (sql := next(free, None)):
            yield MetricQuestion(f"free{number}", "value", "", QUARTER, sql)


def build(path: Path, leads: int, daily_rows: int) -> None:
    with duckdb.connect(str(path), config={"memory_limit": "4GB"}) as con:
        con.execute("set preserve_insertion_order = false")
        con.execute("create schema marts")
        for sql, rows in ((LEADS, leads), (DAILY, daily_rows), (FOLLOWERS, 0)):
            con.execute(sql.format(first=FIRST_DAY, days=DAYS, rows=rows))
        con.execute("checkpoint")


def timed(run: Callable[[], _T], rounds: int = 1) -> tuple[float, _T]:
    """The median of the rounds, and the last result. Each round reads the metrics' SQL anew."""
    seconds = []
    for _ in range(rounds):
        definitions.forget()
        started = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), result


def floor(con: Connection) -> None:
    """Every column that the key results use, read once from end to end."""
    con.execute(
        "select max(country), max(first_touch_channel), max(owner_key), max(created_date), max(marketing_qualified_date),"
        " max(customer_date) from marts.fct_leads"
    ).fetchall()
    con.execute(
        "select max(traffic_date), max(channel), max(country), sum(sessions), sum(engaged_sessions), sum(key_events), sum(new_users)"
        " from marts.fct_web_traffic_daily"
    ).fetchall()


def differing(one: Sequence[MetricAnswer], other: Sequence[MetricAnswer]) -> tuple[int, int]:
    """How many differ at all, and how many by more than 1e-9 (which has to be none)."""
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(pairs), sum(not _close(a.value, b.value) or a.error != b.error for a, b in pairs)


def _close(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else math.isclose(one, other, rel_tol=1e-9)


def show(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def many(con: Connection, number: int, unmergeable: int, rounds: int) -> None:
    """One day of many key results both ways, and the quarter's history."""
    metrics = catalog()
    asked = key_results(metrics, number, unmergeable)
    requests = [SeriesRequest(question, DAYS_OF_HISTORY) for question in asked]
    merging = [request for request in requests if request.question.key_result_id.startswith("kr")]
    what = f"{number:,} key results"
    base, _ = timed(lambda: floor(con), rounds)
    show(what, "floor: the columns used, read once", f"{base:.2f}", "")
    plain, expected = timed(lambda: answer(con, metrics, asked, seconds=120))
    show(what, "one day, one query each", f"{plain:.2f}", f"{plain / base:.1f} x floor")
    fast, found = timed(lambda: answer_with_history(con, metrics, asked)[0], rounds)
    unequal, wrong = differing(found, expected)
    note = f"{plain / fast:.1f} x faster; {fast / base:.1f} x floor; {number - unequal} identical, {wrong} differ by more than 1e-9"
    show(what, "one day, shared scans", f"{fast:.2f}", note)
    swept, _ = timed(lambda: answer_with_history(con, metrics, [], merging), rounds)
    show(
        what,
        f"{len(DAYS_OF_HISTORY)} days of the {len(merging):,} that merge",
        f"{swept:.2f}",
        f"{swept / fast:.1f} x one day",
    )
    whole, (_, series) = timed(lambda: answer_with_history(con, metrics, [], requests))
    show(
        what,
        f"{len(DAYS_OF_HISTORY)} days of all",
        f"{whole:.2f}",
        f"{whole / fast:.1f} x one day; {check_series(con, metrics, requests, series)}",
    )


def check_series(
    con: Connection, metrics: dict[str, BenchmarkMetric], requests: Sequence[SeriesRequest], found: Sequence[Series]
) -> str:
    """Three days of every 25th series against one query each."""
    picked = [(index, day) for index in range(0, len(requests), 25) for day in (0, 45, 91)]
    questions = [
        MetricQuestion(q.key_result_id, q.role, q.metric, requests[index].windows[day], q.sql, q.filters)
        for index, day in picked
        for q in [requests[index].question]
    ]
    expected = answer(con, metrics, questions, seconds=120)
    wrong = sum(
        not found[index].values or not _close(found[index].values[day].value, each.value)
        for (index, day), each in zip(picked, expected, strict=True)
    )
    return f"{wrong} of {len(picked)} sampled days differ"


def huge(con: Connection, number: int) -> None:
    """Key results enough for a group of companies; the windows differ too."""
    metrics = catalog()
    names = ("leads_created", "marketing_qualified_leads", "lead_to_customer_rate")
    spans = [Window(QUARTER.start, AS_OF - timedelta(days=back)) for back in range(0, 90, 8)]
    every = ((name, filters, span) for span in spans for filters in _filters(OF_LEADS) for name in names)
    asked = [
        MetricQuestion(f"kr{index}", "value", name, span, None, filters)
        for index, (name, filters, span) in enumerate(itertools.islice(every, number))
    ]
    answer_with_history(con, metrics, asked[:100])
    started = time.perf_counter()
    found = answer_with_history(con, metrics, asked)[0]
    seconds = time.perf_counter() - started
    sample = range(0, len(asked), 5000)
    expected = answer(con, metrics, [asked[index] for index in sample], seconds=120)
    unequal, _ = differing([found[index] for index in sample], expected)
    show(
        f"{len(asked):,} key results",
        "one day, shared scans",
        f"{seconds:.1f}",
        f"{unequal} of {len(sample)} sampled differ",
    )


def small(folder: Path, rounds: int) -> None:
    """25 key results on 100,000 rows: everything that a snapshot asks of the metrics."""
    path = folder / "small.duckdb"
    build(path, 60_000, 40_000)
    metrics = catalog()
    with open_guarded(path) as con:
        asked = key_results(metrics, 25, 4)
        requests = [SeriesRequest(question, DAYS_OF_HISTORY) for question in asked]
        fast, (found, series) = timed(lambda: answer_with_history(con, metrics, asked, requests), rounds)
        plain, (expected, by_join) = timed(
            lambda: answer_with_history(con, metrics, asked, requests, fast_path=False), rounds
        )
        _, wrong = differing(found, expected)
        days = sum(
            not _close(a.value, b.value)
            for one, two in zip(series, by_join, strict=True)
            for a, b in zip(one.values, two.values, strict=True)
        )
    show(
        "25 key results, 100,000 rows",
        "one day and 92 days of history, shared scans",
        f"{fast:.3f}",
        f"{wrong} answers and {days} days differ",
    )
    show("25 key results, 100,000 rows", "the same, each by itself", f"{plain:.3f}", f"{plain / fast:.1f} x as long")


def main() -> None:
    """Small first: it needs no patience."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=10_000_000)
    parser.add_argument("--daily-rows", type=int, default=50_000_000)
    parser.add_argument("--key-results", type=int, default=1_250)
    parser.add_argument("--unmergeable", type=int, default=71)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--huge", action="store_true", help="250,000 key results too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="okr-bench-") as folder:
        show("what", "how", "seconds", "")
        show(*["---"] * 4)
        small(Path(folder), arguments.rounds)
        build(Path(folder) / "big.duckdb", arguments.leads, arguments.daily_rows)
        with open_guarded(Path(folder) / "big.duckdb") as con:
            many(con, arguments.key_results, arguments.unmergeable, arguments.rounds)
            if arguments.huge:
                huge(con, 250_000)


if __name__ == "__main__":
    main()
