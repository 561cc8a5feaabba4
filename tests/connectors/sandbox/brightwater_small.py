"""A company small enough to count on paper. All local times are Europe/Budapest: UTC+2 until 2026-10-25, then UTC+1.

Contacts (first entries, local days):
    1 ORGANIC_SEARCH  lead 1 Oct, MQL 3 Oct, SQL 10 Oct, opportunity 12 Oct, customer 2 Nov
    2 PAID_SEARCH     lead 30 Sep 23:30 UTC, which is 1 Oct 01:30 here; MQL 5 Oct; put back to lead 8 Oct; MQL again 20 Oct
    3 ORGANIC_SEARCH  lead 2 Oct, skips MQL, SQL 15 Oct
    4 no source       lead 15 Sep, MQL 1 Oct
    5 (archived)      lead 4 Oct, MQL 6 Oct
    6 SOCIAL_MEDIA    subscriber 1 Nov
    7 REFERRALS       lead 20 Nov, MQL 31 Oct 23:30 UTC, which is 1 Nov 00:30 here; contact 90 was merged into it
    8 no life cycle, created 21 Nov
"""

from __future__ import annotations

from datetime import date, datetime

from connectors.sandbox.company import (
    Company,
    Files,
    Invoice,
    Mention,
    Observation,
    Record,
    SurveyAnswer,
    TrafficRow,
    contact,
    crm_record,
)

CUSTOMER_WON = "2026-11-02T10:00:00+00:00"


def contacts() -> list[Record]:
    return [
        contact(
            1,
            lifecycle=[
                ("lead", "2026-10-01T08:00:00+00:00"),
                ("marketingqualifiedlead", "2026-10-03T08:00:00+00:00"),
                ("salesqualifiedlead", "2026-10-10T08:00:00+00:00"),
                ("opportunity", "2026-10-12T08:00:00+00:00"),
                ("customer", CUSTOMER_WON),
            ],
            email="agnes@firma1.example",
            firstname="Ágnes",
            lastname="Őri",
            country="Hungary",
            hs_analytics_source="ORGANIC_SEARCH",
            associatedcompanyid="501",
        ),
        contact(
            2,
            lifecycle=[
                ("lead", "2026-09-30T23:30:00+00:00"),
                ("marketingqualifiedlead", "2026-10-05T08:00:00+00:00"),
                ("", "2026-10-08T08:00:00+00:00"),
                ("lead", "2026-10-08T08:00:01+00:00"),
                ("marketingqualifiedlead", "2026-10-20T08:00:00+00:00"),
            ],
            firstname="李",
            lastname="娜 🌱",
            hs_analytics_source="PAID_SEARCH",
        ),
        contact(
            3,
            lifecycle=[("lead", "2026-10-02T08:00:00+00:00"), ("salesqualifiedlead", "2026-10-15T08:00:00+00:00")],
            hs_analytics_source="ORGANIC_SEARCH",
        ),
        contact(
            4,
            lifecycle=[
                ("lead", "2026-09-15T08:00:00+00:00"),
                ("marketingqualifiedlead", "2026-10-01T08:00:00+00:00"),
            ],
        ),
        contact(
            5,
            lifecycle=[
                ("lead", "2026-10-04T08:00:00+00:00"),
                ("marketingqualifiedlead", "2026-10-06T08:00:00+00:00"),
            ],
            archived_at="2026-10-30T08:00:00+00:00",
        ),
        contact(6, lifecycle=[("subscriber", "2026-11-01T08:00:00+00:00")], hs_analytics_source="SOCIAL_MEDIA"),
        contact(
            7,
            created="2026-10-20T08:00:00+00:00",
            lifecycle=[
                ("lead", "2026-10-20T08:00:00+00:00"),
                ("marketingqualifiedlead", "2026-10-31T23:30:00+00:00"),
            ],
            hs_analytics_source="REFERRALS",
            hs_merged_object_ids="90",
            hs_calculated_merged_vids="90:1792483200000",
        ),
        contact(8, created="2026-11-21T08:00:00+00:00"),
    ]


def deals() -> list[Record]:
    won = {"hs_is_closed": "true", "hs_is_closed_won": "true", "dealstage": "148221907", "pipeline": "default"}
    return [
        crm_record(
            701,
            created="2026-10-12T08:00:00+00:00",
            dealname="Őri Kft. – new",
            amount="12000",
            deal_currency_code="EUR",
            amount_in_home_currency="12000",
            hs_mrr="1000",
            dealtype="newbusiness",
            closedate=CUSTOMER_WON,
            associated_company_id="501",
            contract_end_date="2027-11-01",
            **won,
        ),
        crm_record(
            702,
            created="2026-09-01T08:00:00+00:00",
            amount="4000000",
            deal_currency_code="HUF",
            amount_in_home_currency="10000.50",
            dealtype="newbusiness",
            closedate="2026-10-01T08:00:00+00:00",
            associated_company_id="502",
            contract_end_date="2026-11-20",
            **won,
        ),
        crm_record(
            703,
            created="2026-10-01T08:00:00+00:00",
            amount="6000",
            deal_currency_code="EUR",
            dealtype="existingbusiness",
            closedate="2026-10-02T08:00:00+00:00",
            associated_company_id="502",
            contract_end_date="2026-10-31",
            **won,
        ),
        crm_record(
            704,
            created="2026-10-01T08:00:00+00:00",
            amount="99000",
            deal_currency_code="EUR",
            dealtype="newbusiness",
            closedate="2026-12-20T08:00:00+00:00",
            associated_company_id="503",
            hs_is_closed="false",
            hs_is_closed_won="false",
        ),
    ]


def tickets() -> list[Record]:
    """Complaints of 10, 40 and 24 hours; the fourth is another category, the fifth still open."""
    times = [
        (801, "2026-10-05T08:00:00+00:00", "2026-10-05T18:00:00+00:00", "COMPLAINT"),
        (802, "2026-10-06T08:00:00+00:00", "2026-10-08T00:00:00+00:00", "COMPLAINT"),
        (803, "2026-10-07T08:00:00+00:00", "2026-10-08T08:00:00+00:00", "COMPLAINT"),
        (804, "2026-10-07T08:00:00+00:00", "2026-10-07T09:00:00+00:00", "BILLING_ISSUE"),
        (805, "2026-11-20T08:00:00+00:00", None, "COMPLAINT"),
    ]
    return [
        crm_record(number, created=opened, closed_date=closed, hs_ticket_category=category)
        for number, opened, closed, category in times
    ]


def small_company() -> Company:
    return Company(
        contacts=contacts(),
        companies=[
            crm_record(501, created="2026-10-01T08:00:00+00:00", name="Őri Kft.", segment="small"),
            crm_record(502, created="2026-09-01T08:00:00+00:00", name="Yıldız A.Ş.", segment="enterprise"),
            crm_record(503, created="2026-09-01T08:00:00+00:00", name="Särkkä Oy", segment=None),
        ],
        deals=deals(),
        calls=[
            crm_record(n, created=day, hs_timestamp=day, hs_call_direction=direction)
            for n, day, direction in (
                (901, "2026-10-01T08:00:00+00:00", "OUTBOUND"),
                (902, "2026-10-02T08:00:00+00:00", "INBOUND"),
                (903, "2026-10-25T23:30:00+00:00", "OUTBOUND"),
            )
        ],
        meetings=[
            crm_record(n, created=day, hs_timestamp=day, hs_meeting_start_time=day, hs_meeting_outcome=outcome)
            for n, day, outcome in (
                (951, "2026-10-01T08:00:00+00:00", "COMPLETED"),
                (952, "2026-10-02T08:00:00+00:00", "NO_SHOW"),
            )
        ],
        tickets=tickets(),
        traffic=[
            TrafficRow(date(2026, 10, 1), "Organic Search", 100, 60, 2, 70, 80),
            TrafficRow(date(2026, 10, 1), "Direct", 50, 20, 1, 25, 40),
            TrafficRow(date(2026, 10, 2), "Organic Search", 110, 66, 0, 77, 90),
            TrafficRow(date(2026, 11, 21), "Organic Search", 200, 120, 4, 140, 160),
        ],
        files=Files(
            nps_responses=[
                SurveyAnswer(f"R{n}", "Survey", f"C{n}", datetime(2026, 10, n, 9, 30), score, comment)
                for n, score, comment in (
                    (1, 10, ""),
                    (2, 9, 'a "b"; c'),
                    (3, 8, "two\nlines"),
                    (4, 3, "drágább, mint volt"),
                )
            ],
            social_followers=[
                Observation(date(2026, 10, 1), "X", 500, "@b"),
                Observation(date(2026, 10, 1), "LinkedIn", 900, "b"),
                Observation(date(2026, 10, 3), "X", 510, "@b"),
            ],
            newsletter_subscribers=[Observation(date(2026, 10, 1), "News", 40)],
            pr_mentions=[
                Mention("M1", date(2026, 10, 31), "HVG", "T", "neutral"),
                Mention("M2", date(2026, 11, 1), "36氪", "U", "positive"),
            ],
            erp_invoices=[
                Invoice("1", "invoice", "C1", date(2026, 10, 1), 100_000),
                Invoice("2", "invoice", "C1", date(2026, 10, 2), 50_000, is_cancelled=True),
                Invoice("3", "credit_memo", "C1", date(2026, 10, 3), 10_050),
            ],
        ),
    )
