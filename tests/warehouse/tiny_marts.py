"""Marts of a dozen rows, small enough to work out every number by hand.

fct_leads (12 rows; MQL = the day on which somebody became marketing-qualified):

| lead | country | channel | created    | MQL        | customer   |
|------|---------|---------|------------|------------|------------|
| l01  | Hungary | Social  | 2026-09-28 | 2026-10-01 | -          |
| l02  | Hungary | Social  | 2026-10-01 | 2026-10-05 | 2026-11-02 |
| l03  | Hungary | Email   | 2026-10-03 | 2026-10-05 | -          |
| l04  | Germany | Social  | 2026-10-04 | 2026-10-20 | -          |
| l05  | Germany | Email   | 2026-10-10 | -          | -          |
| l06  | Germany | Email   | 2026-10-15 | 2026-11-01 | 2026-11-21 |
| l07  | France  | Social  | 2026-10-20 | 2026-11-10 | -          |
| l08  | France  | Email   | 2026-11-01 | 2026-11-21 | -          |
| l09  | France  | Direct  | 2026-11-05 | 2026-11-22 | -          |
| l10  | Hungary | Direct  | 2026-11-20 | -          | -          |
| l11  | Hungary | Direct  | 2026-11-21 | -          | -          |
| l12  | -       | Direct  | 2026-11-21 | 2026-12-31 | -          |

MQL from 2026-10-01 to 2026-11-21, both included: l01 l02 l03 l04 l06 l07 l08 = 7. Of Hungary: l01 l02 l03 = 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb

from okr_mappings.metric import MetricSpec
from okr_mappings.questions import FilterValue, MetricQuestion, Window
from okr_mappings.words import Better, Kind
from warehouse.engine import Connection

CYCLE_START = date(2026, 10, 1)
AS_OF = date(2026, 11, 21)
CYCLE = Window(CYCLE_START, AS_OF)

TABLES = """
create schema marts;
create table marts.fct_leads (
    lead_key varchar, country varchar, channel varchar, created_date date, marketing_qualified_date date, customer_date date
);
insert into marts.fct_leads values
    ('l01', 'Hungary', 'Social', '2026-09-28', '2026-10-01', null),
    ('l02', 'Hungary', 'Social', '2026-10-01', '2026-10-05', '2026-11-02'),
    ('l03', 'Hungary', 'Email', '2026-10-03', '2026-10-05', null),
    ('l04', 'Germany', 'Social', '2026-10-04', '2026-10-20', null),
    ('l05', 'Germany', 'Email', '2026-10-10', null, null),
    ('l06', 'Germany', 'Email', '2026-10-15', '2026-11-01', '2026-11-21'),
    ('l07', 'France', 'Social', '2026-10-20', '2026-11-10', null),
    ('l08', 'France', 'Email', '2026-11-01', '2026-11-21', null),
    ('l09', 'France', 'Direct', '2026-11-05', '2026-11-22', null),
    ('l10', 'Hungary', 'Direct', '2026-11-20', null, null),
    ('l11', 'Hungary', 'Direct', '2026-11-21', null, null),
    ('l12', null, 'Direct', '2026-11-21', '2026-12-31', null);
create table marts.fct_deals (
    deal_key varchar, company_key varchar, country varchar, is_won boolean, close_date date, amount_cents bigint, contract_end_date date
);
insert into marts.fct_deals values
    ('d1', 'c1', 'Hungary', true, '2026-10-02', 100000, null),
    ('d2', 'c1', 'Hungary', true, '2026-10-15', 50050, '2026-11-15'),
    ('d3', 'c2', 'Germany', true, '2026-11-20', 300000, '2027-10-31'),
    ('d4', 'c3', 'Germany', false, '2026-11-01', 999900, null),
    ('d5', 'c4', 'France', true, '2026-11-22', 700000, null);
create table marts.fct_followers_daily (observed_date date, network varchar, followers integer);
insert into marts.fct_followers_daily values
    ('2026-09-30', 'X', 100), ('2026-10-01', 'X', 101), ('2026-10-03', 'X', 103),
    ('2026-10-02', 'LinkedIn', 2000), ('2026-11-20', 'LinkedIn', 2500);
create table marts.fct_nps_responses (response_key varchar, answered_date date, score integer);
insert into marts.fct_nps_responses values
    ('r1', '2026-10-05', 10), ('r2', '2026-10-06', 9), ('r3', '2026-10-07', 8), ('r4', '2026-11-01', 3), ('r5', '2026-11-30', 0);
create table marts.dim_dates as
select cast(range as date) as date_day from range(timestamp '2026-09-01', timestamp '2027-01-01', interval 1 day);
"""

METRIC_SQL = {
    "marketing_qualified_leads": (
        "select count(*) as metric_value from marts.fct_leads where marketing_qualified_date between $window_start and $as_of"
    ),
    "won_revenue": (
        "select coalesce(sum(amount_cents), 0) / 100.0 as metric_value from marts.fct_deals"
        " where is_won and close_date >= $window_start and close_date < $as_of + interval 1 day"
    ),
    "average_deal": (
        "select sum(amount_cents) / 100.0 as numerator, count(*) as denominator, count(*) as n from marts.fct_deals"
        " where is_won and close_date between $window_start and $as_of"
    ),
    "followers": (
        "with observed as (select network, followers,"
        " row_number() over (partition by network order by observed_date desc) as recency"
        " from marts.fct_followers_daily where observed_date <= $as_of)"
        " select sum(followers) as metric_value from observed where recency = 1"
    ),
    "last_linkedin_count": (
        "select followers as metric_value from marts.fct_followers_daily"
        " where network = 'LinkedIn' and observed_date <= $as_of order by observed_date desc limit 1"
    ),
    "net_promoter_score": (
        "select 100 * (count(*) filter (where score >= 9) - count(*) filter (where score <= 6)) as numerator,"
        " count(*) as denominator, count(*) as n from marts.fct_nps_responses where answered_date between $window_start and $as_of"
    ),
    "open_contracts": (
        "select count(*) as metric_value from marts.fct_deals"
        " where is_won and close_date <= $as_of and (contract_end_date is null or contract_end_date >= $as_of)"
    ),
    "leads_per_deal": (
        "with leads as (select count(*) as n from marts.fct_leads where created_date between $window_start and $as_of),"
        " deals as (select count(*) as n from marts.fct_deals where is_won and close_date between $window_start and $as_of)"
        " select leads.n as numerator, deals.n as denominator from leads cross join deals"
    ),
    "buying_companies": (
        "select count(distinct deal.company_key) as metric_value from marts.fct_deals as deal"
        " where deal.is_won and deal.close_date between $window_start and $as_of"
    ),
    "deal_score": "select median(score) as metric_value, count(*) as n from marts.fct_nps_responses"
    " where answered_date between $window_start and $as_of",
}


@dataclass(frozen=True)
class TinyMetric:
    """As much of a catalogue entry as answering needs."""

    spec: MetricSpec
    sql: str
    evidence_sql: str | None = None
    evidence_value: str = ""


def tiny_metric(name: str, sql: str, **evidence: str) -> TinyMetric:
    spec = MetricSpec(
        name, name, "", "things", Better.HIGHER, (Kind.TOTAL,), dimensions=("country", "channel", "network")
    )
    return TinyMetric(spec, sql, **evidence)


CATALOG = {name: tiny_metric(name, sql) for name, sql in METRIC_SQL.items()}


@contextmanager
def tiny_marts() -> Iterator[Connection]:
    with duckdb.connect(config={"temp_directory": ""}) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(TABLES)
        yield con


def question(
    metric: str = "", *, window: Window = CYCLE, sql: str | None = None, **filters: tuple[FilterValue, ...]
) -> MetricQuestion:
    return MetricQuestion("kr", "value", metric, window, sql, tuple(filters.items()))
