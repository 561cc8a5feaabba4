"""What Salesforce's pipeline remembers from load to load, and which moments of change the next one asks for.

It is dlt state: committed with the package of the very load that earned it. SystemModstamp is set inside a transaction and seen when that
commits, so a record may appear later than ones with a younger stamp: the end of a window lies some minutes back, the next begins an hour
before it, once a day two days before. Records purged from the bin leave no trace: only the weekly full read finds them gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

MARGIN = timedelta(minutes=2)
OVERLAP = timedelta(hours=1)
DAILY_OVERLAP = timedelta(hours=48)
DAILY = timedelta(hours=20)
WEEKLY = timedelta(days=7)
_MOMENTS = ("through", "widely", "fully")


@dataclass(frozen=True)
class Memory:
    """Of one object: `through` is read, with the wide overlap at `widely`, in full at `fully`. `fields` were asked for then."""

    through: datetime
    widely: datetime
    fully: datetime
    fields: tuple[str, ...] = ()

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Memory | None:
        """None before the first load."""
        if "through" not in state:
            return None
        moments = {name: datetime.fromisoformat(state[name]) for name in _MOMENTS}
        return cls(**moments, fields=tuple(state.get("fields", ())))

    def to_state(self) -> dict[str, Any]:
        """Plain values, as dlt stores them."""
        return {name: getattr(self, name).isoformat() for name in _MOMENTS} | {"fields": list(self.fields)}

    def is_due_for_everything(self, now: datetime) -> bool:
        """Whether the weekly read is due."""
        return now - self.fully >= WEEKLY

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """From when to read, and the new `widely`."""
        if now - self.widely >= DAILY:
            return self.through - DAILY_OVERLAP, now
        return self.through - OVERLAP, self.widely


def soql(moment: datetime) -> str:
    """As SOQL writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
