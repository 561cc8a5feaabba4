"""Tells a Slack channel what has changed, once a week how everything stands, and when the numbers stay away.

Manual: https://docs.slack.dev/reference/methods/chat.postMessage and https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
Grain: one message per run for all state changes (`okr_mappings.news`), none when nothing changed its state; one digest per week.
Repeats: Slack has no idempotency key, so at least once. Every message carries its keys: as metadata and as a mark in its foot. With a
token and the scope `channels:history` the channel is read before speaking, and what it already shows is not said again; an incoming
webhook cannot read, so there a kill between sending and noting it repeats a message, with the same mark.
Limits: one message a second and channel, 429 with Retry-After; 50 blocks; a webhook takes no files, so charts need a token (scope
`files:write`) and follow in the message's thread. A chart that does not arrive is not sent again.
Secrets: the token, and the webhook's whole URL.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from connectors.contract import Delivery, DeliveryResult, Setting
from connectors.delivering.address import Endpoint, address_of
from connectors.delivering.messages.compose import of_notice
from connectors.delivering.messages.message import Message
from connectors.delivering.messages.slack_api import ApiError, SlackApi
from connectors.delivering.messages.slack_blocks import payload
from connectors.delivering.messages.speaking import SAID, Line, NotPostedError, Outcome, send_changes
from connectors.delivering.messages.weekly import weekly_time
from connectors.delivering.settings import TrackerSettings
from connectors.messenger import Messenger, Notice, WeeklyTime
from okr_mappings.snapshot import ProgressDocument
from okr_mappings.wording import ENGLISH, Wording

LABEL = "Slack channel"

SETTINGS = {
    "webhook_url": Setting(
        "An incoming webhook, https://hooks.slack.com/services/...; or set token and channel.", secret=True
    ),
    "token": Setting("A bot token (xoxb-...) with the scope chat:write; files:write for charts.", secret=True),
    "channel": Setting("With a token: the channel's id like C0123456789, from the foot of its details."),
    "digest": Setting("When the weekly digest is due, on the company's clock: mon 06:00 by default, or off."),
    "charts": Setting("false to send no charts; with a token they follow in the message's thread."),
    "api_url": Setting("Where Slack's Web API lies; https://slack.com/api by default."),
    "allow_private_networks": Setting("Private networks that may be sent to, for a gateway of yours; none by default."),
    "allow_http": Setting("true to send without encryption, for a stand-in on this machine; false by default."),
}

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{6,}")
_EVENT = "okr_progress"
_LOOKED_BACK = timedelta(days=4)  # a delivery is given up after three
_MOST_KEYS = 200
_MOST_CHARTS = 3
_WEBHOOK_ADVICE = {
    400: "Slack does not understand the message; please report it.",
    403: "Slack refuses to post there (action_prohibited): ask an administrator of the workspace.",
    404: "The webhook is gone (no_service), or its channel is. Make a new incoming webhook and set its URL.",
    410: "The channel is archived. Unarchive it, or make a webhook for another channel.",
}
_log = logging.getLogger(__name__)


def tracker(settings: Mapping[str, str], folder: Path) -> Messenger:  # noqa: ARG001 - nothing is kept on disk
    """The channel as set; SettingError names what is wrong."""
    given = TrackerSettings("slack", settings, SETTINGS)
    digest = weekly_time(given)
    line = Line("slack")
    if given.text("token"):
        if given.text("webhook_url"):
            raise given.fault("webhook_url", "is set beside a token. Set one of the two.")
        if not _CHANNEL.fullmatch(given.text("channel")):
            raise given.fault(
                "channel",
                "is not a channel's id. It looks like C0123456789 and stands at the foot of the channel's details.",
            )
        base = address_of(given, "api_url", given.text("api_url") or "https://slack.com/api")
        bot = _Bot(SlackApi(base, given.text("token"), line), given.text("channel"), line)
        charts = given.flag("charts") if given.text("charts") else True
        return _Slack(bot, digest, charts)
    if not given.text("webhook_url"):
        raise given.fault("webhook_url", "is not set, nor is a token. Set one of the two.")
    return _Slack(_Hook(address_of(given, "webhook_url", given.text("webhook_url")), line), digest, shows_charts=False)


class _Voice(Protocol):
    def told(self, now: datetime) -> Collection[str]: ...

    def say(self, message: Message, now: datetime) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class _Slack:
    voice: _Voice = field(repr=False)
    digest: WeeklyTime | None
    shows_charts: bool
    name: str = "slack"
    words: Wording = field(default=ENGLISH, repr=False)

    def speaking(self, words: Wording) -> Messenger:
        return replace(self, words=words)

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        return send_changes(
            document, deliveries, lambda: self.voice.told(now), lambda message: self.voice.say(message, now), self.words
        )

    def announce(self, documents: Sequence[ProgressDocument], notice: Notice, now: datetime) -> DeliveryResult:
        try:
            known = notice.notice_id in self.voice.told(now)
            outcome = SAID if known else self.voice.say(of_notice(documents, notice, self.words), now)
        except NotPostedError as error:
            outcome = error.outcome
        return DeliveryResult(notice.notice_id, outcome.state, outcome.message, outcome.retry_after)


@dataclass(frozen=True, slots=True)
class _Hook:
    """An incoming webhook: it can speak, and nothing else."""

    place: Endpoint = field(repr=False)
    line: Line

    def told(self, now: datetime) -> Collection[str]:
        return ()

    def say(self, message: Message, now: datetime) -> Outcome:
        self.line.pause()
        body = json.dumps(payload(message), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        answer = self.line.post(self.place, body, {"content-type": "application/json; charset=utf-8"})
        return self.line.judged(answer, self.place, _WEBHOOK_ADVICE, now)


@dataclass(frozen=True, slots=True)
class _Bot:
    """An app with a token: it reads what it said, speaks, and shows pictures."""

    api: SlackApi
    channel: str
    line: Line

    def told(self, now: datetime) -> Collection[str]:
        """The keys of what this app said lately; nothing when it may not read, which is no reason to be silent."""
        oldest = f"{(now - _LOOKED_BACK).timestamp():.0f}"
        asked = {"channel": self.channel, "oldest": oldest, "limit": "200", "include_all_metadata": "true"}
        try:
            said = self.api.form("conversations.history", asked, now)
        except ApiError as error:
            if error.word in ("missing_scope", "not_in_channel"):
                return ()
            raise
        messages = said.get("messages")
        return {key for each in (messages if isinstance(messages, list) else []) for key in _keys(each)}

    def say(self, message: Message, now: datetime) -> Outcome:
        self.line.pause()
        keys = [*message.keys[:_MOST_KEYS]]
        body = {
            **payload(message),
            "channel": self.channel,
            "parse": "none",
            "link_names": False,
            "metadata": {"event_type": _EVENT, "event_payload": {"keys": keys, "mark": message.mark}},
        }
        said = self.api.json("chat.postMessage", body, now)
        for item in [each for each in message.items if each.chart][:_MOST_CHARTS]:
            try:
                self._show(item.chart, item.alt, str(said.get("ts", "")), now)
            except NotPostedError as error:
                _log.warning("track tracker=slack chart=failed message=%r", error.outcome.message)
                break
        return SAID

    def _show(self, chart: bytes, alt: str, thread: str, now: datetime) -> None:
        asked = {"filename": "chart.png", "length": str(len(chart)), "alt_txt": alt[:1000]}
        ticket = self.api.form("files.getUploadURLExternal", asked, now)
        self.api.upload(str(ticket["upload_url"]), chart)
        files = [{"id": str(ticket["file_id"]), "title": alt[:200]}]
        done = {"files": files, "channel_id": self.channel, "thread_ts": thread}
        self.api.json("files.completeUploadExternal", done, now)


def _keys(message: object) -> list[str]:
    """The keys in one message of the channel; none in other people's."""
    metadata = message.get("metadata") if isinstance(message, dict) else None
    if not isinstance(metadata, dict) or metadata.get("event_type") != _EVENT:
        return []
    content = metadata.get("event_payload")
    keys = content.get("keys") if isinstance(content, dict) else None
    return [str(key) for key in keys] if isinstance(keys, list) else []
