"""No layer loses or multiplies rows: counted by hand on the made-up company."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.warehouse.company.build import CURRENCY, TIME_ZONE, insert_company
from warehouse.model_runner import TransformResult, transform


@pytest.fixture(scope="module")
def company() -> Iterator[tuple[duckdb.DuckDBPyConnection, TransformResult]]:
    con = duckdb.connect()
    insert_company(con)
    yield con, transform(con, TIME_ZONE, CURRENCY, app_urls={"hubspot": "https://crm.example"})
    con.close()


def count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    [(rows,)] = con.execute(f"select count(*) from {table}").fetchall()
    return int(rows)


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("staging.stg_hubspot__contacts", 38),  # 40, less 107 (deleted) and 108 (merged)
        ("marts.fct_leads", 38),
        ("staging.stg_hubspot__deals", 13),  # 15, less 811 (deleted) and 812 (merged)
        ("intermediate.int_deals_priced", 13),
        ("marts.fct_deals", 13),
        ("staging.stg_hubspot__companies", 6),  # 8, less 506 (merged) and 507 (deleted)
        ("marts.fct_customers", 7),  # 501 502 503 504 505 507 508
        ("marts.fct_activities", 11 + 7),  # 12 calls and 8 meetings, one of each deleted
        ("marts.fct_tickets", 10),  # 11, one deleted
        ("marts.fct_web_traffic_daily", 10),  # 11 rows, two of them of the same day and channel
        ("marts.fct_followers_daily", 9),  # 10 rows, one without a number
        # 4 of files; of Mailchimp 22 and 21 Nov, 20 Nov and 30 Sep reckoned for one list and 22 Nov for the other, whose 21 Nov a file has
        ("marts.fct_newsletter_subscribers_daily", 9),
        ("marts.fct_nps_responses", 15),
        ("marts.fct_mentions", 6),
        ("marts.fct_invoices", 6),  # 9, less two cancelled and one pro forma
        ("marts.dim_owners", 2),
    ],
)
def test_rows_survive_each_layer(
    company: tuple[duckdb.DuckDBPyConnection, TransformResult], table: str, rows: int
) -> None:
    assert count(company[0], table) == rows


def test_no_money_is_lost_or_doubled_between_the_layers(
    company: tuple[duckdb.DuckDBPyConnection, TransformResult],
) -> None:
    con = company[0]
    # every deal that is neither 811 nor 812: 24000 + 12000 + 3000.50 + 5000 (HUF) + 9000 + 6000 + 8000 + 50000 + 10000 + 7000 + 500 + 1000
    assert con.execute("select sum(amount_cents) from marts.fct_deals").fetchall() == [(13550050,)]
    # 1000 + 2500.55 - 300.50 + 400 + 49.95
    assert con.execute("select sum(net_amount_cents) from marts.fct_invoices").fetchall() == [(365000,)]


def test_a_merged_company_keeps_its_deals_under_one_key(
    company: tuple[duckdb.DuckDBPyConnection, TransformResult],
) -> None:
    rows = company[0].execute(
        "select deal_name, company_name, segment from marts.fct_deals where company_key = 'hubspot:502' order by all"
    )
    assert rows.fetchall() == [("Tisza", "Tisza Kft.", "Mid-market"), ("Tisza upgrade", "Tisza Kft.", "Mid-market")]


def test_unicode_survives(company: tuple[duckdb.DuckDBPyConnection, TransformResult]) -> None:
    con = company[0]
    assert con.execute("select full_name, country from marts.fct_leads where lead_key = 'hubspot:113'").fetchall() == [
        ("小明 王", "中国")
    ]
    assert con.execute("select name from marts.fct_customers where customer_key = 'hubspot:508'").fetchall() == [
        ("株式会社ミライ",)
    ]


def test_links_lead_to_the_record(company: tuple[duckdb.DuckDBPyConnection, TransformResult]) -> None:
    rows = company[0].execute("select record_url from marts.fct_tickets where ticket_key = 'hubspot:1'").fetchall()
    assert rows == [("https://crm.example/record/0-5/1",)]


def test_without_an_address_there_is_no_link() -> None:
    con = duckdb.connect()
    insert_company(con)
    transform(con, TIME_ZONE, CURRENCY)
    assert con.execute("select distinct record_url from marts.fct_leads").fetchall() == [(None,)]


def test_what_only_the_vendor_can_promise_is_a_warning(
    company: tuple[duckdb.DuckDBPyConnection, TransformResult],
) -> None:
    assert [(warning.model, warning.column, warning.broken) for warning in company[1].warnings] == [
        ("staging.stg_files__erp_invoices", "document_type", 1),  # 9009 is a pro forma
        ("marts.fct_invoices", "net_amount_cents", 1),  # 9007 is in dollars
    ]


@pytest.mark.parametrize(
    ("day", "iso_year", "iso_week", "iso_weekday", "quarter_start", "is_weekend"),
    [
        ("2026-11-20", 2026, 47, 5, "2026-10-01", False),
        ("2026-11-21", 2026, 47, 6, "2026-10-01", True),
        # the first days of 2027 belong to week 53 of 2026
        ("2027-01-01", 2026, 53, 5, "2027-01-01", False),
        ("2027-01-04", 2027, 1, 1, "2027-01-01", False),
    ],
)
def test_the_calendar(
    company: tuple[duckdb.DuckDBPyConnection, TransformResult],
    day: str,
    iso_year: int,
    iso_week: int,
    iso_weekday: int,
    quarter_start: str,
    is_weekend: bool,
) -> None:
    columns = "iso_year, iso_week, iso_weekday, cast(quarter_start as varchar), is_weekend"
    rows = company[0].execute(f"select {columns} from marts.dim_dates where date_day = ?", [day]).fetchall()
    assert rows == [(iso_year, iso_week, iso_weekday, quarter_start, is_weekend)]
