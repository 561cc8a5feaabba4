"""What happens at the example company in the two weeks after its last day, as the sandbox's clock is moved on.

New contacts (one a day arrives late), stages, deals won, re-dated and corrected, calls, meetings, tickets, an archived and a
merged contact: something of everything that a connector's second load must notice. Files do not change by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import partial

import numpy as np

from connectors.sandbox.company import calendar
from connectors.sandbox.company.columns import ColumnTable, Flag
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.contacts import People
from connectors.sandbox.company.lifecycle import LEAD, MQL, STAGE_WORDS
from connectors.sandbox.company.moments import MS_PER_DAY, MS_PER_HOUR, NONE_MS, from_ms, iso, to_ms
from connectors.sandbox.company.schema import CHANNELS, WON

_CONTACTS, _LATE, _QUALIFIED, _SALES_QUALIFIED, _CALLS, _MEETINGS, _TICKETS = 7, 1, 4, 2, 9, 3, 3
_LATE_MS = 26 * MS_PER_HOUR
Change = Callable[[Company], object]


def plan_aftermath(rng: np.random.Generator, company: Company, people: People, deals: ColumnTable) -> None:
    """Only on working days between eight and sixteen o'clock; nothing before the clock reaches it."""
    leads, qualified = (iter(_in_stage(rng, people, stage)) for stage in (LEAD, MQL))
    closed = deals.columns["hs_is_closed"]
    is_open = ~closed.values if isinstance(closed, Flag) else np.zeros(len(deals.ids), dtype=bool)
    still_open = iter(rng.permutation(deals.ids[is_open & (deals.archived_at == NONE_MS)]).tolist())
    for day in calendar.days(calendar.AFTERMATH_DAYS)[-calendar.AFTERMATH_DAYS :]:
        if not calendar.is_working_day(day):
            continue
        begin = to_ms(datetime.combine(day, time(8), calendar.ZONE))
        changes: list[Change] = [partial(_arrive, channel=int(c)) for c in rng.integers(0, len(CHANNELS), _CONTACTS)]
        changes += [_arrive_late] * _LATE
        changes += [partial(_enter, record_id=i, stage=MQL) for i in _take(leads, _QUALIFIED)]
        changes += [partial(_enter, record_id=i, stage=MQL + 1) for i in _take(qualified, _SALES_QUALIFIED)]
        changes += [partial(_win, deal_id=i) for i in _take(still_open, 1)]
        changes += [partial(_postpone, deal_id=i) for i in _take(still_open, 1)]
        changes += [_call] * _CALLS + [_meet] * _MEETINGS + [_complain] * _TICKETS
        if day.weekday() == 1:
            changes += [partial(_archive, record_id=i) for i in _take(leads, 1)]
            changes += [
                partial(_merge, winner=i, loser=j) for i, j in zip(_take(leads, 1), _take(leads, 1), strict=False)
            ]
            changes += [partial(_correct, record_id=i) for i in _take(leads, 1)]
        for change, moment in zip(changes, begin + rng.integers(0, 8 * MS_PER_HOUR, len(changes)), strict=True):
            company.plan(int(moment), change)


def _in_stage(rng: np.random.Generator, people: People, stage: int) -> list[int]:
    chosen = (people.lifecycle.current() == stage) & (people.table.archived_at == NONE_MS)
    return [int(i) for i in rng.permutation(people.table.ids[chosen])]


def _take(ids: Iterator[int], count: int) -> list[int]:
    """Fewer where a small company has run out of them."""
    return [i for _, i in zip(range(count), ids, strict=False)]


def _arrive(company: Company, channel: int) -> None:
    now = company.now_ms()
    number = company.tables["contacts"].next_id()
    company.add_contact(
        number, lifecycle=[("lead", now)], email=f"new{number}@firma.example", firstname="Új", lastname=f"Érdeklődő {number}",
        country="Hungary", hs_analytics_source=CHANNELS[channel],
    )  # fmt: skip


def _arrive_late(company: Company) -> None:
    """Brought in from a fair's list: created and modified a day before anybody could see it."""
    moment = company.now_ms() - _LATE_MS
    company.add_contact(lifecycle=[("lead", moment)], modified=moment, firstname="Késő", hs_analytics_source="OFFLINE")


def _enter(company: Company, record_id: int, stage: int) -> None:
    company.change_contact(record_id, lifecyclestage=STAGE_WORDS[stage])


def _win(company: Company, deal_id: int) -> None:
    now = company.now_ms()
    ends = from_ms(now + 365 * MS_PER_DAY).date()
    company.change(
        "deals", deal_id, dealstage=WON, pipeline="default", hs_is_closed="true", hs_is_closed_won="true",
        closedate=iso(now), contract_end_date=ends.isoformat(),
    )  # fmt: skip


def _postpone(company: Company, deal_id: int) -> None:
    company.redate_deal(deal_id, from_ms(company.now_ms()) + timedelta(days=45))


def _call(company: Company) -> None:
    now = iso(company.now_ms())
    company.add_record(
        "calls", hs_timestamp=now, hs_call_direction="OUTBOUND", hs_call_duration="95000", hs_call_status="COMPLETED"
    )


def _meet(company: Company) -> None:
    now = company.now_ms()
    company.add_record(
        "meetings", hs_timestamp=iso(now), hs_meeting_start_time=iso(now), hs_meeting_end_time=iso(now + MS_PER_HOUR),
        hs_meeting_outcome="COMPLETED",
    )  # fmt: skip


def _complain(company: Company) -> None:
    """And it is answered 20 hours later."""
    number = company.add_record(
        "tickets", subject="Panasz", hs_pipeline="0", hs_pipeline_stage="1", hs_ticket_category="COMPLAINT"
    )
    closed = company.now_ms() + 20 * MS_PER_HOUR
    company.plan(closed, partial(_close, number=number, closed=closed))


def _close(company: Company, number: int, closed: int) -> None:
    company.change("tickets", number, hs_pipeline_stage="4", closed_date=iso(closed))


def _archive(company: Company, record_id: int) -> None:
    company.archive("contacts", record_id)


def _merge(company: Company, winner: int, loser: int) -> None:
    company.merge("contacts", winner, loser)


def _correct(company: Company, record_id: int) -> None:
    company.change_contact(record_id, country="Austria", hs_analytics_source="REFERRALS")
