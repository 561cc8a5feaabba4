"""Lists, batches, owners, pipelines and properties, read with HubSpot's own client and with plain HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hubspot.crm.contacts import ApiException, BatchReadInputSimplePublicObjectId
from hubspot.crm.deals import PublicObjectSearchRequest

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import hubspot_client

CONTACTS = "/crm/v3/objects/contacts"


def pages(http: httpx.Client, path: str, **params: Any) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = []
    after: dict[str, str] = {}
    while True:
        content = http.get(path, params={**params, **after}).json()
        found.append(content["results"])
        if "paging" not in content:
            return found
        after = {"after": content["paging"]["next"]["after"]}


def test_the_client_walks_all_pages(example: Sandbox) -> None:
    api = hubspot_client(example).crm.contacts.basic_api
    ids: list[str] = []
    after = None
    while True:
        page = api.get_page(limit=100, after=after)
        ids += [contact.id for contact in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after
    archived = [contact.id for contact in api.get_page(limit=100, archived=True).results]
    assert len(ids) == len(set(ids)) == len(example.company.tables["contacts"])
    assert len(ids) + len(archived) == 700
    assert not set(ids) & set(archived)


def test_ten_to_a_page_by_default(example: Sandbox) -> None:
    assert len(hubspot_client(example).crm.contacts.basic_api.get_page().results) == 10


def test_cursors_are_opaque_and_checked(http: httpx.Client) -> None:
    first = http.get(CONTACTS, params={"limit": 3}).json()
    assert not first["paging"]["next"]["after"].isdigit()
    assert [len(page) for page in pages(http, CONTACTS, limit=3)] == [3, 3, 1]
    assert http.get(CONTACTS, params={"after": "oops"}).status_code == 400


@pytest.mark.parametrize(
    "params", [{"limit": 101}, {"limit": 51, "propertiesWithHistory": "lifecyclestage"}, {"limit": 0}, {"limit": "abc"}]
)
def test_too_big_a_page_is_refused(http: httpx.Client, params: dict[str, Any]) -> None:
    answer = http.get(CONTACTS, params=params)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_values_are_texts_or_null_and_unknown_names_vanish(http: httpx.Client) -> None:
    asked = "email,firstname,hs_v2_date_entered_salesqualifiedlead,hs_lifecyclestage_lead_date,nonsense"
    shown = http.get(f"{CONTACTS}/2", params={"properties": asked}).json()
    assert shown["properties"] == {
        "email": None,
        "firstname": "李",
        "hs_v2_date_entered_salesqualifiedlead": None,
        "createdate": "2026-09-30T23:30:00Z",
        "hs_object_id": "2",
        "lastmodifieddate": "2026-10-20T08:00:00Z",
    }
    assert shown["archived"] is False


def test_history_is_newest_first_with_the_clearing(http: httpx.Client) -> None:
    shown = http.get(f"{CONTACTS}/2", params={"propertiesWithHistory": "lifecyclestage"}).json()
    entries = shown["propertiesWithHistory"]["lifecyclestage"]
    expected = ["marketingqualifiedlead", "lead", "", "marketingqualifiedlead", "lead"]
    assert [entry["value"] for entry in entries] == expected
    assert entries[0]["timestamp"] == "2026-10-20T08:00:00Z"


def test_the_calculated_date_is_the_latest_entry(http: httpx.Client) -> None:
    name = "hs_v2_date_entered_marketingqualifiedlead"
    shown = http.get(f"{CONTACTS}/2", params={"properties": name}).json()
    assert shown["properties"][name] == "2026-10-20T08:00:00Z"


def test_archived_records_have_a_list_of_their_own(http: httpx.Client) -> None:
    assert [r["id"] for page in pages(http, CONTACTS, limit=100) for r in page] == ["1", "2", "3", "4", "6", "7", "8"]
    only = pages(http, CONTACTS, archived="true")[0]
    assert [(r["id"], r["archived"], r["archivedAt"]) for r in only] == [("5", True, "2026-10-30T08:00:00Z")]
    assert http.get(f"{CONTACTS}/5").status_code == 404


def test_batch_with_missing_ids_is_a_207(http: httpx.Client) -> None:
    body = {"inputs": [{"id": "1"}, {"id": "90"}, {"id": "5"}], "properties": ["lastname"]}
    answer = http.post(f"{CONTACTS}/batch/read", json=body)
    content = answer.json()
    assert answer.status_code == 207
    assert [r["properties"]["lastname"] for r in content["results"]] == ["Őri"]
    assert content["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert content["errors"][0]["context"]["ids"] == ["90", "5"]


def test_the_client_reads_batches_with_history(small: Sandbox) -> None:
    asked = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "1"}, {"id": "3"}], properties=["email"], properties_with_history=["lifecyclestage"]
    )
    found = hubspot_client(small).crm.contacts.batch_api.read(asked)
    stages = {r.id: [e.value for e in r.properties_with_history["lifecyclestage"]] for r in found.results}
    assert stages["3"] == ["salesqualifiedlead", "lead"]
    assert len(stages["1"]) == 5


@pytest.mark.parametrize(("count", "history", "status"), [(100, False, 207), (101, False, 400), (51, True, 400)])
def test_batches_have_a_limit(http: httpx.Client, count: int, history: bool, status: int) -> None:
    body: dict[str, Any] = {"inputs": [{"id": str(n)} for n in range(count)], "properties": []}
    body |= {"propertiesWithHistory": ["lifecyclestage"]} if history else {}
    assert http.post(f"{CONTACTS}/batch/read", json=body).status_code == status


def test_dated_paths_answer_the_same(http: httpx.Client) -> None:
    for old, new in (
        ("/crm/v3/objects/contacts", "/crm/objects/2026-09/contacts"),
        ("/crm/v3/objects/0-3", "/crm/objects/2026-03/deals"),
        ("/crm/v3/owners", "/crm/owners/2026-09"),
        ("/crm/v3/pipelines/deals", "/crm/pipelines/2026-09/deals"),
        ("/crm/v3/properties/deals", "/crm/properties/2026-09/deals"),
    ):
        assert http.get(old).json() == http.get(new).json()


def test_owners_active_and_archived(small: Sandbox) -> None:
    api = hubspot_client(small).crm.owners.owners_api
    active, archived = api.get_page(limit=4), api.get_page(archived=True)
    assert len(active.results) == 4
    assert len(api.get_page(limit=4, after=active.paging.next.after).results) == 2
    assert [(o.last_name, o.user_id) for o in archived.results] == [("Nagy", None)]


def test_pipelines_tell_won_from_lost_as_texts(small: Sandbox) -> None:
    pipelines = hubspot_client(small).crm.pipelines.pipelines_api.get_all("deals").results
    closed = {s.id: s.metadata for p in pipelines for s in p.stages if s.metadata["isClosed"] == "true"}
    assert closed["148221907"] == {"isClosed": "true", "probability": "1.0"}
    assert closed["148221908"] == {"isClosed": "true", "probability": "0.0"}


def test_properties_list_their_types(small: Sandbox) -> None:
    known = {p.name: p.type for p in hubspot_client(small).crm.properties.core_api.get_all("deals").results}
    assert (known["amount"], known["closedate"], known["contract_end_date"]) == ("number", "datetime", "date")
    assert "hs_lifecyclestage_lead_date" not in known


def test_associations_in_lists_but_never_in_searches(http: httpx.Client) -> None:
    listed = http.get("/crm/v3/objects/deals", params={"associations": "companies", "limit": 1}).json()["results"][0]
    assert listed["associations"]["companies"]["results"] == [{"id": "501", "type": "deal_to_company"}]
    found = http.post("/crm/v3/objects/deals/search", json={"associations": ["companies"]}).json()["results"]
    assert all("associations" not in record for record in found)


def test_limits_are_announced_except_on_searches(http: httpx.Client) -> None:
    assert http.get(CONTACTS).headers["X-HubSpot-RateLimit-Daily-Remaining"].isdigit()
    assert "X-HubSpot-RateLimit-Max" not in http.post(f"{CONTACTS}/search", json={}).headers


def test_a_wrong_token_is_told_so(small: Sandbox) -> None:
    with pytest.raises(ApiException) as refused:
        hubspot_client(small, "pat-wrong").crm.contacts.basic_api.get_page()
    assert refused.value.status == 401
    assert "INVALID_AUTHENTICATION" in refused.value.body


def test_missing_scopes_and_unknown_objects(small: Sandbox, http: httpx.Client) -> None:
    small.hubspot.missing_scopes.add("tickets")
    refused = http.get("/crm/v3/objects/tickets")
    assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")
    assert http.get("/crm/v3/objects/leads").status_code == 403
    assert http.get("/crm/v3/objects/dragons").status_code == 400


def test_a_very_long_address_is_refused_in_html(http: httpx.Client) -> None:
    answer = http.get(CONTACTS, params={"properties": "x" * 17_000})
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (414, "text/html")


def test_the_date_header_is_the_sandbox_clock(small: Sandbox, http: httpx.Client) -> None:
    assert http.get(CONTACTS).headers["Date"] == "Sun, 22 Nov 2026 05:00:00 GMT"
    small.clock.advance(hours=1)
    assert http.get(CONTACTS).headers["Date"] == "Sun, 22 Nov 2026 06:00:00 GMT"


def test_every_object_type_can_be_read(example: Sandbox) -> None:
    client = hubspot_client(example)
    for name in ("companies", "deals", "calls", "meetings", "tickets", "feedback_submissions"):
        assert client.crm.objects.basic_api.get_page(name, limit=100).results, name
    won = {"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"}
    found = client.crm.deals.search_api.do_search(PublicObjectSearchRequest(filter_groups=[{"filters": [won]}]))
    assert found.total > 0
