"""YouTube's Data API, as far as subscribers need it, with Google's tokens for people: channels, rounded counts, hidden ones."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.answer import Answer, Request, json_answer
from connectors.sandbox.oauth import OAuthServer, Rules

if TYPE_CHECKING:
    from connectors.sandbox.social import SocialNetworks

NETWORK = "YouTube"


class YouTubeApi:
    """`units` are what is left of the day's quota; None means plenty."""

    def __init__(self, networks: SocialNetworks) -> None:
        self._networks = networks
        self.api_key = "AIzaSy-sandbox-youtube-0000000000000000"
        rules = Rules(
            "youtube", "1234.apps.googleusercontent.com", "youtube-app-secret-1", timedelta(hours=1), needs_pkce=True
        )
        self.oauth = OAuthServer(rules, networks.clock)
        self.units: int | None = None

    def answer(self, request: Request) -> Answer:
        if request.path == "/o/oauth2/v2/auth":
            return self.oauth.authorize(request)
        key = request.headers.get("x-goog-api-key") or request.query.get("key")
        if key is not None and key != self.api_key:
            return error(400, "badRequest", "API key not valid. Please pass a valid API key.")
        if key is None and not self.oauth.accepts(request.bearer):
            return error(401, "authError", "Request had invalid authentication credentials.")
        if self.units is not None:
            if self.units <= 0:
                return error(
                    403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota."
                )
            self.units -= 1
        return self._channels(request)

    def _channels(self, request: Request) -> Answer:
        account = self._networks.accounts[NETWORK]
        content: dict[str, Any] = {"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}}
        if account.id in request.query.get("id", "").split(",") and not account.suspended:
            content["items"] = [self._item()]
        return json_answer(content)

    def _item(self) -> dict[str, Any]:
        account = self._networks.accounts[NETWORK]
        statistics: dict[str, Any] = {"viewCount": "91000", "hiddenSubscriberCount": account.hidden, "videoCount": "64"}
        if not account.hidden:
            statistics["subscriberCount"] = str(rounded_down(self._networks.followers(NETWORK)))
        snippet = {"title": "Brightwater TV", "customUrl": account.name}
        return {"kind": "youtube#channel", "id": account.id, "snippet": snippet, "statistics": statistics}


def rounded_down(count: int) -> int:
    """To three significant figures from 1,000 on: 10,486 is told as 10,400."""
    step: int = 10 ** max(len(str(count)) - 3, 0)
    return count // step * step


def error(status: int, reason: str, message: str) -> Answer:
    """In Google's words, as its older APIs say them."""
    each = {"message": message, "domain": "youtube.quota" if reason == "quotaExceeded" else "global", "reason": reason}
    return json_answer({"error": {"code": status, "message": message, "errors": [each]}}, status)
