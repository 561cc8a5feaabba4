"""Who may read: tokens for programs, sessions for browsers.

Without any token everybody who reaches the address sees everything; `server.py` lets that happen on the loopback address only. A session
is a signed note in a cookie (name, end); its key lives as long as the process, so a restart signs everybody out. The signature covers
the token's hash as well: a token that is taken away or replaced ends its sessions.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.serve.settings import ServeSettings, TokenSettings

COOKIE = "okr_session"


@dataclass(frozen=True, slots=True)
class Viewer:
    """`teams` is None for who sees all; `signed_in` where there is something to sign out of."""

    name: str
    teams: frozenset[str] | None = None
    signed_in: bool = False

    @property
    def sees_all(self) -> bool:
        return self.teams is None


EVERYBODY = Viewer("everybody")


def new_token() -> str:
    return "okr_" + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Door:
    """Decides who somebody is."""

    def __init__(self, settings: ServeSettings) -> None:
        self._tokens = settings.tokens
        self._length = timedelta(hours=settings.session_hours)
        self._key = secrets.token_bytes(32)

    @property
    def is_open(self) -> bool:
        return not self._tokens

    def of_token(self, token: str) -> Viewer | None:
        """Every token is compared, in constant time, so that nothing can be read off the time it takes."""
        given, found = hash_of(token), None
        for name, known in self._tokens.items():
            if hmac.compare_digest(given, known.sha256):
                found = _viewer(name, known)
        return found

    def viewer(self, headers: Mapping[str, str], cookies: Mapping[str, str], now: datetime) -> Viewer | None:
        """From `Authorization: Bearer`, from HTTP Basic (any name, the token as password), or from a session."""
        if self.is_open:
            return EVERYBODY
        if given := headers.get("authorization", ""):
            token = token_in(given)
            return self.of_token(token) if token else None
        return self._of_session(cookies.get(COOKIE, ""), now)

    def session(self, viewer: Viewer, now: datetime) -> tuple[str, int]:
        """The cookie's content, and for how many seconds it is good."""
        ends = str(int((now + self._length).timestamp()))
        note = f"{base64.urlsafe_b64encode(viewer.name.encode()).decode()}.{ends}"
        return f"{note}.{self._signature(note, viewer.name)}", int(self._length.total_seconds())

    def _of_session(self, cookie: str, now: datetime) -> Viewer | None:
        note, _, signature = cookie.rpartition(".")
        coded, _, ends = note.partition(".")
        try:
            name = base64.urlsafe_b64decode(coded.encode()).decode()
            over = int(ends) <= now.timestamp()
        except (ValueError, binascii.Error):
            return None
        known = self._tokens.get(name)
        good = known is not None and hmac.compare_digest(signature.encode(), self._signature(note, name).encode())
        return _viewer(name, known, signed_in=True) if known and good and not over else None

    def _signature(self, note: str, name: str) -> str:
        known = self._tokens.get(name)
        return hmac.new(self._key, f"{note}.{known.sha256 if known else ''}".encode(), hashlib.sha256).hexdigest()


def _viewer(name: str, token: TokenSettings, *, signed_in: bool = False) -> Viewer:
    return Viewer(name, None if token.teams is None else frozenset(token.teams), signed_in)


def token_in(authorization: str) -> str:
    """The token of a header; empty where there is none."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (ValueError, binascii.Error):
        return ""
