"""The OAuth 2 calls that vendors share: a code for tokens, a refresh token for new ones, and the address at which a person consents."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlencode

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ConnectorError, ContractError, CredentialError
from connectors.readers.json_pages import parse
from connectors.readers.settings import environment_name
from connectors.readers.tokens.grant import Grant, fingerprint
from connectors.readers.web import Reply, Web, usual

_TOKENS = pa.schema(
    [
        ("access_token", pa.string()),
        ("expires_in", pa.int64()),
        ("refresh_token", pa.string()),
        ("refresh_token_expires_in", pa.int64()),
    ]
)


@dataclass(frozen=True)
class App:
    """A developer app at a vendor. With `basic` its name and secret go into the Authorization header, else into the form."""

    source: str
    client_id: str
    client_secret: str = field(repr=False)
    authorize: str
    token_base: str
    token_path: str
    scopes: str
    basic: bool = False
    pkce: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)


def consent_of(refresh_token: str = "", access_token: str = "") -> Grant:
    """A consent as the settings hold it, of which nothing else is known yet."""
    return Grant(fingerprint(refresh_token or access_token), access_token, refresh_token)


def refresh(app: App, web: Web, run: SourceRun, grant: Grant) -> Grant:
    """New tokens; the refresh token is the same where the vendor sends none."""
    form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
    found = _tokens(app, web, run, form, (grant.refresh_token, grant.access_token))
    kept = found.refresh_token or grant.refresh_token
    ends = found.refresh_ends or (grant.refresh_ends if kept == grant.refresh_token else None)
    return replace(found, consent=grant.consent, refresh_token=kept, refresh_ends=ends, consent_ends=grant.consent_ends)


def exchange(app: App, web: Web, run: SourceRun, code: str, redirect: str, verifier: str) -> Grant:
    """What a person's consent has brought; its consent is the token that lives longest."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    found = _tokens(app, web, run, form | ({"code_verifier": verifier} if app.pkce else {}), (code, verifier))
    return replace(found, consent=fingerprint(found.refresh_token or found.access_token))


def consent_address(app: App, redirect: str, state: str, verifier: str) -> str:
    """Where the person goes."""
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect,
        "scope": app.scopes,
        "state": state,
        **app.extra,
    }
    if app.pkce:
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{app.authorize}?{urlencode(asked)}"


def fresh_secret() -> str:
    """For `state` and for PKCE's verifier."""
    return secrets.token_urlsafe(48)


def _tokens(app: App, web: Web, run: SourceRun, form: Mapping[str, str], hidden: tuple[str, ...]) -> Grant:
    headers = {}
    if app.basic and app.client_secret:
        pair = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    else:
        form = {**form, "client_id": app.client_id} | (
            {"client_secret": app.client_secret} if app.client_secret else {}
        )
    found = web.post(
        app.token_base,
        app.token_path,
        lambda reply: _refused(app, reply),
        lambda body: parse(body, _TOKENS, f"{app.source}: {app.token_path}").to_pylist()[0],
        form=form,
        headers=headers,
        secrets=(*hidden, app.client_secret),
    )
    if not found["access_token"]:
        raise ContractError(f"{app.source}: {app.token_path} answered without `access_token`. Nothing was loaded.")
    return Grant(
        "",
        access_token=found["access_token"],
        refresh_token=found["refresh_token"] or "",
        access_ends=None if found["expires_in"] is None else run.now + timedelta(seconds=found["expires_in"]),
        refresh_ends=None
        if found["refresh_token_expires_in"] is None
        else run.now + timedelta(seconds=found["refresh_token_expires_in"]),
        obtained_at=run.now,
    )


def _refused(app: App, reply: Reply) -> ConnectorError:
    content = reply.content
    words = content.get("error_description") or content.get("error")
    where = f"{reply.where}{reply.quoted(words)}"
    if reply.status not in (400, 401, 403):
        return usual(reply, words)
    if content.get("error") in ("invalid_client", "unauthorized_client"):
        names = " and ".join(environment_name(app.source, name) for name in ("client_id", "client_secret"))
        return CredentialError(f"{where}. The developer app is not accepted. Check {names} and its scope {app.scopes}.")
    setting = environment_name(app.source, "refresh_token")
    return CredentialError(
        f"{where}. The consent (scope {app.scopes}) has ended or was taken back. A person must give it again: "
        f"`okr connect {app.source}` (it renews {setting})."
    )
