"""HubSpot: what the tables hold after a first load, and that no change is missed, whatever happens between and during loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from pipelines.jobs.ingest import Unwatched
from tests.connectors.bench import Bench
from tests.connectors.company import NOW, small_company

CONTACTS = "/crm/v3/objects/contacts"
ALL_BUT_CONTACTS = "companies, deals, calls, meetings, tickets, feedback_submissions"
MANY = 450  # nine pages of a list with history (50), three of a search (200)


@pytest.fixture
def crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A bench whose company has 450 contacts."""
    with Sandbox(small_company(MANY), now=NOW) as sandbox:
        bench = Bench(sandbox, tmp_path, monkeypatch)
        bench.configure()
        bench.set("HUBSPOT__SKIP_OBJECTS", ALL_BUT_CONTACTS)
        yield bench


@pytest.fixture
def people(bench: Bench) -> Bench:
    """The small company, of which only the contacts are read."""
    bench.set("HUBSPOT__SKIP_OBJECTS", ALL_BUT_CONTACTS)
    return bench


class Meanwhile(Unwatched):
    """Does something to the company once `rows` of a resource have been read."""

    def __init__(self, resource: str, rows: int, deed: Callable[[], object]) -> None:
        self._due = (resource, rows)
        self._deed: Callable[[], object] | None = deed

    def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
        if self._deed is not None and resource == self._due[0] and rows >= self._due[1]:
            deed, self._deed = self._deed, None
            deed()


def test_the_first_load_brings_everything_with_its_types(bench: Bench) -> None:
    result = bench.load("hubspot")
    assert {
        name: result.rows[name] for name in ("contacts", "companies", "deals", "calls", "meetings", "tickets", "owners")
    } == {
        "contacts": 5,
        "companies": 2,
        "deals": 1,
        "calls": 1,
        "meetings": 1,
        "tickets": 1,
        "owners": 7,
    }
    deal = bench.rows(
        "SELECT amount, hs_mrr, hs_is_closed_won, contract_end_date, closedate, dealtype, archived FROM raw_hubspot.deals"
    )
    # 1234.565 is rounded half away from zero
    won = datetime(2026, 11, 10, 12, tzinfo=UTC)
    assert deal == [(Decimal("1234.57"), Decimal("100.00"), True, date(2027, 11, 9), won, None, False)]
    assert bench.value("SELECT hs_call_duration FROM raw_hubspot.calls") == 61000
    assert bench.value("SELECT count(*) FROM raw_hubspot.deal_stages WHERE is_closed AND probability = 1.0") == 2


def test_columns_have_the_types_that_staging_expects(bench: Bench) -> None:
    bench.load("hubspot")
    types = dict(
        bench.rows(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'raw_hubspot' AND table_name = 'deals'"
        )
    )
    assert types["amount"] == "DECIMAL(18,2)"
    assert types["closedate"] == "TIMESTAMP WITH TIME ZONE"
    assert types["contract_end_date"] == "DATE"
    assert types["hs_is_closed"] == "BOOLEAN"
    assert types["id"] == "VARCHAR"


def test_data_go_as_far_as_the_vendors_clock_not_ours(bench: Bench) -> None:
    ours = NOW + timedelta(minutes=7)
    from pipelines.jobs.ingest import ingest

    result = ingest(bench.request(["hubspot"], now=ours)).sources[0]
    assert result.data_through == NOW


def test_a_second_load_lists_nothing_and_never_uses_an_offset(bench: Bench) -> None:
    bench.load("hubspot")
    bench.sandbox.calls.clear()
    bench.sandbox.clock.advance(hours=1)
    result = bench.load("hubspot")
    lists = [call for call in bench.sandbox.calls.to("/crm/v3/objects/") if call.method == "GET"]
    assert [call for call in lists if "archived=true" not in call.query] == []
    assert [call for call in bench.sandbox.calls if '"after"' in call.body] == []
    # the account, owners twice, stages of deals and of tickets, and for each of the seven types one search and one archived list
    assert result.requests == 19
    assert result.rows.get("contacts", 0) == 0


def test_a_change_replaces_the_record_and_its_history(people: Bench) -> None:
    people.load("hubspot")
    people.sandbox.clock.advance(hours=1)
    people.sandbox.company.change_contact(1001, lifecyclestage="marketingqualifiedlead")
    people.sandbox.clock.advance(hours=1)
    people.load("hubspot")
    assert people.value("SELECT lifecyclestage FROM raw_hubspot.contacts WHERE id = '1001'") == "marketingqualifiedlead"
    history = people.rows(
        "SELECT stage, entered_at FROM raw_hubspot.contact_lifecycle_history WHERE contact_id = '1001' ORDER BY 2"
    )
    assert history == [
        ("lead", datetime(2026, 11, 2, 9, tzinfo=UTC)),
        ("marketingqualifiedlead", NOW + timedelta(hours=1)),
    ]
    assert people.value("SELECT count(*) FROM raw_hubspot.contact_lifecycle_history") == 6


@pytest.mark.parametrize("minutes", [0, 14])
def test_a_record_that_arrives_late_is_found(minutes: int, people: Bench) -> None:
    """Written after the first load, but stamped with its very moment, or with one of 14 minutes before."""
    people.load("hubspot")
    people.sandbox.clock.advance(minutes=5)
    people.sandbox.company.add_contact(1099, lifecycle=[("lead", NOW)], modified=NOW - timedelta(minutes=minutes))
    people.sandbox.clock.advance(minutes=5)
    people.load("hubspot")
    assert people.value("SELECT count(*) FROM raw_hubspot.contacts") == 6


def test_a_record_that_arrives_hours_late_is_found_within_a_day(people: Bench) -> None:
    people.load("hubspot")
    people.sandbox.company.add_contact(1099, lifecycle=[("lead", NOW)], modified=NOW - timedelta(hours=47))
    people.sandbox.clock.advance(hours=1)
    people.load("hubspot")
    assert people.value("SELECT count(*) FROM raw_hubspot.contacts") == 5
    people.sandbox.clock.advance(hours=19)
    people.load("hubspot")
    assert people.value("SELECT count(*) FROM raw_hubspot.contacts") == 6


def test_many_records_changed_in_one_moment_are_all_read(crowd: Bench) -> None:
    """A mass update stamps them all alike; 450 fill two pages of 200 and a part of a third."""
    crowd.load("hubspot")
    crowd.sandbox.clock.advance(hours=1)
    moment = crowd.sandbox.clock.now()
    for n in range(1, MANY + 1):
        crowd.sandbox.company.change_contact(1000 + n, modified=moment, country="Finland")
    crowd.sandbox.clock.advance(hours=1)
    crowd.sandbox.calls.clear()
    crowd.load("hubspot")
    assert crowd.value("SELECT count(*) FROM raw_hubspot.contacts WHERE country = 'Finland'") == MANY
    assert len(crowd.sandbox.calls.to(f"{CONTACTS}/search")) == 3
    assert len(crowd.sandbox.calls.to(f"{CONTACTS}/batch/read")) == 9


def test_records_that_change_while_they_are_searched_are_not_skipped(crowd: Bench) -> None:
    """After the first page of 200, one of it is archived and one changes again: offsets would shift, ids do not."""
    crowd.load("hubspot")
    company = crowd.sandbox.company
    crowd.sandbox.clock.advance(hours=1)
    for n in range(1, MANY + 1):
        company.change_contact(1000 + n, country="Finland")
    crowd.sandbox.clock.advance(hours=1)

    def deed() -> None:
        company.archive("contacts", 1001)
        company.change_contact(1002, country="Austria")
        crowd.sandbox.clock.advance(minutes=1)

    assert crowd.ingest("hubspot", watch=Meanwhile("contacts", 200, deed))[0].ok
    assert crowd.value("SELECT count(*) FROM raw_hubspot.contacts WHERE country IN ('Finland', 'Austria')") == MANY
    crowd.load("hubspot")
    assert crowd.value("SELECT country FROM raw_hubspot.contacts WHERE id = '1002'") == "Austria"
    assert crowd.rows("SELECT id FROM raw_hubspot.contacts WHERE archived") == [("1001",)]


def test_records_deleted_and_created_while_they_are_listed(crowd: Bench) -> None:
    """Contact 1001 is read twice, live and then archived: the newer version stays."""

    def deed() -> None:
        crowd.sandbox.company.archive("contacts", 1001)
        crowd.sandbox.company.add_contact(9001, lifecycle=[("lead", NOW)])

    result = crowd.ingest("hubspot", watch=Meanwhile("contacts", 100, deed))[0]
    assert result.ok, result.error
    assert crowd.value("SELECT count(*) FROM raw_hubspot.contacts WHERE NOT archived") == MANY
    assert crowd.rows("SELECT id FROM raw_hubspot.contacts WHERE archived") == [("1001",)]


def test_a_record_listed_twice_stands_once(crowd: Bench) -> None:
    crowd.sandbox.faults.add(Fault(CONTACTS, "duplicate", times=1, after=3, method="GET"))
    crowd.load("hubspot")
    assert crowd.rows("SELECT count(*), count(DISTINCT id) FROM raw_hubspot.contacts") == [(MANY, MANY)]
    history = "SELECT count(*), count(DISTINCT contact_id) FROM raw_hubspot.contact_lifecycle_history"
    assert crowd.rows(history) == [(MANY, MANY)]


def test_an_archived_record_stays_and_says_so(bench: Bench) -> None:
    bench.load("hubspot")
    bench.sandbox.clock.advance(hours=1)
    bench.sandbox.company.archive("deals", 3001)
    bench.load("hubspot")
    assert bench.rows("SELECT id, archived, archived_at FROM raw_hubspot.deals") == [
        ("3001", True, NOW + timedelta(hours=1))
    ]


def few(people: Bench, number: int) -> None:
    """A longer archived list is a long one."""
    for place in ("connectors.readers.hubspot.watermark", "connectors.sources.hubspot"):
        people.monkeypatch.setattr(f"{place}.FEW_ARCHIVED", number)


def test_a_delete_is_seen_at_once_though_the_archived_list_is_long(people: Bench) -> None:
    """Five contacts, of whom two are archived: three live. Each of three loads finds another number than that and the new ones."""
    few(people, 1)
    company, clock = people.sandbox.company, people.sandbox.clock
    for number in (1001, 1002):
        company.archive("contacts", number)
    clock.advance(minutes=1)
    people.load("hubspot")
    gone = "SELECT id FROM raw_hubspot.contacts WHERE archived ORDER BY id"
    # one went and one came: two and one are not three and one
    company.archive("contacts", 1003)
    company.add_contact(1009, lifecycle=[("lead", NOW + timedelta(minutes=30))])
    clock.advance(hours=1)
    people.load("hubspot")
    assert people.rows(gone) == [("1001",), ("1002",), ("1003",)]
    # one came back
    company.restore("contacts", 1002)
    clock.advance(hours=1)
    people.load("hubspot")
    assert people.rows(gone) == [("1001",), ("1003",)]
    # nothing happened: the list is left alone
    people.sandbox.calls.clear()
    clock.advance(hours=1)
    people.load("hubspot")
    assert [call for call in people.sandbox.calls.to(CONTACTS, "GET") if "archived=true" in call.query] == []


def test_a_long_archived_list_is_read_once_a_day(people: Bench) -> None:
    """Two archived are many here. One delete and one restore cancel out in the number of live ones; the wide overlap finds them."""
    few(people, 1)
    company, clock = people.sandbox.company, people.sandbox.clock
    for number in (1001, 1002):
        company.archive("contacts", number)
    clock.advance(minutes=1)
    people.load("hubspot")
    company.archive("contacts", 1003)
    company.restore("contacts", 1001)
    people.sandbox.calls.clear()
    clock.advance(hours=1)
    people.load("hubspot")
    assert [call for call in people.sandbox.calls.to(CONTACTS, "GET") if "archived" in call.query] == []
    clock.advance(hours=19)
    people.load("hubspot")
    found = people.rows("SELECT id FROM raw_hubspot.contacts WHERE archived ORDER BY id")
    assert found == [("1002",), ("1003",)]


def test_a_restored_record_comes_back_although_nothing_else_changed(people: Bench) -> None:
    people.load("hubspot")
    people.sandbox.company.archive("contacts", 1003)
    people.load("hubspot")
    people.sandbox.clock.advance(hours=3)
    company = people.sandbox.company
    company.restore("contacts", 1003)
    company.change_contact(1003, modified=NOW - timedelta(days=9))  # its last change lies before every overlap
    people.load("hubspot")
    assert people.rows("SELECT archived, archived_at FROM raw_hubspot.contacts WHERE id = '1003'") == [(False, None)]


def test_a_record_erased_for_good_goes_within_a_week(people: Bench) -> None:
    people.load("hubspot")
    people.sandbox.company.vanish("contacts", 1004)
    people.sandbox.clock.advance(days=6, hours=23)
    people.load("hubspot")
    assert people.value("SELECT count(*) FROM raw_hubspot.contacts") == 5
    people.sandbox.clock.advance(hours=2)
    people.load("hubspot")
    assert people.value("SELECT count(*) FROM raw_hubspot.contacts") == 4
    assert people.value("SELECT count(*) FROM raw_hubspot.contact_lifecycle_history") == 4


def test_of_two_merged_contacts_one_is_left(people: Bench) -> None:
    people.load("hubspot")
    people.sandbox.clock.advance(hours=1)
    people.sandbox.company.merge("contacts", 1001, 1002)
    people.sandbox.clock.advance(hours=1)
    people.load("hubspot")
    live = people.rows("SELECT id, hs_merged_object_ids FROM raw_hubspot.contacts WHERE NOT archived ORDER BY id")
    assert live == [("1001", "1002"), ("1003", None), ("1004", None), ("1005", None)]
    assert people.rows("SELECT id, archived_at FROM raw_hubspot.contacts WHERE archived") == [
        ("1002", NOW + timedelta(hours=1))
    ]


def test_the_history_of_a_merged_contact_outlives_a_full_read(people: Bench) -> None:
    """Contact 1002 had qualified before it was merged; HubSpot tells nothing of it any more. 1003 is erased: that goes."""
    people.sandbox.company.change_contact(1002, lifecyclestage="marketingqualifiedlead")
    people.load("hubspot")
    people.sandbox.company.merge("contacts", 1001, 1002)
    people.sandbox.company.vanish("contacts", 1003)
    people.sandbox.clock.advance(hours=1)
    people.load("hubspot", full=True)
    people.load("hubspot", full=True)
    history = people.rows(
        "SELECT contact_id, stage FROM raw_hubspot.contact_lifecycle_history WHERE stage <> '' ORDER BY ALL"
    )
    assert history == [
        ("1001", "lead"),
        ("1002", "lead"),
        ("1002", "marketingqualifiedlead"),
        ("1004", "lead"),
        ("1005", "lead"),
    ]


def test_a_merge_while_the_contacts_are_listed(crowd: Bench) -> None:
    """The loser was listed as live before it vanished; the survivor, listed later, names it."""
    deed = Meanwhile("contacts", 100, lambda: crowd.sandbox.company.merge("contacts", 1400, 1001))
    assert crowd.ingest("hubspot", watch=deed)[0].ok
    assert crowd.rows("SELECT id FROM raw_hubspot.contacts WHERE archived") == [("1001",)]
    assert crowd.value("SELECT count(*) FROM raw_hubspot.contacts WHERE NOT archived") == MANY - 1


def test_objects_that_the_account_does_not_have_can_be_left_out(bench: Bench) -> None:
    bench.set("HUBSPOT__SKIP_OBJECTS", "tickets, meetings")
    result = bench.load("hubspot")
    assert {"tickets", "meetings"} & set(result.rows) == set()
    assert bench.sandbox.calls.to("/crm/v3/objects/tickets") == []
