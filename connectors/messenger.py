"""What a tracker promises that speaks to people in a channel instead of keeping a state: the shape of `slack` and `teams`.

A messenger is a tracker whose `send` tells the `Change`s among the deliveries, all in one message, and acknowledges every other delivery
without a word. What is worth telling was decided before (`okr_mappings.news`). Beside that it makes announcements that are about no single
key result: the weekly digest, and that runs stay away.

Channels know no idempotency: a message that was sent and not acknowledged is sent again. So delivery is at least once; every message
ends in a mark that is the same on each attempt, and a messenger that can read its channel looks there for what it has already told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from connectors.contract import Delivery, DeliveryResult, Tracker
from okr_mappings.news import News
from okr_mappings.snapshot import ProgressDocument
from okr_mappings.wording import Wording


@dataclass(frozen=True, slots=True)
class Change(Delivery):
    """A delivery that is worth a word; `chart` is a PNG, empty where none can be drawn or the channel shows none."""

    news: tuple[News, ...] = ()
    chart: bytes = b""


class NoticeKind(StrEnum):
    """`introduction`: the first digest, right after the channel was set up. `overdue`: no run succeeds. `resumed`: one has again."""

    INTRODUCTION = "introduction"
    DIGEST = "digest"
    OVERDUE = "overdue"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement; `notice_id` is the same on every attempt, and no two announcements of a tracker share one."""

    notice_id: str
    kind: NoticeKind


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A moment of the week on the company's clock; Monday is 0."""

    weekday: int
    hour: int
    minute: int

    def latest(self, now: datetime, time_zone: str) -> datetime:
        """The last one that has come, in UTC; a moment that the clocks leave out counts as the one after."""
        local = now.astimezone(ZoneInfo(time_zone))
        day = local.date() - timedelta(days=(local.weekday() - self.weekday) % 7)
        for back in (0, 7):
            found = datetime(day.year, day.month, day.day, self.hour, self.minute, tzinfo=local.tzinfo) - timedelta(
                days=back
            )
            if found.astimezone(now.tzinfo) <= now:
                break
        return found.astimezone(now.tzinfo)


@runtime_checkable
class Messenger(Tracker, Protocol):
    """A tracker that speaks."""

    @property
    def digest(self) -> WeeklyTime | None:
        """When the weekly digest is due; None for never."""
        ...

    @property
    def shows_charts(self) -> bool:
        """Whether drawing charts for it makes sense."""
        ...

    def speaking(self, words: Wording) -> Messenger:
        """The same, in another language than English."""
        ...

    def announce(self, documents: Sequence[ProgressDocument], notice: Notice, now: datetime) -> DeliveryResult:
        """Make one announcement about the published documents, the main one last; raises nothing."""
        ...
