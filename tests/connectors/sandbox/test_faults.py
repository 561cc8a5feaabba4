"""Each kind of misbehaviour as a client meets it, and the counting of calls that it is meant for."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import urllib3
from google.api_core import exceptions as google_errors
from hubspot.crm.contacts import ApiException

from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import analytics_client, hubspot_client

CONTACTS = "/crm/v3/objects/contacts"


def test_times_and_after(small: Sandbox, http: httpx.Client) -> None:
    small.faults.add(Fault(CONTACTS, "5xx", times=2, after=1, status=503))
    assert [http.get(CONTACTS).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
    assert [call.status for call in small.calls.to(CONTACTS)] == [200, 503, 503, 200, 200]
    assert [call.fault for call in small.calls.to(CONTACTS)] == [None, "5xx", "5xx", None, None]
    assert len(small.faults) == 0


def test_only_where_it_applies(small: Sandbox, http: httpx.Client) -> None:
    small.faults.add(Fault(CONTACTS, "403", times=None, method="POST"))
    small.faults.add(Fault(CONTACTS, "5xx", times=None, contains="after="))
    assert http.get("/crm/v3/owners").status_code == 200
    assert http.get(CONTACTS).status_code == 200
    assert http.post(f"{CONTACTS}/search", json={}).status_code == 403
    assert http.get(CONTACTS, params={"after": "MQo="}).status_code == 502
    small.faults.clear()
    assert http.post(f"{CONTACTS}/search", json={}).status_code == 200


@pytest.mark.parametrize("retry_after", [None, "1", "10000", "Sun, 22 Nov 2026 05:00:10 GMT"])
def test_rate_limits_with_any_retry_after(small: Sandbox, http: httpx.Client, retry_after: str | None) -> None:
    small.faults.add(Fault(CONTACTS, "429", retry_after=retry_after, policy="DAILY"))
    answer = http.get(CONTACTS)
    assert (answer.status_code, answer.json()["policyName"]) == (429, "DAILY")
    assert answer.headers.get("Retry-After") == retry_after


def test_401_in_the_middle(small: Sandbox) -> None:
    small.faults.add(Fault(CONTACTS, "401"))
    api = hubspot_client(small).crm.contacts.basic_api
    with pytest.raises(ApiException) as refused:
        api.get_page()
    assert refused.value.status == 401
    assert len(api.get_page().results) == 7


def test_a_login_page_and_an_empty_answer_look_like_no_data_to_the_client(small: Sandbox) -> None:
    """The known defect of HubSpot's client that connectors must guard against."""
    api = hubspot_client(small).crm.contacts.basic_api
    for kind in ("200_html", "cut_matching"):
        small.faults.add(Fault(CONTACTS, kind))
        page = api.get_page()
        assert (page.results, page.paging) == (None, None), kind


def test_html_errors(small: Sandbox, http: httpx.Client) -> None:
    small.faults.add(Fault(CONTACTS, "5xx", status=504))
    answer = http.get(CONTACTS)
    assert (answer.status_code, answer.text[:15]) == (504, "<!DOCTYPE html>")


def test_empty_200(small: Sandbox, http: httpx.Client) -> None:
    small.faults.add(Fault(CONTACTS, "200_empty"))
    assert (http.get(CONTACTS).content, http.get(CONTACTS).status_code) == (b"", 200)


def test_error_inside_a_200(small: Sandbox, http: httpx.Client) -> None:
    small.faults.add(Fault(CONTACTS, "200_error"))
    answer = http.get(CONTACTS)
    assert (answer.status_code, answer.json()["status"], "results" in answer.json()) == (200, "error", False)


def test_reset(small: Sandbox) -> None:
    small.faults.add(Fault(CONTACTS, "reset"))
    with pytest.raises(urllib3.exceptions.HTTPError):
        hubspot_client(small).crm.contacts.basic_api.get_page()
    assert [call.status for call in small.calls] == [0]


def test_cut_short(small: Sandbox, http: httpx.Client) -> None:
    small.faults.add(Fault(CONTACTS, "cut_short"))
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(CONTACTS)
    # the broken connection is not used again
    assert http.get(CONTACTS).status_code == 200


def test_slow(small: Sandbox, http: httpx.Client) -> None:
    small.faults.add(Fault(CONTACTS, "slow", seconds=0.5))
    with pytest.raises(httpx.ReadTimeout):
        http.get(CONTACTS, timeout=0.1)
    small.faults.add(Fault(CONTACTS, "slow", seconds=0.01))
    assert http.get(CONTACTS).status_code == 200


def test_fields_go_come_and_change(small: Sandbox, http: httpx.Client) -> None:
    small.faults.add(Fault(CONTACTS, "missing_field", field="results"))
    assert "results" not in http.get(CONTACTS).json()
    small.faults.add(Fault(CONTACTS, "missing_field", field="lastmodifieddate"))
    assert "lastmodifieddate" not in http.get(CONTACTS).json()["results"][0]["properties"]
    small.faults.add(Fault(CONTACTS, "missing_field", field="id"))
    assert "id" not in http.get(CONTACTS).json()["results"][0]
    small.faults.add(Fault(CONTACTS, "new_field", field="hs_brand_new", value="x"))
    assert http.get(CONTACTS).json()["results"][0]["properties"]["hs_brand_new"] == "x"
    small.faults.add(Fault(CONTACTS, "wrong_type", field="createdate", value={"not": "a date"}))
    assert http.get(CONTACTS).json()["results"][0]["properties"]["createdate"] == {"not": "a date"}
    small.faults.add(Fault(CONTACTS, "wrong_type", field="results", value={}))
    assert http.get(CONTACTS).json()["results"] == {}


def test_a_record_twice_across_pages(small: Sandbox, http: httpx.Client) -> None:
    small.faults.add(Fault(CONTACTS, "duplicate", after=1))
    first = http.get(CONTACTS, params={"limit": 3}).json()
    second = http.get(CONTACTS, params={"limit": 3, "after": first["paging"]["next"]["after"]}).json()
    assert [r["id"] for r in first["results"] + second["results"]] == ["1", "2", "3", "3", "4", "6", "7"]


def test_google_in_its_own_words(small: Sandbox, tmp_path: Path) -> None:
    expected = {
        "429": google_errors.TooManyRequests,
        "403": google_errors.Forbidden,
        "5xx": google_errors.BadGateway,
    }
    asked = {
        "property": f"properties/{small.ga4_property_id}",
        "metrics": [{"name": "sessions"}],
        "date_ranges": [{"start_date": "2026-10-01", "end_date": "2026-10-02"}],
    }
    with analytics_client(small, tmp_path) as client:
        for kind, error in expected.items():
            small.faults.add(Fault("/v1beta/", kind))
            with pytest.raises(error):
                client.run_report(asked)
        small.faults.add(Fault("/v1beta/", "200_html"))
        with pytest.raises(Exception, match=r"parse|load"):
            client.run_report(asked)
        assert client.run_report(asked).rows[0].metric_values[0].value == "260"


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="earthquake"):
        Fault("/", "earthquake")
    assert len(FaultKind) == 15
