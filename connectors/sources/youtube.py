"""YouTube: subscribers of the company's channels, as YouTube rounds them.

Manual: https://developers.google.com/youtube/v3/docs/channels
Grain: followers one row per channel and reading; from 1,000 on `is_rounded`: YouTube tells three significant figures, rounded down.
History: none, so it is read on every run, and a missed day stays missing.
Delay: none to speak of.
Limits: 10,000 units a day for the project, until midnight in California; a load takes one.
Credential: an API key of a Google Cloud project with the YouTube Data API v3, in SOURCES__YOUTUBE__API_KEY. Where keys are not allowed: an
OAuth client (SOURCES__YOUTUBE__CLIENT_ID, CLIENT_SECRET) and a person's consent, scope youtube.readonly, in REFRESH_TOKEN; Google takes no
service accounts here, and while the app is in testing its consents end after seven days.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.readers import settings
from connectors.readers.followers import youtube, youtube_connect
from connectors.readers.followers.samples import followers
from connectors.readers.web import Web

LABEL = "YouTube"
SECRETS = ("api_key", "client_secret", "refresh_token")
CONNECT = youtube_connect.CONNECT
API_VERSION, API_SUNSET = youtube.API_VERSION, youtube.API_SUNSET


@dlt.source(name="youtube", spec=BaseConfiguration)
def source(run: SourceRun, api_base: str | None = None) -> Iterator[DltResource]:
    """The table `followers`; every setting is looked up as SOURCES__YOUTUBE__<NAME>."""
    ids = youtube.channels(settings.required("youtube", "channel_ids", "the id of the channel, which begins with UC"))
    web = Web("youtube", api_base or settings.optional("youtube", "api_base"), run)
    look_up = _look_up()
    token = youtube.access(web, run, look_up)
    calls = youtube.YouTubeCalls(web, token, run, by_key=bool(look_up("api_key")))

    def counts() -> Any:
        found = calls.counts(ids)
        token.tell()
        return found

    yield followers(counts, run)


def _look_up() -> Any:
    """A person's consent where there is one, else the key."""
    if refresh_token := settings.stored_secret("youtube", "refresh_token"):
        found = {
            "refresh_token": refresh_token,
            "client_id": settings.required("youtube", "client_id", "the Client ID of the OAuth client"),
            "client_secret": settings.secret("youtube", "client_secret", "the Client secret of the OAuth client"),
        }
    else:
        found = {"api_key": settings.secret("youtube", "api_key", "an API key of a Google Cloud project")}
    return lambda name: found.get(name, "")
