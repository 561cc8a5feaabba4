"""The social networks of the company: accounts, their followers by day, and the five APIs that tell them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.sandbox.answer import Answer, Request, html_answer
from connectors.sandbox.clock import SandboxClock

if TYPE_CHECKING:
    from connectors.sandbox.company.company import Company


@dataclass
class SocialAccount:
    """`counts` are the followers at the end of days, `gain` what a later day brings. `hidden` hides them (YouTube)."""

    id: str
    name: str
    counts: dict[date, int] = field(default_factory=dict)
    gain: int = 0
    hidden: bool = False
    suspended: bool = False

    def at(self, day: date) -> int:
        """The count of the last day known by then, and what the days since have brought."""
        days = sorted(self.counts)
        place = bisect_right(days, day)
        if place == 0:
            return self.counts[days[0]] if days else 0
        last = days[place - 1]
        since = (day - last).days if place == len(days) else 0
        return self.counts[last] + since * self.gain


LINKEDIN, X, FACEBOOK, INSTAGRAM, YOUTUBE = "LinkedIn", "X", "Facebook", "Instagram", "YouTube"
IDS = {
    LINKEDIN: "5005001",
    X: "1400500100200300400",
    FACEBOOK: "104857600500100",
    INSTAGRAM: "17841400500100200",
    YOUTUBE: "UCbrightwaterTV000000001",
}
NAMES = {
    LINKEDIN: "brightwater",
    X: "brightwater_eu",
    FACEBOOK: "Brightwater",
    INSTAGRAM: "brightwater.hu",
    YOUTUBE: "@brightwatertv",
}
_FEW = {LINKEDIN: 1_180, X: 498, FACEBOOK: 301, INSTAGRAM: 80, YOUTUBE: 12_345}
_FACEBOOK_BEGAN, _FACEBOOK_GAIN = 2_240, 6
"""The company's page on Facebook is in no old sheet: its first count is the API's."""


GOOGLE_TOKENS = "/token"
_VENDORS = (
    ("/rest/", "linkedin"),
    ("/oauth/v2/", "linkedin"),
    ("/2/", "x"),
    ("/i/oauth2/", "x"),
    ("/v25.0/", "meta"),
    ("/youtube/v3/", "youtube"),
    ("/o/oauth2/", "youtube"),
)
PREFIXES = (*(prefix for prefix, _ in _VENDORS), GOOGLE_TOKENS)


class SocialNetworks:
    """Tests may change `accounts` and the followers at any time."""

    def __init__(self, accounts: Mapping[str, SocialAccount], clock: SandboxClock, zone: ZoneInfo) -> None:
        from connectors.sandbox.linkedin import LinkedInApi
        from connectors.sandbox.meta import MetaApi
        from connectors.sandbox.x import XApi
        from connectors.sandbox.youtube import YouTubeApi

        self.accounts = dict(accounts)
        self.clock = clock
        self.zone = zone
        self.linkedin, self.x, self.meta, self.youtube = LinkedInApi(self), XApi(self), MetaApi(self), YouTubeApi(self)

    def today(self) -> date:
        """By the company's clock."""
        return self.clock.now().astimezone(self.zone).date()

    def followers(self, network: str) -> int:
        """Now."""
        return self.accounts[network].at(self.today())

    def set(self, network: str, followers: int) -> None:
        """From today on."""
        account = self.accounts[network]
        account.counts = {day: count for day, count in account.counts.items() if day < self.today()}
        account.counts[self.today()] = followers

    def answer(self, request: Request) -> Answer:
        """By the beginning of the address."""
        if request.path == GOOGLE_TOKENS:
            return self.youtube.oauth.token(request)
        for prefix, name in _VENDORS:
            if request.path.startswith(prefix):
                found: Answer = getattr(self, name).answer(request)
                return found
        return html_answer(404, "404 Not Found")

    def settings(self, url: str) -> dict[str, str]:
        """What a user of all five has set, without the prefix SOURCES__."""
        ids = {name: account.id for name, account in self.accounts.items()}
        meta = {"APP_ID": self.meta.app_id, "APP_SECRET": self.meta.app_secret, "API_BASE": url}
        linkedin = self.linkedin.oauth
        return {
            "LINKEDIN__ORGANIZATION_IDS": ids[LINKEDIN],
            "LINKEDIN__CLIENT_ID": linkedin.rules.client_id,
            "LINKEDIN__CLIENT_SECRET": linkedin.rules.client_secret,
            "LINKEDIN__REFRESH_TOKEN": linkedin.consented(),
            "LINKEDIN__API_BASE": url,
            "X__USERNAMES": self.accounts[X].name,
            "X__BEARER_TOKEN": self.x.bearer_token,
            "X__API_BASE": url,
            "FACEBOOK__PAGE_IDS": ids[FACEBOOK],
            "FACEBOOK__ACCESS_TOKEN": self.meta.system_user(),
            **{f"FACEBOOK__{name}": value for name, value in meta.items()},
            "INSTAGRAM__ACCOUNT_IDS": ids[INSTAGRAM],
            "INSTAGRAM__ACCESS_TOKEN": self.meta.system_user(),
            **{f"INSTAGRAM__{name}": value for name, value in meta.items()},
            "YOUTUBE__CHANNEL_IDS": ids[YOUTUBE],
            "YOUTUBE__API_KEY": self.youtube.api_key,
            "YOUTUBE__API_BASE": url,
        }


def few_followers(clock: SandboxClock, zone: ZoneInfo) -> SocialNetworks:
    """One account each, with numbers to remember: 1,180, 498, 301, 80, and 12,345, which YouTube tells as 12,300."""
    day = date(2026, 11, 1)
    accounts = {name: SocialAccount(IDS[name], NAMES[name], {day: count}) for name, count in _FEW.items()}
    return SocialNetworks(accounts, clock, zone)


def example_followers(company: Company) -> SocialNetworks:
    """Those of the company's old sheet, which somebody kept by hand, and a page on Facebook, which nobody did."""
    accounts = {name: SocialAccount(IDS[name], NAMES[name], gain=2) for name in NAMES}
    for row in company.files.social_followers:
        accounts[row.name].counts[row.day] = row.count
    begin = min(accounts[LINKEDIN].counts, default=date(2026, 11, 1))
    end = max(accounts[LINKEDIN].counts, default=begin)
    for number in range((end - begin).days + 1):
        accounts[FACEBOOK].counts[begin + timedelta(days=number)] = _FACEBOOK_BEGAN + number * _FACEBOOK_GAIN // 5
    return SocialNetworks(accounts, company.clock, company.zone)
