"""LinkedIn's Community Management API: the size of a page's network, what it gained by day, and how its errors read.

The version goes with every call as LinkedIn-Version: YYYYMM and lives about a year; after that every call is a 426. Rest.li wants its
parentheses and commas raw in the query, and the colons of an id encoded; both are sent as they are written here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ConnectorError, ContractError, FatalError, ForbiddenError
from connectors.readers import settings
from connectors.readers.columns import Kind
from connectors.readers.followers.samples import Count, listed
from connectors.readers.json_pages import parse
from connectors.readers.settings import environment_name
from connectors.readers.tokens.access import Access, RejectedTokenError, Renewal
from connectors.readers.tokens.oauth import App, consent_of, refresh
from connectors.readers.web import Reply, Web, usual

API_VERSION = "202609"
API_SUNSET = date(2027, 9, 15)
"""LinkedIn keeps a version for a year: 202604 ends on 15 April 2027."""
SCOPE = "rw_organization_admin"
HOST, LOGIN = "https://api.linkedin.com", "https://www.linkedin.com"
RENEW_EARLY = timedelta(days=7)
GAIN_COLUMNS = {
    "organization_id": Kind.TEXT,
    "date": Kind.DATE,
    "organic_gain": Kind.INTEGER,
    "paid_gain": Kind.INTEGER,
}
_SIZE = pa.schema([("firstDegreeSize", pa.int64())])
_PAGE = pa.schema([("vanityName", pa.string())])
_GAIN = pa.struct([("organicFollowerGain", pa.int64()), ("paidFollowerGain", pa.int64())])
_RANGE = pa.struct([("start", pa.int64()), ("end", pa.int64())])
_GAINS = pa.schema([("elements", pa.list_(pa.struct([("timeRange", _RANGE), ("followerGains", _GAIN)])))])


def app(client_id: str, client_secret: str, api_base: str = "") -> App:
    """The developer app, for renewing and for consenting."""
    login = api_base.rstrip("/") or LOGIN
    return App(
        "linkedin", client_id, client_secret, f"{login}/oauth/v2/authorization", LOGIN, "/oauth/v2/accessToken", SCOPE
    )


def access(web: Web, run: SourceRun, look_up: Callable[[str], str]) -> Access:
    """With a refresh token LinkedIn lets an app renew for a year; without, an access token lasts 60 days and a person renews it."""
    refresh_token, access_token = look_up("refresh_token"), look_up("access_token")
    own = app(look_up("client_id"), look_up("client_secret"))
    renewal = Renewal(lambda grant: refresh(own, web, run, grant), RENEW_EARLY) if refresh_token else None
    return Access("linkedin", consent_of(refresh_token, "" if refresh_token else access_token), renewal, run)


def organizations(text: str) -> tuple[str, ...]:
    """The numbers of the pages."""
    return listed("linkedin", "organization_ids", text, looks_like="12345678", fits=str.isdigit)


class LinkedInCalls:
    """The pages of one member's consent, during one run."""

    def __init__(self, web: Web, token: Access, version: str, run: SourceRun) -> None:
        self._web = web
        self._access = token
        self._version = version
        self._run = run

    def count(self, organization: str) -> Count:
        """Its name is the one in the page's address."""
        urn = f"urn%3Ali%3Aorganization%3A{organization}"
        size = self._read(f"/rest/networkSizes/{urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER", _SIZE, "networkSizes")
        page = self._read(f"/rest/organizations/{organization}", _PAGE, "organizations")
        if size["firstDegreeSize"] is None:
            raise ContractError("linkedin: networkSizes answered without `firstDegreeSize`. Nothing was loaded.")
        return Count(organization, page["vanityName"] or organization, size["firstDegreeSize"])

    def gains(self, organization: str, first: date, last: date) -> list[dict[str, Any]]:
        """What the page won and lost on each of the days (UTC), both included."""
        begin, end = (
            round(datetime.combine(day, time(), UTC).timestamp() * 1000) for day in (first, last + timedelta(1))
        )
        path = (
            "/rest/organizationalEntityFollowerStatistics?q=organizationalEntity"
            f"&organizationalEntity=urn%3Ali%3Aorganization%3A{organization}"
            f"&timeIntervals=(timeRange:(start:{begin},end:{end}),timeGranularityType:DAY)"
        )
        found = self._read(path, _GAINS, "organizationalEntityFollowerStatistics")["elements"]
        if found is None:
            raise ContractError(
                "linkedin: organizationalEntityFollowerStatistics answered without `elements`. Nothing was loaded."
            )
        return [_gain(organization, element) for element in found]

    def _read(self, path: str, schema: Any, name: str) -> dict[str, Any]:
        row: dict[str, Any] = self._access.call(
            lambda token: self._get(path, token, lambda body: parse(body, schema, f"linkedin: {name}").to_pylist()[0])
        )
        return row

    def _get(self, path: str, token: str, read: Callable[[bytes], Any]) -> Any:
        headers = {
            "Authorization": f"Bearer {token}",
            "LinkedIn-Version": self._version,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        return self._web.get(HOST, path, self._failure, read, headers=headers, secrets=(token,))

    def _failure(self, reply: Reply) -> ConnectorError:
        content = reply.content
        words = content.get("message")
        where = f"{reply.where}{reply.quoted(words)}"
        if reply.status == 401:
            return RejectedTokenError(
                f"{where}. The token is not accepted (scope {SCOPE}). Check {environment_name('linkedin', 'refresh_token')}, or consent "
                "again: `okr connect linkedin`."
            )
        if reply.status == 403:
            return ForbiddenError(
                f"{where}. The token may not read this page: it needs the scope {SCOPE}, and who consented must be"
                " a super admin of the page."
            )
        if reply.status == 426:
            return FatalError(
                f"{where}. LinkedIn has ended version {self._version}. Update this product, or name a living one in "
                f"{environment_name('linkedin', 'api_version')} (like {API_VERSION})."
            )
        return usual(reply, words, pause=self._till_midnight(reply))

    def _till_midnight(self, reply: Reply) -> float:
        """Daily limits come back at midnight UTC; LinkedIn says no Retry-After."""
        moment = reply.moment(self._run.now)
        tomorrow = datetime.combine(moment.date() + timedelta(days=1), time(), UTC)
        return (tomorrow - moment).total_seconds()


def _gain(organization: str, element: dict[str, Any]) -> dict[str, Any]:
    span, gains = element["timeRange"] or {}, element["followerGains"] or {}
    if span.get("start") is None:
        raise ContractError("linkedin: follower gains came without `timeRange`. Nothing was loaded.")
    return {
        "organization_id": organization,
        "date": datetime.fromtimestamp(span["start"] / 1000, UTC).date(),
        "organic_gain": gains.get("organicFollowerGain") or 0,
        "paid_gain": gains.get("paidFollowerGain") or 0,
    }


def version_in_use() -> str:
    """That of the settings, else ours."""
    return settings.optional("linkedin", "api_version", API_VERSION)
