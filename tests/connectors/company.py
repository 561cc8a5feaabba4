"""A company of a few records, so that every expected number can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

from connectors.sandbox.company.company import Company
from connectors.sandbox.company.files import Files, SurveyAnswer
from connectors.sandbox.company.moments import to_ms
from connectors.sandbox.company.newsletter import Audience, Campaign, Day
from connectors.sandbox.company.record import Record, contact, crm_record
from connectors.sandbox.company.surveys import Question, Response, Survey
from connectors.sandbox.company.traffic import Traffic, TrafficRow

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
LAST_DAY = date(2026, 11, 21)


def leads(count: int) -> list[Record]:
    """Contacts 1001, 1002, ...: each became a lead on 2 November 2026, 09:00 UTC."""
    return [
        contact(
            1000 + n, lifecycle=[("lead", "2026-11-02T09:00:00Z")], email=f"person{n}@lead.example", country="Hungary"
        )
        for n in range(1, count + 1)
    ]


def traffic() -> Traffic:
    """30 days up to 21 November 2026, two channels: 100 direct and 10 referred sessions a day."""
    days = [date.fromordinal(LAST_DAY.toordinal() - n) for n in range(30)]
    rows = [
        TrafficRow(day, channel, sessions, 50, 2, 5)
        for day in days
        for channel, sessions in (("Direct", 100), ("Referral", 10))
    ]
    return Traffic(rows, settles=False)


def with_surveys_and_letters(company: Company) -> Company:
    """Two surveys with three answers each, two lists and two newsletters; who answered has an address that must not be stored."""
    moment, day = to_ms("2026-11-10T09:00:00Z"), 86_400_000
    for account, kind, first in ((company.surveymonkey, "nps", "9001"), (company.typeform, "opinion_scale", "tf1")):
        account.add_survey(Survey("501", "Pulse", (Question("601", kind=kind),)))
        account.add_survey(Survey("502", "Pulse at work", (Question("602", kind=kind),)))
        for survey in ("501", "502"):
            for number, score in enumerate((10, 8, 3)):
                who = f"{survey}.{number}@customer.example"
                account.add(Response(f"{first}{survey}{number}", survey, moment + number * day, score, who))
    days = [Day(date(2026, 11, n), 3, 1) for n in range(1, 22)]
    company.newsletter.audiences += [Audience("l1", "News", 100, days), Audience("l2", "Guests", 50)]
    company.newsletter.campaigns += [
        Campaign("c1", "October", "l1", to_ms("2026-10-05T08:00:00Z"), 100, 4, 60, 20, 10, 2),
        Campaign("c2", "November", "l1", to_ms("2026-11-20T08:00:00Z"), 100, 4, 60, 20, 10, 2),
    ]
    return company


def small_company(contacts: int = 5) -> Company:
    """Five leads unless asked for more, two companies, one won deal, one call, one meeting, one ticket, two survey answers."""
    return with_surveys_and_letters(_crm_and_files(contacts))


def _crm_and_files(contacts: int) -> Company:
    created = "2026-10-05T08:00:00Z"
    return Company(
        leads(contacts),
        [
            crm_record(2001, created=created, name="Kovács Kft.", segment="small"),
            crm_record(2002, created=created, name="Oulu Oy"),
        ],
        [
            crm_record(
                3001,
                created=created,
                dealname="Kovács – new",
                amount="1234.565",
                hs_mrr="100",
                closedate="2026-11-10T12:00:00.000Z",
                hs_is_closed="true",
                hs_is_closed_won="true",
                associated_company_id="2001",
                contract_end_date="2027-11-09",
            )
        ],
        calls=[crm_record(4001, created=created, hs_timestamp="2026-10-05T08:00:00.000Z", hs_call_duration="61000")],
        meetings=[crm_record(5001, created=created, hs_meeting_outcome="COMPLETED")],
        tickets=[crm_record(6001, created=created, subject="Slow", hs_ticket_category="Complaint")],
        traffic=traffic(),
        files=Files(
            nps_responses=[
                SurveyAnswer("R-1", "Autumn", "C1", datetime(2026, 11, 20, 23, 30), 9),
                SurveyAnswer("R-2", "Autumn", "C2", datetime(2026, 11, 21, 8, 0), 6, "Teuer,\naber gut."),
            ]
        ),
    )
