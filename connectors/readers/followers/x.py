"""X API v2: the public metrics of users, by name, and how its errors read.

A user that does not exist is a 200 with `errors`, and without `data` when it is the only one. Of the metrics only `followers_count` is
read: of the others X's prose and its own description disagree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ConnectorError, ContractError, FatalError, ForbiddenError, RetriableError
from connectors.readers.followers.samples import Count, listed
from connectors.readers.json_pages import parse
from connectors.readers.settings import environment_name
from connectors.readers.tokens.access import Access, RejectedTokenError, Renewal
from connectors.readers.tokens.oauth import App, consent_of, refresh
from connectors.readers.web import Reply, Web, usual

API_VERSION = "2"
API_SUNSET: date | None = None
"""No end announced."""
SCOPE = "tweet.read users.read offline.access"
HOST, LOGIN = "https://api.x.com", "https://x.com"
RENEW_EARLY = timedelta(minutes=10)
_METRICS = pa.struct([("followers_count", pa.int64())])
_USER = pa.struct([("id", pa.string()), ("username", pa.string()), ("public_metrics", _METRICS)])
_PROBLEM = pa.struct([("title", pa.string()), ("detail", pa.string()), ("value", pa.string())])
_USERS = pa.schema([("data", pa.list_(_USER)), ("errors", pa.list_(_PROBLEM))])
_NAME = re.compile(r"@?[A-Za-z0-9_]{1,15}")
_DAY = 86_400.0


def app(client_id: str, client_secret: str, api_base: str = "") -> App:
    """The developer app; X wants PKCE also of apps that have a secret."""
    login = api_base.rstrip("/") or LOGIN
    return App(
        "x",
        client_id,
        client_secret,
        f"{login}/i/oauth2/authorize",
        HOST,
        "/2/oauth2/token",
        SCOPE,
        basic=True,
        pkce=True,
    )


def access(web: Web, run: SourceRun, look_up: Callable[[str], str]) -> Access:
    """The app's own token lasts until somebody takes it back; a person's is renewed every two hours, each time with a new refresh token."""
    if bearer := look_up("bearer_token"):
        return Access("x", consent_of(access_token=bearer), None, run)
    own = app(look_up("client_id"), look_up("client_secret"))
    renewal = Renewal(lambda grant: refresh(own, web, run, grant), RENEW_EARLY)
    return Access("x", consent_of(look_up("refresh_token")), renewal, run)


def usernames(text: str) -> tuple[str, ...]:
    """The names without their @."""
    found = listed("x", "usernames", text, looks_like="acme_eu", fits=lambda part: bool(_NAME.fullmatch(part)))
    return tuple(name.removeprefix("@") for name in found)


class XCalls:
    """Users of X, during one run."""

    def __init__(self, web: Web, token: Access, run: SourceRun) -> None:
        self._web = web
        self._access = token
        self._run = run

    def counts(self, names: tuple[str, ...]) -> list[Count]:
        """In one call, which costs a read of each user, once a UTC day."""
        path = f"/2/users/by?usernames={','.join(names)}&user.fields=public_metrics"
        found = self._access.call(lambda token: self._get(path, token))
        if found["data"] is None and found["errors"] is None:
            raise ContractError("x: users/by answered without `data`. Nothing was loaded.")
        users = {(user["username"] or "").lower(): user for user in found["data"] or []}
        if missing := [name for name in names if name.lower() not in users]:
            said = "; ".join(str(each["detail"] or each["title"]) for each in found["errors"] or [])[:200]
            why = f' ("{said}")' if said else ""
            raise FatalError(
                f"x: users/by does not know {', '.join(missing)}{why}. Renamed, suspended or misspelt? Check "
                f"{environment_name('x', 'usernames')}. Nothing was loaded."
            )
        return [_count(users[name.lower()]) for name in names]

    def _get(self, path: str, token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return self._web.get(HOST, path, self._failure, _users, headers=headers, secrets=(token,))

    def _failure(self, reply: Reply) -> ConnectorError:
        content = reply.content
        words = content.get("detail") or content.get("title")
        where = f"{reply.where}{reply.quoted(words)}"
        if reply.status == 401:
            return RejectedTokenError(
                f"{where}. The token is not accepted. Check {environment_name('x', 'bearer_token')}, or consent again (scope {SCOPE}): "
                "`okr connect x`."
            )
        if reply.status == 402:
            return FatalError(
                f"{where}. The credits of the developer account are used up: top up in the developer console (at zero, automatic "
                "recharge stands still). The count of today is missing until then."
            )
        if reply.status == 403:
            return ForbiddenError(
                f"{where}. The app may not read users: check its project, its spending limit, and the scope {SCOPE}."
            )
        if reply.status == 429 and "usage-capped" in str(content.get("type", "")):
            return RetriableError(
                f"{where}. The reads of this billing period are used up; the next run tries again.", retry_after=_DAY
            )
        return usual(reply, words, pause=self._till_reset(reply))

    def _till_reset(self, reply: Reply) -> float | None:
        """Its window is fifteen minutes; the end of it is an epoch second."""
        text = next((value for name, value in reply.headers.items() if name.lower() == "x-rate-limit-reset"), "")
        return max(float(text) - reply.moment(self._run.now).timestamp(), 0.0) if text.isdigit() else None


def _users(body: bytes) -> Any:
    return parse(body, _USERS, "x: users/by").to_pylist()[0]


def _count(user: dict[str, Any]) -> Count:
    followers = (user["public_metrics"] or {}).get("followers_count")
    if followers is None or not user["id"]:
        raise ContractError("x: users/by answered without `followers_count`. Nothing was loaded.")
    return Count(user["id"], f"@{user['username']}", followers)
