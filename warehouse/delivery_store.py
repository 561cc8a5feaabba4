"""The outbox: which snapshot still has to reach which tracker, and how often that was tried.

Rules, per (tracker, key result):

* Only the newest counts. Queueing one supersedes whatever older one is still waiting.
* What a tracker already shows, or is about to, is not queued again (`snapshot_rows.payload_hash`). A delivery that failed for good
  is not queued again either until its content changes or a person calls `requeue_permanent`.
* Time does not run backwards: recomputing a past day stores its snapshot but sends nothing.
* What comes back to what the tracker shows before anything else was sent is dropped, not sent again.
* A failure that may pass is tried again after 1, 2, 4 ... minutes, at most 6 hours, up to a quarter longer so that many installations
  do not come back in the same second; never before the moment the other side asked for (`Retry-After`). Three days after the first
  attempt it is given up: it counts as failed for good, until a newer snapshot replaces it or a person asks for another try.
* Before anything leaves it is noted that it may (`note_begun`). After a kill nobody knows whether it arrived: the other side may show
  something else than was acknowledged, so a return to that is sent, too.

`delivery_id` is a hash of tracker and snapshot id, so that a receiver can recognise a repeat. When a key result returns to a state that
was sent before (good, stale, good again), the content and its id are the old ones but the message is a new one: the count of earlier
deliveries then enters the hash, or the receiver would drop it as a duplicate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from okr_mappings.snapshot import Snapshot
from warehouse.engine import Connection
from warehouse.rows import Row, insert_rows, read_one, read_rows
from warehouse.snapshot_rows import from_row, payload_hash
from warehouse.transaction import transaction

PENDING, SENT, RETRIABLE, PERMANENT, SUPERSEDED = "pending", "sent", "retriable", "permanent", "superseded"
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)
JITTER = 0.25

_COLUMNS = {
    **dict.fromkeys(("delivery_id", "tracker", "cycle_id", "key_result_id", "snapshot_id", "payload_hash"), "str"),
    **dict.fromkeys(("state", "last_error", "told"), "str"),
    **dict.fromkeys(("seq", "attempts"), "int"),
    **dict.fromkeys(("next_attempt_at", "first_attempt_at", "created_at", "updated_at"), "datetime"),
    "as_of": "date",
}


@dataclass(frozen=True, slots=True)
class Queued:
    """A stored snapshot and its place in the order of appending."""

    snapshot: Snapshot
    seq: int


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """One delivery that is due; `attempt` counts from 1 and includes the coming one."""

    delivery_id: str
    tracker: str
    snapshot: Snapshot
    attempt: int


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """How an attempt ended: `state` is sent, retriable or permanent; `retry_after` in seconds when the other side said so.

    `told` is what a message said about the key result, empty for trackers that keep a state.
    """

    delivery_id: str
    state: str
    message: str = ""
    retry_after: float | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class _Last:
    """What was queued last for one tracker and key result; `untried` while nobody outside can have seen it."""

    as_of: date
    payload: str
    untried: bool = False
    shown: str | None = None


def queue_deliveries(con: Connection, snapshots: Sequence[Queued], trackers: Collection[str], now: datetime) -> int:
    """Add what is news to each tracker, inside the caller's transaction; returns how many."""
    rows: list[Row] = []
    for tracker in sorted(trackers):
        last = _last_queued(con, tracker)
        _drop_what_is_shown(con, tracker, snapshots, last, now)
        sent_before = _counts_by_snapshot(con, tracker)
        for item in snapshots:
            snapshot = item.snapshot
            payload = payload_hash(snapshot)
            if _is_news(snapshot, payload, last.get((snapshot.cycle_id, snapshot.key_result_id))):
                earlier = sent_before.get(snapshot.snapshot_id, 0)
                rows.append(_new_row(item, tracker, payload, earlier, now))
                last[(snapshot.cycle_id, snapshot.key_result_id)] = _Last(snapshot.as_of, payload)
                sent_before[snapshot.snapshot_id] = earlier + 1
    insert_rows(con, "okr.deliveries", rows, _COLUMNS)
    if rows:
        _supersede_older(con, now)
    return len(rows)


def due(con: Connection, tracker: str, now: datetime, limit: int | None = None) -> list[WaitingDelivery]:
    """What may be sent now, in the order it was queued."""
    rows = read_rows(
        con,
        "select delivery.delivery_id, delivery.attempts, snapshot.* from okr.deliveries as delivery"
        " inner join okr.snapshots as snapshot on snapshot.seq = delivery.seq"
        " where delivery.tracker = $tracker and delivery.state in ('pending', 'retriable')"
        " and (delivery.next_attempt_at is null or delivery.next_attempt_at <= $now)"
        " order by delivery.seq limit $limit",
        {"tracker": tracker, "now": now, "limit": limit},
    )
    return [
        WaitingDelivery(str(row["delivery_id"]), tracker, from_row(row), int(str(row["attempts"])) + 1) for row in rows
    ]


def note_begun(con: Connection, tracker: str, now: datetime) -> None:
    """To be called before anything that is due leaves: from here on the other side may know of it, whatever happens to this process."""
    con.execute(
        "update okr.deliveries set first_attempt_at = $now where tracker = $tracker and state in ('pending', 'retriable')"
        " and first_attempt_at is null and (next_attempt_at is null or next_attempt_at <= $now)",
        {"tracker": tracker, "now": now},
    )


def last_sent(con: Connection, tracker: str) -> dict[tuple[str, str], Snapshot]:
    """By (cycle, key result) the snapshot that the tracker acknowledged last."""
    rows = read_rows(
        con,
        "select snapshot.* from okr.deliveries as delivery"
        " inner join okr.snapshots as snapshot on snapshot.seq = delivery.seq"
        " where delivery.tracker = $tracker and delivery.state = 'sent'"
        " qualify row_number() over (partition by delivery.cycle_id, delivery.key_result_id"
        "   order by delivery.seq desc, delivery.created_at desc) = 1",
        {"tracker": tracker},
    )
    return {(each.cycle_id, each.key_result_id): each for each in map(from_row, rows)}


def perhaps_sent(con: Connection, tracker: str) -> dict[tuple[str, str], Snapshot]:
    """By (cycle, key result) what a process that was killed had begun to send after `last_sent`, and something newer has replaced."""
    rows = read_rows(
        con,
        "with mine as (select * from okr.deliveries where tracker = $tracker),"
        " acknowledged as ("
        "   select cycle_id, key_result_id, max(created_at) as at from mine where state = 'sent' group by all)"
        " select snapshot.* from mine"
        " inner join okr.snapshots as snapshot on snapshot.seq = mine.seq"
        " left join acknowledged on acknowledged.cycle_id = mine.cycle_id and acknowledged.key_result_id = mine.key_result_id"
        " where mine.state = 'superseded' and mine.attempts = 0 and mine.first_attempt_at is not null"
        " and (acknowledged.at is null or mine.created_at > acknowledged.at)"
        " qualify row_number() over (partition by mine.cycle_id, mine.key_result_id order by mine.created_at desc, mine.seq desc) = 1",
        {"tracker": tracker},
    )
    return {(each.cycle_id, each.key_result_id): each for each in map(from_row, rows)}


def record_outcomes(con: Connection, outcomes: Sequence[DeliveryOutcome], now: datetime) -> None:
    """Write down how attempts ended; a retriable one becomes due again after a wait that doubles each time."""
    with transaction(con):
        for outcome in outcomes:
            if outcome.state not in (SENT, RETRIABLE, PERMANENT):
                raise ValueError(f"a delivery cannot end as {outcome.state!r}")
            _record(con, outcome, now)


def requeue_permanent(con: Connection, tracker: str, now: datetime, *, also_waiting: bool = False) -> int:
    """After a person has repaired the cause: try again what failed for good and is still the newest of its key result.

    `also_waiting`: what only waits for its next try, too.
    """
    rows = con.execute(
        "update okr.deliveries set state = 'pending', next_attempt_at = null, first_attempt_at = null, updated_at = $now"
        " where tracker = $tracker and (state = 'permanent' or ($also_waiting and state = 'retriable')) and seq = ("
        "   select max(newer.seq) from okr.deliveries as newer where newer.tracker = deliveries.tracker"
        "   and newer.cycle_id = deliveries.cycle_id and newer.key_result_id = deliveries.key_result_id)"
        " returning delivery_id",
        {"tracker": tracker, "now": now, "also_waiting": also_waiting},
    ).fetchall()
    return len(rows)


def waiting_count(con: Connection, tracker: str, now: datetime) -> int:
    """How many failed for now and are not due yet."""
    row = con.execute(
        "select count(*) from okr.deliveries where tracker = $tracker and state = 'retriable' and next_attempt_at > $now",
        {"tracker": tracker, "now": now},
    ).fetchone()
    return int(row[0]) if row else 0


def delivery_counts(con: Connection) -> dict[str, dict[str, int]]:
    """Per tracker how many deliveries are in which state."""
    rows = con.execute(
        "select tracker, state, count(*) from okr.deliveries group by tracker, state order by all"
    ).fetchall()
    counts: dict[str, dict[str, int]] = {}
    for tracker, state, number in rows:
        counts.setdefault(tracker, {})[state] = number
    return counts


def delivery_id(tracker: str, snapshot_id: str, earlier: int = 0) -> str:
    """Stable over every attempt; `earlier` counts deliveries of the same content to the same tracker before this one."""
    parts = [tracker, snapshot_id, *([str(earlier)] if earlier else [])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _is_news(snapshot: Snapshot, payload: str, last: _Last | None) -> bool:
    return last is None or (snapshot.as_of >= last.as_of and payload != last.payload)


def _last_queued(con: Connection, tracker: str) -> dict[tuple[str, str], _Last]:
    """`shown` is what the tracker shows for certain: the payload of the last delivery that was sent, if none was tried after it."""
    rows = con.execute(
        "with mine as (select * from okr.deliveries where tracker = $tracker),"
        " tried as ("
        "   select cycle_id, key_result_id, if(state = 'sent', payload_hash, null) as shown from mine"
        "   where attempts > 0 or first_attempt_at is not null"
        "   qualify row_number() over (partition by cycle_id, key_result_id order by seq desc, created_at desc) = 1)"
        " select cycle_id, key_result_id, as_of, payload_hash, state = 'pending' and attempts = 0 and first_attempt_at is null, shown"
        " from mine left join tried using (cycle_id, key_result_id)"
        " where not (state = 'superseded' and attempts = 0 and first_attempt_at is null)"
        " qualify row_number() over (partition by cycle_id, key_result_id order by as_of desc, seq desc, created_at desc) = 1",
        {"tracker": tracker},
    ).fetchall()
    return {(cycle, key): _Last(*rest) for cycle, key, *rest in rows}


def _drop_what_is_shown(
    con: Connection, tracker: str, snapshots: Sequence[Queued], last: dict[tuple[str, str], _Last], now: datetime
) -> None:
    """A, then B that nobody saw, then A again: the tracker shows A, so B is dropped and nothing is sent."""
    for item in snapshots:
        key = (item.snapshot.cycle_id, item.snapshot.key_result_id)
        known, payload = last.get(key), payload_hash(item.snapshot)
        if known is None or not known.untried or payload != known.shown or item.snapshot.as_of < known.as_of:
            continue
        con.execute(
            "update okr.deliveries set state = 'superseded', updated_at = $now where tracker = $tracker"
            " and cycle_id = $cycle and key_result_id = $key and state = 'pending'",
            {"now": now, "tracker": tracker, "cycle": key[0], "key": key[1]},
        )
        last[key] = _Last(item.snapshot.as_of, payload)


def _counts_by_snapshot(con: Connection, tracker: str) -> dict[str, int]:
    rows = con.execute(
        "select snapshot_id, count(*) from okr.deliveries where tracker = $tracker group by snapshot_id",
        {"tracker": tracker},
    ).fetchall()
    return dict(rows)


def _new_row(item: Queued, tracker: str, payload: str, earlier: int, now: datetime) -> Row:
    snapshot = item.snapshot
    return {
        "delivery_id": delivery_id(tracker, snapshot.snapshot_id, earlier),
        "tracker": tracker,
        "cycle_id": snapshot.cycle_id,
        "key_result_id": snapshot.key_result_id,
        "snapshot_id": snapshot.snapshot_id,
        "as_of": snapshot.as_of,
        "seq": item.seq,
        "payload_hash": payload,
        "state": PENDING,
        "attempts": 0,
        "next_attempt_at": None,
        "first_attempt_at": None,
        "last_error": "",
        "told": "",
        "created_at": now,
        "updated_at": now,
    }


def _supersede_older(con: Connection, now: datetime) -> None:
    con.execute(
        "update okr.deliveries set state = 'superseded', updated_at = $now"
        " where state in ('pending', 'retriable') and exists ("
        "   select 1 from okr.deliveries as newer where newer.tracker = deliveries.tracker"
        "   and newer.cycle_id = deliveries.cycle_id and newer.key_result_id = deliveries.key_result_id"
        "   and newer.seq > deliveries.seq)",
        {"now": now},
    )


def _record(con: Connection, outcome: DeliveryOutcome, now: datetime) -> None:
    row = read_one(
        con,
        "select attempts, first_attempt_at from okr.deliveries where delivery_id = $id and state in ('pending', 'retriable')",
        {"id": outcome.delivery_id},
    )
    if row is None:
        return  # superseded meanwhile, or already recorded before a crash
    attempts = int(str(row["attempts"])) + 1
    noted = (
        row["first_attempt_at"] if attempts > 1 else None
    )  # one that a kill cut short says nothing about the other side
    first = min(noted, now) if isinstance(noted, datetime) else now
    ended = given_up(outcome, first, now)
    con.execute(
        "update okr.deliveries set state = $state, attempts = $attempts, next_attempt_at = $next, first_attempt_at = $first,"
        " last_error = $error, told = $told, updated_at = $now where delivery_id = $id",
        {
            "state": ended.state,
            "attempts": attempts,
            "next": now + wait(attempts, outcome.retry_after, now) if ended.state == RETRIABLE else None,
            "first": first,
            "error": "" if ended.state == SENT else ended.message,
            "told": ended.told if ended.state == SENT else "",
            "now": now,
            "id": outcome.delivery_id,
        },
    )


def given_up(outcome: DeliveryOutcome, first: datetime, now: datetime) -> DeliveryOutcome:
    """The outcome, or that there is no use in trying on."""
    if outcome.state != RETRIABLE or now - first < GIVE_UP_AFTER:
        return outcome
    days = GIVE_UP_AFTER.days
    advice = f"Given up after {days} days; `okr redeliver` tries again."
    return replace(outcome, state=PERMANENT, message=f"{outcome.message} {advice}".strip())


def wait(attempts: int, asked_seconds: float | None, now: datetime) -> timedelta:
    """Until the next try. The jitter is drawn from the moment: what failed together comes back together, in one call or wake-up."""
    usual = min(FIRST_WAIT * (1 << min(attempts - 1, 16)), LONGEST_WAIT)
    asked = min(timedelta(seconds=min(asked_seconds or 0, GIVE_UP_AFTER.total_seconds())), GIVE_UP_AFTER)
    draw = int.from_bytes(hashlib.sha256(now.isoformat().encode()).digest()[:8]) / 2**64
    return max(usual + usual * JITTER * draw, asked)
