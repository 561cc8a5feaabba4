"""Facebook: followers of the company's pages.

Manual: https://developers.facebook.com/docs/graph-api/reference/page
Grain: followers one row per page and reading. What the page shows as followers (`followers_count`), never its likes (`fan_count`).
History: none, so it is read on every run, and a missed day stays missing.
Delay: none to speak of.
Limits: by calls an hour for app and page; a load makes one per page. Meta tells in a header when it may be asked again.
Credential: a token with the scopes pages_read_engagement and pages_show_list in SOURCES__FACEBOOK__ACCESS_TOKEN, and the app's APP_ID and
APP_SECRET. Best that of a system user, which has no end; a person's lasts 60 days and is exchanged in time, but the person must be seen at
Meta every 90 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.readers import settings
from connectors.readers.followers import meta, meta_connect
from connectors.readers.followers.samples import followers, listed
from connectors.readers.web import Web

LABEL = "Facebook"
SECRETS = ("access_token", "app_secret")
CONNECT = meta_connect.FACEBOOK
API_VERSION, API_SUNSET = meta.API_VERSION, meta.API_SUNSET


@dlt.source(name="facebook", spec=BaseConfiguration)
def source(run: SourceRun, api_base: str | None = None) -> Iterator[DltResource]:
    """The table `followers`; every setting is looked up as SOURCES__FACEBOOK__<NAME>."""
    text = settings.required("facebook", "page_ids", "the number of the page (About > Page transparency)")
    pages = listed("facebook", "page_ids", text, looks_like="104857612345678", fits=str.isdigit)
    app = meta_connect.facebook_app(
        settings.required("facebook", "app_id", "the App ID of the developer app"),
        settings.secret("facebook", "app_secret", "the App Secret of the developer app"),
    )
    token = settings.secret(
        "facebook", "access_token", "the token of a system user, or what `okr connect facebook` gets you"
    )
    calls = meta.MetaCalls(app, token, Web("facebook", api_base or settings.optional("facebook", "api_base"), run), run)

    def counts() -> Any:
        found = [calls.count(page) for page in pages]
        calls.access.tell()
        return found

    yield followers(counts, run)
