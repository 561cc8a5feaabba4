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
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors import registry
from connectors.contract import Delivery, DeliveryResult, DeliveryState, Tracker
from connectors.errors import SettingError
from connectors.messenger import Change, Messenger, Notice
from connectors.whole_run import WholeRunTracker
from okr_mappings.document import document_from_dict
from okr_mappings.snapshot import ProgressDocument
from pipelines import clock
from pipelines.exit_codes import ExitCode
from pipelines.jobs import telling
from pipelines.jobs.context import JobContext, StepOutcome
from pipelines.published import read_document
from pipelines.settings import Settings
from warehouse.delivery_store import DeliveryOutcome, WaitingDelivery, due, record_outcomes, requeue_permanent
from warehouse.engine import Connection, open_warehouse
from warehouse.notice_store import ended, note_ended, requeue_notices

_MOST_MESSAGES = 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrackResult:
    """What became of one tracker's deliveries; `messages` say each kind of failure once, `remarks` what else people should know.

    `told` is None for a tracker that keeps a state; of a messenger it counts the key results whose news was sent,
    and `announced` the announcements.
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
    with ThreadPoolExecutor(max_workers=len(trackers), thread_name_prefix="tracker") as threads:
        sending = {_submit(threads, con, name, tracker, documents, now): name for name, tracker in trackers.items()}
        for done in as_completed(sending):
            results[sending[done]] = _written_down(con, sending[done], done.result(), now)
    return tuple(results[name] for name in trackers)


def open_trackers(settings: Settings) -> dict[str, Tracker]:
    """Every configured tracker; SettingError with a line for each whose settings make no sense."""
    trackers, problems = open_each(settings)
    if problems:
        raise SettingError("\n".join(problems.values()))
    return trackers


def published_documents(data_dir: Path) -> tuple[ProgressDocument, ...]:
    """The published documents of all running cycles, the one that people look at last. Raises NothingPublishedError."""
    main = read_document(data_dir)
    beside = [_read(path) for path in sorted((data_dir / "feeds").glob("*/progress.json"))]
    longer = [each for each in beside if each.as_of == main.as_of and each.cycle_id != main.cycle_id]
    return (*longer, main)


def open_each(settings: Settings) -> tuple[dict[str, Tracker], dict[str, str]]:
    """The trackers that can be used, and for the others what is wrong with their settings."""
    trackers: dict[str, Tracker] = {}
    problems: dict[str, str] = {}
    for name, options in settings.trackers.items():
        try:
            trackers[name] = registry.tracker_module(name).tracker(options, settings.data_dir)
        except SettingError as error:
            problems[name] = str(error)
    return trackers, problems


def _read(path: Path) -> ProgressDocument:
    return document_from_dict(json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class _Answered:
    """What one tracker made of its deliveries, and of its announcements; `told` is what was said, by delivery."""

    results: Sequence[DeliveryResult]
    told: Mapping[str, str] | None = None
    notices: Sequence[tuple[Notice, DeliveryResult]] = ()
    remarks: tuple[str, ...] = ()


def _submit(
    threads: ThreadPoolExecutor,
    con: Connection,
    name: str,
    tracker: Tracker,
    documents: Sequence[ProgressDocument],
    now: datetime,
) -> Future[_Answered]:
    """Read all that the thread needs, and let it send."""
    waiting = due(con, name, now)
    if isinstance(tracker, Messenger):
        plan = telling.agenda(con, name, tracker, documents[-1], now)
        return threads.submit(_speak, tracker, documents, waiting, plan, now)
    return threads.submit(_send_all, tracker, documents, waiting, now)


def _written_down(con: Connection, name: str, answered: _Answered, now: datetime) -> TrackResult:
    told = answered.told or {}
    record_outcomes(con, [_outcome(each, told.get(each.delivery_id, "")) for each in answered.results], now)
    for notice, result in answered.notices:
        telling.record(con, name, notice, result, now)
    return _summed(name, answered)


def _speak(
    messenger: Messenger,
    documents: Sequence[ProgressDocument],
    waiting: Sequence[WaitingDelivery],
    plan: telling.Agenda,
    now: datetime,
) -> _Answered:
    owed = [Delivery(each.delivery_id, each.snapshot, each.attempt) for each in waiting]
    mine = telling.with_news(owed, plan, documents, charts=messenger.shows_charts)
    results = _send(messenger, documents[-1], mine, now)
    told = {
        each.delivery_id: "; ".join(news.headline for news in each.news) for each in mine if isinstance(each, Change)
    }
    return _Answered(results, told, tuple(telling.announcements(messenger, plan, documents, now)))


def _send_all(
    tracker: Tracker, documents: Sequence[ProgressDocument], waiting: Sequence[WaitingDelivery], now: datetime
) -> _Answered:
    owed = [Delivery(each.delivery_id, each.snapshot, each.attempt) for each in waiting]
    if isinstance(tracker, WholeRunTracker):
        return _send_whole_run(tracker, documents, owed, now)
    results: list[DeliveryResult] = []
    for place, document in enumerate(documents):
        last = place == len(documents) - 1
        mine = [each for each in owed if last or each.snapshot.cycle_id == document.cycle_id]
        sent = {each.delivery_id for each in mine}
        owed = [each for each in owed if each.delivery_id not in sent]
        results += _send(tracker, document, mine, now)
    return _Answered(results)


def _send_whole_run(
    tracker: WholeRunTracker, documents: Sequence[ProgressDocument], owed: Sequence[Delivery], now: datetime
) -> _Answered:
    remarks: list[str] = []

    def call() -> list[DeliveryResult]:
        answer = tracker.send_run(documents, owed, now)
        remarks.extend(answer.remarks)
        return answer.results

    return _Answered(_guarded(tracker.name, owed, call), remarks=tuple(remarks))


def _send(
    tracker: Tracker, document: ProgressDocument, mine: Sequence[Delivery], now: datetime
) -> list[DeliveryResult]:
    return _guarded(tracker.name, mine, lambda: tracker.send(document, mine, now))


def _guarded(name: str, mine: Sequence[Delivery], call: Callable[[], list[DeliveryResult]]) -> list[DeliveryResult]:
    """The answer for each delivery, whatever the tracker does: one that breaks is tried again and blamed by name."""
    try:
        answers = call()
    except Exception as error:  # noqa: BLE001 - a tracker's mistake must not reach the others
        _log.debug("tracker=%s broke", name, exc_info=True)
        return _broken(name, mine, f"it broke with {type(error).__name__} {_place(error)}")
    if [answer.delivery_id for answer in answers] != [each.delivery_id for each in mine]:
        return _broken(name, mine, "it did not answer for each delivery in order")
    return answers


def _broken(name: str, mine: Sequence[Delivery], how: str) -> list[DeliveryResult]:
    # not the exception's text, which might hold a secret
    message = f"{name}: {how}. This is a mistake in the tracker, not in your settings; please report it."
    return [DeliveryResult(each.delivery_id, DeliveryState.RETRIABLE, message) for each in mine]


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""


def _outcome(result: DeliveryResult, told: str) -> DeliveryOutcome:
    return DeliveryOutcome(result.delivery_id, result.state.value, result.message, result.retry_after, told)


def _summed(name: str, answered: _Answered) -> TrackResult:
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
        for number, words in ((result.retriable, "to be tried again"), (result.permanent, "refused"))
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
