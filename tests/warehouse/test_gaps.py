"""Days on which a gauge was not read carry the last number on, and say so; an account that joins is told."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from okr_mappings.questions import MetricQuestion, Window
from warehouse.catalog import load_catalog
from warehouse.gaps import Observed, observed_days

CATALOG = load_catalog()
OCTOBER = [date(2026, 10, day) for day in range(1, 7)]
# X is counted on the 1st, 2nd and 5th, LinkedIn from the 4th on: two days on which nobody counted X, one after the other
ROWS = """
insert into marts.fct_followers_daily values
    ('2026-10-01', 'X', '@a', 100, 'File', false, true), ('2026-10-02', 'X', '@a', 101, 'File', false, false),
    ('2026-10-05', 'X', '@a', 104, 'API', false, false), ('2026-10-04', 'LinkedIn', 'a', 900, 'API', false, true),
    ('2026-10-05', 'LinkedIn', 'a', 901, 'API', false, false)
"""


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema marts")
    con.execute(
        "create table marts.fct_followers_daily (observed_date date, network varchar, account varchar, followers bigint,"
        " counted_by varchar, is_rounded boolean, is_first boolean)"
    )
    con.execute(ROWS)
    return con


def question(**filters: tuple[str, ...]) -> MetricQuestion:
    window = Window(OCTOBER[0], OCTOBER[-1])
    return MetricQuestion("followers", "value", "social_followers", window, filters=tuple(filters.items()))


def test_a_day_without_a_count_is_told_with_the_day_it_shows(con: duckdb.DuckDBPyConnection) -> None:
    found = observed_days(con, CATALOG, question(network=("X",)), OCTOBER)
    carried = {day.day: (each.carried, each.oldest.day) for day, each in found.items()}
    assert carried == {1: (0, 1), 2: (0, 2), 3: (1, 2), 4: (1, 2), 5: (0, 5), 6: (1, 5)}


def test_an_account_that_joins_is_told_on_its_first_day(con: duckdb.DuckDBPyConnection) -> None:
    found = observed_days(con, CATALOG, question(), OCTOBER)
    # on the 4th LinkedIn is there for the first time, while X shows the 2nd
    assert found[OCTOBER[3]] == Observed(series=2, carried=1, oldest=date(2026, 10, 2), joined=1)
    assert [day.day for day, each in found.items() if each.joined] == [1, 4]


def test_days_before_the_first_count_are_nothing(con: duckdb.DuckDBPyConnection) -> None:
    assert list(observed_days(con, CATALOG, question(network=("LinkedIn",)), OCTOBER)) == OCTOBER[3:]


def test_other_metrics_have_no_gaps(con: duckdb.DuckDBPyConnection) -> None:
    leads = MetricQuestion("leads", "value", "leads_created", Window(OCTOBER[0], OCTOBER[-1]))
    assert observed_days(con, CATALOG, leads, OCTOBER) == {}
