"""What a messenger has to say in this run: the changes among its deliveries, and the announcements that are due.

A channel is introduced first: a digest right after it was set up, and everything before that is taken as told, or its first message would
list every key result as new. From then on each delivery is held against what was told last (`okr_mappings.news`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import Delivery, DeliveryResult, DeliveryState
from connectors.messenger import Change, Messenger, Notice, NoticeKind
from okr_mappings.news import News, news_of
from okr_mappings.snapshot import DayValue, ProgressDocument, Snapshot
from warehouse.delivery_store import DeliveryOutcome, last_sent, perhaps_sent
from warehouse.engine import Connection
from warehouse.notice_store import may_be_tried, notices, record_notice

_MOST_CHARTS = 6
_log = logging.getLogger(__name__)
Told = Mapping[tuple[str, str], Snapshot]


@dataclass(frozen=True, slots=True)
class Agenda:
    """What was read from the database for one messenger, so that its thread needs none.

    `told` was acknowledged; `perhaps_told` was on its way when the process was killed, and has been replaced since.
    """

    told: Told
    perhaps_told: Told
    introduced: bool
    due: tuple[Notice, ...]


def agenda(con: Connection, name: str, messenger: Messenger, main: ProgressDocument, now: datetime) -> Agenda:
    known = notices(con, name)
    introduction = known.get(NoticeKind.INTRODUCTION.value)
    introduced = introduction is not None and introduction.state == DeliveryState.SENT
    wanted: list[Notice] = []
    if introduction is None or not introduced:
        wanted.append(Notice(NoticeKind.INTRODUCTION.value, NoticeKind.INTRODUCTION))
    elif messenger.digest is not None:
        moment = messenger.digest.latest(now, main.time_zone)
        if moment > introduction.first_attempt_at:  # the introduction was this week's digest
            wanted.append(Notice(f"digest {moment:%Y-%m-%d}", NoticeKind.DIGEST))
    due = tuple(each for each in wanted if may_be_tried(known.get(each.notice_id), now))
    return Agenda(last_sent(con, name), perhaps_sent(con, name), introduced, due)


def with_news(
    deliveries: Sequence[Delivery], plan: Agenda, documents: Sequence[ProgressDocument], *, charts: bool
) -> list[Delivery]:
    """The same deliveries; those with news are changes, the first few of them with a chart."""
    found: list[Delivery] = []
    drawn = 0
    for each in deliveries:
        snapshot = each.snapshot
        news = _news(plan, snapshot) if plan.introduced else ()
        if not news:
            found.append(each)
            continue
        chart = _chart(snapshot, documents) if charts and drawn < _MOST_CHARTS else b""
        drawn += bool(chart)
        found.append(Change(each.delivery_id, snapshot, each.attempt, news, chart))
    return found


def _news(plan: Agenda, snapshot: Snapshot) -> tuple[News, ...]:
    """Held against what is known to be told; a channel that may have heard the opposite since is told of the way back, too."""
    key = snapshot.cycle_id, snapshot.key_result_id
    found = news_of(plan.told.get(key), snapshot)
    return found or (news_of(plan.perhaps_told[key], snapshot) if key in plan.perhaps_told else ())


def announcements(
    messenger: Messenger, plan: Agenda, documents: Sequence[ProgressDocument], now: datetime
) -> Iterator[tuple[Notice, DeliveryResult]]:
    """Make what is due; a messenger that breaks is tried again and blamed by name."""
    for notice in plan.due:
        yield notice, announced(messenger, documents, notice, now)


def announced(
    messenger: Messenger, documents: Sequence[ProgressDocument], notice: Notice, now: datetime
) -> DeliveryResult:
    try:
        return messenger.announce(documents, notice, now)
    except Exception as error:  # noqa: BLE001 - a tracker's mistake must not reach the others
        _log.debug("tracker=%s broke", messenger.name, exc_info=True)
        said = f"{messenger.name}: it broke with {type(error).__name__} while announcing; please report it."
        return DeliveryResult(notice.notice_id, DeliveryState.RETRIABLE, said)


def record(con: Connection, name: str, notice: Notice, result: DeliveryResult, now: datetime) -> None:
    outcome = DeliveryOutcome(notice.notice_id, result.state.value, result.message, result.retry_after)
    record_notice(con, name, notice.kind.value, outcome, now)


def _chart(snapshot: Snapshot, documents: Sequence[ProgressDocument]) -> bytes:
    """A picture that cannot be drawn is no reason to be silent."""
    from pipelines.report.picture import picture

    try:
        return picture(snapshot, _points(snapshot, documents), documents[-1].time_zone)
    except Exception:  # noqa: BLE001 - whatever the drawing library says
        _log.debug("no chart of %s", snapshot.key_result_id, exc_info=True)
        return b""


def _points(snapshot: Snapshot, documents: Sequence[ProgressDocument]) -> Sequence[DayValue]:
    for document in documents:
        if document.cycle_id == snapshot.cycle_id:
            return document.history.get(snapshot.key_result_id, ())
    return ()
