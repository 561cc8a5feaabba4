from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from okr_mappings.questions import MetricAnswer, Window
from tests.warehouse.tiny_marts import AS_OF, CATALOG, CYCLE_START, question, tiny_marts, tiny_metric
from warehouse.engine import Connection, open_guarded, open_warehouse
from warehouse.errors import MetricContractError
from warehouse.execute import answer, bound_sql, read_answer


@pytest.fixture
def con() -> Iterator[Connection]:
    with tiny_marts() as connection:
        yield connection


def one(con: Connection, metric: str = "", **changes: object) -> MetricAnswer:
    return answer(con, CATALOG, [question(metric, **changes)])[0]  # type: ignore[arg-type]


def test_a_count_includes_both_ends_of_the_window(con: Connection) -> None:
    # MQL on 10-01 (l01) and on 11-21 (l08) count, the one of 11-22 (l09) does not: l01 l02 l03 l04 l06 l07 l08
    assert one(con, "marketing_qualified_leads") == MetricAnswer(7.0)


def test_an_empty_window_is_a_true_zero_for_a_count(con: Connection) -> None:
    assert one(con, "marketing_qualified_leads", window=Window(date(2020, 1, 1), date(2020, 12, 31))).value == 0.0


def test_money_is_a_plain_double(con: Connection) -> None:
    # d1 1000.00 + d2 500.50 + d3 3000.00; d4 is lost, d5 closes a day later
    assert one(con, "won_revenue") == MetricAnswer(4500.5)


def test_a_ratio_keeps_its_parts(con: Connection) -> None:
    # 4500.50 over three deals
    assert one(con, "average_deal") == MetricAnswer(4500.5 / 3, 4500.5, 3.0, 3)


def test_a_ratio_of_nothing_has_no_value_and_no_error(con: Connection) -> None:
    found = one(con, "average_deal", window=Window(date(2020, 1, 1), date(2020, 12, 31)))
    assert (found.value, found.denominator, found.n, found.error) == (None, 0.0, 0, "")


def test_a_signed_ratio(con: Connection) -> None:
    # 10, 9 promote, 8 is passive, 3 detracts; the 0 comes after as_of: 100 * (2 - 1) / 4
    assert one(con, "net_promoter_score") == MetricAnswer(25.0, 100.0, 4.0, 4)


def test_a_level_is_the_last_observation_at_or_before_as_of(con: Connection) -> None:
    # X 103 on 10-03, LinkedIn 2500 on 11-20
    assert one(con, "followers").value == 2603.0
    # X 101 on 10-01; LinkedIn only begins on 10-02
    assert one(con, "followers", window=Window(CYCLE_START, date(2026, 10, 1))).value == 101.0


def test_before_the_first_observation_a_level_has_no_value(con: Connection) -> None:
    assert one(con, "followers", window=Window(date(2026, 9, 1), date(2026, 9, 29))) == MetricAnswer(None)
    no_row = one(con, "last_linkedin_count", window=Window(date(2026, 9, 1), date(2026, 9, 29)))
    assert no_row.value is None
    assert "no row" in no_row.error


def test_a_filter_narrows(con: Connection) -> None:
    # Hungary l01 l02 l03; Germany l04 l06
    assert one(con, "marketing_qualified_leads", country=("Hungary",)).value == 3.0
    assert one(con, "marketing_qualified_leads", country=("Hungary", "Germany")).value == 5.0
    # Social of Hungary: l01 l02
    assert one(con, "marketing_qualified_leads", country=("Hungary",), channel=("Social",)).value == 2.0


def test_a_filter_inside_a_with_query_and_under_an_alias(con: Connection) -> None:
    assert one(con, "followers", network=("LinkedIn",)).value == 2500.0
    # in Hungary c1 bought twice, in Germany c2 once
    assert one(con, "buying_companies").value == 2.0
    assert one(con, "buying_companies", country=("Hungary",)).value == 1.0


def test_a_filter_narrows_numerator_and_denominator_alike(con: Connection) -> None:
    # leads created 10-01..11-21: l02..l12 without l01 = 11, deals won 3
    assert one(con, "leads_per_deal").value == 11 / 3
    # Hungary: l02 l03 l10 l11 over d1 d2
    assert one(con, "leads_per_deal", country=("Hungary",)).value == 4 / 2


def test_a_filter_under_a_name_with_its_schema(con: Connection) -> None:
    sql = "select count(marts.fct_leads.lead_key) as metric_value from marts.fct_leads where marts.fct_leads.created_date <= $as_of"
    catalog = {"named": tiny_metric("named", sql)}
    assert answer(con, catalog, [question("named", country=("France",))])[0].value == 3.0  # l07 l08 l09


def test_columns_behind_a_star_are_checked_when_they_come(con: Connection) -> None:
    inner = "select count(*) as {} from marts.fct_leads where created_date <= $as_of"
    assert one(con, sql=f"select * from ({inner.format('metric_value')}) as x").value == 12.0
    assert "A metric returns" in one(con, sql=f"select * from ({inner.format('other')}) as x").error


def test_a_filter_that_one_fact_lacks_is_refused(con: Connection) -> None:
    error = one(con, "leads_per_deal", channel=("Social",)).error
    assert "marts.fct_deals has no such column" in error


def test_a_filter_value_is_bound_and_never_part_of_the_sql(con: Connection) -> None:
    nasty = "Hungary') or 1=1 --"
    assert one(con, "marketing_qualified_leads", country=(nasty,)).value == 0.0
    bound = bound_sql(con, CATALOG, question("marketing_qualified_leads", country=(nasty,)))
    assert nasty not in bound.sql
    assert bound.parameters == {"window_start": CYCLE_START, "as_of": AS_OF, "filter_1": nasty}


def test_an_undeclared_dimension_is_refused(con: Connection) -> None:
    error = one(con, "marketing_qualified_leads", lead_key=("l01",)).error
    assert error == "the metric cannot be filtered by lead_key. Its dimensions are: channel, country, network."


def test_a_filter_without_values_is_refused(con: Connection) -> None:
    assert "allows no value" in one(con, "marketing_qualified_leads", country=()).error


def test_an_unknown_metric_names_the_known_ones(con: Connection) -> None:
    assert "there is no metric named typo. Known are: average_deal, " in one(con, "typo").error


def test_sql_of_a_mapping_obeys_the_same_contract(con: Connection) -> None:
    sql = "select count(*) as metric_value from marts.fct_leads where customer_date between $window_start and $as_of"
    assert one(con, sql=sql).value == 2.0  # l02, l06
    assert "not beside it" in one(con, sql=sql, country=("Hungary",)).error


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "select 1 as metric_value, 2 as other from marts.fct_leads where created_date <= $as_of",
            "A metric returns metric_value",
        ),
        ("select count(*) from marts.fct_leads where created_date <= $as_of", "A metric returns metric_value"),
        (
            "select count(*) as numerator from marts.fct_leads where created_date <= $as_of",
            "A metric returns metric_value",
        ),
        ("select 1 as metric_value from marts.fct_leads where created_date <= $as_of", "more than one row"),
        ("select 1 as metric_value from marts.fct_leads where created_date <= $as_of and lead_key = 'none'", "no row"),
        ("select max(lead_key) as metric_value from marts.fct_leads where created_date <= $as_of", "is not a number"),
        (
            "select max(created_date) as metric_value from marts.fct_leads where created_date <= $as_of",
            "is not a number",
        ),
        (
            "select cast('nan' as double) as metric_value from marts.fct_leads where created_date <= $as_of limit 1",
            "is nan",
        ),
        ("select count(*) as metric_value from marts.fct_leads", "does not use $as_of"),
        (
            "select count(*) as metric_value from marts.fct_leads where no_such <= $as_of",
            "the database refused the SQL",
        ),
        ("select count(*) as metric_value from marts.fct_other where a <= $as_of", "marts.fct_other cannot be read"),
        ("select count(*) as metric_value from marts.fct_leads where created_date <= $today", "$today is not declared"),
    ],
)
def test_what_breaks_the_contract_says_so(con: Connection, sql: str, message: str) -> None:
    found = one(con, sql=sql)
    assert found.value is None
    assert message in found.error


def test_one_failure_harms_no_other_answer(con: Connection) -> None:
    answers = answer(con, CATALOG, [question("typo"), question("won_revenue"), question(sql="nonsense")])
    assert [found.value for found in answers] == [None, 4500.5, None]


def test_null_true_and_decimals_are_numbers_or_none() -> None:
    assert read_answer(["metric_value"], [(None,)]) == MetricAnswer(None)
    assert read_answer(["metric_value"], [(True,)]) == MetricAnswer(1.0)
    assert read_answer(["metric_value", "n"], [(24, 0)]) == MetricAnswer(None, n=0)
    assert read_answer(["numerator", "denominator"], [(None, 5)]) == MetricAnswer(None, None, 5.0)
    assert read_answer(["metric_value", "n_unknown"], [(7, 2)]) == MetricAnswer(7.0, n_unknown=2)
    assert read_answer(["metric_value", "n_unknown"], [(None, None)]) == MetricAnswer(None, n_unknown=0)
    with pytest.raises(MetricContractError):
        read_answer(["metric_value", "metric_value"], [(1, 2)])


def test_identical_questions_run_once(con: Connection) -> None:
    class Counting:
        executed = 0

        def execute(self, sql: str, parameters: object = None) -> Connection:
            self.executed += "fct_leads" in sql and "duckdb_columns" not in sql
            return con.execute(sql, parameters)

        def interrupt(self) -> None:
            con.interrupt()

    counting = Counting()
    same = [question("marketing_qualified_leads", country=(country,)) for country in ("Hungary", "France", "Hungary")]
    answers = answer(counting, CATALOG, same)  # type: ignore[arg-type]
    assert [found.value for found in answers] == [3.0, 2.0, 3.0]
    assert counting.executed == 2


def test_a_true_and_a_one_are_different_filter_values(con: Connection) -> None:
    con.execute("create table marts.fct_flags as select true as country, date '2026-10-01' as day")
    catalog = {
        "flags": tiny_metric("flags", "select count(*) as metric_value from marts.fct_flags where day <= $as_of")
    }
    assert [
        found.value
        for found in answer(con, catalog, [question("flags", country=(True,)), question("flags", country=(False,))])
    ] == [1, 0]


def test_a_runaway_query_loses_only_its_own_answer(con: Connection) -> None:
    con.execute("create table marts.fct_many as select range as i, date '2026-10-01' as day from range(100000)")
    runaway = (
        "select count(*) as metric_value from marts.fct_many as a, marts.fct_many as b, marts.fct_many as c"
        " where a.i + b.i + c.i = 7 and a.day <= $as_of"
    )
    answers = answer(con, CATALOG, [question(sql=runaway), question("won_revenue")], seconds=0.3)
    assert "stopped after 0.3 s" in answers[0].error
    assert answers[1].value == 4500.5


def test_a_query_that_wants_too_much_memory_says_so(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        con.execute(
            "create schema marts; create table marts.fct_many as select range as i, date '2026-10-01' as day from range(100000)"
        )
    greedy = "select count(distinct a.i || '-' || b.i) as metric_value from marts.fct_many as a, marts.fct_many as b where a.day <= $as_of"
    with open_guarded(path, memory_limit="64MB", threads=1) as con:
        assert "more memory than a metric may use" in answer(con, CATALOG, [question(sql=greedy)])[0].error
