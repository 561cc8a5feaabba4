"""The fast path and plain execution give the same answers and histories, for every metric there is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import duckdb
import pytest

from okr_mappings.questions import FilterValue, MetricAnswer, MetricQuestion, Window
from okr_mappings.snapshot import DayValue
from tests.warehouse.company.build import CURRENCY, TIME_ZONE, insert_company
from tests.warehouse.test_history import QUESTIONS, WINDOWS, Watching
from tests.warehouse.tiny_marts import AS_OF, CATALOG, CYCLE, CYCLE_START, question, tiny_marts, tiny_metric
from warehouse.catalog import Metric, load_catalog
from warehouse.engine import Connection
from warehouse.execute import answer
from warehouse.fast_path import answer_with_history, merged_answers
from warehouse.filters import read_marts
from warehouse.history import SeriesRequest, cumulative_windows, daily_series, trailing_windows
from warehouse.model_runner import transform

REAL = load_catalog()
# medians and last values cannot be put together from parts
AS_THEY_STAND = {
    "complaint_handling_hours_median",
    "customer_surveys",  # counts groups by their size: two halves of a group may each be too small
    "newsletter_subscribers",
    "social_followers",
}
CUMULATIVE = cumulative_windows(CYCLE_START, CYCLE_START, AS_OF)
SPANS = (
    CYCLE,
    Window(date(2026, 7, 1), date(2026, 9, 30)),
    Window(date(2025, 10, 1), date(2025, 12, 31)),
    Window(date(2026, 10, 1), date(2026, 10, 31)),
    Window(date(2026, 11, 8), AS_OF),
    Window(AS_OF, AS_OF),
    Window(AS_OF, CYCLE_START),
    Window(date(1999, 1, 1), date(1999, 12, 31)),
    Window(date(1999, 1, 1), date(2030, 12, 31)),
)


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with tiny_marts() as connection:
        yield connection


@pytest.fixture(scope="module")
def company() -> Iterator[Connection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        insert_company(connection)
        transform(connection, TIME_ZONE, CURRENCY)
        yield connection


@pytest.mark.parametrize("windows", WINDOWS.values(), ids=WINDOWS)
def test_tiny_marts_give_the_same_histories(con: Connection, windows: tuple[Window, ...]) -> None:
    requests = [SeriesRequest(asked, windows) for asked in QUESTIONS.values()]
    assert answer_with_history(con, CATALOG, [], requests)[1] == daily_series(con, CATALOG, requests)


def samples(
    con: Connection, metric: Metric, marts: dict[str, list[str]]
) -> list[tuple[tuple[str, tuple[FilterValue, ...]], ...]]:
    """No filter, each dimension with one and with two of its values and a value that nobody has, and two dimensions at once."""
    found: dict[str, list[FilterValue]] = {}
    for dimension in metric.spec.dimensions:
        table = next(name for name, columns in marts.items() if name in metric.sql and dimension in columns)
        sql = f'select distinct "{dimension}" from {table} where "{dimension}" is not null order by 1 limit 3'
        found[dimension] = [value for (value,) in con.execute(sql).fetchall()]
    chosen: list[tuple[tuple[str, tuple[FilterValue, ...]], ...]] = [()]
    for dimension, values in found.items():
        chosen += [((dimension, (value,)),) for value in values] + [((dimension, (*values[:2], "nobody")),)]
    pairs = list(found.items())
    chosen += [((one[0], tuple(one[1])), (two[0], tuple(two[1][:1]))) for one, two in pairwise(pairs)]
    return [filters for filters in chosen if all(values for _, values in filters)]


@pytest.mark.parametrize("name", sorted(REAL))
def test_every_metric_of_the_repository(company: Connection, name: str) -> None:
    marts = {table: list(columns) for table, columns in read_marts(company).items()}
    asked = [
        MetricQuestion("kr", "value", name, window, None, filters)
        for filters in samples(company, REAL[name], marts)
        for window in SPANS
    ]
    answers, _ = answer_with_history(company, REAL, asked)
    assert answers == answer(company, REAL, asked)
    assert not any(each.error for each in answers)
    merged = merged_answers(company, REAL, [(each, (each.window,)) for each in asked])
    assert set(merged) == (set() if name in AS_THEY_STAND else set(range(len(asked))))


def test_every_daily_history_of_the_repository(company: Connection) -> None:
    marts = {table: list(columns) for table, columns in read_marts(company).items()}
    windows = (
        CUMULATIVE,
        trailing_windows(28, CYCLE_START, AS_OF),
        cumulative_windows(date(2026, 11, 1), date(2026, 11, 1), AS_OF),
    )
    requests = [
        SeriesRequest(MetricQuestion("kr", "value", metric.spec.name, CYCLE, None, filters), each)
        for metric in REAL.values()
        for filters in samples(company, metric, marts)[:4]
        for each in windows
    ]
    fast = answer_with_history(company, REAL, [], requests)[1]
    assert fast == answer_with_history(company, REAL, [], requests, fast_path=False)[1]
    assert sum(bool(each.values) for each in fast) == len(requests)


def many(asked: MetricQuestion, number: int = 10) -> list[MetricQuestion]:
    """The same question over the windows that end on the last days."""
    return [replace(asked, window=Window(CYCLE_START, AS_OF - timedelta(days=back))) for back in range(number)]


def test_values_worked_out_by_hand(con: Connection) -> None:
    # MQL of the cycle: l01 10-01, l02 l03 10-05, l04 10-20, l06 11-01, l07 11-10, l08 11-21
    answers, series = answer_with_history(
        con,
        CATALOG,
        [question("marketing_qualified_leads"), question("marketing_qualified_leads", country=("Hungary", "France"))],
        [SeriesRequest(question("marketing_qualified_leads", country=("Hungary",)), CUMULATIVE)],
    )
    assert answers == [MetricAnswer(7.0), MetricAnswer(5.0)]
    assert [point.value for point in series[0].values] == [1.0] * 4 + [3.0] * 48
    assert series[0].values[4] == DayValue(date(2026, 10, 5), 3.0)


def test_companies_count_once_however_often_they_buy(con: Connection) -> None:
    # c1 bought on 10-02 and 10-15, c2 on 11-20; Hungary has c1 only
    days = {
        CYCLE_START: 0,
        date(2026, 10, 2): 1,
        date(2026, 10, 15): 1,
        date(2026, 11, 19): 1,
        date(2026, 11, 20): 2,
        AS_OF: 2,
    }
    series = answer_with_history(con, CATALOG, [], [SeriesRequest(question("buying_companies"), CUMULATIVE)])[1][0]
    found = {point.day: point.value for point in series.values}
    assert {day: found[day] for day in days} == days
    both = question("buying_companies", country=("Hungary", "Germany"))
    assert merged_answers(con, CATALOG, [(both, CUMULATIVE)])[0][-1].value == 2.0


def test_one_scan_serves_many_questions(con: Connection) -> None:
    touched = Registering(con)
    asked = [
        each
        for country in ("Hungary", "Germany", "France")
        for each in many(question("marketing_qualified_leads", country=(country,)))
    ]
    fast = answer_with_history(touched, CATALOG, asked)[0]  # type: ignore[arg-type]
    assert fast == answer(con, CATALOG, asked)
    assert sum("from marts.fct_leads" in sql and "limit 0" not in sql for sql in touched.statements) == 1


def test_few_questions_are_asked_as_they_stand(con: Connection) -> None:
    assert merged_answers(con, CATALOG, [(each, (each.window,)) for each in many(question("won_revenue"), 7)]) == {}
    assert len(merged_answers(con, CATALOG, [(each, (each.window,)) for each in many(question("won_revenue"), 8)])) == 8


def test_columns_with_very_many_values_get_scans_of_their_own(con: Connection) -> None:
    catalog = {"x": tiny_metric("x", CATALOG["marketing_qualified_leads"].sql)}
    crowds = {name: tuple(f"{name} {number}" for number in range(500)) for name in ("country", "channel")}
    asked = [
        *many(question("x", country=("Hungary", *crowds["country"]))),
        *many(question("x", channel=("Social", *crowds["channel"]))),
    ]
    touched = Registering(con)
    requests = [SeriesRequest(each, CUMULATIVE) for each in asked[::10]]
    found = answer_with_history(touched, catalog, asked, requests)[0]  # type: ignore[arg-type]
    assert found == answer(con, catalog, asked)
    assert found[0].value == 3.0  # l01 l02 l03
    assert sum("okr_ends" in sql for sql in touched.statements) == 2


def test_a_filter_against_the_metrics_own_condition(con: Connection) -> None:
    sql = "select count(*) as metric_value from marts.fct_leads where country = 'Hungary' and created_date <= $as_of"
    catalog = {"x": tiny_metric("x", sql)}
    asked = many(question("x", country=("France",))) + many(question("x", country=("France", "Hungary")))
    found = answer_with_history(con, catalog, asked)[0]
    assert found == answer(con, catalog, asked)
    assert (found[0].value, found[10].value) == (0.0, 5.0)  # l01 l02 l03 l10 l11


def test_it_can_be_switched_off(con: Connection) -> None:
    touched = Registering(con)
    asked = many(question("won_revenue"))
    answers, series = answer_with_history(
        touched, CATALOG, asked, [SeriesRequest(asked[0], CUMULATIVE)], fast_path=False
    )  # type: ignore[arg-type]
    assert not any("okr_merged_atoms" in sql or "okr_ends" in sql for sql in touched.statements)
    assert (answers, series) == answer_with_history(con, CATALOG, asked, [SeriesRequest(asked[0], CUMULATIVE)])


def test_a_wrong_question_is_refused_in_the_usual_words_and_harms_no_other(con: Connection) -> None:
    wrong = [
        question("typo"),
        question("marketing_qualified_leads", lead_key=("l01",)),
        question("marketing_qualified_leads", country=()),
        question(sql="nonsense"),
        question(sql="select 1 as metric_value from marts.fct_leads where created_date <= $as_of"),
        question(sql="select sum(no_such) as metric_value from marts.fct_leads where created_date <= $as_of"),
        question(sql="select sum(x.amount_cents) as metric_value from marts.fct_deals where close_date <= $as_of"),
        question(sql="select sum(lead_key) as metric_value from marts.fct_leads where created_date <= $as_of"),
        question(sql="select 1e308 * 10 * count(*) as metric_value from marts.fct_leads where created_date <= $as_of"),
    ]
    asked = [again for each in wrong for again in many(each)] + many(question("won_revenue"))
    answers = answer_with_history(con, CATALOG, asked)[0]
    assert answers == answer(con, CATALOG, asked)
    assert all(each.error for each in answers[: 10 * len(wrong)])
    assert not any(each.error for each in answers[10 * len(wrong) :])


@pytest.mark.parametrize("broken", ["limit 0", "okr_ends", "okr_merged_atoms"])
def test_a_statement_that_fails_costs_only_time(con: Connection, broken: str) -> None:
    asked = many(question("marketing_qualified_leads")) + many(question("won_revenue"))
    assert answer_with_history(Registering(con, fail_on=broken), CATALOG, asked)[0] == answer(con, CATALOG, asked)  # type: ignore[arg-type]


def test_a_value_of_another_type_than_the_column_is_left_to_the_database(con: Connection) -> None:
    catalog = {"x": tiny_metric("x", CATALOG["marketing_qualified_leads"].sql)}
    asked = many(question("x", country=(1,)))
    assert answer_with_history(con, catalog, asked)[0] == answer(con, catalog, asked)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("n bigint", ["9223372036854775807"] * 4),  # the sum needs more than 64 bits
        ("n decimal(18, 2)", ["9000000000000000.01", "0.02", "-0.03"]),
        ("n decimal(38, 20)", ["0.00000000000000000001", "2"]),
        ("n double", ["'inf'", "1"]),
        ("n double", ["'nan'", "1"]),
        ("n double", ["1e16", "1", "-1e16"]),
        ("n float", ["0.1", "0.2", "16777217"]),
        ("n utinyint", ["255", "255"]),
        ("n boolean", ["true", "false", "true"]),
        ("n varchar", ["'a'", "'b'"]),
    ],
)
@pytest.mark.parametrize("aggregate", ["sum", "avg", "min", "max", "count", "count_distinct"])
def test_numbers_at_the_edges(table: str, values: list[str], aggregate: str) -> None:
    call = "count(distinct n)" if aggregate == "count_distinct" else f"{aggregate}(n)"
    sql = f"select {call} as metric_value from marts.fct_edges where day between $window_start and $as_of"
    with duckdb.connect() as con:
        con.execute(f"create schema marts; create table marts.fct_edges (day date, {table})")
        for number, value in enumerate(values):
            con.execute(f"insert into marts.fct_edges values (date '2026-11-13' + {number}, {value})")
        asked = many(question(sql=sql))
        fast, plain = answer_with_history(con, {}, asked)[0], answer(con, {}, asked)
    assert [each.error for each in fast] == [each.error for each in plain]
    for one, other in zip(fast, plain, strict=True):
        assert close(one.value, other.value, 1e7 if "1e16" in values else 0)
    if "double" not in table and "float" not in table and aggregate != "avg":
        assert fast == plain


def close(one: float | None, other: float | None, slack: float = 0) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=slack)


class Registering(Watching):
    """Watches, and takes the arrays that the fast path hands over."""

    def register(self, name: str, rows: object) -> None:
        self._con.register(name, rows)

    def unregister(self, name: str) -> None:
        self._con.unregister(name)
