"""X: followers of the company's accounts.

Manual: https://docs.x.com/x-api/users/lookup/introduction
Grain: followers one row per account and reading.
History: none, so it is read on every run, and a missed day stays missing.
Delay: none to speak of; X counts with some seconds of delay, and large drops are real when it removes accounts.
Limits: paid. Each user read costs 0.010 dollars, once a UTC day however often it is read; the credits are bought ahead, and without any
left X answers 402. 300 calls in 15 minutes.
Credential: the app's own bearer token (developer console > your app > Keys and tokens) in SOURCES__X__BEARER_TOKEN, which lasts until it is
renewed there. Or a person's consent: SOURCES__X__CLIENT_ID, CLIENT_SECRET and REFRESH_TOKEN; its refresh tokens are good for one use, and
what follows from the first one is kept in the data folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.readers import settings
from connectors.readers.followers import x
from connectors.readers.followers.samples import followers
from connectors.readers.followers.x_connect import CONNECT as WALK_THROUGH
from connectors.readers.web import Web

LABEL = "X"
SECRETS = ("bearer_token", "client_secret", "refresh_token")
CONNECT = WALK_THROUGH
API_VERSION, API_SUNSET = x.API_VERSION, x.API_SUNSET


@dlt.source(name="x", spec=BaseConfiguration)
def source(run: SourceRun, api_base: str | None = None) -> Iterator[DltResource]:
    """The table `followers`; every setting is looked up as SOURCES__X__<NAME>."""
    names = x.usernames(settings.required("x", "usernames", "the name of the account, without @"))
    web = Web("x", api_base or settings.optional("x", "api_base"), run)
    token = x.access(web, run, _look_up())
    calls = x.XCalls(web, token, run)

    def counts() -> Any:
        found = calls.counts(names)
        token.tell()
        return found

    yield followers(counts, run)


def _look_up() -> Any:
    """A person's consent where there is one, else the app's own token."""
    if refresh_token := settings.stored_secret("x", "refresh_token"):
        found = {
            "refresh_token": refresh_token,
            "client_id": settings.required("x", "client_id", "the Client ID of the developer app"),
            "client_secret": settings.stored_secret("x", "client_secret"),
        }
    else:
        found = {"bearer_token": settings.secret("x", "bearer_token", "the bearer token of the developer app")}
    return lambda name: found.get(name, "")
