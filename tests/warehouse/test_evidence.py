from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from okr_mappings.questions import Window
from tests.warehouse.tiny_marts import CATALOG, METRIC_SQL, question, tiny_marts, tiny_metric
from warehouse.engine import Connection
from warehouse.errors import MetricContractError, MetricError
from warehouse.evidence import Evidence, evidence, evidence_query
from warehouse.filters import read_marts


@pytest.fixture
def con() -> Iterator[Connection]:
    with tiny_marts() as connection:
        yield connection


def keys(found: Evidence) -> list[object]:
    return [row[0] for row in found.rows]


def test_the_rows_of_a_count_are_its_evidence(con: Connection) -> None:
    found = evidence(con, CATALOG, question("marketing_qualified_leads"))
    assert keys(found) == ["l01", "l02", "l03", "l04", "l06", "l07", "l08"]
    assert (found.value, found.aggregate, found.total_rows, found.equals_value) == (7, 7, 7, True)
    assert found.columns == (
        "lead_key",
        "country",
        "channel",
        "created_date",
        "marketing_qualified_date",
        "customer_date",
    )
    assert found.rows[0][4] == date(2026, 10, 1)


def test_filters_narrow_the_evidence_too(con: Connection) -> None:
    found = evidence(con, CATALOG, question("marketing_qualified_leads", country=("Hungary",), channel=("Social",)))
    assert (keys(found), found.equals_value) == (["l01", "l02"], True)


def test_a_limit_shows_fewer_rows_but_counts_all(con: Connection) -> None:
    found = evidence(con, CATALOG, question("marketing_qualified_leads"), limit=2)
    assert (keys(found), found.total_rows, found.aggregate, found.equals_value) == (["l01", "l02"], 7, 7, True)


def test_a_sum_keeps_its_measure(con: Connection) -> None:
    found = evidence(con, CATALOG, question("won_revenue"))
    amount = found.columns.index("amount_cents")
    assert sum(row[amount] for row in found.rows if isinstance(row[amount], int)) == 450050
    assert (found.aggregate, found.equals_value) == (4500.5, True)


def test_declared_evidence_shows_its_columns(con: Connection) -> None:
    sql = "select deal_key, amount_cents from marts.fct_deals where is_won and close_date between $window_start and $as_of"
    catalog = {
        "revenue": tiny_metric(
            "revenue",
            METRIC_SQL["won_revenue"],
            evidence_sql=sql,
            evidence_value="coalesce(sum(amount_cents), 0) / 100.0",
        )
    }
    found = evidence(con, catalog, question("revenue", country=("Hungary",)))
    assert found.columns == ("deal_key", "amount_cents")
    assert found.rows == (("d1", 100000), ("d2", 50050))
    assert (found.value, found.equals_value) == (1500.5, True)


def test_declared_evidence_that_proves_something_else_is_told(con: Connection) -> None:
    sql = "select deal_key from marts.fct_deals where close_date <= $as_of"
    catalog = {"deals": tiny_metric("deals", METRIC_SQL["open_contracts"], evidence_sql=sql, evidence_value="count(*)")}
    found = evidence(con, catalog, question("deals"))
    # open on 11-21: d1 and d3 (d2 ended on 11-15, d4 is lost, d5 comes later); the evidence lists d1 to d4
    assert (found.value, found.aggregate, found.equals_value) == (2, 4, False)


# leads_per_deal sets two counts side by side: one row, which proves nothing
@pytest.mark.parametrize("metric", [name for name in METRIC_SQL if name != "leads_per_deal"])
def test_evidence_of_every_metric_gives_the_value_again(con: Connection, metric: str) -> None:
    found = evidence(con, CATALOG, question(metric))
    assert found.value is not None
    assert found.equals_value
    assert found.total_rows == len(found.rows) > 0


WON_ON_A_DAY = (
    "marts.fct_deals as d join marts.dim_dates as day on day.date_day = d.close_date where d.close_date <= $as_of"
)
SAME_COUNTRY = "marts.fct_deals as d join marts.fct_leads as l on l.country = d.country where l.created_date <= $as_of"
PER_COUNTRY = "select country, count(*) as n from marts.fct_deals where close_date <= $as_of group by country"
LAST_OF_X = (
    "marts.fct_followers_daily where network = 'X' and observed_date <= $as_of order by observed_date desc limit 1"
)
FREE_SQL = [
    # sql, rows, columns
    ("select count(*) filter (where is_won) as metric_value from marts.fct_deals where close_date <= $as_of", 3, 7),
    # l02 and l06 have a customer date; rows without one are no evidence
    ("select count(customer_date) as metric_value from marts.fct_leads where created_date <= $as_of", 2, 6),
    (f"select sum(d.amount_cents) / count(*) as metric_value from {WON_ON_A_DAY}", 4, 1),
    (f"select count(*) as metric_value from {WON_ON_A_DAY}", 4, 7),
    # two tables share a column name; Hungary joins 2 deals with 5 leads, Germany 2 with 3, France 1 with 3
    (f"select count(d.country) / count(l.country) as metric_value from {SAME_COUNTRY}", 19, 2),
    (f"select sum(n) as metric_value from ({PER_COUNTRY}) as per_country", 2, 2),
    (f"select followers as metric_value from {LAST_OF_X}", 1, 3),
]


@pytest.mark.parametrize(("sql", "rows", "columns"), FREE_SQL)
def test_evidence_of_sql_in_a_mapping_is_derived(con: Connection, sql: str, rows: int, columns: int) -> None:
    found = evidence(con, CATALOG, question(sql=sql))
    assert (found.total_rows, len(found.columns), found.equals_value) == (rows, columns, True)


EVERY_DEAL = "select count(*) as metric_value from marts.fct_deals where close_date <= $as_of"
UNDERIVABLE = [
    f"select ({EVERY_DEAL}) as metric_value from marts.dim_dates limit 1",
    f"{EVERY_DEAL} group by is_won order by 1 limit 1",
    f"{EVERY_DEAL} union {EVERY_DEAL}",
    f"select distinct count(*) over () as metric_value from ({EVERY_DEAL}) as x",
]


@pytest.mark.parametrize("sql", UNDERIVABLE)
def test_what_cannot_be_derived_is_not_guessed(con: Connection, sql: str) -> None:
    with pytest.raises(MetricContractError, match="cannot be derived"):
        evidence(con, CATALOG, question(sql=sql))


def test_evidence_shows_plain_values_only(con: Connection) -> None:
    sql = (
        "select deal_key, cast(amount_cents as decimal(9, 2)) as amount, cast(close_date as time) as at_time"
        " from marts.fct_deals where deal_key = 'd1' and close_date <= $as_of"
    )
    catalog = {"deals": tiny_metric("deals", METRIC_SQL["open_contracts"], evidence_sql=sql, evidence_value="count(*)")}
    con.execute("alter table marts.fct_deals alter close_date type timestamp")
    assert evidence(con, catalog, question("deals")).rows == (("d1", 100000.0, "00:00:00"),)


def test_evidence_that_cannot_be_read_says_so(con: Connection) -> None:
    bad = "select no_such from marts.fct_deals where close_date <= $as_of"
    catalog = {"deals": tiny_metric("deals", METRIC_SQL["open_contracts"], evidence_sql=bad, evidence_value="count(*)")}
    with pytest.raises(MetricError, match="the database refused the SQL"):
        evidence(con, catalog, question("deals"))
    with pytest.raises(MetricContractError, match="no metric named typo"):
        evidence_query(CATALOG, read_marts(con), question("typo"))


def test_no_value_and_a_value_are_not_the_same(con: Connection) -> None:
    sql = "select deal_key from marts.fct_deals where close_date <= $as_of"
    catalog = {"x": tiny_metric("x", METRIC_SQL["average_deal"], evidence_sql=sql, evidence_value="sum(null)")}
    assert evidence(con, catalog, question("x")).equals_value is False


def test_nothing_has_evidence_too(con: Connection) -> None:
    found = evidence(
        con, CATALOG, question("marketing_qualified_leads", window=Window(date(2020, 1, 1), date(2020, 1, 2)))
    )
    assert (found.rows, found.total_rows, found.value, found.equals_value) == ((), 0, 0, True)


def test_the_hash_names_the_rows_and_not_their_order(con: Connection) -> None:
    asked = question("marketing_qualified_leads")
    before = evidence(con, CATALOG, asked, limit=1).evidence_hash
    con.execute("create or replace table marts.fct_leads as select * from marts.fct_leads order by lead_key desc")
    assert evidence(con, CATALOG, asked, limit=100).evidence_hash == before
    con.execute("update marts.fct_leads set country = 'Austria' where lead_key = 'l01'")
    assert evidence(con, CATALOG, asked).evidence_hash != before


def test_evidence_of_a_metric_that_fails_says_why(con: Connection) -> None:
    with pytest.raises(MetricContractError, match="no metric named typo"):
        evidence(con, CATALOG, question("typo"))
    with pytest.raises(MetricError, match="no row"):
        evidence(con, CATALOG, question("last_linkedin_count", window=Window(date(2026, 9, 1), date(2026, 9, 2))))
