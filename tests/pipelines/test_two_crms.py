"""The whole job with both CRMs of the example company, over HTTP, against a recount of the records in plain Python.

The recount shares nothing with the SQL: it walks the records of the two stores and joins people by their addresses.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.sandbox.company import calendar, truth
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.moments import from_ms
from connectors.sandbox.salesforce_org import SalesforceOrg
from connectors.sandbox.server import Sandbox
from tests.pipelines.job import AS_OF, NOW, pointed_at, progress, run_job

BEGIN = date(2026, 10, 1)
WINDOWS = ((BEGIN, AS_OF), (date(2026, 6, 1), date(2026, 6, 30)), (date(2025, 10, 1), date(2025, 12, 31)))
RULES = {
    "SOURCES__SALESFORCE__MARKETING_QUALIFIED": "status: Marketing Qualified",
    "SOURCES__SALESFORCE__SALES_QUALIFIED": "status: Sales Qualified",
    "SOURCES__SALESFORCE__BULK_FROM": "100",
}
Published = tuple[Company, SalesforceOrg, duckdb.DuckDBPyConnection, Path]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("two_crms")
    with Sandbox(contacts=1500, now=NOW) as sandbox, pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.salesforce.settings(sandbox.url).items():
            patch.setenv(f"SOURCES__{name}", value)
        for name, value in RULES.items():
            patch.setenv(name, value)
        with pointed_at(sandbox, folder):
            run_job(folder, sources=("hubspot", "salesforce", "ga4", "files"))
        with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as con:
            yield sandbox.company, sandbox.salesforce.org, con, folder


def value(con: duckdb.DuckDBPyConnection, metric: str, window: tuple[date, date]) -> Any:
    row = con.execute(f"select * from metrics.{metric}(?::date, ?::date)", list(window)).fetchone()
    assert row is not None
    return row[0]


def day(moment: int) -> date:
    return from_ms(moment).astimezone(calendar.ZONE).date()


def people(company: Company, org: SalesforceOrg) -> dict[str, date]:
    """Every person once, by address (or by record where there is none), with the day of the earliest record."""
    found: dict[str, date] = {}

    def see(key: str, born: date) -> None:
        found[key] = min(born, found.get(key, born))

    for record in company.tables["contacts"]:
        email = (record.properties.get("email") or "").strip().lower()
        see(email or f"hubspot:{record.id}", day(record.created))
    contacts = {row["Id"]: row for row in org.rows("Contact", everything=False)}
    for row in [*org.rows("Lead", everything=False), *contacts.values()]:
        email = (row["Email"] or "").strip().lower()
        see(email or row.get("ConvertedContactId") or row["Id"], day(row["CreatedDate"]))
    return found


def test_everybody_counts_once(published: Published) -> None:
    company, org, con, _ = published
    everybody = people(company, org)
    assert con.execute("select count(*) from marts.fct_leads").fetchall() == [(len(everybody),)]
    for begin, end in WINDOWS:
        expected = sum(begin <= born <= end for born in everybody.values())
        assert value(con, "leads_created", (begin, end)) == expected


def test_some_people_are_in_both(published: Published) -> None:
    _, _, con, _ = published
    counted = con.execute("select sources, count(*) from marts.fct_leads group by all").fetchall()
    assert dict(counted).keys() == {"hubspot", "salesforce", "hubspot, salesforce"}
    assert all(count > 30 for _, count in counted)


@pytest.mark.parametrize("window", WINDOWS)
def test_deals_calls_and_meetings_of_both_add_up(window: tuple[date, date], published: Published) -> None:
    company, org, con, _ = published
    begin, end = window
    calls = [row for row in org.rows("Task", everything=True) if row["CallType"] == "Outbound"]
    meetings = [row for row in org.rows("Event", everything=True) if not row["IsChild"]]
    expected = {
        "outbound_calls": sum(begin <= date.fromisoformat(row["ActivityDate"]) <= end for row in calls),
        "sales_meetings": sum(begin <= day(row["StartDateTime"]) <= end for row in meetings),
        "won_revenue": sum(
            in_euros(row) for row in org.rows("Opportunity", everything=False) if is_won(row, begin, end)
        ),
    }
    for metric, added in expected.items():
        assert value(con, metric, window) == pytest.approx(truth.METRICS[metric](company, begin, end) + added), metric


def is_won(row: dict[str, Any], begin: date, end: date) -> bool:
    return bool(row["IsWon"]) and begin <= date.fromisoformat(row["CloseDate"]) <= end


def in_euros(row: dict[str, Any]) -> float:
    return round(row["Amount"] / {"EUR": 1.0, "HUF": 400.0, "USD": 1.08}[row["CurrencyIsoCode"]], 2)


def test_qualified_people_of_both_count_on_their_first_day(published: Published) -> None:
    """People whom only Salesforce knows, by the history of their status."""
    company, org, con, _ = published
    known = {(record.properties.get("email") or "").strip().lower() for record in company.tables["contacts"]} - {""}
    firsts: dict[str, date] = {}
    leads = {row["Id"]: row for row in org.rows("Lead", everything=False)}
    for change in org.rows("LeadHistory", everything=True):
        if change["Field"] == "Status" and change["NewValue"] == "Marketing Qualified":
            lead = leads[change["LeadId"]]
            email = (lead["Email"] or "").lower()
            moment = day(change["CreatedDate"])
            if email not in known:
                key = email or lead["Id"]
                firsts[key] = min(moment, firsts.get(key, moment))
    expected = sum(BEGIN <= first <= AS_OF for first in firsts.values())
    only_here = (
        "select count(*) from marts.fct_leads where sources = 'salesforce' and marketing_qualified_date between ? and ?"
    )
    assert con.execute(only_here, [BEGIN, AS_OF]).fetchall() == [(expected,)]
    assert expected > 5


def test_numbers_rest_on_both_sources(published: Published) -> None:
    folder = published[3]
    rests = {source["source"] for each in progress(folder).values() for source in each["sources"]}
    assert {"hubspot", "salesforce"} <= rests
    assert "SOURCES__SALESFORCE__CONSUMER_SECRET" in os.environ
