"""The generated example: the same for the same seed, plausible in its numbers, and with the oddities that real data has."""

from __future__ import annotations

import time
from datetime import date

import pytest

from connectors.sandbox.company import Company, Record, truth
from connectors.sandbox.company.calendar import easter, is_holiday
from connectors.sandbox.company.moments import from_ms

LAST_QUARTER = (date(2026, 7, 1), date(2026, 9, 30))
YEAR_BEFORE = (date(2025, 7, 1), date(2025, 9, 30))


@pytest.fixture(scope="module")
def brightwater() -> Company:
    return Company.example()


def records(company: Company, name: str) -> list[Record]:
    return list(company.tables[name])


def test_the_same_seed_gives_the_same_company() -> None:
    one, two, other = Company.example(300), Company.example(300), Company.example(300, seed=8)
    for name in one.tables:
        assert records(one, name) == records(two, name)
    assert list(one.traffic) == list(two.traffic)
    assert one.files == two.files
    assert records(one, "contacts") != records(other, "contacts")


def test_it_is_made_quickly() -> None:
    begin = time.process_time()
    Company.example()
    assert time.process_time() - begin < 1.5


def test_nothing_happens_after_the_last_day(brightwater: Company) -> None:
    end = "2026-11-21T23:00:00"
    for name in ("contacts", "companies", "deals", "calls", "tickets"):
        last = max(max(r.created, r.modified) for r in records(brightwater, name))
        assert from_ms(last).isoformat() < end, name
    last_entry = max(e.ms for r in records(brightwater, "contacts") for e in r.history["lifecyclestage"])
    assert from_ms(last_entry).isoformat() < end


def test_the_scale_of_a_quarter(brightwater: Company) -> None:
    def quarter(name: str) -> float:
        value = truth.METRICS[name](brightwater, *LAST_QUARTER)
        assert value is not None
        return value

    assert 250 <= quarter("marketing_qualified_leads") <= 350
    assert 30 <= quarter("new_customers") <= 50
    assert 2_000 <= quarter("website_sessions") / 92 <= 3_000
    # 13 weeks
    assert 40 <= quarter("outbound_calls") / 13 <= 60
    assert 24 <= quarter("complaint_handling_hours_median") <= 36
    assert 15 <= quarter("net_promoter_score") <= 45


@pytest.mark.parametrize("name", ["leads_created", "website_sessions", "newsletter_subscribers", "customers"])
def test_it_grows(brightwater: Company, name: str) -> None:
    before, after = truth.METRICS[name](brightwater, *YEAR_BEFORE), truth.METRICS[name](brightwater, *LAST_QUARTER)
    assert before is not None
    assert after is not None
    assert 1.05 < after / before < 1.6


def test_complaints_are_handled_faster_than_before(brightwater: Company) -> None:
    early = truth.complaint_handling_hours_median(brightwater, date(2024, 11, 1), date(2025, 4, 30))
    late = truth.complaint_handling_hours_median(brightwater, date(2026, 5, 22), date(2026, 11, 21))
    assert early is not None
    assert late is not None
    assert late < early - 4


def stages(record: Record) -> list[str]:
    return [entry.value for entry in record.history["lifecyclestage"]]


def test_the_life_cycles_have_their_oddities(brightwater: Company) -> None:
    paths = [stages(r) for r in records(brightwater, "contacts")]
    share = len(paths)
    skipped = [p for p in paths if "salesqualifiedlead" in p and "marketingqualifiedlead" not in p]
    cleared = [p for p in paths if "" in p]
    recycled = [p for p in paths if "184930562" in p]
    again = [p for p in paths if p.count("marketingqualifiedlead") > 1]
    assert 0.005 < len(skipped) / share < 0.05
    assert 0.005 < len(cleared) / share < 0.05
    assert 0.005 < len(recycled) / share < 0.05
    assert len(again) > 20
    # clearing comes just before going back
    assert all(p[p.index("") + 1] == "marketingqualifiedlead" for p in cleared)
    assert any(not p for p in paths)


def test_about_one_percent_archived_and_merged(brightwater: Company) -> None:
    contacts = brightwater.tables["contacts"]
    merged = [r for r in contacts if r.properties["hs_merged_object_ids"]]
    assert 20 <= len(contacts.ids(archived=True)) <= 60
    assert 20 <= len(merged) <= 60
    for record in merged:
        assert contacts.get(int(record.properties["hs_merged_object_ids"] or 0)) is None


def test_many_contacts_share_one_modified_moment(brightwater: Company) -> None:
    moments = [r.modified for r in brightwater.tables["contacts"]]
    assert max(map(moments.count, set(moments))) > 200


def test_references_hold(brightwater: Company) -> None:
    companies = {str(r.id) for r in brightwater.tables["companies"]}
    owners = {str(owner.id) for owner in brightwater.owners}
    stages_known = {s.id for p in brightwater.pipelines["deals"] for s in p.stages}
    for deal in brightwater.tables["deals"]:
        assert deal.properties["associated_company_id"] in companies
        assert deal.properties["dealstage"] in stages_known
    for contact in brightwater.tables["contacts"]:
        assert contact.properties["associatedcompanyid"] in companies | {None}
        assert contact.properties["hubspot_owner_id"] in owners | {None}


def test_deals_agree_with_their_stage(brightwater: Company) -> None:
    by_stage = {s.id: s for p in brightwater.pipelines["deals"] for s in p.stages}
    for deal in brightwater.tables["deals"]:
        stage = by_stage[deal.properties["dealstage"] or ""]
        shown = (deal.properties["hs_is_closed"], deal.properties["hs_is_closed_won"])
        assert shown == (str(stage.closed).lower(), str(stage.won).lower())


def test_names_of_many_alphabets(brightwater: Company) -> None:
    names = {r.properties["firstname"] for r in brightwater.tables["contacts"]}
    assert {"Ágnes", "İlker", "Väinö", "伟", "Zoé🌱", None} <= names


@pytest.mark.parametrize(
    ("year", "sunday"), [(2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)), (2024, date(2024, 3, 31))]
)
def test_easter(year: int, sunday: date) -> None:
    assert easter(year) == sunday


def test_holidays() -> None:
    assert is_holiday(date(2026, 4, 3))
    assert is_holiday(date(2026, 5, 25))
    assert is_holiday(date(2026, 10, 23))
    assert not is_holiday(date(2026, 10, 22))


def test_weekends_and_christmas_are_quiet(brightwater: Company) -> None:
    def sessions(day: date) -> int:
        return truth.website_sessions(brightwater, day, day)

    assert sessions(date(2026, 11, 14)) < 0.75 * sessions(date(2026, 11, 12))
    assert sessions(date(2025, 12, 25)) < 0.5 * sessions(date(2025, 12, 11))


def test_two_records_cannot_share_an_id() -> None:
    first = next(iter(Company.example(50).tables["contacts"]))
    with pytest.raises(ValueError, match="two records"):
        Company(contacts=[first, first])
