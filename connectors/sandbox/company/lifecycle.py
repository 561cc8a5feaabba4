"""How the example's contacts move: lead, marketing-qualified, sales-qualified, opportunity, customer.

Most go one way; some skip a stage, some are put back (cleared, then set), some are recycled and come again.
Events of all contacts lie in two flat arrays, cut by `start`: contact i has events start[i] to start[i + 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.company.moments import MS_PER_DAY, NONE_MS, Longs
from connectors.sandbox.company.record import HistoryEntry
from connectors.sandbox.company.schema import LIFECYCLE_STAGES, RECYCLED_STAGE

CLEARED = len(LIFECYCLE_STAGES) + 1
STAGE_WORDS = (*LIFECYCLE_STAGES, RECYCLED_STAGE, "")
SUBSCRIBER, LEAD, MQL, SQL, OPPORTUNITY, CUSTOMER, RECYCLED = range(7)

_QUALIFY = np.array([0.72, 0.66, 0.5, 0.8, 0.62, 0.62, 0.66, 0.55])
"""Share of leads that become marketing-qualified, by channel in the order of `CHANNELS`."""
_NEXT = {SQL: 0.52, OPPORTUNITY: 0.57, CUSTOMER: 0.56}
_MEDIAN_DAYS = {MQL: 5.0, SQL: 6.0, OPPORTUNITY: 9.0, CUSTOMER: 30.0}
_SKIP = {MQL: 0.04, SQL: 0.05}


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """`stage` indexes STAGE_WORDS; `ms` ascends within a contact."""

    start: Longs
    stage: NDArray[np.int8]
    ms: Longs

    def entries(self, row: int) -> tuple[HistoryEntry, ...]:
        span = range(int(self.start[row]), int(self.start[row + 1]))
        return tuple(HistoryEntry(STAGE_WORDS[self.stage[i]], int(self.ms[i]), _source(i)) for i in span)

    def latest(self, stage: int) -> Longs:
        """Each contact's latest entry into the stage, NONE_MS without."""
        return self._per_contact(stage, latest=True)

    def first(self, stage: int) -> Longs:
        return self._per_contact(stage, latest=False)

    def _per_contact(self, stage: int, *, latest: bool) -> Longs:
        found = np.flatnonzero(self.stage == stage)
        found = found if latest else found[::-1]
        result = np.full(len(self.start) - 1, NONE_MS, dtype=np.int64)
        # with repeated places the last assignment stays
        result[np.searchsorted(self.start, found, side="right") - 1] = self.ms[found]
        return result

    def current(self) -> NDArray[np.int8]:
        """The stage each contact is in; CLEARED for none."""
        last = self.start[1:] - 1
        known = self.start[1:] > self.start[:-1]
        return (
            np.where(known, self.stage[np.maximum(last, 0)], CLEARED).astype(np.int8) if len(self.stage) else known * 0
        )

    def last_ms(self, created: Longs) -> Longs:
        known = self.start[1:] > self.start[:-1]
        if not len(self.ms):
            return created
        return np.where(known, self.ms[np.maximum(self.start[1:] - 1, 0)], created).astype(np.int64)


def _source(position: int) -> str:
    return ("CRM_UI", "AUTOMATION_PLATFORM", "FORM")[position % 3]


def make_lifecycle(rng: np.random.Generator, created: Longs, channel: NDArray[np.int8], end: int) -> Lifecycle:
    """For contacts created at `created`; nothing happens at or after `end`."""
    count = len(created)
    kind = rng.random(count)
    is_lead = kind >= 0.1
    events = [(np.flatnonzero(is_lead), LEAD, created[is_lead] + rng.integers(0, 1000, int(is_lead.sum())))]
    subscribed = np.flatnonzero(kind < 0.095)
    events.append((subscribed, SUBSCRIBER, created[subscribed]))
    reached, furthest = is_lead.copy(), np.where(is_lead, LEAD, SUBSCRIBER)
    moment = created.copy()
    for stage in (MQL, SQL, OPPORTUNITY, CUSTOMER):
        share = _QUALIFY[channel] if stage == MQL else np.full(count, _NEXT[stage])
        reached &= rng.random(count) < share
        moment = moment + _lag(rng, count, _MEDIAN_DAYS[stage])
        reached &= moment < end
        furthest[reached] = stage
        shown = reached & ~(rng.random(count) < _SKIP.get(stage, 0.0))
        events.append((np.flatnonzero(shown), stage, moment[shown]))
    events += _detours(rng, furthest, _last_moment(events, created), end)
    return _flat(events, count)


def _lag(rng: np.random.Generator, count: int, median_days: float) -> Longs:
    return (np.exp(rng.normal(np.log(median_days), 0.8, count)) * MS_PER_DAY).astype(np.int64) + 60_000


def _last_moment(events: list[tuple[Longs, int, Longs]], created: Longs) -> Longs:
    last = created.copy()
    for rows, _, ms in events:
        last[rows] = np.maximum(last[rows], ms)
    return last


def _detours(
    rng: np.random.Generator, furthest: Longs, last: Longs, end: int
) -> list[tuple[Longs, int, Longs]]:  # fmt: skip
    """Back from SQL to MQL by clearing first, or recycled from MQL; half of them come again."""
    chance, again = rng.random(len(last)), rng.random(len(last)) < 0.5
    out = last + _lag(rng, len(last), 12.0)
    back = out + _lag(rng, len(last), 20.0)
    put_back = (furthest == SQL) & (chance < 0.12) & (out + 1000 < end)
    recycled = (furthest == MQL) & (chance < 0.06) & (out < end)
    back_to_sql, back_to_mql = put_back & again & (back < end), recycled & again & (back < end)
    steps = (
        (put_back, CLEARED, out),
        (put_back, MQL, out + 1000),
        (back_to_sql, SQL, back),
        (recycled, RECYCLED, out),
        (back_to_mql, MQL, back),
    )
    return [(np.flatnonzero(rows), stage, ms[rows]) for rows, stage, ms in steps]


def _flat(events: list[tuple[Longs, int, Longs]], count: int) -> Lifecycle:
    row = np.concatenate([rows for rows, _, _ in events])
    stage = np.concatenate([np.full(len(rows), stage, dtype=np.int8) for rows, stage, _ in events])
    ms = np.concatenate([moments for _, _, moments in events])
    order = np.lexsort((ms, row))
    start = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=count), out=start[1:])
    return Lifecycle(start, stage[order], ms[order].astype(np.int64))
