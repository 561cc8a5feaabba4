"""Which differences are worth a message, and under which key."""

from __future__ import annotations

import pytest

from okr_mappings.news import NewsKind, news_of
from okr_mappings.words import Status
from tests.connectors.trackers.documents import snapshot

S, K = Status, NewsKind


@pytest.mark.parametrize(
    ("before", "after", "kind", "headline"),
    [
        (S.ON_TRACK, S.AT_RISK, K.AT_RISK, "Became at risk, was on track"),
        (S.TOO_EARLY, S.AT_RISK, K.AT_RISK, "Became at risk, was too early"),
        (S.STALE, S.AT_RISK, K.AT_RISK, "Became at risk, was stale"),
        (S.ACHIEVED, S.OFF_TRACK, K.OFF_TRACK, "Went off track, was achieved"),
        (S.AT_RISK, S.OFF_TRACK, K.OFF_TRACK, "Went off track, was at risk"),
        (S.OFF_TRACK, S.AT_RISK, K.IMPROVED, "Improved to at risk, was off track"),
        (S.OFF_TRACK, S.ON_TRACK, K.RECOVERED, "Recovered: on track, was off track"),
        (S.AT_RISK, S.ACHIEVED, K.ACHIEVED, "Achieved, was at risk"),
        (S.ON_TRACK, S.STALE, K.STALE, "Went stale, was on track"),
        (S.STALE, S.ON_TRACK, K.FRESH_AGAIN, "Has fresh data again: on track"),
        (S.ON_TRACK, S.NO_DATA, K.NO_DATA, "Has no data, was on track"),
        (S.AT_RISK, S.MISSED, K.MISSED, "Missed, was at risk"),
    ],
)
def test_a_change_of_state_is_news(before: Status, after: Status, kind: NewsKind, headline: str) -> None:
    (news,) = news_of(snapshot(status=before), snapshot(status=after))
    assert (news.kind, news.headline, news.before, news.after) == (kind, headline, before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [(S.ON_TRACK, S.ON_TRACK), (S.TOO_EARLY, S.ON_TRACK), (S.ACHIEVED, S.ON_TRACK), (S.NOT_STARTED, S.TOO_EARLY)],
)
def test_what_nobody_need_act_on_is_none(before: Status, after: Status) -> None:
    assert news_of(snapshot(status=before), snapshot(status=after, value=1.0)) == ()


def test_a_target_that_moves_is_news_beside_the_state() -> None:
    before = snapshot(status=S.ON_TRACK)
    state, target = news_of(before, snapshot(status=S.OFF_TRACK, target=500.0))
    assert state.kind is K.OFF_TRACK
    assert target.headline == "Target changed from 350 leads to 500 leads"
    (alone,) = news_of(before, snapshot(status=S.ON_TRACK, target=500.0))
    assert alone.headline == "Target changed from 350 leads to 500 leads"


def test_what_was_never_told_is_news_only_when_it_is_in_trouble() -> None:
    assert news_of(None, snapshot(status=S.ON_TRACK)) == ()
    (news,) = news_of(None, snapshot(status=S.OFF_TRACK))
    assert (news.kind, news.headline, news.before) == (K.OFF_TRACK, "New: off track", None)


def test_the_key_is_that_of_the_change_and_not_of_the_snapshot() -> None:
    told = snapshot(snapshot_id="told")
    (monday,) = news_of(told, snapshot(snapshot_id="monday", status=S.AT_RISK, value=1.0))
    (tuesday,) = news_of(told, snapshot(snapshot_id="tuesday", status=S.AT_RISK, value=2.0))
    assert monday.key == tuesday.key
    # told since: at risk, recovered. The next time is another one
    (later,) = news_of(snapshot(snapshot_id="recovered"), snapshot(status=S.AT_RISK))
    (other,) = news_of(snapshot("other", snapshot_id="told"), snapshot("other", status=S.AT_RISK))
    assert len({monday.key, later.key, other.key}) == 3
