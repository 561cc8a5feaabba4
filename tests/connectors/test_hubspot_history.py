"""HubSpot tells no more than the latest 45 changes of a stage: the first entry must not get lost by that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.connectors.bench import Bench
from tests.connectors.test_hubspot import ALL_BUT_CONTACTS

BEGIN = datetime(2026, 1, 1, 9, tzinfo=UTC)
QUALIFIED = BEGIN + timedelta(days=1)
HISTORY = "SELECT count(*), min(entered_at) FROM raw_hubspot.contact_lifecycle_history WHERE contact_id = '2001'"


@pytest.fixture
def people(bench: Bench) -> Bench:
    bench.set("HUBSPOT__SKIP_OBJECTS", ALL_BUT_CONTACTS)
    return bench


def restless(people: Bench, changes: int) -> None:
    """Contact 2001: a lead, the day after marketing-qualified for once, then every day another of two stages."""
    stages = [("lead", BEGIN), ("marketingqualifiedlead", QUALIFIED)]
    stages += [(("opportunity", "salesqualifiedlead")[n % 2], BEGIN + timedelta(days=n)) for n in range(2, changes)]
    people.sandbox.company.add_contact(2001, lifecycle=stages, created=BEGIN)


def test_a_cut_history_is_named_and_hubspots_own_date_still_says_when(people: Bench) -> None:
    restless(people, 50)
    [warning] = people.load("hubspot").warnings
    assert warning == (
        "hubspot: of 1 contacts (2001) HubSpot tells only the latest 45 changes of lifecyclestage; their first day in a stage is the"
        " earliest that was ever read."
    )
    # changes 6 to 50 are told: the sixth is five days after the first
    assert people.rows(HISTORY) == [(45, BEGIN + timedelta(days=5))]
    entered = "SELECT hs_v2_date_entered_marketingqualifiedlead FROM raw_hubspot.contacts WHERE id = '2001'"
    assert people.value(entered) == QUALIFIED


@pytest.mark.parametrize("full", [False, True])
def test_what_was_told_before_stays(full: bool, people: Bench) -> None:
    """Forty changes are told; eight more, and HubSpot forgets the first three of the 48."""
    restless(people, 40)
    assert people.load("hubspot").warnings == ()
    assert people.rows(HISTORY) == [(40, BEGIN)]
    for number in range(8):
        people.sandbox.clock.advance(minutes=1)
        people.sandbox.company.change_contact(2001, lifecyclestage=("lead", "opportunity")[number % 2])
    people.sandbox.clock.advance(hours=1)
    people.load("hubspot", full=full)
    assert people.rows(HISTORY) == [(48, BEGIN)]
    # and a repeat doubles nothing
    people.load("hubspot", full=full)
    assert people.rows(HISTORY) == [(48, BEGIN)]
