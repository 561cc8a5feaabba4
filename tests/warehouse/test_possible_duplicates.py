"""Which pairs stand behind a number, on tables of a few rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from okr_mappings.questions import MetricQuestion, Window
from warehouse.filters import read_marts
from warehouse.possible_duplicates import pairs, pairs_behind, sentence

# Call and deal share the ids 1 and 9, which says nothing: they are keys of different marts.
MARTS = """
create schema marts;
create table marts.fct_deals as from (values ('hubspot:1', 10), ('salesforce:8', 20)) as t (deal_key, amount_cents);
create table marts.fct_activities as
from (values
    ('hubspot:1', 'Call'), ('salesforce:9', 'Call'), ('hubspot:2', 'Meeting'), ('salesforce:7', 'Meeting')
) as t (activity_key, kind);
create table marts.fct_possible_duplicates as
from (values
    ('Deal', 'hubspot:1', 'salesforce:9'), ('Call', 'hubspot:1', 'salesforce:9'),
    ('Meeting', 'hubspot:2', 'salesforce:7'), ('Meeting', 'hubspot:2', 'salesforce:6')
) as t (record_type, hubspot_key, salesforce_key);
"""
WINDOW = Window(date(2026, 10, 1), date(2026, 11, 21))


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(MARTS)
        yield con


def behind(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, int]:
    marts = read_marts(con)
    return pairs_behind(con, {}, marts, MetricQuestion("kr", "value", "", WINDOW, sql), pairs(con, marts), seconds=10)


def test_all_pairs_by_record_type(con: duckdb.DuckDBPyConnection) -> None:
    assert pairs(con, read_marts(con)) == {"Call": 1, "Deal": 1, "Meeting": 2}
    con.execute("delete from marts.fct_possible_duplicates")
    assert pairs(con, read_marts(con)) == {}
    con.execute("drop table marts.fct_possible_duplicates")
    assert pairs(con, read_marts(con)) == {}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select count(*) as metric_value from marts.fct_activities", {"Call": 1, "Meeting": 1}),
        ("select count(*) as metric_value from marts.fct_activities where kind = 'Call'", {"Call": 1}),
        ("select count(*) as metric_value from marts.fct_activities where activity_key <> 'hubspot:2'", {"Call": 1}),
        ("select count(*) as metric_value from marts.fct_deals", {}),  # of salesforce:9 there is no deal
        ("select 1 as metric_value", {}),
    ],
)
def test_a_pair_counts_where_both_its_records_do(
    con: duckdb.DuckDBPyConnection, sql: str, expected: dict[str, int]
) -> None:
    assert behind(con, sql) == expected


def test_where_the_records_cannot_be_told_all_that_may_count_is_said(con: duckdb.DuckDBPyConnection) -> None:
    sql = "select sum(rows) as metric_value from (select kind, count(*) as rows from marts.fct_activities group by kind) as kinds"
    assert behind(con, sql) == {"Call": 1, "Meeting": 2}


def test_the_sentence() -> None:
    end = "in HubSpot and Salesforce may be one record each, but count as two (see marts.fct_possible_duplicates)"
    assert sentence({}) == ""
    assert sentence({"Deal": 1}) == f"1 pair of deals {end}"
    assert sentence({"Call": 1200, "Deal": 1}) == f"1,200 pairs of calls and 1 pair of deals {end}"
    assert (
        sentence({"Call": 2, "Deal": 1, "Ticket": 3})
        == f"2 pairs of calls, 1 pair of deals and 3 pairs of tickets {end}"
    )
