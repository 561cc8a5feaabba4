"""Announcements that are about no single key result: which one reached which tracker, and when a failed one may be tried again.

That a receiver wants no more messages is written down here too (`ENDED`), under a name of the settings it was said for: other settings,
another receiver.

The same rules as for deliveries (`delivery_store`): retries that double, three days, then a person. An announcement is
written down only once it has been tried; what is due follows from the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from warehouse.delivery_store import PENDING, PERMANENT, RETRIABLE, SENT, DeliveryOutcome, given_up, wait
from warehouse.engine import Connection
from warehouse.okr_schema import keeps_notices
from warehouse.rows import read_one, read_rows
from warehouse.transaction import transaction

ENDED = "ended"


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """One announcement as people look at it."""

    tracker: str
    notice_id: str
    kind: str
    state: str
    attempts: int
    next_attempt_at: datetime | None
    first_attempt_at: datetime
    last_error: str
    updated_at: datetime


def notices(con: Connection, tracker: str) -> dict[str, StoredNotice]:
    """Every announcement that was tried, by id."""
    rows = read_rows(con, "select * from okr.notices where tracker = $tracker", {"tracker": tracker})
    found = [StoredNotice(**{name: row[name] for name in StoredNotice.__slots__}) for row in rows]  # type: ignore[arg-type]
    return {each.notice_id: each for each in found}


def may_be_tried(known: StoredNotice | None, now: datetime) -> bool:
    """Neither sent nor refused, and not before its time."""
    if known is None or known.state == PENDING:
        return True
    return known.state == RETRIABLE and (known.next_attempt_at is None or known.next_attempt_at <= now)


def record_notice(con: Connection, tracker: str, kind: str, outcome: DeliveryOutcome, now: datetime) -> None:
    """Write down how an attempt ended; `delivery_id` of the outcome is the announcement's."""
    key = {"tracker": tracker, "id": outcome.delivery_id}
    with transaction(con):
        row = read_one(con, "select * from okr.notices where tracker = $tracker and notice_id = $id", key)
        began = row["first_attempt_at"] if row else now
        first = began if isinstance(began, datetime) and row and row["state"] != PENDING else now
        attempts = int(str(row["attempts"])) + 1 if row else 1
        ended = given_up(outcome, first, now)
        con.execute(
            "insert or replace into okr.notices values"
            " ($tracker, $id, $kind, $state, $attempts, $next, $first, $error, $now)",
            {
                **key,
                "kind": kind,
                "state": ended.state,
                "attempts": attempts,
                "next": now + wait(attempts, outcome.retry_after, now) if ended.state == RETRIABLE else None,
                "first": first,
                "error": "" if ended.state == SENT else ended.message,
                "now": now,
            },
        )


def requeue_notices(con: Connection, tracker: str, now: datetime, *, also_waiting: bool = False) -> int:
    """After a person has repaired the cause: what was refused is due again; with `also_waiting` what waits for its next try, too."""
    rows = con.execute(
        "update okr.notices set state = $pending, next_attempt_at = null, updated_at = $now"
        " where tracker = $tracker and (state = $permanent or ($also_waiting and state = $retriable)) and kind <> $ended"
        " returning notice_id",
        {
            "pending": PENDING,
            "permanent": PERMANENT,
            "retriable": RETRIABLE,
            "ended": ENDED,
            "tracker": tracker,
            "now": now,
            "also_waiting": also_waiting,
        },
    ).fetchall()
    return len(rows)


def note_ended(con: Connection, tracker: str, settings: str, why: str, now: datetime) -> None:
    """The other side wants no more messages under these settings (`settings` is a name of them, not their text)."""
    con.execute(
        "insert or replace into okr.notices values ($tracker, $id, $kind, $state, 1, null, $now, $why, $now)",
        {"tracker": tracker, "id": settings, "kind": ENDED, "state": PERMANENT, "now": now, "why": why},
    )


def ended(con: Connection) -> dict[tuple[str, str], StoredNotice]:
    """By tracker and name of its settings what was switched off; nothing in a folder of an older version."""
    if not keeps_notices(con):
        return {}
    rows = read_rows(con, "select * from okr.notices where kind = $kind order by updated_at", {"kind": ENDED})
    found = [StoredNotice(**{name: row[name] for name in StoredNotice.__slots__}) for row in rows]  # type: ignore[arg-type]
    return {(each.tracker, each.notice_id): each for each in found}


def switch_on(con: Connection, tracker: str) -> bool:
    """After a person asked for it: forget that the receiver wanted no more. False when it never said so."""
    rows = con.execute(
        "delete from okr.notices where tracker = $tracker and kind = $kind returning notice_id",
        {"tracker": tracker, "kind": ENDED},
    ).fetchall()
    return bool(rows)
