"""Searching: operators, the one sort, offsets with their cap, limits of the request, and speed by numbers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.sandbox.company import Company, contact
from connectors.sandbox.server import Sandbox

SEARCH = "/crm/v3/objects/contacts/search"


def condition(name: str, operator: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **more}


def ids(http: httpx.Client, *conditions: dict[str, Any], **more: Any) -> list[str]:
    answer = http.post(SEARCH, json={"filterGroups": [{"filters": list(conditions)}], "limit": 200, **more})
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json()["results"]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (condition("hs_analytics_source", "EQ", "organic_search"), ["1", "3"]),
        (condition("hs_analytics_source", "IN", values=["PAID_SEARCH", "REFERRALS"]), ["2", "7"]),
        (condition("hs_analytics_source", "NOT_HAS_PROPERTY"), ["4", "8"]),
        (condition("email", "HAS_PROPERTY"), ["1"]),
        (condition("email", "CONTAINS_TOKEN", "*firma1*"), ["1"]),
        (condition("hs_object_id", "GT", "6"), ["7", "8"]),
        (condition("hs_object_id", "BETWEEN", "2", highValue="4"), ["2", "3", "4"]),
        # 2026-10-20T08:00:00Z exactly: contact 2 was last changed then
        (condition("lastmodifieddate", "EQ", "1792483200000"), ["2"]),
        (condition("lastmodifieddate", "LT", "1792483200000"), ["3", "4"]),
        # entered twice: only the latest entry can be searched for
        (condition("hs_v2_date_entered_marketingqualifiedlead", "GTE", "1792483200000"), ["2", "7"]),
    ],
)
def test_operators(http: httpx.Client, asked: dict[str, Any], expected: list[str]) -> None:
    assert sorted(ids(http, asked)) == expected


def test_filters_of_a_group_all_hold_groups_are_alternatives(http: httpx.Client) -> None:
    organic = condition("hs_analytics_source", "EQ", "ORGANIC_SEARCH")
    assert ids(http, organic, condition("hs_object_id", "GT", "1")) == ["3"]
    groups = [{"filters": [organic]}, {"filters": [condition("hs_object_id", "EQ", "8")]}]
    found = http.post(SEARCH, json={"filterGroups": groups}).json()
    assert (found["total"], [r["id"] for r in found["results"]]) == (3, ["1", "3", "8"])


def test_archived_records_are_never_found(http: httpx.Client) -> None:
    assert ids(http, condition("hs_object_id", "EQ", "5")) == []


def test_sorted_by_creation_unless_asked(http: httpx.Client) -> None:
    assert ids(http)[:3] == ["4", "2", "1"]
    newest = [{"propertyName": "lastmodifieddate", "direction": "DESCENDING"}]
    assert ids(http, sorts=newest)[:2] == ["8", "1"]
    assert ids(http, sorts=["-hs_object_id"])[:2] == ["8", "7"]


def test_offsets_are_whole_numbers_and_shift(http: httpx.Client) -> None:
    first = http.post(SEARCH, json={"limit": 3}).json()
    assert first["paging"] == {"next": {"after": "3"}}
    last = http.post(SEARCH, json={"limit": 3, "after": "6"}).json()
    assert (last["total"], len(last["results"]), "paging" in last) == (7, 1, False)


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"after": "9900", "limit": 200},
        {"sorts": ["createdate", "hs_object_id"]},
        {"filterGroups": [{"filters": [condition("became_a_lead", "EQ", "1")]}]},
        {"filterGroups": [{"filters": [condition("lastmodifieddate", "GTE", "2026-10-01")]}]},
        {"filterGroups": [{"filters": [condition("lastmodifieddate", "SINCE", "1")]}]},
        {"filterGroups": [{"filters": [condition("lastmodifieddate", "GTE")]}]},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [condition("email", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [condition("email", "HAS_PROPERTY")] * 5}] * 4},
        {"query": "x" * 3_000},
    ],
)
def test_what_hubspot_refuses(http: httpx.Client, body: dict[str, Any]) -> None:
    answer = http.post(SEARCH, json=body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_ten_thousand_and_no_further() -> None:
    moment = "2026-10-01T08:00:00+00:00"
    company = Company(contacts=[contact(n, created=moment) for n in range(1, 10_202)])
    with Sandbox(company) as sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as http:
        http.headers["Authorization"] = f"Bearer {sandbox.hubspot_token}"
        page = http.post(SEARCH, json={"limit": 200, "after": "9800"}).json()
        # the total is honest, a next page is offered, and asking for it fails
        assert (page["total"], page["paging"]["next"]["after"]) == (10_201, "10000")
        assert http.post(SEARCH, json={"limit": 200, "after": "10000"}).status_code == 400
        # walking by id instead has no cap
        seen, last = 0, "0"
        while found := ids(http, condition("hs_object_id", "GT", last), sorts=["hs_object_id"]):
            seen, last = seen + len(found), found[-1]
        assert seen == 10_201


def test_generated_columns_and_written_records_search_alike(example: Sandbox) -> None:
    """The quick path over columns gives what looking at every record gives."""
    with httpx.Client(base_url=example.url, trust_env=False) as http:
        http.headers["Authorization"] = f"Bearer {example.hubspot_token}"
        after = 1_792_483_200_000
        found = ids(http, condition("lastmodifieddate", "GTE", str(after)), condition("country", "EQ", "Hungary"))
        contacts = example.company.tables["contacts"]
        expected = {str(r.id) for r in contacts if r.modified >= after and r.properties["country"] == "Hungary"}
        assert 0 < len(expected) < 200
        assert set(found) == expected
