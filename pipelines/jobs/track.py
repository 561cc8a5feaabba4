"""track: bring every tracker to the state that was published, and write down what each made of it.

What is owed lies in the outbox (`warehouse.delivery_store`), which also says when a failed delivery may be tried again. Trackers are served
side by side, so one that fails, breaks or is slow delays no other; its outcomes are recorded as soon as they are known, so that a
kill repeats little, and a repeat changes nothing at the other side. The threads only send: the database stays in this one. A tracker
is called even when nothing is owed: a workbook somebody deleted comes back. One that counts its requests per run is called once for all
cycles.

A messenger (a channel) is told all cycles at once, so that there is one message and not one per cycle; what is worth a word of what is
owed to it is decided in `telling`. After its deliveries come the announcements that are due.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime

from connectors import registry
from connectors.contract import DeliveryResult, DeliveryState, Tracker
from connectors.errors import SettingError
from connectors.messenger import Messenger
from okr_mappings.snapshot import ProgressDocument
from pipelines import clock
from pipelines.exit_codes import ExitCode
from pipelines.jobs import telling
from pipelines.jobs.context import JobContext, StepOutcome
from pipelines.jobs.sending import Answered, send_all, speak
from pipelines.languages import wording_of
from pipelines.published import published_documents
from pipelines.settings import Settings
from warehouse.delivery_store import DeliveryOutcome, due, note_begun, record_outcomes, requeue_permanent, waiting_count
from warehouse.engine import Connection, open_warehouse
from warehouse.notice_store import ended, note_ended, requeue_notices

_MOST_MESSAGES = 3


@dataclass(frozen=True, slots=True)
class TrackResult:
    """What became of one tracker's deliveries; `messages` say each kind of failure once, `remarks` what else people should know.

    `told` is None for a tracker that keeps a state; of a messenger it counts the key results whose news was sent,
    and `announced` the announcements. `waiting` failed before and is not due yet.
    """

    tracker: str
    sent: int = 0
    retriable: int = 0
    permanent: int = 0
    messages: tuple[str, ...] = ()
    told: int | None = None
    announced: int = 0
    ended: str = ""
    remarks: tuple[str, ...] = ()
    waiting: int = 0

    @property
    def complete(self) -> bool:
        """Whether the tracker has all that was owed to it."""
        return not (self.retriable or self.permanent or self.messages)


def step(context: JobContext) -> StepOutcome:
    """Send what `publish` left; a tracker whose settings have gone bad since the run began is a problem of its own.

    A full run also tries again what was refused for good, because a person may have repaired the cause.
    """
    settings = context.settings
    if not settings.trackers:
        return StepOutcome("no trackers configured")
    trackers, problems = open_each(settings)
    documents = published_documents(settings.data_dir)
    with open_warehouse(settings.warehouse_path, wait_seconds=settings.lock_wait_seconds) as con:
        # not the run's moment: a signature carries the time of the attempt, and receivers refuse what is minutes old
        now = clock.now()
        off = switched_off(con, settings)
        trackers = {name: tracker for name, tracker in trackers.items() if name not in off}
        problems |= off
        for name in trackers if context.full else ():
            requeue_permanent(con, name, now)
            requeue_notices(con, name, now)
        results = track(con, documents, trackers, now)
        for result in results:
            if result.ended:
                note_ended(con, result.tracker, settings_name(settings, result.tracker), result.ended, now)
    for result in results:
        context.watch.event(
            "tracker", tracker=result.tracker, sent=result.sent, retriable=result.retriable, permanent=result.permanent
        )
    complete = not problems and all(result.complete for result in results)
    return StepOutcome(
        ", ".join(
            [*map(_line, results), *(f"{name}: {'switched off' if name in off else 'not set up'}" for name in problems)]
        ),
        (*problems.values(), *(line for result in results for line in (*result.messages, *result.remarks))),
        frozenset() if complete else frozenset({ExitCode.NOT_DELIVERED}),
    )


def switched_off(con: Connection, settings: Settings) -> dict[str, str]:
    """By tracker what to tell people: its receiver wanted no more messages, and its settings are still the same."""
    found = ended(con)
    return {
        name: f"{known.last_error} Switched off since {known.updated_at:%Y-%m-%d}; `okr redeliver {name}` switches it on again."
        for name in settings.trackers
        if (known := found.get((name, settings_name(settings, name))))
    }


def settings_name(settings: Settings, tracker: str) -> str:
    """Another URL is another receiver. A hash, because settings hold secrets."""
    text = json.dumps(sorted(settings.trackers[tracker].items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def track(
    con: Connection, documents: Sequence[ProgressDocument], trackers: Mapping[str, Tracker], now: datetime
) -> tuple[TrackResult, ...]:
    """Send every tracker each document with what is owed about its cycle; what is owed about other cycles goes with the last one."""
    if not trackers:
        return ()
    results: dict[str, TrackResult] = {}
    waiting = {name: waiting_count(con, name, now) for name in trackers}
    with ThreadPoolExecutor(max_workers=len(trackers), thread_name_prefix="tracker") as threads:
        sending = {_submit(threads, con, name, tracker, documents, now): name for name, tracker in trackers.items()}
        for done in as_completed(sending):
            name = sending[done]
            results[name] = replace(_written_down(con, name, done.result(), now), waiting=waiting[name])
    return tuple(results[name] for name in trackers)


def open_trackers(settings: Settings) -> dict[str, Tracker]:
    """Every configured tracker; SettingError with a line for each whose settings make no sense."""
    trackers, problems = open_each(settings)
    if problems:
        raise SettingError("\n".join(problems.values()))
    return trackers


def open_each(settings: Settings) -> tuple[dict[str, Tracker], dict[str, str]]:
    """The trackers that can be used, and for the others what is wrong with their settings."""
    trackers: dict[str, Tracker] = {}
    problems: dict[str, str] = {}
    for name, options in settings.trackers.items():
        try:
            tracker = registry.tracker_module(name).tracker(options, settings.data_dir)
            if isinstance(tracker, Messenger):
                tracker = tracker.speaking(wording_of(settings.language))
            trackers[name] = tracker
        except SettingError as error:
            problems[name] = str(error)
    return trackers, problems


def _submit(
    threads: ThreadPoolExecutor,
    con: Connection,
    name: str,
    tracker: Tracker,
    documents: Sequence[ProgressDocument],
    now: datetime,
) -> Future[Answered]:
    """Read all that the thread needs, and let it send."""
    waiting = due(con, name, now)
    note_begun(con, name, now)
    if isinstance(tracker, Messenger):
        plan = telling.agenda(con, name, tracker, documents[-1], now)
        return threads.submit(speak, tracker, documents, waiting, plan, now)
    return threads.submit(send_all, tracker, documents, waiting, now)


def _written_down(con: Connection, name: str, answered: Answered, now: datetime) -> TrackResult:
    told = answered.told or {}
    record_outcomes(con, [_outcome(each, told.get(each.delivery_id, "")) for each in answered.results], now)
    for notice, result in answered.notices:
        telling.record(con, name, notice, result, now)
    return _summed(name, answered)


def _outcome(result: DeliveryResult, told: str) -> DeliveryOutcome:
    return DeliveryOutcome(result.delivery_id, result.state.value, result.message, result.retry_after, told)


def _summed(name: str, answered: Answered) -> TrackResult:
    results = [*answered.results, *(result for _, result in answered.notices)]
    sent = [each.delivery_id for each in answered.results if each.state is DeliveryState.SENT]
    return TrackResult(
        name,
        len(sent),
        sum(each.state is DeliveryState.RETRIABLE for each in results),
        sum(each.state is DeliveryState.PERMANENT for each in results),
        _few(each.message for each in results if each.state is not DeliveryState.SENT),
        None if answered.told is None else sum(each in answered.told for each in sent),
        sum(result.state is DeliveryState.SENT for _, result in answered.notices),
        next((each.message for each in results if each.ended), ""),
        _few(answered.remarks),
    )


def _few(messages: Iterable[str]) -> tuple[str, ...]:
    """Each message once, and no more than a person reads."""
    kinds = list(dict.fromkeys(message for message in messages if "not tried, because" not in message))
    more = len(kinds) - _MOST_MESSAGES
    return (*kinds[:_MOST_MESSAGES], *([f"and {more} more messages of this kind"] if more > 0 else []))


def _line(result: TrackResult) -> str:
    failed = [
        f"{number} {words}"
        for number, words in (
            (result.retriable, "to be tried again"),
            (result.permanent, "refused"),
            (result.waiting, "waiting for the next try"),
        )
        if number
    ]
    return f"{result.tracker}: {', '.join([_sent(result), *failed])}"


def _sent(result: TrackResult) -> str:
    """`12 sent`; of a messenger what was said: `2 changes told, digest sent, 10 unchanged`."""
    if result.told is None:
        return f"{result.sent} sent"
    changes = f"{result.told} change{'' if result.told == 1 else 's'} told"
    return ", ".join(
        [changes, *(["digest sent"] if result.announced else []), f"{result.sent - result.told} unchanged"]
    )
