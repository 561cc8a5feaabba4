"""The fast path against plain execution on metrics and tables that nobody thought of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okr_mappings.questions import FilterValue, MetricQuestion, Window
from tests.warehouse.tiny_marts import tiny_metric
from warehouse.execute import answer
from warehouse.fast_path import answer_with_history, merged_answers
from warehouse.history import cumulative_windows

FIRST = date(2026, 1, 1)
LARGEST = 1e6
TABLE = """
create schema marts;
create table marts.fct_facts (
    born date, died date, region varchar, is_good boolean, size integer, cents bigint, amount decimal(18, 2), score double
);
"""
WHERE_TIME = (
    "born between $window_start and $as_of",
    "born >= $window_start and born < $as_of + interval 1 day",
    "$as_of >= born",
    "born > $window_start and $as_of > born",
    "born <= $as_of and (died is null or died >= $as_of)",
    "born <= $as_of and died > $as_of",
    "born <= cast($as_of as date) and born > cast($as_of as date) - interval 7 day",
    "born between $window_start and $as_of and (died > $as_of - 3 or died is null)",
    "greatest(born, died) <= $as_of",
)
WHERE_PLAIN = (
    "is_good",
    "not is_good",
    "size > 1",
    "region = 'A'",
    "region in ('A', 'B')",
    "score is not null",
    "size <> 2",
)
FILTERS = (
    "size >= 2",
    "is_good",
    "died <= $as_of",
    "died is null or died >= $as_of",
    "region = 'B' and died <= $as_of",
    "born < died",
)
WHOLE = (
    "count(*)",
    "count(region)",
    "sum(size)",
    "sum(cents)",
    "sum(amount)",
    "min(size)",
    "max(amount)",
    "sum(cents * 2 - size)",
)
WHOLE += ("count(distinct region)", "count(distinct size)", "sum(case when is_good then cents else 0 end)")
INEXACT = ("sum(score)", "avg(score)", "avg(cents)", "avg(amount)", "min(score)", "median(size)", "sum(distinct size)")
OUTER = (
    "{0}",
    "coalesce({0}, 0) / 100.0",
    "case when {1} > 0 then {0} end",
    "{0} - {1}",
    "100 * {0} + {1} * 0.5",
    "{0} > {1}",
    "-({0})",
)

days = st.one_of(st.none(), st.integers(0, 60).map(lambda number: FIRST + timedelta(days=number)))
rows = st.lists(
    st.tuples(
        days,
        days,
        st.sampled_from(["A", "B", "C", "", None]),
        st.sampled_from([True, False, None]),
        st.one_of(st.none(), st.integers(-3, 4)),
        st.one_of(st.none(), st.integers(-(10**12), 10**12)),
        st.one_of(st.none(), st.decimals(-1_000_000, 1_000_000, places=2)),
        st.one_of(st.none(), st.floats(-LARGEST, LARGEST)),
    ),
    max_size=30,
)


@dataclass(frozen=True)
class Generated:
    sql: str
    is_exact: bool


@st.composite
def metrics(draw: st.DrawFn) -> Generated:
    calls = []
    exact = draw(st.booleans())
    for _ in range(2):
        call = draw(st.sampled_from(WHOLE if exact else WHOLE + INEXACT))
        calls.append(f"{call} filter (where {draw(st.sampled_from(FILTERS))})" if draw(st.booleans()) else call)
    where = [draw(st.sampled_from(WHERE_TIME)), *draw(st.lists(st.sampled_from(WHERE_PLAIN), max_size=2))]
    if draw(st.booleans()):
        columns = f"{draw(st.sampled_from(OUTER)).format(*calls)} as metric_value"
    else:
        columns = f"{calls[0]} as numerator, {calls[1]} as denominator, count(*) as n"
    return Generated(
        f"select {columns} from marts.fct_facts where {' and '.join(f'({part})' for part in where)}", exact
    )


filters = st.fixed_dictionaries(
    {},
    optional={
        "region": st.lists(st.sampled_from(["A", "B", "C", "", "nobody"]), min_size=1, max_size=3).map(tuple),
        "size": st.lists(st.integers(-3, 5), min_size=1, max_size=3).map(tuple),
        "is_good": st.lists(st.booleans(), min_size=1, max_size=2).map(tuple),
    },
).map(lambda chosen: tuple(chosen.items()))
windows = st.tuples(st.integers(-3, 63), st.integers(-3, 63)).map(
    lambda span: Window(FIRST + timedelta(days=span[0]), FIRST + timedelta(days=span[1]))
)


def test_what_has_no_end_merges() -> None:
    plain_time = [time for time in WHERE_TIME if "died" not in time and "7 day" not in time]
    sql = [f"select {call} as metric_value from marts.fct_facts where {time}" for call in WHOLE for time in plain_time]
    catalog = {f"m{number}": tiny_metric(f"m{number}", each) for number, each in enumerate(sql)}
    spans = cumulative_windows(FIRST, FIRST, FIRST + timedelta(days=9))
    with duckdb.connect() as con:
        con.execute(TABLE)
        found = merged_answers(con, catalog, [(asked(number, (), spans[0]), spans) for number in range(len(sql))])
    assert len(plain_time) == 4
    assert set(found) == set(range(len(sql)))


def asked(number: int, chosen: tuple[tuple[str, tuple[FilterValue, ...]], ...], window: Window) -> MetricQuestion:
    return MetricQuestion("kr", "value", f"m{number}", window, None, chosen)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    rows=rows,
    generated=st.lists(metrics(), min_size=1, max_size=4),
    chosen=st.lists(filters, min_size=1, max_size=3),
    spans=st.lists(windows, min_size=8, max_size=12),
)
def test_generated_metrics_on_generated_tables(
    rows: Any, generated: list[Generated], chosen: Any, spans: list[Window]
) -> None:
    catalog = {f"m{n}": tiny_metric(f"m{n}", metric.sql) for n, metric in enumerate(generated)}
    for metric in catalog.values():
        object.__setattr__(metric.spec, "dimensions", ("region", "size", "is_good"))
    questions = [asked(n, each, span) for n in range(len(generated)) for each in chosen for span in spans]
    with duckdb.connect() as con:
        con.execute(TABLE)
        if rows:
            con.executemany("insert into marts.fct_facts values (?, ?, ?, ?, ?, ?, ?, ?)", [list(row) for row in rows])
        fast = answer_with_history(con, catalog, questions)[0]
        plain = answer(con, catalog, questions)
    for question, one, other in zip(questions, fast, plain, strict=True):
        is_exact = generated[int(question.metric[1:])].is_exact
        assert one == other if is_exact else alike(one, other), (question, one, other)


def alike(one: Any, other: Any) -> bool:
    """Within 1e-9 of the magnitudes that were added up, which are at most 30 x LARGEST x 100 for the sums of `score`."""
    pairs = [(one.value, other.value), (one.numerator, other.numerator), (one.denominator, other.denominator)]
    close = all(
        a is b if a is None or b is None else math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9 * 3000 * LARGEST)
        for a, b in pairs[1:]
    )
    is_ratio = one.denominator is not None
    if is_ratio and not (one.value is None or other.value is None):
        return close and one.error == other.error and one.n == other.n  # its value is the quotient of what was compared
    return close and (one.n, one.error) == (other.n, other.error) and _near(one.value, other.value)


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9 * 3000 * LARGEST)
