"""What one consent has given so far, and until when.

A consent is what a person gave once (a refresh token or a long-lived token, in the settings). What vendors make of it changes: access
tokens of hours or days, at some vendors a new refresh token each time. `consent` is a fingerprint of the setting that a grant grew from,
so that a new consent in the settings puts what is stored out of use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

CONSENT_NOTICE = timedelta(days=14)
"""So long before its end a person is told."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Moments are UTC; None means that the vendor has set no end, or not told it.

    `consent_ends` is when the person must consent again whatever is renewed. `renewing_since` stands while a renewal has no stored answer.
    """

    consent: str
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    access_ends: datetime | None = None
    refresh_ends: datetime | None = None
    consent_ends: datetime | None = None
    obtained_at: datetime | None = None
    renewing_since: datetime | None = None

    @property
    def person_by(self) -> datetime | None:
        """Until when a person must have consented again."""
        own = self.refresh_ends if self.refresh_token else self.access_ends
        return min((moment for moment in (own, self.consent_ends) if moment is not None), default=None)

    def lasts(self, moment: datetime) -> bool:
        """Whether the access token is still good then, as far as is known."""
        return bool(self.access_token) and (self.access_ends is None or self.access_ends > moment)

    def to_plain(self) -> dict[str, str]:
        """For the file; what is absent is left out."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items() if value
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Grant:
        """ValueError, TypeError or KeyError when it is none."""
        moments = ("access_ends", "refresh_ends", "consent_ends", "obtained_at", "renewing_since")
        read: dict[str, Any] = {name: str(plain[name]) for name in ("access_token", "refresh_token") if name in plain}
        read |= {name: datetime.fromisoformat(plain[name]).astimezone(UTC) for name in moments if name in plain}
        return cls(str(plain["consent"]), **read)


def fingerprint(*parts: str) -> str:
    """Tells consents apart without saying them."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def consent_notice(source: str, person_by: datetime | None, now: datetime) -> str:
    """What a person should be told, nothing while there is time. The text names the day, so it is the same on every day."""
    if person_by is None or person_by - now > CONSENT_NOTICE:
        return ""
    day: date = person_by.date()
    if person_by <= now:
        return f"the consent ended on {day}. A person must give it again: `okr connect {source} --consent`."
    return f"the consent ends on {day}. A person must give it again before: `okr connect {source} --consent`."
