"""How a newcomer connects X, and the call that proves it: the company's accounts. It costs one read of each."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, Consent, SourceRun
from connectors.errors import SettingError
from connectors.readers.followers.x import XCalls, access, app, usernames
from connectors.readers.tokens.browser import PORT, Question
from connectors.readers.web import Web

REDIRECT = f"http://127.0.0.1:{PORT}/callback"
TEXT = f"""\
X is read with the token of a developer app. Reading costs money: about one cent per account and day, from credits bought ahead.

1. Create a project with an app at https://console.x.com and buy credits (the smallest amount lasts for years).
2. Your app > Keys and tokens > Bearer Token > Generate. It lasts until it is renewed there, and needs no person again.

Instead of the bearer token a person may consent (where your company forbids app tokens): leave it empty below, and
3. Your app > User authentication settings: type "Web App", redirect URL {REDIRECT}; copy the Client ID and Client Secret.
   A browser then opens, with the scopes tweet.read users.read offline.access."""


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """One call for all accounts."""
    names = usernames(given["usernames"])
    if not (given.get("bearer_token") or given.get("refresh_token")):
        raise SettingError(
            "x: give the bearer token of the app (SOURCES__X__BEARER_TOKEN), or consent: `okr connect x --consent`."
        )
    web = Web("x", given.get("api_base", ""), run)
    chosen = {**given, "bearer_token": ""} if given.get("refresh_token") else given
    found = XCalls(web, access(web, run, lambda name: chosen.get(name, "")), run).counts(names)
    told = ", ".join(f"{each.account} has {each.followers:,} followers" for each in found)
    return f"X answers: {told}."


def _question(run: SourceRun, given: Mapping[str, str]) -> Question:
    base = given.get("api_base", "")
    if not given.get("client_id"):
        raise SettingError("x: a consent needs the Client ID of the app: SOURCES__X__CLIENT_ID, or --set client_id=...")
    return Question(app(given["client_id"], given.get("client_secret", ""), base), REDIRECT, Web("x", base, run), run)


CONNECT = Connect(
    TEXT,
    (
        Asked("usernames", "Name of the account", "acme_eu"),
        Asked("bearer_token", "Bearer token of the app", secret=True, required=False),
        Asked("client_id", "Client ID (for a consent)", "bm9...", required=False),
        Asked("client_secret", "Client Secret (for a consent)", secret=True, required=False),
        Asked("refresh_token", "Refresh token", secret=True, required=False),
    ),
    attempt,
    Consent(_question, ("refresh_token",), unless="bearer_token"),
)
