from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from okr_mappings.questions import MetricQuestion, Window
from okr_mappings.snapshot import DayValue
from tests.warehouse.tiny_marts import AS_OF, CATALOG, CYCLE_START, METRIC_SQL, question, tiny_marts, tiny_metric
from warehouse.engine import Connection
from warehouse.errors import MetricError
from warehouse.execute import Binder, answer
from warehouse.filters import read_marts
from warehouse.history import (
    Historian,
    SeriesRequest,
    cumulative_windows,
    daily_series,
    daily_values,
    trailing_windows,
)

CUMULATIVE = cumulative_windows(CYCLE_START, CYCLE_START, AS_OF)
TRAILING = trailing_windows(14, CYCLE_START, AS_OF)
# every month on its own, as a recurring key result has it
MONTHLY = tuple(Window(window.end.replace(day=1), window.end) for window in CUMULATIVE)
WINDOWS = {"cumulative": CUMULATIVE, "trailing": TRAILING, "monthly": MONTHLY}


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with tiny_marts() as connection:
        yield connection


def day_by_day(con: Connection, asked: MetricQuestion, windows: tuple[Window, ...]) -> list[DayValue]:
    questions = [MetricQuestion("kr", "value", asked.metric, window, asked.sql, asked.filters) for window in windows]
    return [
        DayValue(item.window.end, found.value)
        for item, found in zip(questions, answer(con, CATALOG, questions), strict=True)
    ]


FREE_SQL = {
    "window function": (
        "select sum(followers) as metric_value from (select followers from marts.fct_followers_daily where observed_date <= $as_of"
        " qualify row_number() over (partition by network order by observed_date desc) = 1) as latest"
    ),
    "date arithmetic": (
        "select count(*) as metric_value from marts.fct_leads"
        " where created_date > cast($as_of as date) - interval 7 day and created_date <= $as_of"
    ),
    "parameter on the left": (
        "select count(*) as metric_value from marts.fct_leads where $as_of >= created_date and $window_start < created_date"
    ),
    "subtracted parameter": (
        "select count(*) as metric_value from marts.fct_leads where date_diff('day', created_date, $as_of) between 0 and 30"
    ),
    "join": (
        "select count(distinct lead.lead_key) as metric_value from marts.fct_leads as lead"
        " inner join marts.fct_deals as deal on deal.country = lead.country and deal.close_date <= $as_of"
        " where lead.created_date between $window_start and $as_of"
    ),
    "day spine of its own": (
        "select count(*) as metric_value from marts.dim_dates as day left join marts.fct_leads as lead on lead.created_date = day.date_day"
        " where day.date_day between $window_start and $as_of and lead.lead_key is null"
    ),
    "scalar subqueries": (
        "select (select count(*) from marts.fct_deals where is_won and close_date between $window_start and $as_of)"
        " / (select count(*) from marts.fct_leads where created_date <= $as_of) as metric_value"
    ),
    "union": (
        "select count(*) as metric_value from (select created_date as day from marts.fct_leads"
        " union all select close_date from marts.fct_deals) as events where day between $window_start and $as_of"
    ),
    "grouped": (
        "select max(n) as metric_value from (select country, count(*) as n from marts.fct_leads"
        " where created_date between $window_start and $as_of group by country) as per_country"
    ),
    "filter clause": (
        "select count(*) filter (where created_date <= $as_of) as numerator, count(*) as denominator from marts.fct_leads"
        " where created_date <= $as_of or customer_date is not null"
    ),
    "yes or no": "select count(*) > 2 as metric_value from marts.fct_deals where is_won and close_date <= $as_of",
    "average": "select avg(amount_cents) as metric_value from marts.fct_deals where is_won and close_date between $window_start and $as_of",
    "last value": (
        "select arg_max(followers, observed_date) as metric_value from marts.fct_followers_daily"
        " where network = 'X' and observed_date <= $as_of"
    ),
}
QUESTIONS = {name: question(name) for name in METRIC_SQL if name != "last_linkedin_count"}
QUESTIONS |= {name: question(sql=sql) for name, sql in FREE_SQL.items()}
QUESTIONS["filtered count"] = question("marketing_qualified_leads", country=("Hungary", "Germany"), channel=("Social",))
QUESTIONS["filtered gauge"] = question("followers", network=("LinkedIn",))
QUESTIONS["filtered ratio"] = question("leads_per_deal", country=("Hungary",))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_one_execution_equals_one_per_day(con: Connection, name: str, window: str) -> None:
    asked, windows = QUESTIONS[name], WINDOWS[window]
    assert daily_values(con, CATALOG, asked, windows) == day_by_day(con, asked, windows)


def test_one_execution_is_what_really_ran(con: Connection) -> None:
    # 52 days, but only the join and its two checks touch the table
    touched = Watching(con)
    found = daily_values(touched, CATALOG, question("marketing_qualified_leads"), CUMULATIVE)  # type: ignore[arg-type]
    assert len(found) == 52
    assert len(touched.statements) == 3
    assert sum("lateral" in sql for sql in touched.statements) == 1


def test_values_worked_out_by_hand(con: Connection) -> None:
    by_day = {
        point.day: point.value
        for point in daily_values(con, CATALOG, question("marketing_qualified_leads"), CUMULATIVE)
    }
    # l01 on the 1st, l02 and l03 on the 5th, l04 on the 20th, l06 on 11-01, l07 on 11-10, l08 on 11-21
    expected = {
        (10, 1): 1,
        (10, 4): 1,
        (10, 5): 3,
        (10, 19): 3,
        (10, 20): 4,
        (10, 31): 4,
        (11, 1): 5,
        (11, 10): 6,
        (11, 20): 6,
        (11, 21): 7,
    }
    assert {key: by_day[date(2026, *key)] for key in expected} == expected


def test_a_trailing_window_moves(con: Connection) -> None:
    by_day = {
        point.day: point.value for point in daily_values(con, CATALOG, question("marketing_qualified_leads"), TRAILING)
    }
    # 14 days up to 10-18 begin on 10-05 (l02, l03); up to 10-19 they begin on 10-06
    assert (by_day[date(2026, 10, 18)], by_day[date(2026, 10, 19)], by_day[date(2026, 10, 20)]) == (2, 0, 1)


def test_days_without_a_number_are_none(con: Connection) -> None:
    windows = cumulative_windows(date(2026, 9, 25), date(2026, 9, 28), date(2026, 10, 3))
    values = [point.value for point in daily_values(con, CATALOG, question("followers"), windows)]
    # nothing before 09-30; X 100, 101, then LinkedIn 2000 joins, then X 103
    assert values == [None, None, 100, 101, 2101, 2103]


def test_a_day_without_a_row_has_no_value(con: Connection) -> None:
    values = [point.value for point in daily_values(con, CATALOG, question("last_linkedin_count"), CUMULATIVE)]
    # LinkedIn: nothing on 10-01, 2000 from 10-02 on, 2500 from 11-20 on
    assert values == [None, *[2000] * 49, 2500, 2500]


def test_a_join_that_fails_once_is_not_tried_again(con: Connection) -> None:
    touched = Watching(con, fail_on="lateral")
    requests = [SeriesRequest(question("followers", network=(network,)), CUMULATIVE) for network in ("X", "LinkedIn")]
    found = daily_series(touched, CATALOG, requests)  # type: ignore[arg-type]
    assert [series.values[-1].value for series in found] == [103, 2500]
    assert sum("lateral" in sql for sql in touched.statements) == 1


def test_a_slow_join_falls_back_to_single_days(con: Connection) -> None:
    touched = Watching(con, fail_on="lateral")
    asked = question("won_revenue")
    assert daily_values(touched, CATALOG, asked, CUMULATIVE) == day_by_day(con, asked, CUMULATIVE)  # type: ignore[arg-type]
    assert len(touched.statements) == 1 + 2 + 52


def test_a_join_that_disagrees_with_a_single_day_is_not_believed(con: Connection) -> None:
    # an ordinary metric whose joined form is tampered with
    touched = Watching(con, replace=("COUNT(*) AS metric_value", "COUNT(*) + 1 AS metric_value"))
    asked = question("marketing_qualified_leads")
    assert daily_values(touched, CATALOG, asked, CUMULATIVE) == day_by_day(con, asked, CUMULATIVE)  # type: ignore[arg-type]


def test_single_days_have_a_time_limit_together(con: Connection) -> None:
    historian = Historian(con, Binder(CATALOG, read_marts(con)), days_seconds=0)
    with pytest.raises(MetricError, match="stopped after 0 s"):
        historian.by_single_days(SeriesRequest(question("won_revenue"), CUMULATIVE))


def test_what_is_wrong_on_every_day_is_an_error(con: Connection) -> None:
    sql = "select lead_key as metric_value from marts.fct_leads where created_date <= $as_of"
    with pytest.raises(MetricError, match="more than one row"):
        daily_values(con, CATALOG, question(sql=sql), CUMULATIVE)


def test_short_series_need_no_join(con: Connection) -> None:
    assert daily_values(con, CATALOG, question("won_revenue"), ()) == []
    assert daily_values(con, CATALOG, question("won_revenue"), CUMULATIVE[-1:]) == [DayValue(AS_OF, 4500.5)]
    two = daily_values(con, CATALOG, question("won_revenue"), CUMULATIVE[-2:])
    assert two == [DayValue(AS_OF - timedelta(days=1), 4500.5), DayValue(AS_OF, 4500.5)]


def test_two_rows_on_a_day_in_the_middle_are_an_error() -> None:
    sql = (
        "select followers as metric_value from marts.fct_followers_daily where network = 'X' and observed_date = $as_of"
    )
    with tiny_marts() as con:
        assert daily_values(con, CATALOG, question(sql=sql), CUMULATIVE)[0].value == 101
        con.execute("insert into marts.fct_followers_daily values ('2026-10-03', 'X', 999)")
        with pytest.raises(MetricError, match="more than one row"):
            daily_values(con, CATALOG, question(sql=sql), CUMULATIVE)


def test_many_series_share_work_and_one_failure_harms_no_other(con: Connection) -> None:
    touched = Watching(con)
    request = SeriesRequest(question("won_revenue"), CUMULATIVE)
    again = SeriesRequest(MetricQuestion("other", "value", "won_revenue", Window(CYCLE_START, AS_OF)), CUMULATIVE)
    broken = SeriesRequest(question("typo"), CUMULATIVE)
    found = daily_series(touched, CATALOG, [request, broken, again])  # type: ignore[arg-type]
    assert found[0] == found[2]
    assert found[0].values[-1] == DayValue(AS_OF, 4500.5)
    assert (found[1].values, found[1].error[:24]) == ((), "there is no metric named")
    assert len(touched.statements) == 3


def test_the_box_bounds_the_scan(con: Connection) -> None:
    touched = Watching(con)
    catalog = {"x": tiny_metric("x", METRIC_SQL["followers"])}
    daily_values(touched, catalog, question("x"), TRAILING)  # type: ignore[arg-type]
    joined = next(sql for sql in touched.statements if "lateral" in sql)
    assert "observed_date <= $last_as_of" in joined


class Watching:
    """A connection that notes which statements read the marts, and can fail or tamper with some."""

    def __init__(self, con: Connection, fail_on: str = "\0", replace: tuple[str, str] = ("", "")) -> None:
        self._con, self._fail_on, self._replace = con, fail_on, replace
        self.statements: list[str] = []

    def execute(self, sql: str, parameters: object = None) -> Connection:
        if "duckdb_columns" not in sql:
            self.statements.append(sql)
        if self._fail_on in sql:
            return self._con.execute("select error('too slow')")
        if "lateral" in sql and self._replace[0]:
            assert self._replace[0] in sql
            sql = sql.replace(*self._replace)
        return self._con.execute(sql, parameters)

    def interrupt(self) -> None:
        self._con.interrupt()
