"""Meta's Graph API, as far as followers need it: two nodes, tokens with and without an end, their inspection and exchange, a consent page.

`appsecret_proof` is checked. Errors are a 400 or 403 with a code in the body, throttling too.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from connectors.sandbox.answer import Answer, Request, json_answer

if TYPE_CHECKING:
    from connectors.sandbox.social import SocialNetworks

VERSION = "v25.0"
_NODES = {"Facebook": "name", "Instagram": "username"}
SHORT, LONG, SEEN = timedelta(hours=1), timedelta(days=60), timedelta(days=90)


@dataclass
class _Token:
    ends: datetime | None
    seen_until: datetime | None


class MetaApi:
    """Two channels, one app. `exchanges` counts the tokens that were exchanged for younger ones."""

    def __init__(self, networks: SocialNetworks) -> None:
        self._networks = networks
        self.app_id, self.app_secret = "7700500100200300", "meta-app-secret-1"
        self.exchanges = 0
        self._numbers = itertools.count(1)
        self._tokens: dict[str, _Token] = {}
        self._codes: dict[str, str] = {}

    def system_user(self) -> str:
        """A token without an end."""
        return self._new(None, None)

    def person(self, left: timedelta = LONG) -> str:
        """A person's long-lived token, of which so much is left."""
        now = self._networks.clock.now()
        return self._new(now + left, now + left + (SEEN - LONG))

    def revoke(self) -> None:
        """Somebody has changed the password."""
        self._tokens.clear()

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix(f"/{VERSION}/")
        if path == "dialog/oauth":
            return self._consent(request)
        if path == "debug_token":
            return self._inspect(dict(parse_qsl(request.body.decode())) | request.query, request)
        if path == "oauth/access_token":
            return self._exchange(dict(parse_qsl(request.body.decode())) | request.query)
        return self._node(path, request)

    def _node(self, node: str, request: Request) -> Answer:
        if not self._good(request.bearer):
            return error(400, 190, "Error validating access token: Session has expired.", subcode=463)
        proof = hmac.new(self.app_secret.encode(), (request.bearer or "").encode(), hashlib.sha256).hexdigest()
        if request.query.get("appsecret_proof") != proof:
            return error(400, 100, "Invalid appsecret_proof provided in the API argument")
        for network, name_field in _NODES.items():
            account = self._networks.accounts[network]
            if account.id == node:
                known = {"followers_count": self._networks.followers(network), name_field: account.name, "fan_count": 1}
                asked = request.query.get("fields", "").split(",")
                return json_answer({name: known[name] for name in asked if name in known} | {"id": account.id})
        words = f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to missing permissions"
        return error(400, 100, words, subcode=33)

    def _inspect(self, asked: dict[str, str], request: Request) -> Answer:
        if request.bearer != f"{self.app_id}|{self.app_secret}":
            return error(400, 190, "Invalid OAuth access token - Cannot parse access token")
        token = self._tokens.get(asked.get("input_token", ""))
        if token is None:
            return json_answer(
                {"data": {"is_valid": False, "error": {"code": 190, "message": "Malformed access token"}}}
            )
        good = self._good(asked["input_token"])
        return json_answer(
            {
                "data": {
                    "app_id": self.app_id,
                    "is_valid": good,
                    "expires_at": _seconds(token.ends),
                    "data_access_expires_at": _seconds(token.seen_until),
                }
            }
        )

    def _exchange(self, form: dict[str, str]) -> Answer:
        if (form.get("client_id"), form.get("client_secret")) != (self.app_id, self.app_secret):
            return error(400, 101, "Error validating client secret.")
        now = self._networks.clock.now()
        if form.get("grant_type") == "fb_exchange_token":
            old = self._tokens.get(form.get("fb_exchange_token", ""))
            if old is None or not self._good(form.get("fb_exchange_token")):
                return error(400, 190, "Error validating access token: Session has expired.", subcode=463)
            self.exchanges += 1
            return self._given(self._new(now + LONG, old.seen_until), LONG)
        if self._codes.pop(form.get("code", ""), None) != form.get("redirect_uri"):
            return error(400, 100, "This authorization code has been used.")
        return self._given(self._new(now + SHORT, now + SEEN), SHORT)

    def _consent(self, request: Request) -> Answer:
        code = f"code-meta-{next(self._numbers)}"
        self._codes[code] = request.query.get("redirect_uri", "")
        place = f"{self._codes[code]}?{urlencode({'code': code, 'state': request.query.get('state', '')})}"
        return Answer(302, b"", {"Location": place})

    def _given(self, token: str, life: timedelta) -> Answer:
        return json_answer({"access_token": token, "token_type": "bearer", "expires_in": round(life.total_seconds())})

    def _new(self, ends: datetime | None, seen_until: datetime | None) -> str:
        token = f"EAAsandbox{next(self._numbers):06d}"
        self._tokens[token] = _Token(ends, seen_until)
        return token

    def _good(self, token: str | None) -> bool:
        known = self._tokens.get(token or "")
        return known is not None and (known.ends is None or known.ends > self._networks.clock.now())


def _seconds(moment: datetime | None) -> int:
    return 0 if moment is None else round(moment.timestamp())


def error(
    status: int, code: int, message: str, *, subcode: int | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """In Meta's words."""
    said: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1b2C3"}
    return json_answer({"error": said | ({"error_subcode": subcode} if subcode else {})}, status, headers)
