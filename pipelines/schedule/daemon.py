"""`okr schedule`: a foreground process that wakes, lets the keeper look, and ends when it is told to.

APScheduler only wakes us: one job with a date, set anew after every look. It keeps nothing, so its own misfires, job stores and crontab
lines do not matter. It waits for a moment on the wall clock; the main thread therefore compares that clock with the steady one every
few seconds and wakes the keeper when somebody has moved it.

Runs are processes of their own (`job.py`) in a session of their own, so that Ctrl-C reaches us alone. SIGTERM and SIGINT: nothing new
is begun; a run gets `stop_seconds` to finish and is then killed, which is safe at any moment, and its slot is done at the next start.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler

from pipelines import clock
from pipelines.errors import SettingsError
from pipelines.exit_codes import ExitCode
from pipelines.loaded import load_everything
from pipelines.schedule import job
from pipelines.schedule.keeper import Keeper
from pipelines.schedule.notify import notify
from pipelines.schedule.overdue import say_overdue
from pipelines.schedule.plan import Due
from pipelines.schedule.rules import rules_of
from pipelines.settings import Settings
from pipelines.watch import LogWatch
from warehouse.engine import Connection, RunLock, open_warehouse
from warehouse.recovery import ready_schema
from warehouse.run_store import bury_dead

LOCK = "okr-schedule.lock"
HEARTBEAT_SECONDS = 5.0
MOVED = timedelta(seconds=3)
KILL_SECONDS = 5.0
POLL_SECONDS = 0.2


class ProcessDesk:
    """The real clock, the real ledger, and runs as processes."""

    def __init__(self, settings: Settings, *, awake: threading.Event | None = None) -> None:
        self._settings = settings
        self._stop = awake or threading.Event()
        self._log = LogWatch("schedule", settings.data_dir / "okr.log", echo=True)

    def now(self) -> datetime:
        return clock.now()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @contextmanager
    def ledger(self) -> Iterator[Connection]:
        settings = self._settings
        with RunLock(settings.data_dir), open_warehouse(settings.warehouse_path, wait_seconds=1.0) as con:
            if recovered := ready_schema(con, settings.published_path, "schedule", clock.now()):
                self.say("recovered", note=recovered.line)
            bury_dead(con, clock.now())
            yield con

    def launch(self, due: Due) -> int:
        options = ("--schedule", due.rule.name, "--slot", due.slot.isoformat(), "--as-of", due.as_of.isoformat())
        notify(f"STATUS=running {due.rule.name} of {due.slot:%Y-%m-%d %H:%M} UTC")
        return self._process(options)

    def deliver(self) -> int:
        return self._process(("--deliveries",))

    def watch(self, now: datetime) -> datetime | None:
        said, again = say_overdue(self._settings, now)
        if said:
            self.say("overdue", line=said)
        return again

    def say(self, event: str, **facts: object) -> None:
        self._log.event(event, **facts)

    def _process(self, options: Sequence[str]) -> int:
        command = job.arguments(self._settings, *options)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as process:  # noqa: S603
            deadline: float | None = None
            while process.poll() is None:
                if self.stopping and deadline is None:
                    deadline = time.monotonic() + self._settings.stop_seconds
                    self.say("stopping", waits_seconds=self._settings.stop_seconds, run_of_process=process.pid)
                if deadline is not None and time.monotonic() >= deadline:
                    self._abandon(process)
                time.sleep(POLL_SECONDS)
            return process.returncode

    def _abandon(self, process: subprocess.Popen[bytes]) -> None:
        self.say("abandoned", run_of_process=process.pid)
        process.terminate()
        try:
            process.wait(KILL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Daemon:
    """Wakes the keeper until it is told to stop."""

    def __init__(self, keeper: Keeper, desk: ProcessDesk, stop: threading.Event) -> None:
        self._keeper = keeper
        self._desk = desk
        self._stop = stop
        self._waker = BackgroundScheduler(timezone=UTC)

    def run(self) -> None:
        """Blocks until `stop` is set and the running look has ended."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._waker.start()
        self._announce()
        self._wake_at(self._desk.now())
        before = (self._desk.now(), time.monotonic())
        while not self._stop.wait(HEARTBEAT_SECONDS):
            notify("WATCHDOG=1")
            before = self._notice_moved_clock(*before)
        notify("STOPPING=1")
        self._waker.shutdown(wait=True)
        self._desk.say("schedule", state="stopped")

    def _wake_at(self, moment: datetime) -> None:
        self._waker.add_job(
            self._look,
            "date",
            run_date=moment,
            id="wake",
            replace_existing=True,
            misfire_grace_time=None,
            max_instances=2,  # this one is ending when it sets the next
        )

    def _look(self) -> None:
        moment = self._keeper.tick()
        notify(f"STATUS=waiting until {moment:%Y-%m-%d %H:%M:%S} UTC")
        if not self._stop.is_set():
            with contextlib.suppress(RuntimeError):  # shut down meanwhile
                self._wake_at(moment)

    def _announce(self) -> None:
        coming = self._keeper.coming()
        notify("READY=1")
        told = ", ".join(
            f"{rule.name} {moment.astimezone(ZoneInfo(rule.crontab.time_zone)):%Y-%m-%dT%H:%M%z}"
            for moment, rule in coming
        )
        self._desk.say("schedule", state="ready", schedules=len(coming), next=told)

    def _notice_moved_clock(self, wall: datetime, steady: float) -> tuple[datetime, float]:
        now, ticks = self._desk.now(), time.monotonic()
        moved = (now - wall) - timedelta(seconds=ticks - steady)
        if abs(moved) > MOVED and self._waker.get_job("wake") is not None:
            self._desk.say("clock moved", seconds=round(moved.total_seconds()))
            self._wake_at(now)
        return now, ticks


def serve(settings: Settings, *, once: bool = False) -> ExitCode:
    """Until SIGTERM or SIGINT; with `once` do what is due now and end. LockedError when another one is at work here."""
    loaded = load_everything(settings)
    rules = rules_of(settings, loaded.mappings.company.time_zone)
    if not rules:
        raise SettingsError(
            'no schedule is configured. Write into okr.toml: [schedules.morning] and below it cron = "15 6 * * mon-fri".'
        )
    stop = threading.Event()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with RunLock(settings.data_dir, name=LOCK):
        desk = ProcessDesk(settings, awake=stop)
        # called by cron, say, every few minutes: a slot counts as missed after an hour
        awake_since = desk.now() - timedelta(hours=1) if once else desk.now()
        keeper = Keeper(rules, tuple(settings.trackers), desk, awake_since)
        with _told_to_stop(stop):
            if once:
                keeper.tick()
            else:
                Daemon(keeper, desk, stop).run()
    return ExitCode.OK


@contextmanager
def _told_to_stop(stop: threading.Event) -> Iterator[None]:
    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
