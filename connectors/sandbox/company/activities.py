"""The example's calls, meetings, tickets and survey answers in the CRM. Their number does not grow with the contacts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.company import calendar
from connectors.sandbox.company.columns import Coded, Column, ColumnTable, Computed, Moment, Sparse, Whole
from connectors.sandbox.company.contacts import OWNER_POOL, OWNER_SHARES, archived_at, spaced_ids, touched
from connectors.sandbox.company.in_both import PROPERTIES, reference_column
from connectors.sandbox.company.moments import MS_PER_DAY, MS_PER_HOUR, NONE_MS

FIRST_CALL, FIRST_MEETING, FIRST_TICKET, FIRST_ANSWER = 40_200_000_000, 41_300_000_000, 2_100_000_000, 52_100_000_000
_DISPOSITIONS = (
    "f240bbac-87c9-4f6e-bf70-924b57d47db7",  # connected
    "73a0d17f-1163-4015-bdd5-ec830791da20",  # no answer
    "b2cf5968-551e-4856-9783-52b3da59a7d0",  # left a message
    None,
)
_CATEGORIES = ("COMPLAINT", "PRODUCT_ISSUE", "BILLING_ISSUE", "GENERAL_INQUIRY", None)

_SUBJECTS = (
    "Panasz: késik a szállítás",
    "Report shows no data",
    "Számla javítása",
    "Frage zum Vertrag",
    "İyi günler 👋",
)
_PRIORITIES = ("LOW", "MEDIUM", "HIGH", None)


def _owners(rng: np.random.Generator, count: int) -> Coded:
    return Coded(OWNER_POOL, rng.choice(len(OWNER_POOL), count, p=OWNER_SHARES).astype(np.int8))


def make_calls(rng: np.random.Generator) -> ColumnTable:
    """About 48 outbound calls a week and a third as many inbound; some are logged days after they happened."""
    count = 6_900
    happened = calendar.moments(rng, count, calendar.busyness(weekend=0.02, holiday=0.02, growth=1.05))
    ids = spaced_ids(rng, FIRST_CALL, count)
    late = np.where(rng.random(count) < 0.03, rng.integers(1, 5 * MS_PER_DAY, count), rng.integers(1, 600_000, count))
    created = np.minimum(happened + late, calendar.end_ms() - 1).astype(np.int64)
    modified = touched(rng, created, calendar.end_ms())
    outcome = rng.choice(4, count, p=[0.4, 0.38, 0.17, 0.05])
    seconds = np.where(outcome == 0, rng.gamma(2.0, 140.0, count), rng.gamma(1.5, 15.0, count))
    columns: dict[str, Column] = {
        "hs_timestamp": Moment(happened),
        "hs_call_direction": Coded(("OUTBOUND", "INBOUND", None), rng.choice(3, count, p=[0.74, 0.24, 0.02])),
        "hs_call_disposition": Coded(_DISPOSITIONS, outcome),
        "hs_call_duration": Whole(np.where(outcome == 3, NONE_MS, (seconds * 1000).astype(np.int64))),
        "hs_call_status": Coded(("COMPLETED", "NO_ANSWER", "CANCELED"), np.minimum(outcome, 1)),
        "hubspot_owner_id": _owners(rng, count),
        PROPERTIES["calls"]: reference_column("calls", ids),
    }
    return ColumnTable(ids, created, modified, archived_at(rng, modified, 0.008, calendar.end_ms()), columns)


def make_meetings(rng: np.random.Generator) -> ColumnTable:
    """Booked some days ahead; those after the last day are still SCHEDULED."""
    count = 2_400
    end = calendar.end_ms()
    created = calendar.moments(rng, count, calendar.busyness(weekend=0.05, holiday=0.05, growth=1.3))
    ahead = (rng.gamma(2.0, 3.5, count) * MS_PER_DAY).astype(np.int64)
    start = (created + ahead) // (MS_PER_HOUR // 2) * (MS_PER_HOUR // 2) + MS_PER_HOUR // 2
    held = rng.choice(5, count, p=[0.0, 0.76, 0.08, 0.07, 0.09])
    outcome = np.where(start > end, 0, held)
    # nobody has closed a few of the past ones
    outcome = np.where(rng.random(count) < 0.02, 0, outcome)
    last = np.where(start > end, created, start + MS_PER_HOUR // 4)
    modified = np.minimum(touched(rng, np.minimum(last, end - 1).astype(np.int64), end), end - 1).astype(np.int64)
    columns: dict[str, Column] = {
        "hs_timestamp": Moment(start),
        "hs_meeting_start_time": Moment(start),
        "hs_meeting_end_time": Moment(start + rng.choice([1, 2, 3], count) * (MS_PER_HOUR // 2)),
        "hs_meeting_outcome": Coded(("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"), outcome),
        "hubspot_owner_id": _owners(rng, count),
    }
    ids = spaced_ids(rng, FIRST_MEETING, count)
    return ColumnTable(ids, created, modified, archived_at(rng, modified, 0.008, end), columns)


def make_tickets(rng: np.random.Generator) -> ColumnTable:
    """Complaints take about 37 hours at first and 26 at the end (median); some wait over weekends, some stay open."""
    count, end = 2_300, calendar.end_ms()
    created = calendar.moments(rng, count, calendar.busyness(weekend=0.35, holiday=0.3))
    ids = spaced_ids(rng, FIRST_TICKET, count)
    age = (created - created[0]) / (end - created[0])
    hours = np.exp(rng.normal(np.log(35 - 12 * age), 0.55, count))
    weekday = (created // MS_PER_DAY + 3) % 7
    hours += np.where((weekday >= 4) & (rng.random(count) < 0.35), 36, 0)
    # a reopened ticket keeps only its last closing
    reopened = rng.random(count) < 0.04
    hours += np.where(reopened, rng.gamma(2.0, 40.0, count), 0)
    closed = created + (hours * MS_PER_HOUR).astype(np.int64)
    is_open = (closed >= end) | (rng.random(count) < 0.012)
    closed = np.where(is_open, NONE_MS, closed).astype(np.int64)
    category = rng.choice(5, count, p=[0.42, 0.26, 0.12, 0.17, 0.03])
    stage = np.where(is_open, rng.integers(0, 3, count), 3)
    columns: dict[str, Column] = {
        "subject": Computed(lambda row: f"{_SUBJECTS[category[row]]} #{row + 1}"),
        "closed_date": Moment(closed),
        "time_to_close": Whole(np.where(is_open, NONE_MS, closed - created)),
        "hs_pipeline": Coded(("0",), np.zeros(count, dtype=np.int8)),
        "hs_pipeline_stage": Coded(("1", "2", "3", "4"), stage),
        "hs_ticket_category": Coded(_CATEGORIES, category),
        "hs_ticket_priority": Coded(_PRIORITIES, rng.choice(4, count, p=[0.3, 0.4, 0.2, 0.1])),
        "hubspot_owner_id": _owners(rng, count),
        "hs_merged_object_ids": Sparse({}),
        PROPERTIES["tickets"]: reference_column("tickets", ids),
    }
    modified = touched(rng, np.where(is_open, created, closed).astype(np.int64), end)
    return ColumnTable(ids, created, modified, archived_at(rng, modified, 0.005, end), columns)


def make_feedback(rng: np.random.Generator) -> ColumnTable:
    """NPS (0-10) and CSAT (0-2) answers: both fill hs_response_group, so a reader must look at the survey's type."""
    count = 1_300
    created = calendar.moments(rng, count, calendar.busyness(weekend=0.4, holiday=0.4))
    is_nps = rng.random(count) < 0.45
    value = np.where(is_nps, rng.choice(11, count, p=SCORES), rng.choice(3, count, p=[0.1, 0.25, 0.65]))
    group = np.where(is_nps, np.where(value >= 9, 2, np.where(value >= 7, 1, 0)), value)
    survey = np.where(is_nps, 0, 1)
    columns: dict[str, Column] = {
        "hs_survey_id": Coded(("30011", "30012"), survey),
        "hs_survey_name": Coded(("Relationship NPS", "After a ticket"), survey),
        "hs_survey_type": Coded(("NPS", "CSAT"), survey),
        "hs_survey_channel": Coded(("EMAIL", "WEB"), rng.integers(0, 2, count)),
        "hs_submission_timestamp": Moment(created - 2000),
        "hs_value": Whole(value.astype(np.int64)),
        "hs_response_group": Coded(("DETRACTOR", "PASSIVE", "PROMOTER"), group),
        "hs_content": Coded(
            (None, "Köszönöm!", "Zu teuer; aber gut.", 'He said "fine"\nand left.'), _comment(rng, count)
        ),
        "hs_contact_id": Whole(rng.integers(1, 900, count)),
    }
    ids = spaced_ids(rng, FIRST_ANSWER, count)
    gone = np.full(count, NONE_MS, dtype=np.int64)
    return ColumnTable(ids, created, (created + 12_000).astype(np.int64), gone, columns)


SCORES = np.array([0.02, 0.01, 0.02, 0.02, 0.03, 0.05, 0.06, 0.13, 0.18, 0.24, 0.24])
"""Shares of the answers 0 to 10: 21 % detractors, 48 % promoters."""


def _comment(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    return rng.choice(4, count, p=[0.7, 0.12, 0.1, 0.08])
