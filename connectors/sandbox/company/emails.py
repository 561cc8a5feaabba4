"""A marketing e-mail of the account: sent to a list, or still a draft."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MarketingEmail:
    """Moments are ISO texts; `published` None for a draft."""

    id: int
    name: str
    subject: str
    created: str
    published: str | None = None
    archived: bool = False
