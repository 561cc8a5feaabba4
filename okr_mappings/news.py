"""What is worth telling about a key result: the difference between what was told last and what is now.

A state change is news, a number that moves inside its state is not. Compared is with what was *told*, not with yesterday: a key result
that fell and recovered while nobody could be reached is no news at all, and one that is at risk for a fortnight is told once.

`key` names the change itself. It follows from what was told before and from what is now, so the same change has the same key on every
attempt, also when a newer snapshot of the same state has taken the place of the one that was tried first.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from okr_mappings.display import format_target, status_label
from okr_mappings.snapshot import Snapshot
from okr_mappings.words import Status


class NewsKind(StrEnum):
    """What happened, worst first: the order in which a message tells it."""

    MISSED = "missed"
    OFF_TRACK = "off_track"
    AT_RISK = "at_risk"
    STALE = "stale"
    NO_DATA = "no_data"
    TARGET = "target"
    IMPROVED = "improved"
    FRESH_AGAIN = "fresh_again"
    RECOVERED = "recovered"
    ACHIEVED = "achieved"


@dataclass(frozen=True, slots=True)
class News:
    """One change of one key result; `before` is None for a key result that was never told of, `key` is the same on every attempt."""

    kind: NewsKind
    headline: str
    before: Status | None
    after: Status
    key: str


_UNKNOWN = frozenset({Status.STALE, Status.NO_DATA})
_TROUBLE = frozenset({Status.AT_RISK, Status.OFF_TRACK, Status.MISSED})
_ALWAYS = {
    Status.MISSED: NewsKind.MISSED,
    Status.OFF_TRACK: NewsKind.OFF_TRACK,
    Status.STALE: NewsKind.STALE,
    Status.NO_DATA: NewsKind.NO_DATA,
    Status.ACHIEVED: NewsKind.ACHIEVED,
}
_WORDS = {
    NewsKind.MISSED: "Missed",
    NewsKind.OFF_TRACK: "Went off track",
    NewsKind.AT_RISK: "Became at risk",
    NewsKind.STALE: "Went stale",
    NewsKind.NO_DATA: "Has no data",
    NewsKind.IMPROVED: "Improved to at risk",
    NewsKind.FRESH_AGAIN: "Has fresh data again",
    NewsKind.RECOVERED: "Recovered",
    NewsKind.ACHIEVED: "Achieved",
}


def news_of(told: Snapshot | None, now: Snapshot) -> tuple[News, ...]:
    """The changes since `told`, none or up to two (the state and the target). Without anything told only trouble is news."""
    if told is None:
        trouble = now.status in _TROUBLE | _UNKNOWN
        return (_of_status(None, now, _ALWAYS.get(now.status, NewsKind.AT_RISK)),) if trouble else ()
    found = []
    kind = _kind(told.status, now.status)
    if kind is not None:
        found.append(_of_status(told, now, kind))
    if _aim(told) != _aim(now):
        found.append(_of_target(told, now))
    return tuple(sorted(found, key=lambda each: list(NewsKind).index(each.kind)))


def _kind(before: Status, after: Status) -> NewsKind | None:
    if after is before:
        return None
    if after in _ALWAYS:
        return _ALWAYS[after]
    if after is Status.AT_RISK:
        return NewsKind.IMPROVED if before in (Status.OFF_TRACK, Status.MISSED) else NewsKind.AT_RISK
    if before in _UNKNOWN:
        return NewsKind.FRESH_AGAIN
    # from achieved back to on track, or from too early to on track: no one need act, the digest says it
    return NewsKind.RECOVERED if before in _TROUBLE else None


def _of_status(told: Snapshot | None, now: Snapshot, kind: NewsKind) -> News:
    if told is None:
        headline = f"New: {status_label(now.status).lower()}"
    elif kind is NewsKind.FRESH_AGAIN:
        headline = f"{_WORDS[kind]}: {status_label(now.status).lower()}"
    else:
        after = f": {status_label(now.status).lower()}" if kind is NewsKind.RECOVERED else ""
        headline = f"{_WORDS[kind]}{after}, was {status_label(told.status).lower()}"
    return News(kind, headline, told.status if told else None, now.status, _key(told, now, str(now.status)))


def _of_target(told: Snapshot, now: Snapshot) -> News:
    old, new = (format_target(each.kind, each.target, each.target_high, each.unit) for each in (told, now))
    headline = f"Target changed from {old} to {new}"
    return News(NewsKind.TARGET, headline, told.status, now.status, _key(told, now, repr(_aim(now))))


def _aim(snapshot: Snapshot) -> tuple[float | None, float | None]:
    return snapshot.target, snapshot.target_high


def _key(told: Snapshot | None, now: Snapshot, what: str) -> str:
    parts = (now.cycle_id, now.key_result_id, told.snapshot_id if told else "", what)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
