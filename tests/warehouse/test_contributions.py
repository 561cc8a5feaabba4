"""Which records came and went, on the tiny marts: MQLs on 1 Oct, 5 Oct (2), 20 Oct, 1 Nov, 10 Nov, 21 Nov."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from okr_mappings.movement import is_sum
from okr_mappings.questions import MetricQuestion, Window
from tests.warehouse.tiny_marts import CATALOG, CYCLE_START, question, tiny_marts
from warehouse.contributions import Contributions, contributions
from warehouse.engine import Connection
from warehouse.errors import MetricError
from warehouse.filters import read_marts

FIRST, LAST = date(2026, 10, 31), date(2026, 11, 20)


@pytest.fixture
def con() -> Iterator[Connection]:
    with tiny_marts() as connection:
        yield connection


def found(con: Connection, metric: str = "", sql: str | None = None, start: date = CYCLE_START) -> Contributions:
    def asked(end: date) -> MetricQuestion:
        return question(metric, sql=sql, window=Window(start if start == CYCLE_START else end.replace(day=1), end))

    return contributions(con, CATALOG, read_marts(con), asked(FIRST), asked(LAST), seconds=5)


def test_each_record_counts_one(con: Connection) -> None:
    # until 31 Oct: l01 l02 l03 l04; until 20 Nov also l06 and l07
    leads = found(con, "marketing_qualified_leads")
    assert (sum(leads.first), sum(leads.last), leads.entered, leads.left, leads.shared) == (4, 6, (1.0, 1.0), (), 4)


def test_a_window_that_moves_loses_what_lies_before_it(con: Connection) -> None:
    # October's four go, November's two come
    leads = found(con, "marketing_qualified_leads", start=date(2026, 10, 2))
    assert (leads.entered, leads.left, leads.shared) == ((1.0, 1.0), (1.0, 1.0, 1.0, 1.0), 0)


def test_money_is_each_records_own(con: Connection) -> None:
    # d1 1,000.00 and d2 500.50 until 31 Oct; d3 3,000.00 on 20 Nov
    revenue = found(con, "won_revenue")
    assert (sorted(revenue.first), revenue.entered) == ([500.5, 1000.0], (3000.0,))
    assert is_sum(4500.5, revenue.last)


def test_what_ends_is_lost(con: Connection) -> None:
    # d2's contract ended on 15 Nov, d3 came on the 20th
    contracts = found(con, "open_contracts")
    assert (contracts.entered, contracts.left, contracts.shared) == ((1.0,), (1.0,), 1)


def test_a_number_that_is_no_sum_is_seen_by_its_sum(con: Connection) -> None:
    companies = found(con, "buying_companies")  # c1 twice: 1 company, 2 records
    assert not is_sum(1.0, companies.first)


def test_readings_of_a_gauge_are_no_records(con: Connection) -> None:
    # X stays at 103, LinkedIn is read anew: 2,500 instead of 2,000
    followers = found(con, "followers")
    assert (followers.entered, followers.left, followers.shared) == ((2500.0,), (2000.0,), 1)
    assert not followers.identified
    assert found(con, "open_contracts").identified


def test_a_ratio_and_what_cannot_be_derived_are_refused(con: Connection) -> None:
    for metric in ("net_promoter_score", "deal_score", "typo"):
        with pytest.raises(MetricError):
            found(con, metric)


def test_sql_of_its_own_is_told_as_well(con: Connection) -> None:
    sql = "select count(*) as metric_value from marts.fct_deals where is_won and close_date between $window_start and $as_of"
    assert found(con, sql=sql).entered == (1.0,)
