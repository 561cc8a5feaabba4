"""What HubSpot's pipeline remembers from load to load, and from which moment the next one reads.

It is dlt state: committed with the package of the very load that earned it, so it can neither run ahead of the tables nor be lost.
The mark is HubSpot's own clock at the start of the run. HubSpot's search lags some moments behind, calculated properties are
written seconds after their cause, and both now and then by hours; hence two overlaps. Records erased for good leave no
trace at all: only the weekly full read finds them gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

OVERLAP = timedelta(minutes=15)
DAILY_OVERLAP = timedelta(hours=48)
DAILY = timedelta(hours=20)
WEEKLY = timedelta(days=7)
MOST_ARCHIVED = 20_000
"""So many archived ids are remembered at most (200 kB); beyond, restored records are found by the weekly read only."""
FEW_ARCHIVED = 1_000
"""Ten calls. The archived list cannot be asked for news only; a longer one is read when the number of live records says that some are
missing, and once a day, so that news cost what changed."""
NOT_COUNTED = -1


@dataclass(frozen=True)
class Memory:
    """Of one object type: `through` is read, with the wide overlap at `widely`, in full at `fully`.

    `archived` are the ids on the archived list, `on_list` how many those are: too many of them are not remembered one by one.
    `live` is how many records were not archived, where the archived list is long.
    `reference` is the property that was read as salesforce_id: one that is asked for since today has a past too.
    """

    through: datetime
    widely: datetime
    fully: datetime
    archived: tuple[str, ...] = ()
    on_list: int = 0
    reference: str = ""
    live: int = NOT_COUNTED

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Memory | None:
        """None before the first load."""
        if "through" not in state:
            return None
        moments = {name: datetime.fromisoformat(state[name]) for name in ("through", "widely", "fully")}
        archived = tuple(state.get("archived", ()))
        on_list, reference = int(state.get("on_list", len(archived))), str(state.get("reference", ""))
        live = int(state.get("live", NOT_COUNTED))
        return cls(**moments, archived=archived, on_list=on_list, reference=reference, live=live)

    def to_state(self) -> dict[str, Any]:
        """Plain values, as dlt stores them."""
        moments = {name: getattr(self, name).isoformat() for name in ("through", "widely", "fully")}
        kept = list(self.archived) if len(self.archived) <= MOST_ARCHIVED else []
        return moments | {"archived": kept, "on_list": self.on_list, "reference": self.reference, "live": self.live}

    def is_due_for_everything(self, now: datetime) -> bool:
        """Whether the weekly read is due."""
        return now - self.fully >= WEEKLY

    def reads_archived(self, now: datetime) -> bool:
        """Whether this load reads the archived list: always a short one, a long one with the daily wide overlap."""
        return self.on_list <= FEW_ARCHIVED or now - self.widely >= DAILY

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """From when to read, and the new `widely`."""
        if now - self.widely >= DAILY:
            return self.through - DAILY_OVERLAP, now
        return self.through - OVERLAP, self.widely
