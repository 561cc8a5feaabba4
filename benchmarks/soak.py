"""A soak of the scheduler and the outbox: thousands of scheduled runs on a simulated clock, with kills and faults at random.

    python -m benchmarks.soak --runs 2000 --seed 1

Real are: the keeper and its arithmetic, the ledger, the snapshots, the outbox and the `track` step, in a DuckDB file that is opened and
closed as in earnest. Simulated are: the clock (which also sleeps, is set back and passes daylight-saving changes), the job (a few
key results that change now and then instead of sources), and two trackers: both remember every message by its id and are down,
silent after they took it, throttled or final in their refusals for hours at a time. A kill is an exception that nothing catches, at
any of the points between opening and closing; then nobody is awake for up to three days. `verify` lets ledger and receivers count.
`benchmarks.soak_real` does less of it with real processes.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.contract import Delivery, DeliveryResult, DeliveryState
from okr_mappings.snapshot import ProgressDocument, Snapshot
from pipelines.jobs.track import track
from pipelines.schedule.crontab import Crontab
from pipelines.schedule.keeper import BUSY, Keeper
from pipelines.schedule.plan import Due
from pipelines.schedule.rules import Rule
from tests.connectors.trackers.documents import document, snapshot
from warehouse.delivery_log import next_attempt
from warehouse.delivery_store import requeue_permanent
from warehouse.engine import Connection, RunLock, open_warehouse
from warehouse.errors import LockedError
from warehouse.okr_schema import create_schema
from warehouse.rows import read_rows
from warehouse.run_store import FAILED, NOT_NEEDED, SUCCEEDED, bury_dead, finish_run, start_run
from warehouse.slot_store import claim_slot
from warehouse.snapshot_rows import payload_hash
from warehouse.snapshot_store import append_snapshots, latest

ZONE = "Europe/Budapest"
START = datetime(2026, 10, 20, 8, 3, tzinfo=UTC)  # the clocks go back on the 25th, and forward on 28 March 2027
RULES = (
    Rule("half-hourly", Crontab("*/30 * * * *", ZONE), ZONE, "latest", attempts=4),
    Rule("nightly", Crontab("30 2 * * *", ZONE), ZONE, "all", max_catch_up=50, attempts=4),
    Rule("weekdays", Crontab("15 6 * * mon-fri", ZONE), ZONE, "none", attempts=4),
)
KEY_RESULTS = 3
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Killed(BaseException):
    """SIGKILL, as far as the code inside can tell."""


@dataclass
class Receiver:
    """A keyed tracker: what it accepted by id, in order, and what each key result shows now."""

    name: str
    random: random.Random
    chance: Chance
    messages: dict[str, Snapshot] = field(default_factory=dict)
    shown: dict[str, Snapshot] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    needless_repeats: int = 0
    backwards: int = 0
    in_doubt: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    unconfirmed: set[str] = field(default_factory=set)
    mood: str = "well"
    mood_until: datetime = LONG_AGO

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        self._change_mood(now)
        self.unconfirmed = {each.delivery_id for each in deliveries}
        results = []
        for delivery in deliveries:
            self.calls[self.mood] += 1
            results.append(self._answer(delivery))
            if self.chance.strikes("between send and commit"):
                raise Killed
        return results

    def _change_mood(self, now: datetime) -> None:
        if now < self.mood_until:
            return
        moods = ("well", "down", "forgets to answer", "throttled", "refuses")
        self.mood = self.random.choices(moods, (70, 10, 8, 8, 4))[0] if self.chance.faults else "well"
        self.mood_until = now + timedelta(hours=self.random.choice((1, 3, 9, 30)))

    def _answer(self, delivery: Delivery) -> DeliveryResult:
        said = {
            "down": DeliveryResult(delivery.delivery_id, DeliveryState.RETRIABLE, "503"),
            "throttled": DeliveryResult(delivery.delivery_id, DeliveryState.RETRIABLE, "429", retry_after=1800),
            "refuses": DeliveryResult(delivery.delivery_id, DeliveryState.PERMANENT, "400"),
        }
        if self.mood in said:
            return said[self.mood]
        self._take(delivery)
        if self.mood == "forgets to answer":
            self.doubt({delivery.delivery_id})
            return DeliveryResult(delivery.delivery_id, DeliveryState.RETRIABLE, "no answer")
        return DeliveryResult(delivery.delivery_id, DeliveryState.SENT)

    def doubt(self, deliveries: set[str]) -> None:
        """Whoever sent these does not know whether they came, and may send them again."""
        self.in_doubt |= deliveries
        self.doubted |= deliveries

    def _take(self, delivery: Delivery) -> None:
        if delivery.delivery_id in self.messages:
            self.repeats += 1
            self.needless_repeats += delivery.delivery_id not in self.in_doubt
            self.in_doubt.discard(delivery.delivery_id)
            return
        before = self.shown.get(delivery.snapshot.key_result_id)
        self.backwards += before is not None and delivery.snapshot.as_of < before.as_of
        self.messages[delivery.delivery_id] = delivery.snapshot
        self.shown[delivery.snapshot.key_result_id] = delivery.snapshot


@dataclass
class Chance:
    """When something strikes, and how often it did."""

    random: random.Random
    kill: float
    faults: bool = True
    struck: Counter[str] = field(default_factory=Counter)

    def strikes(self, where: str, times: float = 1.0) -> bool:
        if not self.faults or self.random.random() >= self.kill * times:
            return False
        self.struck[where] += 1
        return True

    def maybe_kill(self, where: str) -> None:
        if self.strikes(where):
            raise Killed


@dataclass
class World:
    """The simulated desk: clock, job and receivers, over a real ledger."""

    folder: Path
    chance: Chance
    random: random.Random
    receivers: dict[str, Receiver]
    start: datetime
    clock: datetime
    runs: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    values: dict[str, float] = field(default_factory=dict)
    stopping: bool = False

    def now(self) -> datetime:
        return self.clock

    @contextmanager
    def ledger(self) -> Iterator[Connection]:
        if self.chance.strikes("somebody else was running", 2):
            raise LockedError("another run")
        with RunLock(self.folder), self._open() as con:
            bury_dead(con, self.clock)
            yield con

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        with open_warehouse(self.folder / "warehouse.duckdb") as con:
            yield con

    def launch(self, due: Due) -> int:
        """The order of `pipelines.run`, with kills between any two of its steps."""
        if self.chance.strikes("could not begin", 2):
            return BUSY
        if self.chance.strikes("settings were broken"):
            return 2
        self.runs += 1
        run_id = f"run-{self.runs}"
        with RunLock(self.folder), self._open() as con:
            start_run(con, run_id, "run", due.as_of, self.clock)
            self.chance.maybe_kill("before the claim")
            if not claim_slot(con, run_id, due.rule.name, due.slot, self.clock, most_attempts=due.rule.attempts):
                finish_run(con, run_id, NOT_NEEDED, self.clock, {"exit_code": 0})
                return 0
            self.chance.maybe_kill("after the claim")
            if self.chance.strikes("the warehouse failed", 2):
                finish_run(con, run_id, FAILED, self.clock, {"exit_code": 3})
                return 3
            self._job(con, run_id, due.as_of)
            self._pass(self.random.choice((5, 30, 240, 2400)))
            self.chance.maybe_kill("before the end")
            finish_run(con, run_id, SUCCEEDED, self.clock, {"exit_code": 0})
        return 0

    def _job(self, con: Connection, run_id: str, day: date) -> None:
        found = [self._observed(f"kr-{number}", day, run_id) for number in range(KEY_RESULTS)]
        append_snapshots(con, found, list(self.receivers), self.clock)
        self.chance.maybe_kill("after the snapshot")
        track(con, [document(*found)], self.receivers, self.clock)
        self.chance.maybe_kill("after the tracking")

    def _observed(self, name: str, day: date, run_id: str) -> Snapshot:
        if self.random.random() < 0.3:
            self.values[name] = float(self.random.randrange(3))  # few values, so that they come back
        value = self.values.get(name, 0.0)
        made = snapshot(name, as_of=day, value=value, run_id=run_id, computed_at=self.clock)
        return replace(made, snapshot_id=f"{name}-{day}-{value}")

    def deliver(self) -> int:
        with RunLock(self.folder), self._open() as con:
            track(con, [document(snapshot())], self.receivers, self.clock)
        return 0

    def watch(self, now: datetime) -> datetime | None:
        return None

    def say(self, event: str, **facts: object) -> None:
        self.lines[event] += 1

    def _pass(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Result:
    """What `verify` found; `problems` is empty when everything agrees."""

    days: float
    runs: int
    slots: int
    states: dict[str, int]
    kills: dict[str, int]
    restarts: int
    messages: int
    calls: int
    repeats: int
    unsure: dict[str, int]
    problems: tuple[str, ...]


def soak(folder: Path, *, runs: int, seed: int, kill: float = 0.01, start: datetime = START) -> Result:
    """That many runs, then everything mended and brought to its end."""
    dice = random.Random(seed)
    chance = Chance(random.Random(seed + 1), kill)
    receivers = {name: Receiver(name, random.Random(seed + place), chance) for place, name in enumerate(("a", "b"), 2)}
    world = World(folder, chance, dice, receivers, start, start)
    with open_warehouse(folder / "warehouse.duckdb") as con:
        create_schema(con)
    keepers = _keepers(world)
    restarts = 0
    highest = world.clock
    while world.runs < runs:
        try:
            wake = dice.choices(keepers, (9, 1))[0].tick()  # the second is another process that should not be there
        except Killed:
            restarts += 1
            _doubt(world)
            world.clock += timedelta(minutes=dice.choice((0, 1, 45, 600, 4000)))
            keepers = _keepers(world)
            continue
        world.clock = max(wake, world.clock)
        world.clock += _moved(chance, dice)
        highest = max(highest, world.clock)
    world.clock = highest
    _mend(world)
    return verify(world, restarts)


def _keepers(world: World) -> list[Keeper]:
    return [Keeper(RULES, list(world.receivers), world, world.clock) for _ in range(2)]


def _doubt(world: World) -> None:
    """What was sent when the kill came, and not written down: it will be sent again, with the same id."""
    with open_warehouse(world.folder / "warehouse.duckdb") as con:
        sent = {
            row["delivery_id"] for row in read_rows(con, "select delivery_id from okr.deliveries where state = 'sent'")
        }
    for receiver in world.receivers.values():
        receiver.doubt(receiver.unconfirmed - sent)


def _moved(chance: Chance, dice: random.Random) -> timedelta:
    """The machine sleeps, or somebody sets its clock."""
    if chance.strikes("the machine slept", 0.1):
        return timedelta(hours=dice.choice((1, 5, 30)))
    if chance.strikes("the clock was set back", 0.1):
        return -timedelta(hours=dice.choice((1, 2, 6)))
    return timedelta(0)


def _mend(world: World) -> None:
    """No more faults; refusals are queued again; then as long as anything is due or owed."""
    world.chance.faults = False
    for receiver in world.receivers.values():
        receiver.mood_until = world.clock
    keeper = Keeper(RULES, list(world.receivers), world, world.clock - timedelta(days=1))
    for _ in range(60):
        world.clock = keeper.tick()
    with world.ledger() as con:
        for name in world.receivers:
            requeue_permanent(con, name, world.clock)
        track(con, [document(snapshot())], world.receivers, world.clock)
        while moment := next_attempt(con, list(world.receivers)):
            world.clock = max(moment, world.clock)
            track(con, [document(snapshot())], world.receivers, world.clock)


def verify(world: World, restarts: int) -> Result:
    """Let the ledger and the receivers count."""
    with world.ledger() as con:
        slots = read_rows(con, "select * from okr.slots")
        ended = read_rows(
            con,
            "select schedule, slot, count(*) as n from okr.runs where state = 'succeeded' and slot is not null group by all",
        )
        deliveries = read_rows(con, "select * from okr.deliveries")
        newest = {each.key_result_id: each for each in latest(con, "2026-Q4")}
    problems = [
        *_slot_problems(slots, ended, world.start, world.clock),
        *(problem for each in world.receivers.values() for problem in _receiver_problems(each, deliveries, newest)),
    ]
    states = Counter(f"{row['schedule']} {row['state']}" for row in slots)
    return Result(
        days=(world.clock - world.start).total_seconds() / 86_400,
        runs=world.runs,
        slots=len(slots),
        states=dict(sorted(states.items())),
        kills=dict(world.chance.struck),
        restarts=restarts,
        messages=sum(len(each.messages) for each in world.receivers.values()),
        calls=sum(each.calls.total() for each in world.receivers.values()),
        repeats=sum(each.repeats for each in world.receivers.values()),
        unsure=_unsure(world, deliveries),
        problems=tuple(problems),
    )


def _unsure(world: World, deliveries: Sequence[dict[str, object]]) -> dict[str, int]:
    """What came without an answer and was never confirmed, by what the ledger says of it."""
    return dict(
        Counter(
            str(row["state"])
            for row in deliveries
            if row["state"] != "sent" and row["delivery_id"] in world.receivers[str(row["tracker"])].messages
        )
    )


def _slot_problems(
    slots: Sequence[dict[str, object]], ended: Sequence[dict[str, object]], start: datetime, now: datetime
) -> Iterator[str]:
    times = {(row["schedule"], row["slot"]): row["n"] for row in ended}
    rows = {(row["schedule"], row["slot"]): row for row in slots}
    for rule in RULES:
        for slot in rule.crontab.between(start, now - timedelta(minutes=1)):
            if (rule.name, slot) not in rows:
                yield f"{rule.name} {slot}: nobody decided it"
    for key, row in rows.items():
        done = times.get(key, 0)
        if done != (row["state"] == "done"):
            yield f"{key[0]} {key[1]}: {row['state']}, and {done} runs succeeded"
    yield from (f"{key}: ran without being planned" for key in times.keys() - rows.keys())


def _receiver_problems(
    receiver: Receiver, deliveries: Sequence[dict[str, object]], newest: dict[str, Snapshot]
) -> Iterator[str]:
    mine = {str(row["delivery_id"]): row for row in deliveries if row["tracker"] == receiver.name}
    sent = {identity for identity, row in mine.items() if row["state"] == "sent"}
    if lost := sent - receiver.messages.keys():
        yield f"{receiver.name}: {len(lost)} count as sent and never came"
    if foreign := receiver.messages.keys() - mine.keys():
        yield f"{receiver.name}: {len(foreign)} came that nobody owed"
    # taken without an answer; then replaced by a newer one, or refused or given up at the next try
    if unknown := receiver.messages.keys() - sent - receiver.doubted:
        yield f"{receiver.name}: {len(unknown)} were acknowledged and do not count as sent"
    if open_ones := [row for row in mine.values() if row["state"] in ("pending", "retriable")]:
        yield f"{receiver.name}: {len(open_ones)} are still owed"
    if receiver.needless_repeats:
        yield f"{receiver.name}: {receiver.needless_repeats} acknowledged messages were sent again"
    if receiver.backwards:
        yield f"{receiver.name}: {receiver.backwards} messages came out of order"
    for key, present in newest.items():
        shown = receiver.shown.get(key)
        if shown is None or payload_hash(shown) != payload_hash(present):
            yield f"{receiver.name}: {key} shows {shown and (shown.as_of, shown.value)}, not {present.as_of, present.value}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kill", type=float, default=0.01, help="the chance of a kill at each of its points")
    parser.add_argument(
        "--start", type=datetime.fromisoformat, default=START, help="where the simulated clock begins, UTC"
    )
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        start = options.start.replace(tzinfo=UTC)
        result = soak(Path(folder), runs=options.runs, seed=options.seed, kill=options.kill, start=start)
    print(f"{result.runs} runs over {result.days:.0f} simulated days in {time.perf_counter() - began:.0f} s")
    print(f"slots: {result.slots}  {result.states}")
    print(f"struck: {result.kills}  (restarts: {result.restarts})")
    print(f"messages: {result.messages} in {result.calls} calls, {result.repeats} of them repeats after a doubt")
    print(f"taken without an answer and never confirmed: {result.unsure}")
    print("\n".join(result.problems) or "every slot once, nothing twice, nothing lost, ledger and receivers agree")
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
