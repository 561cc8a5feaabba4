"""The imitated Salesforce, asked by simple-salesforce itself and by plain HTTP: what the source's own tests would not notice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from connectors.readers.salesforce.transport import open_session
from connectors.sandbox.company.company import Company
from connectors.sandbox.salesforce_org import SalesforceOrg
from connectors.sandbox.server import Sandbox

CREATED = "2026-10-05T08:00:00Z"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    org = SalesforceOrg()
    for number in range(500):
        org.add("Lead", created=CREATED, LastName=f"O'Neill {number}", Status="Open - Not Contacted")
    with Sandbox(Company(), salesforce=org) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Salesforce:
    settings = sandbox.salesforce.settings(sandbox.url)
    return Salesforce(
        consumer_key=settings["SALESFORCE__CONSUMER_KEY"],
        consumer_secret=settings["SALESFORCE__CONSUMER_SECRET"],
        domain="brightwater.my",
        version="66.0",
        session=open_session(sandbox.url, 10.0),
    )


def first_lead(sandbox: Sandbox) -> str:
    return min(sandbox.salesforce.org.tables["Lead"])


def names(found: Any) -> list[str]:
    return [record["LastName"] for record in found["records"]]


def test_the_library_reads_every_page_once(client: Salesforce, sandbox: Sandbox) -> None:
    sandbox.salesforce.page_size = 90
    found = client.query_all("SELECT Id, LastName FROM Lead ORDER BY SystemModstamp, Id")
    assert len({record["Id"] for record in found["records"]}) == found["totalSize"] == 500
    assert len({call.path for call in sandbox.calls if "/query/0r8" in call.path}) > 5


def test_the_library_renews_a_session_and_goes_on(client: Salesforce, sandbox: Sandbox) -> None:
    sandbox.salesforce.expire_sessions()
    assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 500


def test_deleted_and_archived_records_are_seen_by_query_all_only(client: Salesforce, sandbox: Sandbox) -> None:
    sandbox.salesforce.org.delete("Lead", first_lead(sandbox))
    sandbox.salesforce.org.add("Task", TaskSubtype="Call", IsArchived=True)
    for name, live, every in (("Lead", 499, 500), ("Task", 0, 1)):
        assert client.query(f"SELECT COUNT() FROM {name}")["totalSize"] == live
        assert client.query(f"SELECT COUNT() FROM {name}", include_deleted=True)["totalSize"] == every


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("LastName = 'O\\'Neill 7'", 1),
        ("LastName IN ('O\\'Neill 7', 'O\\'Neill 8') AND IsDeleted = false", 2),
        ("SystemModstamp >= 2026-10-05T08:00:00Z AND SystemModstamp < 2026-10-05T08:00:00.001Z", 500),
        ("SystemModstamp > 2026-10-05T08:00:00Z", 0),
        ("SystemModstamp >= 2026-10-05T10:00:00+02:00", 500),
        ("Email = null AND (LastName = 'O\\'Neill 1' OR LastName = 'O\\'Neill 2')", 2),
    ],
)
def test_conditions(condition: str, count: int, client: Salesforce) -> None:
    assert client.query(f"SELECT COUNT() FROM Lead WHERE {condition}")["totalSize"] == count


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Nonsense FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Nonsense", "INVALID_TYPE"),
        ("SELECT Id Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE SystemModstamp > '2026-10-05'", "INVALID_FIELD"),
        ("SELECT Id FROM LeadHistory WHERE NewValue = 'x'", "INVALID_FIELD"),
    ],
)
def test_wrong_questions(soql: str, code: str, client: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest, match=code):
        client.query(soql)


def test_a_hidden_field_is_missing_from_describe_and_unknown_to_queries(client: Salesforce, sandbox: Sandbox) -> None:
    sandbox.salesforce.org.hidden |= {("Lead", "Email"), "Case"}
    fields = client.restful("sobjects/Lead/describe")["fields"]  # type: ignore[index]
    assert "Email" not in {field["name"] for field in fields}
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        client.query("SELECT Email FROM Lead")
    with pytest.raises(SalesforceResourceNotFound):
        client.restful("sobjects/Case/describe")


def test_a_record_may_appear_late_under_an_older_moment(client: Salesforce, sandbox: Sandbox) -> None:
    newest = "SELECT Id, SystemModstamp FROM Lead ORDER BY SystemModstamp DESC LIMIT 1"
    before = client.query(newest)["records"][0]["SystemModstamp"]
    sandbox.salesforce.org.add("Lead", created="2026-10-01T08:00:00Z", LastName="Late")
    assert client.query(newest)["records"][0]["SystemModstamp"] == before == "2026-10-05T08:00:00.000+0000"
    assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 501


def test_a_tracked_field_leaves_history_and_creation_leaves_none(client: Salesforce, sandbox: Sandbox) -> None:
    lead = first_lead(sandbox)
    sandbox.salesforce.org.change("Lead", lead, Status="Marketing Qualified", Country="Finland")
    found = client.query("SELECT LeadId, OldValue, NewValue FROM LeadHistory WHERE Field = 'Status'")["records"]
    assert [(row["LeadId"], row["OldValue"], row["NewValue"]) for row in found] == [
        (lead, "Open - Not Contacted", "Marketing Qualified")
    ]


def test_a_merged_record_names_its_survivor(client: Salesforce, sandbox: Sandbox) -> None:
    winner, loser, *_ = sorted(sandbox.salesforce.org.tables["Lead"])
    sandbox.salesforce.org.merge("Lead", winner, loser)
    found = client.query("SELECT Id, MasterRecordId FROM Lead WHERE IsDeleted = true", include_deleted=True)["records"]
    assert [(row["Id"], row["MasterRecordId"]) for row in found] == [(loser, winner)]


def test_the_librarys_own_bulk_reader_gets_all(client: Salesforce, sandbox: Sandbox) -> None:
    sandbox.salesforce.bulk.page_size = 200
    sandbox.salesforce.bulk.looks_until_done = 0
    pages = list(client.bulk2.Lead.query("SELECT Id, LastName, SystemModstamp FROM Lead"))  # type: ignore[operator]
    assert sum(page.count("\n") - 1 for page in pages) == 500
    assert '"2026-10-05T08:00:00.000Z"' in pages[0]


def test_the_example_is_the_same_every_time_and_leaves_hubspot_alone() -> None:
    one, other = Sandbox(contacts=300), Sandbox(contacts=300)
    before = len(one.company.tables["contacts"])
    assert one.salesforce.org.tables == other.salesforce.org.tables
    assert len(one.company.tables["contacts"]) == before
    emails = {(record.properties.get("email") or "").lower() for record in one.company.tables["contacts"]} - {""}
    both = [row for row in one.salesforce.org.rows("Lead", everything=False) if (row["Email"] or "").lower() in emails]
    assert len(both) >= 10
    for server in (one, other):
        server.stop()
