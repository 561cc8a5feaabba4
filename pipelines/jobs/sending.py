"""Calls one tracker with what is owed to it, in that tracker's thread: whatever the tracker does, there is an answer for each delivery.

The database is not touched here: what a thread needs was read before, what it brings back is written down by `track`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors.contract import Delivery, DeliveryResult, DeliveryState, Tracker
from connectors.messenger import Change, Messenger, Notice
from connectors.whole_run import WholeRunTracker
from okr_mappings.snapshot import ProgressDocument
from pipelines.jobs import telling
from warehouse.delivery_store import WaitingDelivery

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one tracker made of its deliveries, and of its announcements; `told` is what was said, by delivery."""

    results: Sequence[DeliveryResult]
    told: Mapping[str, str] | None = None
    notices: Sequence[tuple[Notice, DeliveryResult]] = ()
    remarks: tuple[str, ...] = ()


def speak(
    messenger: Messenger,
    documents: Sequence[ProgressDocument],
    waiting: Sequence[WaitingDelivery],
    plan: telling.Agenda,
    now: datetime,
) -> Answered:
    owed = [Delivery(each.delivery_id, each.snapshot, each.attempt) for each in waiting]
    mine = telling.with_news(owed, plan, documents, charts=messenger.shows_charts)
    results = _send(messenger, documents[-1], mine, now)
    told = {
        each.delivery_id: "; ".join(news.headline for news in each.news) for each in mine if isinstance(each, Change)
    }
    return Answered(results, told, tuple(telling.announcements(messenger, plan, documents, now)))


def send_all(
    tracker: Tracker, documents: Sequence[ProgressDocument], waiting: Sequence[WaitingDelivery], now: datetime
) -> Answered:
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
    return Answered(results)


def _send_whole_run(
    tracker: WholeRunTracker, documents: Sequence[ProgressDocument], owed: Sequence[Delivery], now: datetime
) -> Answered:
    remarks: list[str] = []

    def call() -> list[DeliveryResult]:
        answer = tracker.send_run(documents, owed, now)
        remarks.extend(answer.remarks)
        return answer.results

    return Answered(_guarded(tracker.name, owed, call), remarks=tuple(remarks))


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
