"""The four methods of Slack's Web API that a bot needs, and what its error words mean.

Oddities: a refusal is HTTP 200 with `ok: false`; `files.getUploadURLExternal` and `conversations.history` read forms, not JSON; a
file is first asked for, then uploaded to another host, then shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from connectors.contract import DeliveryState
from connectors.delivering.address import AddressRefusedError, Endpoint, endpoint
from connectors.delivering.messages.speaking import Line, NotPostedError, Outcome

_TOKEN = (
    "The token is not accepted. Check OKR_TRACKERS__SLACK__TOKEN: it starts with xoxb- and belongs to an installed app."  # noqa: S105 - a sentence
)
_ADVICE = {
    **dict.fromkeys(("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"), _TOKEN),
    "missing_scope": "The app lacks a right. Add the scope under OAuth & Permissions and install the app again.",
    "channel_not_found": "There is no such channel for this app. Check the channel's id, and invite the app to a private channel.",
    "not_in_channel": "The app is not in the channel. Invite it: /invite, then its name.",
    "is_archived": "The channel is archived. Unarchive it, or set another one.",
    "restricted_action": "The workspace does not let this app post there. Ask an administrator.",
}
_LATER = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
_NO_ADVICE: dict[int, str] = {}


class ApiError(NotPostedError):
    """Slack said no; `word` is its own word for why."""

    def __init__(self, word: str, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.word = word


@dataclass(frozen=True)
class SlackApi:
    """Calls by method name. Raises NotPostedError for everything that is not a yes."""

    base: Endpoint
    token: str
    line: Line

    def __repr__(self) -> str:
        return f"SlackApi({self.base.host})"

    def json(self, method: str, body: Mapping[str, object], now: datetime) -> dict[str, object]:
        content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        return self._call(method, content, "application/json; charset=utf-8", now)

    def form(self, method: str, fields: Mapping[str, str], now: datetime) -> dict[str, object]:
        return self._call(method, urlencode(fields).encode(), "application/x-www-form-urlencoded", now)

    def upload(self, url: str, content: bytes) -> None:
        """The bytes of a file to the address that Slack named, which is judged like any other."""
        allow_http = self.base.url.scheme == "http"
        try:
            place = endpoint(url, allow_http=allow_http, allowed=self.base.allowed)
        except AddressRefusedError as error:
            raise NotPostedError(Outcome(DeliveryState.PERMANENT, f"slack: the upload address {error}")) from error
        answer = self.line.post(place, content, {"content-type": "application/octet-stream"})
        if answer.status != 200:
            raise NotPostedError(Outcome(DeliveryState.RETRIABLE, f"slack: {answer.status} while uploading a chart."))

    def _call(self, method: str, content: bytes, kind: str, now: datetime) -> dict[str, object]:
        place = Endpoint(self.base.url.copy_with(path=self.base.url.path.rstrip("/") + "/" + method), self.base.allowed)
        headers = {"content-type": kind, "authorization": f"Bearer {self.token}"}
        answer = self.line.post(place, content, headers)
        judged = self.line.judged(answer, place, _NO_ADVICE, now)
        if judged.state is not DeliveryState.SENT:
            raise ApiError(str(answer.status), judged)
        try:
            said = json.loads(answer.body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise ApiError(
                "no_json", Outcome(DeliveryState.RETRIABLE, f"slack: {method} answered something that is not JSON.")
            )
        if said.get("ok") is not True:
            raise _refused(method, said)
        return said


def _refused(method: str, said: Mapping[str, object]) -> ApiError:
    word = str(said.get("error", "unknown"))[:60]
    needed = f" Needed: {str(said['needed'])[:60]}." if said.get("needed") else ""
    if word in _LATER:
        return ApiError(word, Outcome(DeliveryState.RETRIABLE, f"slack: {method}: {word}. It will be tried again."))
    advice = _ADVICE.get(word, "The message is refused; please report it.")
    return ApiError(word, Outcome(DeliveryState.PERMANENT, f"slack: {method}: {word}. {advice}{needed}"))
