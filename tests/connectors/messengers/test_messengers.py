"""What every messenger promises, tried on each way of reaching a channel."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import DeliveryState
from connectors.errors import SettingError
from connectors.messenger import Change, Messenger, Notice, NoticeKind
from connectors.sandbox.slack import CHANNEL, TOKEN
from connectors.trackers import slack, teams
from okr_mappings.news import news_of
from okr_mappings.words import Status
from pipelines.languages import wording_of
from tests.connectors.messengers.channels import LOCAL, NAMES, Channel, channel
from tests.connectors.trackers.documents import brightwater, deliveries, document, snapshot

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
SENT, RETRIABLE, PERMANENT = DeliveryState.SENT, DeliveryState.RETRIABLE, DeliveryState.PERMANENT
PNG = b"\x89PNG\r\n\x1a\n" + b"drawn by nobody" * 20


@pytest.fixture(params=NAMES)
def room(request: pytest.FixtureRequest) -> Iterator[Channel]:
    with channel(str(request.param)) as found:
        yield found


@pytest.fixture
def voice(room: Channel, monkeypatch: pytest.MonkeyPatch) -> Messenger:
    monkeypatch.setattr("connectors.delivering.messages.speaking.SECONDS_BETWEEN", 0.0)
    return room.messenger()


def change(key: str = "more_leads", before: Status = Status.ON_TRACK, chart: bytes = b"", **now: object) -> Change:
    told = snapshot(key, snapshot_id="told", status=before)
    after = snapshot(key, **{"status": Status.AT_RISK, **now})
    return Change(f"dlv_{key}", after, 1, news_of(told, after), chart)


def test_a_change_is_told_with_everything_a_reader_needs(voice: Messenger, room: Channel) -> None:
    item = change(value=150.0, progress=0.43, reason="43 % of the way at 57 % of the time.")
    (result,) = voice.send(document(item.snapshot), [item], NOW)
    assert result.state is SENT
    (said,) = room.shown()
    # 52 of 92 days: 56.5 %
    for words in (
        "Brightwater: 1 key result has changed",
        "◐ Became at risk, was on track: 350 marketing-qualified leads",
        "150 of 350 leads, 43 % of the way, 57 % expected by now",
        "43 % of the way at 57 % of the time.",
        "Owner: Anna Kovács",
        "As of 21 Nov 2026 · ",
    ):
        assert words in said


def test_a_number_from_a_sample_says_how_far_it_may_be_off(voice: Messenger, room: Channel) -> None:
    item = change(value=27.4, unit="points", n=252, interval_low=17.4, interval_high=36.6)
    voice.send(document(item.snapshot), [item], NOW)
    voice.announce([document(item.snapshot)], Notice("digest 2026-11-16", NoticeKind.DIGEST), NOW)
    assert all("n = 252, 95 % interval +17 to +37 points" in said for said in room.shown()[-2:])


def test_several_changes_stand_in_one_message_the_worst_first(voice: Messenger, room: Channel) -> None:
    good = change("a", Status.OFF_TRACK, status=Status.ON_TRACK, title="The good one")
    bad = change("b", status=Status.OFF_TRACK, title="The bad one")
    stale = change("c", status=Status.STALE, value=None, last_good_value=3.0, title="The stale one")
    results = voice.send(document(), [good, bad, stale], NOW)
    assert [each.state for each in results] == [SENT] * 3
    (said,) = room.shown()
    assert "3 key results have changed" in said
    assert said.index("The bad one") < said.index("The stale one") < said.index("The good one")


def test_what_is_no_news_is_acknowledged_without_a_call(voice: Messenger, room: Channel) -> None:
    shown = brightwater()
    results = voice.send(shown, deliveries(*shown.key_results), NOW)
    assert [each.state for each in results] == [SENT] * 9
    assert voice.send(shown, [], NOW) == []
    assert room.calls() == 0


def test_titles_wake_nobody_and_mark_nothing_up(voice: Messenger, room: Channel) -> None:
    title = "<!channel> @channel <@U0123456> *bold* [link](https://evil.example) & <b>5 > 3</b> `x`\n\u202etxet"
    voice.send(document(), [change(title=title, owner="@here", reason="<!everyone>")], NOW)
    (said,) = room.shown()
    assert "[WAKES EVERYBODY]" not in said
    assert "[MARKDOWN]" not in said
    # as it was written, on one line, without the character that turns the text round
    assert "<!channel> @channel <@U0123456> *bold* [link](https://evil.example) & <b>5 > 3</b> `x` txet" in said
    assert "Owner: @here" in said
    for message in room.sandbox.slack.messages:
        assert "<!" not in message["text"]
        assert "&lt;!channel&gt; @channel" in message["text"]


def test_a_lost_answer_is_tried_again_and_the_repeat_can_be_told(voice: Messenger, room: Channel) -> None:
    room.fail("cut_short" if room.name != "teams" else "slow", seconds=0.01)
    item = change()
    first = voice.send(document(), [item], NOW)
    again = voice.send(document(), [item], NOW)
    assert again[0].state is SENT
    if room.name == "slack bot":  # the answer was cut, the channel shows the message: it is not said again
        assert first[0].state is RETRIABLE
    said = room.shown()
    assert len(said) == (1 if room.reads_back else 2)
    assert len({each.rsplit("· ", 1)[1] for each in said}) == 1  # the same mark


def test_a_change_that_the_channel_shows_is_left_out_of_the_next_message(room: Channel, voice: Messenger) -> None:
    """The first of two was posted and never acknowledged; by now a newer snapshot of it is owed, and another key result."""
    voice.send(document(), [change("a", title="First")], NOW)
    newer = change("a", title="First", value=1.0, snapshot_id="newer")
    voice.send(document(), [newer, change("b", title="Second")], NOW)
    last = room.shown()[-1]
    assert "Second" in last
    assert ("First" in last) is not room.reads_back


def test_throttling_is_obeyed(voice: Messenger, room: Channel) -> None:
    room.answer_instead(429, {"Retry-After": "240"})
    (result,) = voice.send(document(), [change()], NOW)
    assert (result.state, result.retry_after) == (RETRIABLE, 240.0)
    assert result.message.startswith(f"{room.tracker_name}: 429 from 127.0.0.1.")
    assert voice.send(document(), [change()], NOW)[0].state is SENT
    assert len(room.shown()) == 1


def test_trouble_of_the_other_side_is_tried_again(voice: Messenger, room: Channel) -> None:
    room.answer_instead(503)
    room.fail("reset", after=1)
    for _ in range(2):
        (result,) = voice.send(document(), [change()], NOW)
        assert result.state is RETRIABLE
        assert result.message
    assert room.shown() == []


def test_a_channel_that_is_gone_needs_a_person(voice: Messenger, room: Channel) -> None:
    room.be_gone()
    results = voice.send(document(), [change("a"), change("b"), *deliveries(snapshot("c"))], NOW)
    assert [each.state for each in results] == [PERMANENT, PERMANENT, SENT]
    assert results[0].message.startswith(f"{room.tracker_name}: ")
    assert any(word in results[0].message for word in ("Check", "Make a new", "make a new"))


def test_no_secret_is_said_or_logged(voice: Messenger, room: Channel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    messages = []
    for kind in ("5xx", "reset", "429"):
        room.fail(kind)
        messages += [each.message for each in voice.send(document(), [change()], NOW)]
    room.be_gone()
    messages += [each.message for each in voice.send(document(), [change()], NOW)]
    said = "\n".join([*messages, caplog.text, repr(voice)])
    assert not [secret for secret in room.secrets() if secret in said]


def test_charts_are_shown_where_the_channel_can(voice: Messenger, room: Channel) -> None:
    assert voice.shows_charts is (room.name != "slack webhook")
    voice.send(document(), [change(chart=PNG if voice.shows_charts else b"")], NOW)
    assert room.charts() == ([PNG] if voice.shows_charts else [])
    for file in room.sandbox.slack.files.values():
        assert file["thread"] == room.sandbox.slack.messages[0]["ts"]
        assert file["title"].startswith("Chart of 350 marketing-qualified leads: 196 of 350 leads")


def test_a_hundred_changes_fit(voice: Messenger, room: Channel) -> None:
    many = [
        change(f"kr_{number:03}", title="x" * 500, chart=PNG if voice.shows_charts else b"") for number in range(100)
    ]
    assert {each.state for each in voice.send(document(), many, NOW)} == {SENT}
    (said,) = room.shown()
    assert "100 key results have changed" in said
    assert "more" in said


@pytest.mark.parametrize("kind", NoticeKind)
def test_an_announcement_is_made(voice: Messenger, room: Channel, kind: NoticeKind) -> None:
    shown = replace(brightwater(), overdue="No run has succeeded since 21 Nov 2026, 06:15, although 2 were due.")
    result = voice.announce([shown], Notice("notice-1", kind), NOW)
    assert (result.delivery_id, result.state) == ("notice-1", SENT)
    assert voice.announce([shown], Notice("notice-1", kind), NOW).state is SENT
    said = room.shown()
    assert len(said) == (1 if room.reads_back else 2)
    expected = {
        NoticeKind.INTRODUCTION: "this channel now follows the key results",
        NoticeKind.DIGEST: "key results of the week",
        NoticeKind.OVERDUE: "although 2 were due",
        NoticeKind.RESUMED: "fresh again",
    }
    assert expected[kind] in said[0]


def test_the_digest_says_how_everything_stands(voice: Messenger, room: Channel) -> None:
    voice.announce([brightwater()], Notice("digest 2026-11-16", NoticeKind.DIGEST), NOW)
    (said,) = room.shown()
    # counted by hand in `brightwater()`
    assert "2026 Q4: 9 key results" in said
    assert "2 achieved, 2 on track, 2 at risk, 1 off track, 1 stale, 1 no data" in said
    assert "● Become the first name people think of: 46 % (on track)" in said
    assert "! Stale: Invoice 600,000 EUR – €322,900 of €600,000 (last known, of 12 Nov 2026)" in said


def test_a_refused_announcement_says_why(voice: Messenger, room: Channel) -> None:
    room.be_gone()
    result = voice.announce([brightwater()], Notice("n", NoticeKind.DIGEST), NOW)
    assert result.state is PERMANENT
    assert result.message


@pytest.mark.parametrize("module", [slack, teams])
def test_it_is_described(module: object) -> None:
    assert module.LABEL  # type: ignore[attr-defined]
    readme = Path(slack.__file__).with_name("README.md").read_text(encoding="utf-8")
    name = module.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    for part in ("Manual:", "Grain:", "Repeats:", "Limits:"):
        assert part in module.__doc__  # type: ignore[operator]
    assert all(f"OKR_TRACKERS__{name}__{setting}".upper() in readme for setting in module.SETTINGS)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "WEBHOOK_URL: is not set, nor is a token"),
        ({"token": TOKEN}, "CHANNEL: is not a channel's id"),
        ({"token": TOKEN, "channel": "#okr"}, "CHANNEL: is not a channel's id"),
        ({"token": TOKEN, "channel": CHANNEL, "webhook_url": "https://x.example"}, "Set one of the two"),
        ({"webhook_url": "http://hooks.slack.com/services/T/B/x"}, "uses http"),
        ({"webhook_url": "https://10.1.2.3/x"}, "not a public address"),
        ({"webhook_url": "https://hooks.slack.com/x", "digest": "monday"}, "DIGEST: is 'monday'"),
        ({"webhook_url": "https://hooks.slack.com/x", "digest": "mon 25:00"}, "DIGEST"),
    ],
)
def test_settings_of_slack_that_make_no_sense(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError, match="OKR_TRACKERS__SLACK__") as caught:
        slack.tracker(settings, Path())
    assert said in str(caught.value)


def test_a_retired_teams_address_is_refused() -> None:
    with pytest.raises(SettingError, match="Microsoft has retired"):
        teams.tracker({"url": "https://acme.webhook.office.com/webhookb2/1"}, Path())


@pytest.mark.parametrize(
    ("word", "state", "advice"),
    [
        ("invalid_auth", PERMANENT, "OKR_TRACKERS__SLACK__TOKEN"),
        ("is_archived", PERMANENT, "Unarchive"),
        ("channel_not_found", PERMANENT, "Check the channel's id"),
        ("ratelimited", RETRIABLE, "tried again"),
        ("internal_error", RETRIABLE, "tried again"),
        ("something_new", PERMANENT, "please report it"),
    ],
)
def test_words_of_slack_are_understood(word: str, state: DeliveryState, advice: str) -> None:
    with channel("slack bot") as room:
        room.sandbox.slack.error = word
        (result,) = room.messenger().send(document(), [change()], NOW)
    assert result.state is state
    assert word in result.message
    assert advice in result.message


def test_without_the_right_to_read_it_speaks_all_the_same() -> None:
    with channel("slack bot") as room:
        room.sandbox.slack.scopes = frozenset({"chat:write"})
        assert room.messenger().send(document(), [change(chart=PNG)], NOW)[0].state is SENT
        assert len(room.shown()) == 1
        assert room.charts() == []  # files:write is missing too, and that is no reason to say it twice
        room.sandbox.slack.scopes = frozenset()
        (result,) = room.messenger().send(document(), [change()], NOW)
    assert result.state is PERMANENT
    assert "Needed: chat:write" in result.message


def test_a_card_stays_below_the_limit_whatever_is_in_it() -> None:
    with channel("teams") as room:
        big = b"\x89PNG" + bytes(range(256)) * 40  # 10 KB, 14 as text: one fits, two do not
        changes = [change(name, chart=big) for name in "abc"]
        assert room.messenger().send(document(), changes, NOW)[0].state is SENT
        assert len(room.charts()) == 1
        assert len(json.dumps(room.sandbox.teams.cards[0])) < 28 * 1024


def test_one_message_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("connectors.delivering.messages.speaking.time.sleep", waited.append)
    with channel("slack webhook") as room:
        voice = room.messenger()
        for key in "abc":
            voice.send(document(), [change(key)], NOW)
    assert len(waited) == 2
    assert all(0 < seconds <= 1 for seconds in waited)


def test_the_upload_address_is_judged_too() -> None:
    with channel("slack bot") as room:
        voice = slack.tracker({**room.settings, "allow_private_networks": "127.0.0.1/32"}, Path())
        voice.send(document(), [change(chart=PNG)], NOW)
        assert room.charts() == [PNG]
    assert LOCAL["allow_http"] == "true"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        # 52 of 92 days: 56.5 %
        ("hu", ("Brightwater: 1 kulcseredmény változott",
         "Veszélybe került, előtte: jó úton: 350",
         "150, cél: 350 leads, az út 43%, mostanra várt: 57%",
         "Felelős: Anna Kovács", "A számok napja: 2026. nov. 21.")),
        ("zh", ("Brightwater: 1 个关键结果有变化", "出现风险，之前：进展正常: 350", "负责人：Anna Kovács", "截至 2026年11月21日")),
    ],
)  # fmt: skip
def test_a_channel_is_spoken_to_in_its_language(
    voice: Messenger, room: Channel, language: str, words: tuple[str, ...]
) -> None:
    item = change(value=150.0, progress=0.43, reason="as its author wrote it")
    speaker = voice.speaking(wording_of(language))
    assert speaker.send(document(item.snapshot), [item], NOW)[0].state is SENT
    assert speaker.announce([brightwater()], Notice("n", NoticeKind.DIGEST), NOW).state is SENT
    changed, digest = (each.replace("\u00a0", " ") for each in room.shown())
    for word in words:
        assert word in changed
    assert {"hu": "a hét kulcseredményei", "zh": "本周关键结果"}[language] in digest
    assert not re.search(r"key result|of the way|To look at|Objectives|expected|As of|Owner", changed + digest)
