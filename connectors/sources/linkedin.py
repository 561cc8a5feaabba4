"""LinkedIn company pages: followers now, and what the page gained by day.

Manual: https://learn.microsoft.com/linkedin/marketing/community-management/organizations/follower-statistics
Grain: followers one row per page and reading; follower_gains one row per page and day (UTC).
History: of the follower count none, so it is read on every run and a missed day stays missing; of the gains twelve months. Gains do not
add up to the change of the count (LinkedIn removes accounts without counting that as a loss), so they never stand in for it.
Delay: the count is that of the moment; gains end two days ago, and the last ten days are read again.
Limits: a development tier of 500 calls a day for the app and 100 for the member, until midnight UTC; a load makes three for each page.
LinkedIn allows figures of a page's administrators to be kept for one year.
Credential: a developer app with the product Community Management API (LinkedIn reviews it) and the consent of a super admin of the
page, scope rw_organization_admin: SOURCES__LINKEDIN__CLIENT_ID, CLIENT_SECRET and REFRESH_TOKEN, which lasts 365 days, whatever is renewed.
An app that gets no refresh tokens has ACCESS_TOKEN instead, for 60 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.readers import settings
from connectors.readers.columns import arrow_schema, dlt_columns
from connectors.readers.followers import linkedin, linkedin_connect
from connectors.readers.followers.linkedin import GAIN_COLUMNS, LinkedInCalls
from connectors.readers.followers.samples import followers
from connectors.readers.merge import replacing_same
from connectors.readers.state import resource_memory
from connectors.readers.web import Web

LABEL = "LinkedIn"
SECRETS = ("client_secret", "refresh_token", "access_token")
CONNECT = linkedin_connect.CONNECT
API_VERSION, API_SUNSET = linkedin.API_VERSION, linkedin.API_SUNSET
BACKFILL, REREAD, UNFINISHED = timedelta(days=364), timedelta(days=10), timedelta(days=2)
_GAIN_KEY = ["organization_id", "date"]


@dlt.source(name="linkedin", spec=BaseConfiguration)
def source(run: SourceRun, api_base: str | None = None) -> Iterator[DltResource]:
    """Both tables; every setting is looked up as SOURCES__LINKEDIN__<NAME>."""
    pages = linkedin.organizations(
        settings.required("linkedin", "organization_ids", "the number of the company page, from its admin address")
    )
    web = Web("linkedin", api_base or settings.optional("linkedin", "api_base"), run)
    token = linkedin.access(web, run, _look_up())
    calls = LinkedInCalls(web, token, linkedin.version_in_use(), run)

    def counts() -> Any:
        found = [calls.count(page) for page in pages]
        token.tell()
        return found

    yield followers(counts, run)
    yield dlt.resource(
        _gains(calls, pages, run),
        name="follower_gains",
        primary_key=_GAIN_KEY,
        write_disposition=replacing_same(_GAIN_KEY),
        columns=dlt_columns(GAIN_COLUMNS),
    )


def _look_up() -> Any:
    """Either kind of consent, with the app that may renew the one."""
    found = {"access_token": settings.stored_secret("linkedin", "access_token")}
    if not found["access_token"]:
        found = {
            "client_id": settings.required("linkedin", "client_id", "the Client ID of the developer app"),
            "client_secret": settings.secret("linkedin", "client_secret", "the Client Secret of the developer app"),
            "refresh_token": settings.secret("linkedin", "refresh_token", "what `okr connect linkedin` gets you"),
        }
    return lambda name: found.get(name, "")


def _gains(calls: LinkedInCalls, pages: tuple[str, ...], run: SourceRun) -> Any:
    known: dict[str, str] = {} if run.full else resource_memory("follower_gains").get("through", {})

    def read() -> Iterator[Any]:
        last = run.now.date() - UNFINISHED
        rows = [row for page in pages for row in calls.gains(page, _first(known.get(page), last), last)]
        dlt.current.resource_state()["through"] = dict.fromkeys(pages, last.isoformat())
        run.tables_through["follower_gains"] = datetime.combine(last + timedelta(days=1), time(), UTC)
        run.tables_through["followers"] = run.now
        yield pa.Table.from_pylist(rows, schema=arrow_schema(GAIN_COLUMNS))

    return read


def _first(through: str | None, last: date) -> date:
    """Twelve months once, then the days that may still move."""
    earliest = last - BACKFILL
    return earliest if through is None else max(earliest, min(date.fromisoformat(through), last) - REREAD)
