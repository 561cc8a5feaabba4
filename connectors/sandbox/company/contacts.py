"""The example's contacts and the companies they work for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.company import calendar
from connectors.sandbox.company.columns import Coded, Column, ColumnTable, Computed, Moment, Sparse
from connectors.sandbox.company.in_both import PROPERTIES, reference_column
from connectors.sandbox.company.lifecycle import CLEARED, STAGE_WORDS, Lifecycle, make_lifecycle
from connectors.sandbox.company.moments import NONE_MS, Longs, to_ms
from connectors.sandbox.company.names import COUNTRIES, COUNTRY_SHARES, FIRST_NAMES, LAST_NAMES, company_name, plain
from connectors.sandbox.company.people import EXAMPLE_OWNERS
from connectors.sandbox.company.schema import CHANNELS

FIRST_CONTACT = 20_100_000_000
FIRST_COMPANY = 9_300_000_000
SEGMENTS = ("small", "mid_market", "enterprise", None)
_SEGMENT_SHARES = (0.58, 0.29, 0.1, 0.03)
_CHANNEL_SHARES = (0.30, 0.16, 0.11, 0.11, 0.07, 0.15, 0.07, 0.03)
COMPANIES_PER_CONTACT = 0.55
_MASS_UPDATE = to_ms("2026-11-01T02:00:00+00:00")
"""A nightly job once touched many contacts at the same millisecond: modified times are not unique."""

OWNER_POOL = (*(str(owner.id) for owner in EXAMPLE_OWNERS), None)
OWNER_SHARES = (0.2, 0.18, 0.16, 0.14, 0.14, 0.1, 0.04, 0.04)


@dataclass(frozen=True, slots=True)
class People:
    """Contacts and what later parts need of them; `company` is a row of the companies, -1 for none."""

    table: ColumnTable
    company: Longs
    owner: NDArray[np.int8]
    lifecycle: Lifecycle


def spaced_ids(rng: np.random.Generator, first: int, count: int) -> Longs:
    """Ascending ids with gaps of one to five."""
    return (first + np.cumsum(rng.integers(2, 7, count))).astype(np.int64)


def archived_at(rng: np.random.Generator, modified: Longs, share: float, end: int) -> Longs:
    """About `share` of the records archived some time between their last change and the end."""
    result = np.full(len(modified), NONE_MS, dtype=np.int64)
    chosen = rng.random(len(modified)) < share
    result[chosen] = (modified[chosen] + rng.random(int(chosen.sum())) * (end - modified[chosen])).astype(np.int64)
    return result


def touched(rng: np.random.Generator, last: Longs, end: int) -> Longs:
    """Last change: for half the records later than the last event, as logged activities move it too."""
    later = rng.random(len(last)) ** 3 * (end - last)
    return np.where(rng.random(len(last)) < 0.5, last + later, last).astype(np.int64)


def merged_ids(rng: np.random.Generator, ids: Longs, share: float) -> dict[int, int]:
    """Row of a survivor to the id that vanished into it; that id lies in a gap just before."""
    rows = np.flatnonzero(rng.random(len(ids)) < share)
    return {int(row): int(ids[row]) - 1 for row in rows}


def make_people(rng: np.random.Generator, count: int) -> People:
    end = calendar.end_ms()
    weights = calendar.busyness(weekend=0.22, holiday=0.2)
    created = calendar.moments(rng, count, weights)
    ids = spaced_ids(rng, FIRST_CONTACT, count)
    channel = rng.choice(len(CHANNELS), count, p=_CHANNEL_SHARES).astype(np.int8)
    lifecycle = make_lifecycle(rng, created, channel, end)
    modified = touched(rng, lifecycle.last_ms(created), end)
    swept = (rng.random(count) < 0.18) & (modified < _MASS_UPDATE)
    modified[swept] = _MASS_UPDATE
    company = _employers(rng, count)
    owner = rng.choice(len(OWNER_POOL), count, p=OWNER_SHARES).astype(np.int8)
    columns = _contact_columns(rng, ids, created, channel, lifecycle, company, owner)
    gone = archived_at(rng, modified, 0.01, end)
    table = ColumnTable(ids, created, modified, gone, columns, {"lifecyclestage": lifecycle.entries})
    return People(table, company, owner, lifecycle)


def _employers(rng: np.random.Generator, count: int) -> Longs:
    companies = max(1, round(count * COMPANIES_PER_CONTACT))
    company = rng.integers(0, companies, count)
    return np.where(rng.random(count) < 0.08, -1, company).astype(np.int64)


def _contact_columns(rng: np.random.Generator, ids: Longs, created: Longs, channel: NDArray[np.int8],
                     lifecycle: Lifecycle, company: Longs, owner: NDArray[np.int8]) -> dict[str, Column]:  # fmt: skip
    count = len(ids)
    country = rng.choice(len(COUNTRIES), count, p=COUNTRY_SHARES).astype(np.int8)
    first, last = rng.integers(0, 20, count).astype(np.int8), rng.integers(0, 20, count).astype(np.int8)
    blank = rng.random(count)

    def first_name(row: int) -> str | None:
        names = FIRST_NAMES[country[row]]
        return None if blank[row] < 0.02 else names[first[row] % len(names)]

    def last_name(row: int) -> str | None:
        names = LAST_NAMES[country[row]]
        return None if blank[row] < 0.01 else names[last[row] % len(names)]

    def email(row: int) -> str | None:
        if blank[row] > 0.98:
            return None
        who = plain(first_name(row) or "") or "contact"
        place = f"firma{company[row] + 1}" if company[row] >= 0 else "mail"
        return f"{who}.{plain(last_name(row) or '') or 'x'}{row + 1}@{place}.example"

    merged = merged_ids(rng, ids, 0.01)
    shown_source: list[str | None] = [*CHANNELS, None]
    source = np.where(blank * 1000 % 1 < 0.015, len(CHANNELS), channel).astype(np.int8)
    stages: dict[str, Column] = {
        f"hs_v2_date_entered_{word}": Moment(lifecycle.latest(stage))
        for stage, word in enumerate(STAGE_WORDS)
        if stage != CLEARED
    }
    return {
        "email": Computed(email),
        "firstname": Computed(first_name),
        "lastname": Computed(last_name),
        "country": Coded(COUNTRIES, country),
        "hs_analytics_source": Coded(shown_source, source),
        "hubspot_owner_id": Coded(OWNER_POOL, owner),
        "associatedcompanyid": Computed(lambda row: None if company[row] < 0 else str(_company_id(int(company[row])))),
        "lifecyclestage": Coded([*STAGE_WORDS[:CLEARED], None], lifecycle.current()),
        "hs_merged_object_ids": Sparse({row: str(lost) for row, lost in merged.items()}),
        "hs_calculated_merged_vids": Sparse({row: f"{lost}:{created[row] + 60_000}" for row, lost in merged.items()}),
        **stages,
    }


def _company_id(row: int) -> int:
    return FIRST_COMPANY + 3 * (row + 1)


def make_companies(rng: np.random.Generator, people: People) -> tuple[ColumnTable, NDArray[np.int8]]:
    """The table, and each company's segment as a place in SEGMENTS."""
    count = max(1, round(len(people.table.ids) * COMPANIES_PER_CONTACT))
    end = calendar.end_ms()
    created = np.full(count, calendar.midnights()[0], dtype=np.int64) + rng.integers(0, 3_600_000, count)
    rows = np.flatnonzero(people.company >= 0)[::-1]
    # a company is made with its first contact; with repeated places the last assignment, the earliest contact, stays
    created[people.company[rows]] = people.table.created[rows]
    modified = touched(rng, created, end)
    segment = rng.choice(len(SEGMENTS), count, p=_SEGMENT_SHARES).astype(np.int8)
    country = rng.choice(len(COUNTRIES), count, p=COUNTRY_SHARES).astype(np.int8)
    owner = rng.choice(len(OWNER_POOL), count, p=OWNER_SHARES).astype(np.int8)
    ids = np.array([_company_id(row) for row in range(count)], dtype=np.int64)
    merged = merged_ids(rng, ids, 0.005)
    columns: dict[str, Column] = {
        "name": Computed(company_name),
        "domain": Computed(lambda row: None if row % 97 == 0 else f"firma{row + 1}.example"),
        "country": Coded(COUNTRIES, country),
        "segment": Coded(SEGMENTS, segment),
        PROPERTIES["companies"]: reference_column("companies", ids),
        "hubspot_owner_id": Coded(OWNER_POOL, owner),
        "hs_merged_object_ids": Sparse({row: str(lost) for row, lost in merged.items()}),
    }
    # a company with contacts is not archived, so that its deals keep a customer
    gone = np.where(
        np.bincount(people.company[rows], minlength=count) > 0, NONE_MS, archived_at(rng, modified, 0.1, end)
    )
    return ColumnTable(ids, created, modified, gone.astype(np.int64), columns), segment
