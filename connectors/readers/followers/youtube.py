"""YouTube Data API: the statistics of channels, and how its errors read.

From 1,000 on YouTube rounds subscribers down to three significant figures (10,486 is told as 10,400), for the owner too: growth comes in
steps. A channel that hides them is told so, without a number. A channel that does not exist is an answer without `items`. Counts are texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ConnectorError, ContractError, CredentialError, FatalError, ForbiddenError, RetriableError
from connectors.readers.followers.samples import Count, listed
from connectors.readers.json_pages import parse
from connectors.readers.settings import environment_name
from connectors.readers.tokens.access import Access, RejectedTokenError, Renewal
from connectors.readers.tokens.oauth import App, consent_of, refresh
from connectors.readers.web import Reply, Web, usual

API_VERSION = "v3"
API_SUNSET: date | None = None
"""No end announced."""
SCOPE = "https://www.googleapis.com/auth/youtube.readonly"
HOST, TOKENS = "https://www.googleapis.com", "https://oauth2.googleapis.com"
CONSENT = "https://accounts.google.com"
RENEW_EARLY = timedelta(minutes=5)
ROUNDED_FROM = 1_000
_CHANNEL = re.compile(r"UC[\w-]{22}")
_SNIPPET = pa.struct([("title", pa.string()), ("customUrl", pa.string())])
_STATISTICS = pa.struct([("subscriberCount", pa.string()), ("hiddenSubscriberCount", pa.bool_())])
_ITEM = pa.struct([("id", pa.string()), ("snippet", _SNIPPET), ("statistics", _STATISTICS)])
_CHANNELS = pa.schema([("items", pa.list_(_ITEM)), ("kind", pa.string())])
_DAY = 86_400.0


def app(client_id: str, client_secret: str, api_base: str = "") -> App:
    """The OAuth client, of type Desktop app."""
    base = api_base.rstrip("/") or CONSENT
    more = {"access_type": "offline", "prompt": "consent"}
    return App(
        "youtube", client_id, client_secret, f"{base}/o/oauth2/v2/auth", TOKENS, "/token", SCOPE, pkce=True, extra=more
    )


def access(web: Web, run: SourceRun, look_up: Callable[[str], str]) -> Access:
    """An API key has no end and sees what everybody sees, which is enough; a person's consent serves who may not have keys."""
    if key := look_up("api_key"):
        return Access("youtube", consent_of(access_token=key), None, run)
    own = app(look_up("client_id"), look_up("client_secret"))
    renewal = Renewal(lambda grant: refresh(own, web, run, grant), RENEW_EARLY)
    return Access("youtube", consent_of(look_up("refresh_token")), renewal, run)


def channels(text: str) -> tuple[str, ...]:
    """The ids of the channels."""
    found = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
    return listed("youtube", "channel_ids", text, looks_like=found, fits=lambda part: bool(_CHANNEL.fullmatch(part)))


class YouTubeCalls:
    """Channels, during one run. `by_key` sends the token as an API key."""

    def __init__(self, web: Web, token: Access, run: SourceRun, *, by_key: bool) -> None:
        self._web = web
        self._access = token
        self._run = run
        self._by_key = by_key

    def counts(self, ids: tuple[str, ...]) -> list[Count]:
        """In one call, which costs one unit of the 10,000 of a day."""
        path = f"/youtube/{API_VERSION}/channels?part=snippet,statistics&maxResults=50&id={','.join(ids)}"
        found = self._access.call(lambda token: self._get(path, token))
        if found["kind"] is None:
            raise ContractError("youtube: channels answered with something else than channels. Nothing was loaded.")
        items = {item["id"]: item for item in found["items"] or []}
        if missing := [each for each in ids if each not in items]:
            raise FatalError(
                f"youtube: channels does not know {', '.join(missing)}. Check {environment_name('youtube', 'channel_ids')}: the id "
                "of the channel (Settings > Advanced settings), not its name. Nothing was loaded."
            )
        return [self._count(items[each]) for each in ids]

    def _count(self, item: dict[str, Any]) -> Count:
        statistics, snippet = item["statistics"] or {}, item["snippet"] or {}
        name = snippet.get("customUrl") or snippet.get("title") or item["id"]
        if statistics.get("hiddenSubscriberCount"):
            self._run.warnings.append(f"{name} hides its subscribers, so nothing is counted for it")
            return Count(item["id"], name, None)
        text = statistics.get("subscriberCount") or ""
        if not text.isdigit():
            raise ContractError("youtube: channels answered without `subscriberCount`. Nothing was loaded.")
        subscribers = int(text)
        if subscribers >= ROUNDED_FROM:
            step = 10 ** (len(text) - 3)
            self._run.warnings.append(f"YouTube tells the subscribers of {name} rounded down, in steps of {step:,}")
        return Count(item["id"], name, subscribers, is_rounded=subscribers >= ROUNDED_FROM)

    def _get(self, path: str, token: str) -> Any:
        headers = {"X-Goog-Api-Key": token} if self._by_key else {"Authorization": f"Bearer {token}"}
        return self._web.get(HOST, path, self._failure, _channels, headers=headers, secrets=(token,))

    def _failure(self, reply: Reply) -> ConnectorError:
        problem = reply.content.get("error")
        problem = problem if isinstance(problem, dict) else {}
        reasons = {str(each.get("reason")) for each in problem.get("errors") or [] if isinstance(each, dict)}
        words = problem.get("message")
        where = f"{reply.where}{reply.quoted(words)}"
        key, consent = (environment_name("youtube", name) for name in ("api_key", "refresh_token"))
        if reply.status == 401:
            return RejectedTokenError(
                f"{where}. The token is not accepted (scope {SCOPE}). Check {key}, or {consent}: `okr connect youtube`."
            )
        if reply.status == 400 and reasons & {"keyInvalid", "badRequest"}:
            return CredentialError(f"{where}. The key is not accepted. Check {key}.")
        if reasons & {"quotaExceeded", "dailyLimitExceeded"}:
            return RetriableError(
                f"{where}. The project's quota of today is used up; it comes back at midnight in California, and the next run reads again.",
                retry_after=_DAY,
            )
        if reasons & {"rateLimitExceeded", "userRateLimitExceeded"}:
            return RetriableError(f"{where}. Too many calls; the next run reads again.", retry_after=reply.asked_wait)
        if reply.status == 403:
            return ForbiddenError(
                f'{where}. Enable the "YouTube Data API v3" in the Google Cloud project, and let the key (its restrictions) or the consent '
                f"(its scope {SCOPE}) use it."
            )
        return usual(reply, words)


def _channels(body: bytes) -> Any:
    return parse(body, _CHANNELS, "youtube: channels").to_pylist()[0]
