"""The example's deals: one per contact who became an opportunity, the renewals that follow, and old customers brought in.

The "old CRM" import gives the customer base before 2024-11-01: won deals with earlier close dates, all created on the first day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.company import calendar
from connectors.sandbox.company.columns import Coded, Column, ColumnTable, Computed, Day, Flag, Moment, Money, Sparse
from connectors.sandbox.company.contacts import (
    OWNER_POOL,
    OWNER_SHARES,
    People,
    archived_at,
    merged_ids,
    spaced_ids,
    touched,
)
from connectors.sandbox.company.in_both import PROPERTIES, reference_column
from connectors.sandbox.company.lifecycle import CUSTOMER, OPPORTUNITY
from connectors.sandbox.company.moments import MS_PER_DAY, NONE_MS, Longs, from_day_number, from_ms
from connectors.sandbox.company.names import company_name
from connectors.sandbox.company.schema import LOST, NEW_BUSINESS, RENEWAL_LOST, RENEWAL_WON, RENEWALS, WON

FIRST_DEAL = 11_400_000_000
CURRENCIES = ("EUR", "HUF", "USD")
_CURRENCY_SHARES = (0.85, 0.1, 0.05)
_PER_EURO = np.array([1.0, 400.0, 1.08])
_MONTHLY_EUROS = ((180, 900), (900, 3_500), (3_500, 14_000), (150, 2_000))
"""Lowest and highest monthly price by segment, in the order of `SEGMENTS`."""
_STAGES = tuple(stage.id for pipeline in (NEW_BUSINESS, RENEWALS) for stage in pipeline.stages)
_PIPELINES = (NEW_BUSINESS.id, RENEWALS.id)
_TYPES = ("newbusiness", "existingbusiness", None)
_OLD_CUSTOMERS = 0.035
"""Customers brought in at the start, as a share of the number of contacts."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a won deal brought: monthly cents in euros until `last_day`, None for one without an end."""

    company_id: int
    signed: date
    last_day: date | None
    monthly_cents: int


@dataclass(slots=True)
class _Draft:
    """Deals before they get ids; `outcome` 1 won, 0 lost, -1 open; `months` the length of the contract."""

    created: Longs
    closed: Longs
    outcome: Longs
    company: Longs
    months: Longs
    monthly_cents: Longs
    is_new: NDArray[np.bool_]


def make_deals(
    rng: np.random.Generator, people: People, segment: NDArray[np.int8], companies: ColumnTable
) -> tuple[ColumnTable, list[Contract]]:
    kept = np.flatnonzero(companies.archived_at == NONE_MS)
    first = _join([_from_opportunities(rng, people, segment), _old_customers(rng, people, segment, kept)])
    draft, generation = first, first
    for _ in range(3):
        generation = _renewals(rng, generation)
        draft = _join([draft, generation])
    order = np.argsort(draft.created, kind="stable")
    draft = _Draft(*(getattr(draft, name)[order] for name in _Draft.__slots__))
    return _table(rng, draft, companies.ids), _contracts(draft, companies.ids)


def _contracts(draft: _Draft, company_ids: Longs) -> list[Contract]:
    ends = _contract_end(draft)
    return [
        Contract(
            int(company_ids[draft.company[row]]),
            from_ms(int(draft.closed[row])).date(),
            None if ends[row] == NONE_MS else from_day_number(int(ends[row])),
            int(draft.monthly_cents[row]),
        )
        for row in np.flatnonzero(draft.outcome == 1)
    ]


def _join(parts: list[_Draft]) -> _Draft:
    return _Draft(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Draft.__slots__))


def _monthly(rng: np.random.Generator, segment: NDArray[Any]) -> Longs:
    low, high = np.array(_MONTHLY_EUROS, dtype=np.float64)[segment.astype(int)].T
    euros = low * (high / low) ** rng.random(len(segment))
    return np.asarray(np.round(euros / 10) * 1000, dtype=np.int64)


def _terms(rng: np.random.Generator, count: int) -> Longs:
    return rng.choice([12, 24, 36], count, p=[0.62, 0.28, 0.1]).astype(np.int64)


def _from_opportunities(rng: np.random.Generator, people: People, segment: NDArray[np.int8]) -> _Draft:
    """Won when the contact became a customer; otherwise lost after some weeks, or still open."""
    opened, customer = people.lifecycle.first(OPPORTUNITY), people.lifecycle.first(CUSTOMER)
    rows = np.flatnonzero((opened != NONE_MS) & (people.company >= 0))
    created = opened[rows] + rng.integers(0, 7_200_000, len(rows))
    won = customer[rows] != NONE_MS
    lag = (np.exp(rng.normal(np.log(40), 0.6, len(rows))) * MS_PER_DAY).astype(np.int64)
    planned = created + lag
    closed = np.where(won, np.maximum(customer[rows], created), planned)
    outcome = np.where(won, 1, np.where(planned < calendar.end_ms(), 0, -1))
    # a deal is won or lost by an afternoon, but some stay open long after their planned date
    outcome[(outcome == 0) & (rng.random(len(rows)) < 0.06)] = -1
    company = people.company[rows]
    return _Draft(
        np.minimum(created, calendar.end_ms() - 1), np.minimum(closed, np.where(won, calendar.end_ms() - 1, closed)),
        outcome.astype(np.int64), company, _terms(rng, len(rows)), _monthly(rng, segment[company]),
        np.ones(len(rows), dtype=bool),
    )  # fmt: skip


def _old_customers(rng: np.random.Generator, people: People, segment: NDArray[np.int8], kept: Longs) -> _Draft:
    count = round(len(people.table.ids) * _OLD_CUSTOMERS)
    begin = int(calendar.midnights()[0])
    company = rng.choice(kept, min(count, len(kept)), replace=False).astype(np.int64)
    count = len(company)
    months = rng.choice([24, 36], count, p=[0.5, 0.5]).astype(np.int64)
    closed = begin - (rng.random(count) * 700 * MS_PER_DAY).astype(np.int64)
    created = begin + 8 * 3_600_000 + np.arange(count, dtype=np.int64)
    return _Draft(created, closed, np.ones(count, dtype=np.int64), company, months, _monthly(rng, segment[company]),
                  np.ones(count, dtype=bool))  # fmt: skip


def _renewals(rng: np.random.Generator, before: _Draft) -> _Draft:
    """A deal for each contract that ends: 82 % renew, at a price some percent higher."""
    due = before.closed + (before.months * 30.44 * MS_PER_DAY).astype(np.int64)
    rows = np.flatnonzero((before.outcome == 1) & (due - 60 * MS_PER_DAY < calendar.end_ms()))
    due = due[rows]
    created = np.maximum(due - 60 * MS_PER_DAY, int(calendar.midnights()[0]) + 36_000_000)
    closed = due - (rng.random(len(rows)) * 20 * MS_PER_DAY).astype(np.int64)
    closed = np.maximum(closed, created + MS_PER_DAY)
    outcome = np.where(closed >= calendar.end_ms(), -1, (rng.random(len(rows)) < 0.82).astype(np.int64))
    monthly = (before.monthly_cents[rows] * (1 + rng.normal(0.05, 0.08, len(rows))) / 1000).astype(np.int64) * 1000
    return _Draft(created, closed, outcome.astype(np.int64), before.company[rows], _terms(rng, len(rows)),
                  np.maximum(monthly, 10_000), np.zeros(len(rows), dtype=bool))  # fmt: skip


def _table(rng: np.random.Generator, draft: _Draft, company_ids: Longs) -> ColumnTable:
    count, end = len(draft.created), calendar.end_ms()
    ids = spaced_ids(rng, FIRST_DEAL, count)
    last = np.where(draft.outcome >= 0, np.maximum(np.minimum(draft.closed, end - 1), draft.created), draft.created)
    modified = touched(rng, last.astype(np.int64), end)
    gone = archived_at(rng, modified, 0.008, end)
    gone[draft.outcome == 1] = NONE_MS
    return ColumnTable(ids, draft.created, modified, gone, _columns(rng, draft, ids, company_ids))


def _columns(rng: np.random.Generator, draft: _Draft, ids: Longs, company_ids: Longs) -> dict[str, Column]:
    count = len(ids)
    currency = rng.choice(3, count, p=_CURRENCY_SHARES).astype(np.int8)
    home = draft.monthly_cents * draft.months
    amount = np.round(home * _PER_EURO[currency] / 100).astype(np.int64) * 100
    home = np.where(currency == 0, amount, home)
    # like the amount, in the currency of the deal
    monthly = np.round(draft.monthly_cents * _PER_EURO[currency] / 100).astype(np.int64) * 100
    recurring = np.where(rng.random(count) < 0.05, NONE_MS, np.where(currency == 0, draft.monthly_cents, monthly))
    unknown = (draft.outcome == -1) & (rng.random(count) < 0.15)
    won, closed = draft.outcome == 1, draft.outcome >= 0
    merged = merged_ids(rng, ids, 0.005)
    kind = np.where(draft.is_new, 0, 1)
    kind = np.where(rng.random(count) < 0.02, 2, kind).astype(np.int8)
    return {
        "dealname": Computed(
            lambda row: f"{company_name(int(draft.company[row]))} – {'new' if draft.is_new[row] else 'renewal'}"
        ),
        "amount": Money(np.where(unknown, NONE_MS, amount)),
        "deal_currency_code": Coded(CURRENCIES, currency),
        "amount_in_home_currency": Money(np.where(unknown, NONE_MS, home)),
        "hs_mrr": Money(np.where(unknown, NONE_MS, recurring)),
        "closedate": Moment(draft.closed),
        "dealstage": Coded(_STAGES, _stage(rng, draft)),
        "pipeline": Coded(_PIPELINES, np.where(draft.is_new, 0, 1)),
        "dealtype": Coded(_TYPES, kind),
        "hs_is_closed": Flag(closed),
        "hs_is_closed_won": Flag(won),
        "associated_company_id": Computed(lambda row: str(company_ids[draft.company[row]])),
        "contract_end_date": Day(_contract_end(draft)),
        "hubspot_owner_id": Coded(OWNER_POOL, rng.choice(len(OWNER_POOL), count, p=OWNER_SHARES)),
        "hs_merged_object_ids": Sparse({row: str(lost) for row, lost in merged.items()}),
        PROPERTIES["deals"]: reference_column("deals", ids),
    }


def _stage(rng: np.random.Generator, draft: _Draft) -> NDArray[np.int64]:
    count = len(draft.created)
    opened = np.where(draft.is_new, rng.integers(0, 4, count), 6 + rng.integers(0, 2, count))
    won = np.where(draft.is_new, _STAGES.index(WON), _STAGES.index(RENEWAL_WON))
    lost = np.where(draft.is_new, _STAGES.index(LOST), _STAGES.index(RENEWAL_LOST))
    return np.where(draft.outcome == 1, won, np.where(draft.outcome == 0, lost, opened)).astype(np.int64)


def _contract_end(draft: _Draft) -> Longs:
    """The day before the contract's anniversary, for won deals; a few run on without an end."""
    days = draft.closed // MS_PER_DAY + np.round(draft.months * 30.44).astype(np.int64)
    endless = np.arange(len(days)) % 33 == 0
    return np.where((draft.outcome == 1) & ~endless, days, NONE_MS).astype(np.int64)
