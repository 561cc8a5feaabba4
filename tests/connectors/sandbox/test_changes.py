"""What people do to records while a connector reads: and when reading and searching come to know of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from connectors.sandbox.company import Company, truth
from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.test_hubspot_search import condition, ids

CONTACTS = "/crm/v3/objects/contacts"


def listed(http: httpx.Client, **params: Any) -> list[str]:
    return [r["id"] for r in http.get(CONTACTS, params={"limit": 100, **params}).json()["results"]]


def test_a_new_contact_is_listed_at_once_and_found_later(small: Sandbox, http: httpx.Client) -> None:
    small.company.add_contact(20, firstname="Zoé 🌱")
    assert "20" in listed(http)
    assert ids(http, condition("hs_object_id", "EQ", "20")) == []
    small.clock.advance(seconds=15)
    assert ids(http, condition("hs_object_id", "EQ", "20")) == ["20"]


def test_search_shows_the_old_version_until_it_has_indexed(small: Sandbox, http: httpx.Client) -> None:
    small.company.change_contact(1, lastname="Új")
    asked = {"filterGroups": [{"filters": [condition("hs_object_id", "EQ", "1")]}], "properties": ["lastname"]}
    assert http.get(f"{CONTACTS}/1", params={"properties": "lastname"}).json()["properties"]["lastname"] == "Új"
    assert http.post(f"{CONTACTS}/search", json=asked).json()["results"][0]["properties"]["lastname"] == "Őri"
    small.clock.advance(seconds=15)
    assert http.post(f"{CONTACTS}/search", json=asked).json()["results"][0]["properties"]["lastname"] == "Új"


def test_a_late_record_has_an_older_modified_time(small: Sandbox, http: httpx.Client) -> None:
    small.company.add_contact(21, created="2026-10-01T08:00:00+00:00", modified="2026-10-01T08:00:00+00:00")
    small.clock.advance(minutes=1)
    assert "21" in ids(http, condition("lastmodifieddate", "LT", "1792483200000"))


def test_changing_the_stage_writes_its_history(small: Sandbox) -> None:
    small.company.change_contact(4, lifecyclestage="salesqualifiedlead")
    window = (date(2026, 11, 22), date(2026, 11, 22))
    assert truth.sales_qualified_leads(small.company, *window) == 1
    record = small.company.tables["contacts"].get(4)
    assert record is not None
    assert record.properties["hs_v2_date_entered_salesqualifiedlead"] == "2026-11-22T05:00:00Z"


def test_archiving_and_restoring(small: Sandbox, http: httpx.Client) -> None:
    small.company.archive("contacts", 1)
    assert ("1" in listed(http), "1" in listed(http, archived="true")) == (False, True)
    # the index has not noticed yet
    assert "1" in ids(http)
    small.clock.advance(seconds=20)
    assert "1" not in ids(http)
    small.company.restore("contacts", 1)
    assert ("1" in listed(http), "1" in listed(http, archived="true")) == (True, False)


def test_a_merge_leaves_the_winner_with_both_lists(small: Sandbox, http: httpx.Client) -> None:
    small.company.merge("contacts", 7, 3)
    names = "hs_merged_object_ids,hs_calculated_merged_vids"
    shown = http.get(f"{CONTACTS}/7", params={"properties": names}).json()["properties"]
    assert shown["hs_merged_object_ids"] == "90;3"
    # 2026-11-22T05:00:00Z
    assert shown["hs_calculated_merged_vids"] == "90:1792483200000;3:1795323600000"
    assert http.get(f"{CONTACTS}/3").status_code == 404
    assert "3" not in listed(http) + listed(http, archived="true")


def test_erased_for_good_leaves_nothing(small: Sandbox, http: httpx.Client) -> None:
    small.company.vanish("contacts", 8)
    assert "8" not in listed(http) + listed(http, archived="true")


def test_a_redated_deal(small: Sandbox) -> None:
    small.company.redate_deal(701, "2026-09-30T08:00:00+00:00")
    # 10,000.50 and 6,000 are left
    assert truth.won_revenue(small.company, date(2026, 10, 1), date(2026, 12, 31)) == pytest.approx(16_000.50)


def test_generated_records_change_like_others() -> None:
    with Sandbox(contacts=200) as sandbox:
        company = sandbox.company
        first = next(iter(company.tables["contacts"]))
        company.change_contact(first.id, firstname="Changed")
        assert len(company.tables["contacts"].ids(archived=False)) == len(list(company.tables["contacts"]))
        again = company.tables["contacts"].get(first.id)
        assert again is not None
        assert again.properties == {**first.properties, "firstname": "Changed"}
        assert again.history == first.history


def test_unknown_records_cannot_be_changed(small: Sandbox) -> None:
    with pytest.raises(KeyError):
        small.company.change_contact(4711, firstname="Nobody")
    with pytest.raises(KeyError):
        small.company.merge("contacts", 1, 4711)


def test_a_custom_property_is_known_once_added(small: Sandbox, http: httpx.Client) -> None:
    small.company.add_property("contacts", "favourite_colour")
    small.company.change_contact(1, favourite_colour="kék")
    shown = http.get(f"{CONTACTS}/1", params={"properties": "favourite_colour"}).json()["properties"]
    assert shown["favourite_colour"] == "kék"


def test_planned_changes_happen_at_their_own_moment(small: Sandbox, http: httpx.Client) -> None:
    small.company.plan("2026-11-22T06:00:00+00:00", lambda company: company.change_contact(1, lastname="Később"))
    small.company.plan("2026-11-22T06:00:00+00:00", lambda company: company.change_contact(1, firstname="Ági"))
    assert http.get(f"{CONTACTS}/1").json()["properties"]["lastname"] == "Őri"
    small.clock.advance(hours=2)
    shown = http.get(f"{CONTACTS}/1").json()
    assert (shown["properties"]["firstname"], shown["properties"]["lastname"]) == ("Ági", "Később")
    assert shown["updatedAt"] == "2026-11-22T06:00:00Z"


def test_a_planned_change_may_plan_another(small: Sandbox) -> None:
    def first(company: Company) -> None:
        company.plan(company.now_ms() + 1000, lambda c: c.change_contact(1, firstname="Second"))
        company.change_contact(1, firstname="First")

    small.company.plan("2026-11-22T06:00:00+00:00", first)
    small.clock.advance(hours=2)
    record = small.company.tables["contacts"].get(1)
    assert record is not None
    assert (record.properties["firstname"], record.modified) == ("Second", 1_795_327_201_000)


def test_the_example_goes_on_for_two_weeks() -> None:
    with Sandbox(contacts=700) as sandbox:
        company = sandbox.company
        before = len(company.tables["contacts"])
        week = (date(2026, 11, 23), date(2026, 11, 29))
        assert truth.marketing_qualified_leads(company, *week) == 0
        assert truth.website_sessions(company, *week) == 0
        # Monday morning a week later: five working days of eight new contacts, one archived and one merged on Tuesday
        sandbox.clock.advance(days=8)
        assert len(company.tables["contacts"]) == before + 5 * 8 - 2
        assert truth.marketing_qualified_leads(company, *week) == 5 * 4
        assert truth.outbound_calls(company, *week) == 5 * 9
        assert truth.new_business_deals_won(company, *week) <= 5
        assert 12_000 < truth.website_sessions(company, *week) < 25_000
