"""Recounts of the example's metrics in plain Python, straight from the records, for tests to compare the SQL with.

Deliberately simple and slow, and written from the definitions, not from the SQL. Days are company-local and both ends are
included; for levels only the last day counts. Merged people count once (the loser has vanished), archived records not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from statistics import median

from connectors.sandbox.company.company import Company
from connectors.sandbox.company.moments import from_ms
from connectors.sandbox.company.newsletter import Campaign
from connectors.sandbox.company.record import Record

Count = Callable[[Company, date, date], float | None]


def _day(company: Company, ms: int) -> date:
    return from_ms(ms).astimezone(company.zone).date()


def _day_of(company: Company, record: Record, name: str) -> date | None:
    text = record.properties.get(name)
    return None if not text else datetime.fromisoformat(text).astimezone(company.zone).date()


def leads_created(company: Company, begin: date, end: date) -> int:
    return sum(begin <= _day(company, r.created) <= end for r in company.tables["contacts"])


def _first_entry(company: Company, record: Record, stage: str) -> date | None:
    days = [_day(company, e.ms) for e in record.history.get("lifecyclestage", ()) if e.value == stage]
    return min(days, default=None)


def stage_entries(company: Company, begin: date, end: date, stage: str, source: str | None = None) -> int:
    """People whose FIRST entry into the stage lies in the window; `source` is a value of hs_analytics_source."""
    count = 0
    for record in company.tables["contacts"]:
        entered = _first_entry(company, record, stage)
        wanted = source is None or record.properties.get("hs_analytics_source") == source
        count += wanted and entered is not None and begin <= entered <= end
    return count


def marketing_qualified_leads(company: Company, begin: date, end: date, source: str | None = None) -> int:
    return stage_entries(company, begin, end, "marketingqualifiedlead", source)


def sales_qualified_leads(company: Company, begin: date, end: date) -> int:
    return stage_entries(company, begin, end, "salesqualifiedlead")


def lead_to_customer_rate(company: Company, begin: date, end: date) -> float | None:
    """Of the people created in the window, the share that were customers by its end."""
    created = [r for r in company.tables["contacts"] if begin <= _day(company, r.created) <= end]
    entered = [_first_entry(company, record, "customer") for record in created]
    return sum(day is not None and day <= end for day in entered) / len(created) if created else None


def _won(company: Company) -> Iterator[tuple[Record, date]]:
    for deal in company.tables["deals"]:
        day = _day_of(company, deal, "closedate")
        if deal.properties.get("hs_is_closed_won") == "true" and day is not None:
            yield deal, day


def _cents(text: str | None) -> int | None:
    return None if text is None else round(float(text) * 100)


def _home_cents(company: Company, deal: Record) -> int | None:
    own = deal.properties.get("deal_currency_code") in (None, company.currency)
    return _cents(deal.properties.get("amount" if own else "amount_in_home_currency"))


def won_revenue(company: Company, begin: date, end: date) -> float:
    return sum(_home_cents(company, deal) or 0 for deal, day in _won(company) if begin <= day <= end) / 100


def new_business_revenue(company: Company, begin: date, end: date) -> float:
    won = [deal for deal, day in _won(company) if begin <= day <= end]
    return sum(_home_cents(company, d) or 0 for d in won if d.properties.get("dealtype") == "newbusiness") / 100


def new_business_deals_won(company: Company, begin: date, end: date) -> int:
    return sum(d.properties.get("dealtype") == "newbusiness" for d, day in _won(company) if begin <= day <= end)


def _customers(company: Company) -> dict[str, list[tuple[Record, date]]]:
    """Won deals by the company that stands for their customer today."""
    winners = {
        lost: str(winner.id)
        for winner in company.tables["companies"]
        for lost in (winner.properties.get("hs_merged_object_ids") or "").split(";")
        if lost
    }
    found: dict[str, list[tuple[Record, date]]] = {}
    for deal, day in _won(company):
        customer = deal.properties.get("associated_company_id")
        while customer in winners:
            customer = winners[customer]
        if customer:
            found.setdefault(customer, []).append((deal, day))
    return found


def new_customers(company: Company, begin: date, end: date) -> int:
    return sum(begin <= min(day for _, day in deals) <= end for deals in _customers(company).values())


def customers(company: Company, begin: date, end: date) -> int:  # noqa: ARG001
    """Companies won by the last day, with any contract, known now, that has no end or ends on that day or later."""
    count = 0
    for deals in _customers(company).values():
        ends = [deal.properties.get("contract_end_date") for deal, _ in deals]
        runs = any(text is None or date.fromisoformat(text) >= end for text in ends)
        count += runs and min(day for _, day in deals) <= end
    return count


def monthly_recurring_revenue(company: Company, begin: date, end: date) -> float:  # noqa: ARG001
    """Of deals won by the last day whose contract runs on it; in foreign currency by the rate of the deal's own amounts."""
    cents = 0
    for deal, day in _won(company):
        own, ends = deal.properties.get("hs_mrr"), deal.properties.get("contract_end_date")
        if own and day <= end and (ends is None or date.fromisoformat(ends) >= end):
            amount, home = _cents(deal.properties.get("amount")), _home_cents(company, deal)
            if home and amount:
                cents += round(float(own) * 100 * home / amount)
    return cents / 100


def average_customer_value(company: Company, begin: date, end: date) -> float | None:
    """What deals with a known amount were worth, over the customers who signed them."""
    by_customer = [
        [cents for deal, day in deals if begin <= day <= end and (cents := _home_cents(company, deal)) is not None]
        for deals in _customers(company).values()
    ]
    signed = [amounts for amounts in by_customer if amounts]
    return sum(map(sum, signed)) / 100 / len(signed) if signed else None


def outbound_calls(company: Company, begin: date, end: date) -> int:
    count = 0
    for call in company.tables["calls"]:
        day = _day_of(company, call, "hs_timestamp")
        outbound = call.properties.get("hs_call_direction") == "OUTBOUND"
        count += outbound and day is not None and begin <= day <= end
    return count


def sales_meetings(company: Company, begin: date, end: date) -> int:
    """Held ones, by the day they began."""
    count = 0
    for meeting in company.tables["meetings"]:
        day = _day_of(company, meeting, "hs_meeting_start_time")
        held = meeting.properties.get("hs_meeting_outcome") == "COMPLETED"
        count += held and day is not None and begin <= day <= end
    return count


def complaint_handling_hours_median(company: Company, begin: date, end: date) -> float | None:
    """Of complaints closed in the window."""
    hours: list[float] = []
    for ticket in company.tables["tickets"]:
        closed, day = ticket.properties.get("closed_date"), _day_of(company, ticket, "closed_date")
        if ticket.properties.get("hs_ticket_category") == "COMPLAINT" and closed and day and begin <= day <= end:
            hours.append((datetime.fromisoformat(closed) - from_ms(ticket.created)).total_seconds() / 3600)
    return median(hours) if hours else None


def _traffic(company: Company, begin: date, end: date, name: str, channel: str | None = None) -> int:
    seen = company.traffic.seen(company.clock.now(), company.zone)
    return sum(getattr(r, name) for r in seen if begin <= r.day <= end and channel in (None, r.channel))


def website_sessions(company: Company, begin: date, end: date, channel: str | None = None) -> int:
    """As a report read now would show them, so recent days are not final."""
    return _traffic(company, begin, end, "sessions", channel)


def new_website_users(company: Company, begin: date, end: date) -> int:
    return _traffic(company, begin, end, "new_users")


def key_events(company: Company, begin: date, end: date) -> int:
    return _traffic(company, begin, end, "key_events")


def engaged_session_rate(company: Company, begin: date, end: date) -> float | None:
    sessions = website_sessions(company, begin, end)
    return _traffic(company, begin, end, "engaged_sessions") / sessions if sessions else None


def social_followers(company: Company, begin: date, end: date) -> int | None:  # noqa: ARG001
    latest = {
        (o.name, o.account): o for o in sorted(company.files.social_followers, key=lambda o: o.day) if o.day <= end
    }
    return sum(o.count for o in latest.values()) if latest else None


def newsletter_subscribers(company: Company, begin: date, end: date) -> int | None:  # noqa: ARG001
    latest = {o.name: o for o in sorted(company.files.newsletter_subscribers, key=lambda o: o.day) if o.day <= end}
    known = [o.count for o in latest.values()]
    # Mailchimp tells no more than 180 days of the past, today included
    first = _day(company, company.clock.now_ms()) - timedelta(days=180)
    known += [each.size(end) for each in company.newsletter.audiences if end >= first]
    return sum(known) if known else None


def net_promoter_score(company: Company, begin: date, end: date) -> float | None:
    """First answers of the quarter, of all tools pooled."""
    scores = [score for day, _, score in _first_answers(company) if begin <= day <= end]
    promoters, detractors = sum(s >= 9 for s in scores), sum(s <= 6 for s in scores)
    return 100 * (promoters - detractors) / len(scores) if scores else None


def _answers(company: Company) -> Iterator[tuple[date, str, tuple[str, str, str], int]]:
    """Day, id, (tool, survey, respondent; '' when unknown) and score."""
    for file in company.files.nps_responses:
        yield file.answered_at.date(), file.response_id, ("files", file.survey, file.respondent), file.score
    for record in company.tables["feedback_submissions"]:
        day, said = _day_of(company, record, "hs_submission_timestamp"), record.properties
        if said.get("hs_survey_type") == "NPS" and day is not None:
            who = ("hubspot", said.get("hs_survey_name") or "", said.get("hs_contact_id") or "")
            yield day, str(record.id), who, int(said.get("hs_value") or 0)
    for tool, account in (("surveymonkey", company.surveymonkey), ("typeform", company.typeform)):
        for given in account.counted():
            survey = account.surveys[given.survey_id]
            if any(len(question.labels) == 11 and not question.start_at_one for question in survey.questions):
                who = (tool, survey.title, given.respondent)
                yield _day(company, given.answered_ms), given.id, who, given.score or 0


def _first_answers(company: Company) -> list[tuple[date, tuple[str, str, str], int]]:
    """Of one person to one survey within a quarter; nobody knows whether the unknown repeat each other."""
    seen: set[tuple[object, ...]] = set()
    found = []
    for day, _, who, score in sorted(_answers(company)):
        place = (*who, day.year, (day.month - 1) // 3)
        if not who[2] or place not in seen:
            found.append((day, who, score))
        seen.add(place)
    return found


def customer_surveys(company: Company, begin: date, end: date) -> int:
    """Surveys, by their titles, with ten answers or more."""
    titles = Counter(who[1] for day, who, _ in _first_answers(company) if begin <= day <= end)
    return sum(count >= 10 for count in titles.values())


def _sent(company: Company, begin: date, end: date) -> list[Campaign]:
    return [each for each in company.newsletter.campaigns if begin <= _day(company, each.sent_ms) <= end]


def newsletters_sent(company: Company, begin: date, end: date) -> int:
    return len(_sent(company, begin, end))


def newsletter_click_rate(company: Company, begin: date, end: date) -> float | None:
    """People's clicks so far over letters that arrived."""
    sent, now = _sent(company, begin, end), company.clock.now_ms()
    clicks = sum(int(c.clicks * c.share(now)) - int(c.machine_clicks * c.share(now)) for c in sent)
    return clicks / sum(c.emails_sent - c.bounces for c in sent) if sent else None


def newsletter_open_rate(company: Company, begin: date, end: date) -> float | None:
    """People's opens so far over letters that arrived."""
    sent, now = _sent(company, begin, end), company.clock.now_ms()
    opens = sum(int(c.opens * c.share(now)) - int(c.machine_opens * c.share(now)) for c in sent)
    return opens / sum(c.emails_sent - c.bounces for c in sent) if sent else None


def online_mentions(company: Company, begin: date, end: date) -> int:
    return sum(begin <= m.published_on <= end for m in company.files.pr_mentions)


def invoiced_revenue(company: Company, begin: date, end: date) -> float:
    standing = [i for i in company.files.erp_invoices if not i.is_cancelled and begin <= i.posting_date <= end]
    return sum(-i.net_cents if i.document_type == "credit_memo" else i.net_cents for i in standing) / 100


METRICS: dict[str, Count] = {
    count.__name__: count
    for count in (
        leads_created,
        marketing_qualified_leads,
        sales_qualified_leads,
        lead_to_customer_rate,
        new_customers,
        customers,
        new_business_deals_won,
        won_revenue,
        new_business_revenue,
        average_customer_value,
        monthly_recurring_revenue,
        outbound_calls,
        sales_meetings,
        complaint_handling_hours_median,
        website_sessions,
        new_website_users,
        key_events,
        engaged_session_rate,
        social_followers,
        newsletter_subscribers,
        net_promoter_score,
        customer_surveys,
        newsletters_sent,
        newsletter_click_rate,
        newsletter_open_rate,
        online_mentions,
        invoiced_revenue,
    )
}
