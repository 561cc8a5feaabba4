"""How a newcomer connects YouTube, and the call that proves it: the statistics of the channels."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, Consent, SourceRun
from connectors.errors import SettingError
from connectors.readers.followers.youtube import YouTubeCalls, access, app, channels
from connectors.readers.tokens.browser import PORT, Question
from connectors.readers.web import Web

REDIRECT = f"http://127.0.0.1:{PORT}/callback"
TEXT = """\
YouTube tells the subscribers of any channel to who has an API key, rounded down to three significant figures.

1. In the Google Cloud console (console.cloud.google.com), in a project of your company: APIs & Services > Library >
   "YouTube Data API v3" > Enable.
2. APIs & Services > Credentials > Create credentials > API key. Restrict it to the YouTube Data API v3.
3. The id of the channel: YouTube Studio > Settings > Channel > Advanced settings. It begins with UC.

Where API keys are not allowed: create an OAuth client of type "Desktop app", put the consent screen "In production" (in testing a
consent ends after seven days), leave the key empty below, and a browser opens for the scope youtube.readonly."""


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """One call for all channels."""
    ids = channels(given["channel_ids"])
    if not (given.get("api_key") or given.get("refresh_token")):
        raise SettingError(
            "youtube: give an API key (SOURCES__YOUTUBE__API_KEY), or consent: `okr connect youtube --consent`."
        )
    web = Web("youtube", given.get("api_base", ""), run)
    chosen = {**given, "api_key": ""} if given.get("refresh_token") else given
    token = access(web, run, lambda name: chosen.get(name, ""))
    found = YouTubeCalls(web, token, run, by_key=bool(chosen.get("api_key"))).counts(ids)
    told = ", ".join(
        f"{each.account} hides its subscribers"
        if each.followers is None
        else f"{each.account} has {each.followers:,} subscribers"
        for each in found
    )
    return f"YouTube answers: {told}{' (rounded)' if any(each.is_rounded for each in found) else ''}."


def _question(run: SourceRun, given: Mapping[str, str]) -> Question:
    base = given.get("api_base", "")
    if not (given.get("client_id") and given.get("client_secret")):
        raise SettingError("youtube: a consent needs SOURCES__YOUTUBE__CLIENT_ID and SOURCES__YOUTUBE__CLIENT_SECRET.")
    return Question(app(given["client_id"], given["client_secret"], base), REDIRECT, Web("youtube", base, run), run)


CONNECT = Connect(
    TEXT,
    (
        Asked("channel_ids", "Id of the channel", "UC_x5XG1OV2P6uZZ5FSM9Ttw"),
        Asked("api_key", "API key", secret=True, required=False),
        Asked("client_id", "Client ID (for a consent)", "1234.apps.googleusercontent.com", required=False),
        Asked("client_secret", "Client secret (for a consent)", secret=True, required=False),
        Asked("refresh_token", "Refresh token", secret=True, required=False),
    ),
    attempt,
    Consent(_question, ("refresh_token",), unless="api_key"),
)
