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

from connectors.sandbox.company import calendar
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.moments import from_ms
from connectors.sandbox.salesforce_company import EXAMPLE_SETTINGS
from connectors.sandbox.salesforce_org import SalesforceOrg
from connectors.sandbox.server import Sandbox
from connectors.sandbox.two_crms_truth import METRICS, TwoCrms
from tests.pipelines.job import AS_OF, NOW, pointed_at, progress, run_job

BEGIN = date(2026, 10, 1)
WINDOWS = ((BEGIN, AS_OF), (date(2026, 6, 1), date(2026, 6, 30)), (date(2025, 10, 1), date(2025, 12, 31)))
RATES = {"EUR": 1.0, "HUF": 400.0, "USD": 1.08}
Published = tuple[Company, SalesforceOrg, duckdb.DuckDBPyConnection, Path]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("two_crms")
    with Sandbox(contacts=1500, now=NOW) as sandbox, pytest.MonkeyPatch.context() as patch:
        login = sandbox.salesforce.settings(sandbox.url)
        for name, value in (login | EXAMPLE_SETTINGS | {"SALESFORCE__BULK_FROM": "100"}).items():
            patch.setenv(f"SOURCES__{name}", value)
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
@pytest.mark.parametrize("metric", METRICS)
def test_what_both_hold_counts_once(metric: str, window: tuple[date, date], published: Published) -> None:
    company, org, con, _ = published
    expected = getattr(TwoCrms(company, org, RATES), metric)(*window)
    assert value(con, metric, window) == pytest.approx(expected)


def test_there_is_something_of_everything_in_both(published: Published) -> None:
    """And nothing counts twice that the recount knows to be one."""
    company, org, con, _ = published
    both = TwoCrms(company, org, RATES)
    marts = {"fct_deals": ["deals"], "fct_activities": ["calls", "meetings"], "fct_tickets": ["tickets"]}
    for mart, tables in marts.items():
        found = con.execute(f"select count(*) from marts.{mart} where sources = 'hubspot, salesforce'").fetchall()
        expected = sum(len(both.pairs(table)) for table in tables)
        assert found == [(expected,)]
        assert expected > 20
    assert con.execute(
        "select count(*) from marts.fct_possible_duplicates where reason <> 'Look alike'"
    ).fetchall() == [(0,)]


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
