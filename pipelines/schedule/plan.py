"""What is due: a pure function of a rule, what the ledger says about its slots, and the moment.

* A slot is due from its moment (plus the rule's offset) on, until a row decides it.
* `latest`: of several due slots the newest is run and the others are skipped, with the reason; `all`: each is run, the oldest first, as
  of its own day; `none`: what passed while nobody was awake is skipped.
* One run at a time. What became due meanwhile is decided afterwards by the same rule, so a long run and a night of downtime differ
  in nothing but the words of the reason.
* A run that was killed is tried again at once, one that failed as a whole after five minutes, then ten, then twenty; unless a newer slot
  has taken its place (`latest`, `none`).
* A clock that was wrong: what was skipped at a moment that has not come yet is undecided again. What was run stays done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pipelines.schedule.rules import Rule
from warehouse.slot_store import CRASHED, FAILED, SKIPPED, Slot

FIRST_RETRY = timedelta(minutes=5)
WRONG_CLOCK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known about one rule: since when its slots count, and those that are decided."""

    since: datetime
    slots: Mapping[datetime, Slot] = field(default_factory=dict)

    def newest(self, until: datetime) -> datetime:
        """The newest decided slot not later than `until`, or the beginning."""
        return max((slot for slot in self.slots if slot <= until), default=self.since)


@dataclass(frozen=True, slots=True)
class Due:
    """One slot to run now. `attempt` counts from 1; `late` is how long after its moment."""

    rule: Rule
    slot: datetime
    as_of: date
    attempt: int
    late: timedelta


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about one rule now: at most one run, and what is given up for it."""

    run: Due | None = None
    skip: Mapping[datetime, str] = field(default_factory=dict)
    forget: tuple[datetime, ...] = ()


def decide(rule: Rule, ledger: Ledger, now: datetime, awake_since: datetime) -> Decision:
    """Which slot of this rule to run now. `awake_since`: up to then nobody could have run anything."""
    forget = _skipped_by_a_wrong_clock(ledger, now)
    waiting = _undecided(rule, ledger, now, forget)
    skip: dict[datetime, str] = {}
    if rule.catch_up == "none":
        skip = {
            slot: "missed while the scheduler was not running; catch_up is none"
            for slot in waiting
            if slot <= awake_since
        }
        waiting = [slot for slot in waiting if slot not in skip]
    if rule.catch_up == "all":
        skip = dict.fromkeys(waiting[: -rule.max_catch_up], f"more than {rule.max_catch_up} missed; the newest count")
        waiting = waiting[-rule.max_catch_up :]
        retries = _retries(rule, ledger, now)
        chosen = min([*retries, *waiting[:1]], default=None)
    else:
        chosen = waiting[-1] if waiting else _newest_retry(rule, ledger, now, awake_since)
        skip |= {slot: _coalesced(slot, chosen, awake_since) for slot in waiting[:-1]}
    return Decision(_due(rule, ledger, chosen, now) if chosen else None, skip, forget)


def next_due(rule: Rule, ledger: Ledger, now: datetime) -> datetime | None:
    """When there may be something to do for this rule; not later than `now` means: look."""
    moments = [moment for row in ledger.slots.values() if (moment := _retry_at(rule, row)) is not None]
    if rule.catch_up != "all":
        newest = ledger.newest(now)
        moments = [
            moment
            for row in ledger.slots.values()
            if row.slot == newest and (moment := _retry_at(rule, row)) is not None
        ]
    coming = rule.crontab.next(ledger.newest(now))
    if coming is not None:
        moments.append(coming + rule.offset)
    return min(moments, default=None)


def _undecided(rule: Rule, ledger: Ledger, now: datetime, forget: Sequence[datetime]) -> list[datetime]:
    start = max(min(ledger.since, now), now - rule.look_back())
    known = ledger.slots.keys() - set(forget)
    return [slot for slot in rule.crontab.between(start, now - rule.offset) if slot not in known]


def _skipped_by_a_wrong_clock(ledger: Ledger, now: datetime) -> tuple[datetime, ...]:
    rows = ledger.slots.values()
    return tuple(row.slot for row in rows if row.state == SKIPPED and row.decided_at > now + WRONG_CLOCK)


def _coalesced(slot: datetime, chosen: datetime | None, awake_since: datetime) -> str:
    why = "missed while the scheduler was not running" if slot <= awake_since else "another run was still going on"
    return f"{why}; done by the slot of {chosen:%Y-%m-%d %H:%M} UTC" if chosen else why


def _retry_at(rule: Rule, row: Slot) -> datetime | None:
    if row.state not in (CRASHED, FAILED) or row.attempts >= rule.attempts or row.finished_at is None:
        return None
    if row.state == CRASHED:
        return row.finished_at
    return row.finished_at + FIRST_RETRY * (1 << min(row.attempts - 1, 8))


def _retries(rule: Rule, ledger: Ledger, now: datetime) -> list[datetime]:
    rows = ledger.slots.values()
    return [
        row.slot for row in rows if (moment := _retry_at(rule, row)) is not None and moment <= now and row.slot <= now
    ]


def _newest_retry(rule: Rule, ledger: Ledger, now: datetime, awake_since: datetime) -> datetime | None:
    """The slot to try again: only when it is the newest that was decided, as otherwise a newer one has shown newer numbers."""
    newest = ledger.newest(now)
    if newest not in _retries(rule, ledger, now):
        return None
    return None if rule.catch_up == "none" and newest <= awake_since else newest


def _due(rule: Rule, ledger: Ledger, slot: datetime, now: datetime) -> Due:
    known = ledger.slots.get(slot)
    attempt = known.attempts + 1 if known else 1
    return Due(rule, slot, rule.day_of(slot, now), attempt, now - slot)
