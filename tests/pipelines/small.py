"""A company of three contacts, three deals and two days of traffic, with three key results: every number is counted on paper.

Local days (Europe/Budapest). Marketing-qualified: contacts 1 on 3 Oct, 2 on 5 Oct, 3 (paid search) on 18 Nov.
Deals won: 701 on 21 Oct for 1,000,
702 on 10 Nov for 2,000, 703 on 20 Nov for 500 euros. Sessions: 100 on 1 Oct, 200 on 10 Nov.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from connectors.sandbox.company import Company, TrafficRow, contact, crm_record
from connectors.sandbox.company.record import Record

COMPANY = """\
name: Small
time_zone: Europe/Budapest
currency: EUR
teams:
  - id: company
    name: Company
"""
CYCLE = """\
cycle: 2026-Q4
objectives:
  - id: grow
    title: Grow
    team: company
    owner: Réka
    key_results:
      - id: leads
        title: Win 10 marketing-qualified leads
        kind: total
        metric: marketing_qualified_leads
        target: 10
      - id: revenue
        title: Win 10,000 euros
        kind: total
        metric: won_revenue
        target: 10000
      - id: sessions
        title: Bring 1,000 visits
        kind: total
        metric: website_sessions
        target: 1000
      - id: recurring
        title: Reach 100 euros of monthly recurring revenue
        kind: level
        metric: monthly_recurring_revenue
        baseline: 0
        target: 100
"""


def mappings(folder: Path, cycle: str = CYCLE) -> Path:
    """The mapping folder, written anew."""
    (folder / "cycles").mkdir(parents=True, exist_ok=True)
    (folder / "company.yml").write_text(COMPANY, encoding="utf-8")
    (folder / "cycles" / "2026-q4.yml").write_text(cycle, encoding="utf-8")
    return folder


def company() -> Company:
    return Company(
        contacts=[
            _lead(1, "2026-10-03", "ORGANIC_SEARCH"),
            _lead(2, "2026-10-05", "ORGANIC_SEARCH"),
            _lead(3, "2026-11-18", "PAID_SEARCH"),
        ],
        companies=[crm_record(501, created="2026-09-01T08:00:00Z", name="Őri Kft.", segment="small")],
        deals=[
            deal(701, "2026-10-21", "1000"),
            deal(702, "2026-11-10", "2000", hs_mrr="50"),
            deal(703, "2026-11-20", "500"),
        ],
        traffic=[
            TrafficRow(date(2026, 10, 1), "Direct", 100, 60, 2, 70, 80),
            TrafficRow(date(2026, 11, 10), "Direct", 200, 120, 4, 140, 160),
        ],
    )


def deal(number: int, day: str, amount: str, *, modified: str = "2026-09-01T08:00:00Z", **more: str) -> Record:
    return crm_record(
        number,
        created="2026-09-01T08:00:00Z",
        modified=modified,
        dealname=f"Deal {number}",
        amount=amount,
        deal_currency_code="EUR",
        amount_in_home_currency=amount,
        closedate=f"{day}T10:00:00Z",
        dealstage="closedwon",
        pipeline="default",
        dealtype="newbusiness",
        hs_is_closed="true",
        hs_is_closed_won="true",
        associated_company_id="501",
        **more,
    )


def _lead(number: int, day: str, source: str) -> Record:
    lifecycle = [("lead", "2026-10-01T08:00:00Z"), ("marketingqualifiedlead", f"{day}T08:00:00Z")]
    return contact(number, lifecycle=lifecycle, firstname=f"Lead {number}", hs_analytics_source=source)
