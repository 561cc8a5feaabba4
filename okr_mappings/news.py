"""What is worth telling about a key result: the difference between what was told last and what is now.

A state change is news, a number that moves inside its state is not. Compared is with what was *told*, not with yesterday: a key result
that fell and recovered while nobody could be reached is no news at all, and one that is at risk for a fortnight is told once.

`key` names the change itself. It follows from what was told before and from what is now, so the same change has the same key on every
attempt, also when a newer snapshot of the same state has taken the place of the one that was tried first.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from okr_mappings.phrases import Aim, Phrase
from okr_mappings.snapshot import Snapshot
from okr_mappings.wording import ENGLISH
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
    """One change of one key result; `before` is None for a key result that was never told of, `key` is the same on every attempt.

    `headline` is English, as it is noted down; `phrase` is what a channel says in its own language.
    """

    kind: NewsKind
    headline: str
    before: Status | None
    after: Status
    key: str
    phrase: Phrase = field(compare=False, repr=False)


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
    NewsKind.MISSED: Phrase("Missed"),
    NewsKind.OFF_TRACK: Phrase("Went off track"),
    NewsKind.AT_RISK: Phrase("Became at risk"),
    NewsKind.STALE: Phrase("Went stale"),
    NewsKind.NO_DATA: Phrase("Has no data"),
    NewsKind.IMPROVED: Phrase("Improved to at risk"),
    NewsKind.FRESH_AGAIN: Phrase("Has fresh data again"),
    NewsKind.RECOVERED: Phrase("Recovered"),
    NewsKind.ACHIEVED: Phrase("Achieved"),
}
# in the middle of a sentence; the labels begin with a capital, which not every language may simply lower
STATUS_WORDS = {
    Status.ACHIEVED: Phrase("achieved"),
    Status.ON_TRACK: Phrase("on track"),
    Status.AT_RISK: Phrase("at risk"),
    Status.OFF_TRACK: Phrase("off track"),
    Status.TOO_EARLY: Phrase("too early"),
    Status.NOT_STARTED: Phrase("not started"),
    Status.NO_DATA: Phrase("no data"),
    Status.STALE: Phrase("stale"),
    Status.MISSED: Phrase("missed"),
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
    what, after = _WORDS[kind], STATUS_WORDS[now.status]
    if told is None:
        phrase = Phrase("New: %(status)s", status=after)
    elif kind is NewsKind.FRESH_AGAIN:
        phrase = Phrase("%(what)s: %(status)s", what=what, status=after)
    elif kind is NewsKind.RECOVERED:
        phrase = Phrase(
            "%(what)s: %(status)s, was %(before)s", what=what, status=after, before=STATUS_WORDS[told.status]
        )
    else:
        phrase = Phrase("%(what)s, was %(before)s", what=what, before=STATUS_WORDS[told.status])
    before = told.status if told else None
    return News(kind, ENGLISH.tell(phrase), before, now.status, _key(told, now, str(now.status)), phrase)


def _of_target(told: Snapshot, now: Snapshot) -> News:
    old, new = (Aim(each.kind, each.target, each.target_high, each.unit) for each in (told, now))
    phrase = Phrase("Target changed from %(old)s to %(new)s", old=old, new=new)
    key = _key(told, now, repr(_aim(now)))
    return News(NewsKind.TARGET, ENGLISH.tell(phrase), told.status, now.status, key, phrase)


def _aim(snapshot: Snapshot) -> tuple[float | None, float | None]:
    return snapshot.target, snapshot.target_high


def _key(told: Snapshot | None, now: Snapshot, what: str) -> str:
    parts = (now.cycle_id, now.key_result_id, told.snapshot_id if told else "", what)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
