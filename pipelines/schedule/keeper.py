"""One look at the clock: what is due is decided in the ledger, launched one by one, and looked at again.

Knows no clock, process or file: the `Desk` does, so that tests and the soak turn the hands themselves. The ledger is opened only
when a moment has come that nobody has looked at yet, and is closed while a run works.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from pipelines.schedule.plan import Due, Ledger, decide, next_due
from pipelines.schedule.rules import Rule
from warehouse.delivery_log import next_attempt
from warehouse.engine import Connection
from warehouse.errors import LockedError
from warehouse.slot_store import (
    CRASHED,
    Slot,
    forget_slots,
    note_failed_start,
    settle_definition,
    skip_slots,
    slots_of,
)

LONGEST_SLEEP = timedelta(seconds=60)
BUSY_SLEEP = timedelta(seconds=15)
ASLEEP = timedelta(minutes=5)
STUCK_DELIVERIES = timedelta(minutes=15)
BUSY = 75  # EX_TEMPFAIL: another run was going on


class Desk(Protocol):
    """What a keeper may touch."""

    def now(self) -> datetime:
        """This moment, in UTC."""

    def ledger(self) -> AbstractContextManager[Connection]:
        """The warehouse, under the run lock, with the dead marked as such; LockedError while a run is going on."""

    def launch(self, due: Due) -> int:
        """Run one slot and wait for its exit code; BUSY when the run could not begin."""

    def deliver(self) -> int:
        """Try again what trackers did not take."""

    def watch(self, now: datetime) -> datetime | None:
        """Say so where people look when no run has succeeded for long; when to look again."""

    def say(self, event: str, **facts: object) -> None:
        """A line in the log."""

    @property
    def stopping(self) -> bool:
        """Whether nothing new may be begun."""


class Keeper:
    """Keeps the rules. `awake_since` tells missed slots from late ones."""

    def __init__(self, rules: Sequence[Rule], trackers: Sequence[str], desk: Desk, awake_since: datetime) -> None:
        self._rules = tuple(rules)
        self._trackers = tuple(trackers)
        self._desk = desk
        self._awake_since = awake_since
        self._ledgers: dict[str, Ledger] = {}
        self._looked_at: datetime | None = None
        self._last_tick: datetime | None = None
        self._delivery_at: datetime | None = None
        self._delivered_at: datetime | None = None

    def tick(self) -> datetime:
        """Do what is due; returns when to look at the clock again."""
        now = self._desk.now()
        self._notice_sleep(now)
        wake = now + LONGEST_SLEEP
        try:
            if self._has_come(now):
                self._work()
        except LockedError as error:
            self._desk.say("late", why=str(error))
            self._looked_at = None
            wake = now + BUSY_SLEEP
        except Exception as error:  # noqa: BLE001 - the next look may find the disk mended; the watchdog must go on
            self._desk.say("trouble", error=f"{type(error).__name__}: {error}")
            self._looked_at = None
        again = self._desk.watch(self._desk.now())
        self._last_tick = self._desk.now()
        moments = [wake, *([again] if again else []), *([self._next()] if self._looked_at else [])]
        return max(min(each for each in moments if each), self._last_tick + timedelta(seconds=1))

    def coming(self) -> list[tuple[datetime, Rule]]:
        """The next moment of each rule, the soonest first."""
        now = self._desk.now()
        found = [(moment + rule.offset, rule) for rule in self._rules if (moment := rule.crontab.next(now))]
        return sorted(found, key=lambda pair: (pair[0], pair[1].name))

    def _notice_sleep(self, now: datetime) -> None:
        """The machine slept, or its clock was set: what passed meanwhile was missed, not late."""
        if self._last_tick is None:
            return
        if now - self._last_tick > ASLEEP:
            self._desk.say("asleep", seconds=int((now - self._last_tick).total_seconds()))
            self._awake_since = now
        if now < self._last_tick - ASLEEP:
            self._desk.say("clock set back", seconds=int((self._last_tick - now).total_seconds()))
            self._awake_since = min(self._awake_since, now)
            self._looked_at = None

    def _has_come(self, now: datetime) -> bool:
        if self._looked_at is None or now < self._looked_at:
            return True
        return (moment := self._next()) is not None and moment <= now

    def _next(self) -> datetime | None:
        """The next moment that nobody has looked at."""
        moments = [
            moment
            for rule in self._rules
            if (moment := next_due(rule, self._ledgers[rule.name], self._looked_at or self._desk.now())) is not None
        ]
        fresh = [moment for moment in moments if self._looked_at is None or moment > self._looked_at]
        if self._delivery_at is not None:
            fresh.append(self._delivery_moment(self._delivery_at))
        return min(fresh, default=None)

    def _delivery_moment(self, moment: datetime) -> datetime:
        """A try that moved nothing, say because the tracker is not set up, is not repeated every minute."""
        stuck = self._delivered_at is not None and moment <= self._delivered_at
        return self._delivered_at + STUCK_DELIVERIES if stuck and self._delivered_at else moment

    def _work(self) -> None:
        while not self._desk.stopping:
            due = self._decide(self._desk.now())
            if due is None:
                break
            self._desk.say("slot", **_told(due), state="started")
            code = self._desk.launch(due)
            if code == BUSY:
                raise LockedError(f"the run of {due.rule.name} found another one going on")
            self._settle(due, code)
        now = self._desk.now()
        if self._delivery_at and self._delivery_moment(self._delivery_at) <= now and not self._desk.stopping:
            self._delivered_at = now
            self._desk.say("deliveries", state="tried again", exit_code=self._desk.deliver())
            with self._desk.ledger() as con:
                self._delivery_at = next_attempt(con, self._trackers)

    def _decide(self, now: datetime) -> Due | None:
        found: list[Due] = []
        with self._desk.ledger() as con:
            for rule in self._rules:
                ledger = _read(con, rule, now)
                decision = decide(rule, ledger, now, self._awake_since)
                forget_slots(con, rule.name, decision.forget)
                skip_slots(con, rule.name, decision.skip, now)
                if decision.forget or decision.skip:
                    self._desk.say(
                        "slots", schedule=rule.name, skipped=len(decision.skip), undecided=len(decision.forget)
                    )
                    ledger = _read(con, rule, now)
                self._ledgers[rule.name] = ledger
                found += [decision.run] if decision.run else []
            self._delivery_at = next_attempt(con, self._trackers)
        self._looked_at = now
        return min(found, key=lambda due: (due.slot, due.rule.name), default=None)

    def _settle(self, due: Due, code: int) -> None:
        """See what the run wrote down; one that ended before its claim is noted here."""
        now = self._desk.now()
        with self._desk.ledger() as con:
            row = _read(con, due.rule, now).slots.get(due.slot)
            if row is None or row.attempts < due.attempt:
                why = (
                    "killed before it began"
                    if code < 0
                    else "the run ended before it began; see its message in the log"
                )
                note_failed_start(con, due.rule.name, due.slot, now, exit_code=code, note=why)
                row = _read(con, due.rule, now).slots.get(due.slot)
        self._desk.say("slot", **_told(due), state=row.state if row else CRASHED, exit_code=code)


def _read(con: Connection, rule: Rule, now: datetime) -> Ledger:
    since = settle_definition(con, rule.name, rule.definition, now)
    rows: list[Slot] = slots_of(con, rule.name, now - rule.look_back())
    return Ledger(since, {row.slot: row for row in rows})


def _told(due: Due) -> dict[str, object]:
    late = int(due.late.total_seconds())
    return {
        "schedule": due.rule.name,
        "slot": f"{due.slot:%Y-%m-%dT%H:%MZ}",
        "as_of": due.as_of,
        "attempt": due.attempt,
        "late_seconds": late,
    }
