"""An OAuth 2 server as the social networks run one: consents, tokens that run out on the sandbox's clock, renewals that rotate or do not.

Nobody is asked: whoever opens the consent page has consented, and is sent back with a code (`refuse_consent` sends back an error).
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from connectors.sandbox.answer import Answer, Request, VendorError, json_answer
from connectors.sandbox.clock import SandboxClock


@dataclass(frozen=True)
class Rules:
    """How a vendor does it. `refresh_life` of None never ends; `rotates` gives a new refresh token each time and ends the old one."""

    name: str
    client_id: str
    client_secret: str
    access_life: timedelta
    refresh_life: timedelta | None = None
    rotates: bool = False
    needs_pkce: bool = False
    basic: bool = False
    tells_refresh_end: bool = False


@dataclass
class _Token:
    ends: datetime | None
    refresh: str = ""


@dataclass
class _Refresh:
    ends: datetime | None


@dataclass
class _Code:
    redirect: str
    challenge: str


@dataclass
class OAuthServer:
    """One vendor's. `renewals` counts the refreshes that went well."""

    rules: Rules
    clock: SandboxClock
    gives_refresh_tokens: bool = True
    refuse_consent: bool = False
    renewals: int = 0
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _tokens: dict[str, _Token] = field(default_factory=dict)
    _refreshes: dict[str, _Refresh] = field(default_factory=dict)
    _codes: dict[str, _Code] = field(default_factory=dict)

    def consented(self) -> str:
        """A refresh token, as if somebody had consented now."""
        return self._refresh_token(self.clock.now() + self.rules.refresh_life if self.rules.refresh_life else None)

    def accepts(self, token: str | None) -> bool:
        """Whether an access token is good now."""
        known = self._tokens.get(token or "")
        return known is not None and (known.ends is None or known.ends > self.clock.now())

    def expire_access_tokens(self) -> None:
        """As when the person logs out everywhere: the refresh tokens stay."""
        self._tokens.clear()

    def revoke(self) -> None:
        """The consent is taken back."""
        self._tokens.clear()
        self._refreshes.clear()

    def authorize(self, request: Request) -> Answer:
        """The consent page: sends the browser back."""
        asked = request.query
        back = asked.get("redirect_uri", "")
        if self.refuse_consent:
            said = {"error": "user_cancelled_authorize", "error_description": "The user cancelled the authorization"}
        elif self.rules.needs_pkce and not asked.get("code_challenge"):
            said = {"error": "invalid_request", "error_description": "code_challenge is required"}
        else:
            code = f"code-{self.rules.name}-{next(self._numbers)}"
            self._codes[code] = _Code(back, asked.get("code_challenge", ""))
            said = {"code": code}
        place = f"{back}?{urlencode({**said, 'state': asked.get('state', '')})}"
        return Answer(302, b"", {"Location": place})

    def token(self, request: Request) -> Answer:
        """The token endpoint."""
        form = dict(parse_qsl(request.body.decode()))
        try:
            self._check_client(request, form)
            return json_answer(self._granted(form))
        except VendorError as refusal:
            return refusal.answer

    def _granted(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("grant_type") == "refresh_token":
            return self._refreshed(form.get("refresh_token", ""))
        if form.get("grant_type") == "authorization_code":
            return self._exchanged(form)
        raise _refusal(400, "unsupported_grant_type", "grant_type is not supported")

    def _exchanged(self, form: dict[str, str]) -> dict[str, Any]:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.redirect != form.get("redirect_uri"):
            raise _refusal(
                400, "invalid_grant", "Unable to retrieve access token: appid/redirect uri/code verifier does not match"
            )
        if self.rules.needs_pkce and code.challenge != _challenge(form.get("code_verifier", "")):
            raise _refusal(400, "invalid_grant", "Value passed for the code verifier did not match the code challenge.")
        return self._answer(self.consented() if self.gives_refresh_tokens else "")

    def _refreshed(self, old: str) -> dict[str, Any]:
        known = self._refreshes.get(old)
        if known is None or (known.ends is not None and known.ends <= self.clock.now()):
            raise _refusal(400, "invalid_grant", "The provided authorization grant is invalid, expired or revoked")
        self.renewals += 1
        if not self.rules.rotates:
            return self._answer(old)
        del self._refreshes[old]
        return self._answer(self._refresh_token(known.ends))

    def _answer(self, refresh: str) -> dict[str, Any]:
        token = f"access-{self.rules.name}-{next(self._numbers)}"
        self._tokens[token] = _Token(self.clock.now() + self.rules.access_life, refresh)
        seconds = round(self.rules.access_life.total_seconds())
        found: dict[str, Any] = {"access_token": token, "expires_in": seconds, "token_type": "bearer"}
        if refresh:
            found["refresh_token"] = refresh
            ends = self._refreshes[refresh].ends
            if self.rules.tells_refresh_end and ends is not None:
                found["refresh_token_expires_in"] = round((ends - self.clock.now()).total_seconds())
        return found

    def _refresh_token(self, ends: datetime | None) -> str:
        token = f"refresh-{self.rules.name}-{next(self._numbers)}"
        self._refreshes[token] = _Refresh(ends)
        return token

    def _check_client(self, request: Request, form: dict[str, str]) -> None:
        given = form.get("client_id", ""), form.get("client_secret", "")
        if self.rules.basic:
            kind, _, pair = request.headers.get("authorization", "").partition(" ")
            name, _, secret = base64.b64decode(pair or "").decode().partition(":") if kind == "Basic" else ("", "", "")
            given = name, secret
        if given != (self.rules.client_id, self.rules.client_secret):
            raise _refusal(401, "invalid_client", "Client authentication failed")


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _refusal(status: int, error: str, words: str) -> VendorError:
    return VendorError(json_answer({"error": error, "error_description": words}, status))
