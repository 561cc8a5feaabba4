"""Tells a Microsoft Teams channel what has changed, once a week how everything stands, and when the numbers stay away.

Manual: https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
Grain: one Adaptive Card per run for all state changes (`okr_mappings.news`), none when nothing changed its state; one digest per week.
Repeats: at least once, and a workflow can be asked nothing. Every card ends in a mark that is the same on each attempt, so a repeat after a
kill between sending and noting it can be told by eye.
Limits: 28 KB a card with its charts inside as data URIs, so at most a few charts are shown; 4 cards a second. The old connectors
(webhook.office.com) are retired: the URL is that of a workflow "Post to a channel when a webhook request is received".
Secrets: the whole URL; its `sig` lets anybody post.
Oddities: 202 says that the workflow started, not that it posted; the workflow belongs to a person and ends with the account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from connectors.contract import Delivery, DeliveryResult, Setting
from connectors.delivering.address import Endpoint, address_of
from connectors.delivering.messages.adaptive_card import body
from connectors.delivering.messages.compose import of_notice
from connectors.delivering.messages.message import Message
from connectors.delivering.messages.speaking import Line, NotPostedError, Outcome, send_changes
from connectors.delivering.messages.weekly import weekly_time
from connectors.delivering.settings import TrackerSettings
from connectors.messenger import Messenger, Notice, WeeklyTime
from okr_mappings.snapshot import ProgressDocument
from okr_mappings.wording import ENGLISH, Wording

LABEL = "Microsoft Teams channel"

SETTINGS = {
    "url": Setting("The URL of the workflow that posts to the channel, with its sig=...", required=True, secret=True),
    "digest": Setting("When the weekly digest is due, on the company's clock: mon 06:00 by default, or off."),
    "charts": Setting("false to send no charts; they stand in the card."),
    "allow_private_networks": Setting("Private networks that may be sent to, for a gateway of yours; none by default."),
    "allow_http": Setting("true to send without encryption, for a stand-in on this machine; false by default."),
}

_RETIRED = ("webhook.office.com", "outlook.office.com")
_GONE = (
    "The workflow is gone or switched off. Open it in Power Automate, switch it on, or make a new one and set its URL."
)
_ADVICE = {
    400: "The workflow does not understand the message. It must begin with `When a Teams webhook request is received`.",
    401: "The URL is not accepted. Copy it again from the workflow, whole, with its sig.",
    403: "The URL is not accepted. Copy it again from the workflow, and let anyone trigger it.",
    404: _GONE,
    410: _GONE,
    413: "The card is too large; set charts to false.",
}


def tracker(settings: Mapping[str, str], folder: Path) -> Messenger:  # noqa: ARG001 - nothing is kept on disk
    """The channel as set; SettingError names what is wrong."""
    given = TrackerSettings("teams", settings, SETTINGS)
    place = address_of(given, "url", given.text("url"))
    if place.host.endswith(_RETIRED):
        raise given.fault(
            "url",
            f"leads to {place.host}, which Microsoft has retired. Make a workflow in the channel and set its URL.",
        )
    charts = given.flag("charts") if given.text("charts") else True
    return _Teams(place, Line("teams"), weekly_time(given), charts)


@dataclass(frozen=True, slots=True)
class _Teams:
    place: Endpoint = field(repr=False)
    line: Line = field(repr=False)
    digest: WeeklyTime | None
    shows_charts: bool
    name: str = "teams"
    words: Wording = field(default=ENGLISH, repr=False)

    def speaking(self, words: Wording) -> Messenger:
        return replace(self, words=words)

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        return send_changes(document, deliveries, tuple, lambda message: self._say(message, now), self.words)

    def announce(self, documents: Sequence[ProgressDocument], notice: Notice, now: datetime) -> DeliveryResult:
        try:
            outcome = self._say(of_notice(documents, notice, self.words), now)
        except NotPostedError as error:
            outcome = error.outcome
        return DeliveryResult(notice.notice_id, outcome.state, outcome.message, outcome.retry_after)

    def _say(self, message: Message, now: datetime) -> Outcome:
        self.line.pause()
        answer = self.line.post(self.place, body(message), {"content-type": "application/json; charset=utf-8"})
        return self.line.judged(answer, self.place, _ADVICE, now)
