"""LinkedIn's Community Management API, as far as followers need it: network sizes, pages, follower gains by day.

The version header is required; versions that LinkedIn has ended are a 426. Encoded parentheses are a 400, as Rest.li has it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.answer import Answer, Request, json_answer
from connectors.sandbox.oauth import OAuthServer, Rules

if TYPE_CHECKING:
    from connectors.sandbox.social import SocialAccount, SocialNetworks

OLDEST_VERSION, NEWEST_VERSION = "202512", "202611"
_INTERVAL = re.compile(r"timeIntervals=\(timeRange:\(start:(\d+),end:(\d+)\),timeGranularityType:DAY\)")
_URN = re.compile(r"urn%3Ali%3Aorganization%3A(\d+)")
_DAY_MS = 86_400_000
LINKEDIN = "LinkedIn"


class LinkedInApi:
    """`denied` is what happens to a token without the role; `missing_days` are left out of the gains."""

    def __init__(self, networks: SocialNetworks) -> None:
        self._networks = networks
        rules = Rules(
            "linkedin",
            "86brightwater01",
            "linkedin-app-secret-1",
            access_life=timedelta(days=60),
            refresh_life=timedelta(days=365),
            tells_refresh_end=True,
        )
        self.oauth = OAuthServer(rules, networks.clock)
        self.denied = False
        self.missing_days: set[date] = set()

    def answer(self, request: Request) -> Answer:
        if request.path == "/oauth/v2/accessToken":
            return self.oauth.token(request)
        if request.path == "/oauth/v2/authorization":
            return self.oauth.authorize(request)
        return self._refusal(request) or self._read(request)

    def _refusal(self, request: Request) -> Answer | None:
        version = request.headers.get("linkedin-version", "")
        if not self.oauth.accepts(request.bearer):
            return refused(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired")
        if not OLDEST_VERSION <= version <= NEWEST_VERSION:
            return refused(426, "NONEXISTENT_VERSION", f"Requested version {version}01 is not active")
        if self.denied:
            return refused(403, "ACCESS_DENIED", "Not enough permissions to access: networkSizes.GET.20260901")
        return None

    def _read(self, request: Request) -> Answer:
        if request.path.startswith("/rest/networkSizes/"):
            return self._size(request)
        if request.path.startswith("/rest/organizations/"):
            account = self._account(request.path.rpartition("/")[2])
            if account is None:
                return refused(404, "NOT_FOUND", "Could not find entity")
            return json_answer(
                {"id": int(account.id), "vanityName": account.name, "localizedName": account.name.title()}
            )
        if request.path == "/rest/organizationalEntityFollowerStatistics":
            return self._gains(request)
        return refused(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for {request.path}")

    def _size(self, request: Request) -> Answer:
        found = _URN.search(request.path)
        account = self._account(found.group(1) if found else "")
        if request.query.get("edgeType") != "COMPANY_FOLLOWED_BY_MEMBER":
            return refused(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
        if account is None:
            return refused(404, "NOT_FOUND", "Could not find entity")
        return json_answer({"firstDegreeSize": account.at(self._networks.today())})

    def _gains(self, request: Request) -> Answer:
        span, found = _INTERVAL.search(request.raw_query), _URN.search(request.raw_query)
        account = self._account(found.group(1) if found else "")
        if span is None or account is None:
            return refused(400, "PARAM_INVALID", "Parameter 'timeIntervals' is invalid")
        begin, end = int(span.group(1)), int(span.group(2))
        if begin % _DAY_MS or end % _DAY_MS or end - begin > 425 * _DAY_MS:
            return refused(400, "PARAM_INVALID", "Time ranges must be whole days and less than 14 months apart")
        days = (datetime.fromtimestamp(ms / 1000, UTC).date() for ms in range(begin, end, _DAY_MS))
        earliest = self._networks.clock.now().date() - timedelta(days=366)
        rows = [_element(account, day) for day in days if day >= earliest and day not in self.missing_days]
        return json_answer({"elements": rows, "paging": {"start": 0, "count": 10, "links": []}})

    def _account(self, number: str) -> SocialAccount | None:
        account = self._networks.accounts[LINKEDIN]
        return account if number == account.id else None


def _element(account: SocialAccount, day: date) -> dict[str, Any]:
    """What came, without who was removed: the gains of a day are one more than the count shows."""
    begin = round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    gain = account.at(day) - account.at(day - timedelta(days=1)) + 1
    return {
        "organizationalEntity": f"urn:li:organization:{account.id}",
        "timeRange": {"start": begin, "end": begin + _DAY_MS},
        "followerGains": {"organicFollowerGain": gain, "paidFollowerGain": 0},
    }


def refused(status: int, code: str, message: str) -> Answer:
    """In LinkedIn's words."""
    return json_answer({"status": status, "code": code, "message": message, "serviceErrorCode": 65600}, status)
