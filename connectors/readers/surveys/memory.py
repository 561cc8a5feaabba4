"""What a survey tool's pipeline remembers: dlt state, committed with the rows of the load that changed it.

`through` is the vendor's clock at the start of the last load, `fully` that of the last load of everything. A response that was deleted
leaves no trace, so only the weekly load of everything finds it gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

WEEKLY = timedelta(days=7)


@dataclass(frozen=True)
class Memory:
    """`surveys` maps the id of each survey that was there to what it takes to read its answers, which the reader alone understands."""

    through: datetime
    fully: datetime
    surveys: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Memory | None:
        """None before the first load."""
        if "through" not in state:
            return None
        moments = {name: datetime.fromisoformat(state[name]) for name in ("through", "fully")}
        return cls(**moments, surveys=dict(state.get("surveys", {})))

    def to_state(self) -> dict[str, Any]:
        """Plain values, as dlt stores them."""
        return {
            "through": self.through.isoformat(),
            "fully": self.fully.isoformat(),
            "surveys": dict(self.surveys),
        }

    def is_due_for_everything(self, now: datetime) -> bool:
        """Whether the weekly load is due."""
        return now - self.fully >= WEEKLY
