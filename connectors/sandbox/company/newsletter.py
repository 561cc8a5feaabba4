"""The example company's Mailchimp account: two audiences with what came and went each day, and the campaigns sent to them.

A campaign's opens and clicks grow for weeks after it was sent: most on the first day, the rest by halves. Machines open and click as
well; what people did is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

import numpy as np

from connectors.sandbox.company import calendar
from connectors.sandbox.company.moments import from_ms, to_ms

_HALF_LIFE_DAYS = 1.5


@dataclass(frozen=True, slots=True)
class Day:
    """What happened to an audience on one day: people who came, who left."""

    day: date
    subs: int
    unsubs: int


@dataclass(slots=True)
class Audience:
    """`before` were there ahead of the first day."""

    id: str
    name: str
    before: int
    days: list[Day] = field(default_factory=list)

    def size(self, day: date) -> int:
        """At the end of the day."""
        return self.before + sum(each.subs - each.unsubs for each in self.days if each.day <= day)


@dataclass(frozen=True, slots=True)
class Campaign:
    """`opens` and `clicks` are what they come to in the end; `machine_...` are those of proxies and scanners among them."""

    id: str
    title: str
    audience_id: str
    sent_ms: int
    emails_sent: int
    bounces: int
    opens: int
    machine_opens: int
    clicks: int
    machine_clicks: int
    unsubscribed: int = 0
    kind: str = "regular"

    def share(self, now_ms: int) -> float:
        """Of what it comes to in the end, so much has happened by now."""
        days = max(now_ms - self.sent_ms, 0) / 86_400_000
        return float(1 - 0.5 ** (days / _HALF_LIFE_DAYS)) if days < 30 else 1.0


@dataclass(slots=True)
class Newsletter:
    audiences: list[Audience] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)

    def change_campaign(self, campaign_id: str, **numbers: int) -> None:
        """Set final numbers."""
        place = next(n for n, each in enumerate(self.campaigns) if each.id == campaign_id)
        self.campaigns[place] = replace(self.campaigns[place], **numbers)  # type: ignore[arg-type]


def make_newsletter(rng: np.random.Generator) -> Newsletter:
    """Growth of some people a day, and a newsletter to both audiences in the first days of each month."""
    audiences = [
        Audience("a1b2c3d4e5", "Partner letter", 820, _days(rng, 1.6, 0.5)),
        Audience("f6a7b8c9d0", "Webinar guests", 310, _days(rng, 0.9, 0.2)),
    ]
    return Newsletter(audiences, list(_campaigns(rng, audiences)))


def _days(rng: np.random.Generator, come: float, leave: float) -> list[Day]:
    every = calendar.days(after=calendar.AFTERMATH_DAYS)
    came, left = rng.poisson(come, len(every)), rng.poisson(leave, len(every))
    return [Day(day, int(came[n]), int(left[n])) for n, day in enumerate(every)]


def _campaigns(rng: np.random.Generator, audiences: list[Audience]) -> list[Campaign]:
    found = []
    firsts = [day for day in calendar.days() if day.day == 5]
    for month, day in enumerate(firsts):
        for place, audience in enumerate(audiences):
            if place and month % 3:
                continue  # the guests get one a quarter
            sent = audience.size(day - timedelta(days=1))
            bounces = int(sent * rng.uniform(0.005, 0.02))
            delivered = sent - bounces
            opens, clicks = rng.uniform(0.42, 0.55), rng.uniform(0.035, 0.07)
            found.append(
                Campaign(
                    f"c{month:04d}{place:05d}",
                    f"{audience.name} {day:%B %Y}",
                    audience.id,
                    to_ms(datetime.combine(day, time(9, 30), calendar.ZONE)),
                    sent,
                    bounces,
                    int(delivered * opens),
                    int(delivered * opens * rng.uniform(0.35, 0.45)),
                    int(delivered * clicks),
                    int(delivered * clicks * rng.uniform(0.1, 0.3)),
                    int(delivered * 0.002),
                )
            )
    return found


def local_day(ms: int) -> date:
    return from_ms(ms).astimezone(calendar.ZONE).date()
