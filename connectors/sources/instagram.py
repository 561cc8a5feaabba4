"""Instagram: followers of the company's professional accounts.

Manual: https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user
Grain: followers one row per account and reading.
History: none of the count, so it is read on every run, and a missed day stays missing. (Meta keeps the new followers of 30 days; they leave
out who went away, so they are not read.)
Delay: none to speak of.
Limits: by calls an hour for app and account; a load makes one per account.
Credential: a token with the scopes instagram_basic and pages_read_engagement in SOURCES__INSTAGRAM__ACCESS_TOKEN, and the app's APP_ID and
APP_SECRET: the same app, and may be the same system user, as for Facebook. The account must be a professional one, linked to a page.
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

LABEL = "Instagram"
SECRETS = ("access_token", "app_secret")
CONNECT = meta_connect.INSTAGRAM
API_VERSION, API_SUNSET = meta.API_VERSION, meta.API_SUNSET


@dlt.source(name="instagram", spec=BaseConfiguration)
def source(run: SourceRun, api_base: str | None = None) -> Iterator[DltResource]:
    """The table `followers`; every setting is looked up as SOURCES__INSTAGRAM__<NAME>."""
    text = settings.required("instagram", "account_ids", "the id of the professional account, which begins with 17841")
    accounts = listed("instagram", "account_ids", text, looks_like="17841405309211844", fits=str.isdigit)
    app = meta_connect.instagram_app(
        settings.required("instagram", "app_id", "the App ID of the developer app"),
        settings.secret("instagram", "app_secret", "the App Secret of the developer app"),
    )
    token = settings.secret(
        "instagram", "access_token", "the token of a system user, or what `okr connect instagram` gets you"
    )
    web = Web("instagram", api_base or settings.optional("instagram", "api_base"), run)
    calls = meta.MetaCalls(app, token, web, run)

    def counts() -> Any:
        found = [calls.count(account) for account in accounts]
        calls.access.tell()
        return found

    yield followers(counts, run)
