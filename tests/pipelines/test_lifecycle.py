"""When a lead became what, from HubSpot's history to the mart: re-entries, steps back and skipped stages, also after a delta."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from connectors.sandbox.company.company import Company
from connectors.sandbox.company.record import contact
from connectors.sandbox.server import Sandbox
from tests.pipelines.job import NOW, pointed_at, run_job
from tests.pipelines.small import mappings

LEAD, MQL, SQL, OPPORTUNITY, CUSTOMER = (
    "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
)  # fmt: skip
RECYCLED = "184930562"


def day(month: int, number: int) -> str:
    return f"2026-{month:02d}-{number:02d}T08:00:00Z"


PEOPLE = [
    # 1 came back: marketing-qualified on 3 September, recycled, and again on 20 October; HubSpot's own property says 20 October
    contact(1, lifecycle=[(LEAD, day(9, 1)), (MQL, day(9, 3)), (RECYCLED, day(9, 20)), (MQL, day(10, 20))]),
    # 2 was put back from sales-qualified to marketing-qualified, which HubSpot does by clearing first
    contact(2, lifecycle=[(LEAD, day(9, 1)), (MQL, day(9, 2)), (SQL, day(9, 5)), ("", day(10, 1)), (MQL, day(10, 2))]),
    # 3 bought at once: customer without having been anything in between
    contact(3, lifecycle=[(LEAD, day(9, 1)), (CUSTOMER, day(10, 7))]),
    # 4 skipped marketing-qualified only
    contact(4, lifecycle=[(LEAD, day(9, 1)), (SQL, day(9, 9)), (OPPORTUNITY, day(9, 10))]),
    # 5 entered after midnight in Budapest, where HubSpot's UTC still says 30 September
    contact(5, lifecycle=[(LEAD, day(9, 1)), (MQL, "2026-09-30T22:30:00Z")]),
    # 6 was never more than a lead
    contact(6, lifecycle=[(LEAD, day(9, 1))]),
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Company(PEOPLE), now=NOW) as running:
        yield running


def loaded(folder: Path, now: datetime = NOW) -> dict[str, tuple[date | None, ...]]:
    run_job(folder, ("ingest", "transform"), now=now, sources=("hubspot",), mappings_dir=mappings(folder / "mappings"))
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select lead_key, marketing_qualified_date, sales_qualified_date, opportunity_date, customer_date from marts.fct_leads"
        ).fetchall()
    return {str(row[0]).removeprefix("hubspot:"): row[1:] for row in rows}


FIRST = {
    "1": (date(2026, 9, 3), None, None, None),
    "2": (date(2026, 9, 2), date(2026, 9, 5), None, None),
    "3": (None, None, None, date(2026, 10, 7)),
    "4": (None, date(2026, 9, 9), date(2026, 9, 10), None),
    "5": (date(2026, 10, 1), None, None, None),
    "6": (None, None, None, None),
}


def test_the_first_entry_into_each_stage_counts_and_a_skipped_stage_stays_empty(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with pointed_at(sandbox, tmp_path):
        assert loaded(tmp_path) == FIRST


def test_what_happens_later_adds_and_never_moves(sandbox: Sandbox, tmp_path: Path) -> None:
    """After the first load 1 goes back to lead and qualifies a third time, 2 sells, 4 is put back to a stage it had skipped."""
    with pointed_at(sandbox, tmp_path):
        loaded(tmp_path)
        sandbox.clock.advance(hours=1)
        company = sandbox.company
        for stage in ("", LEAD, MQL):
            company.change_contact(1, lifecyclestage=stage)
            sandbox.clock.advance(minutes=1)
        for stage in (SQL, OPPORTUNITY, CUSTOMER):
            company.change_contact(2, lifecyclestage=stage)
            sandbox.clock.advance(minutes=1)
        company.change_contact(4, lifecyclestage="")
        company.change_contact(4, lifecyclestage=MQL, modified=sandbox.clock.now())
        sandbox.clock.advance(minutes=5)
        after = loaded(tmp_path, sandbox.clock.now())
    today = date(2026, 11, 22)
    assert after == FIRST | {
        "2": (date(2026, 9, 2), date(2026, 9, 5), today, today),
        "4": (today, date(2026, 9, 9), date(2026, 9, 10), None),
    }


def test_every_entry_is_kept_with_its_moment(sandbox: Sandbox, tmp_path: Path) -> None:
    with pointed_at(sandbox, tmp_path):
        loaded(tmp_path)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as con:
        found = con.execute(
            "select stage, strftime(entered_at at time zone 'UTC', '%m-%d') from raw_hubspot.contact_lifecycle_history"
            " where contact_id = '2' order by entered_at"
        ).fetchall()
        latest = con.execute(
            "select strftime(hs_v2_date_entered_marketingqualifiedlead at time zone 'UTC', '%m-%d')"
            " from raw_hubspot.contacts where id = '1'"
        ).fetchall()
    assert found == [(LEAD, "09-01"), (MQL, "09-02"), (SQL, "09-05"), ("", "10-01"), (MQL, "10-02")]
    assert latest == [("10-20",)], "HubSpot's property is the latest entry, which is why it is not what we count by"
