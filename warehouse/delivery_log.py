"""Looking at the outbox without touching it: what waits for another try, and what became of the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from warehouse.engine import Connection
from warehouse.rows import read_one, read_rows


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery as people look at it; `next_attempt_at` is None when none is planned."""

    delivery_id: str
    tracker: str
    cycle_id: str
    key_result_id: str
    as_of: date
    state: str
    attempts: int
    next_attempt_at: datetime | None
    first_attempt_at: datetime | None
    last_error: str
    created_at: datetime
    updated_at: datetime
    told: str


def next_attempt(con: Connection, trackers: Collection[str]) -> datetime | None:
    """When the next delivery or announcement to one of these trackers that failed for now may be tried again."""
    row = read_one(
        con,
        "with waiting as ("
        "   select tracker, state, next_attempt_at from okr.deliveries"
        "   union all select tracker, state, next_attempt_at from okr.notices)"
        " select min(next_attempt_at) as moment from waiting"
        " where state = 'retriable' and tracker in (select unnest($trackers::varchar[]))",
        {"trackers": sorted(trackers)},
    )
    moment = row["moment"] if row else None
    return moment if isinstance(moment, datetime) else None


def recent_deliveries(con: Connection, limit: int, *, failed: bool = False) -> list[StoredDelivery]:
    """The latest changed first; with `failed` only what did not arrive and is not replaced by something newer."""
    rows = read_rows(
        con,
        "select * from okr.deliveries where not $failed or state in ('retriable', 'permanent')"
        " order by updated_at desc, tracker, seq desc limit $limit",
        {"failed": failed, "limit": limit},
    )
    return [StoredDelivery(**{name: row.get(name, "") for name in StoredDelivery.__slots__}) for row in rows]  # type: ignore[arg-type]
