"""What GA4's pipeline remembers: how far each question is read, the property's own settings, and Google's remarks on past days.

Only recent days are read again, so a remark about older ones would be forgotten with the load that brought them, while their numbers
still count in the quarter. Each is kept with its days, cut back as days are read anew, for as long as a year's comparison needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

REMEMBER = timedelta(days=400)
_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Remark:
    """What Google said of the days `first` to `last`, both included."""

    first: date
    last: date
    text: str

    def __str__(self) -> str:
        return f"ga4: {self.first} to {self.last}: {self.text}."


@dataclass(frozen=True)
class Memory:
    """`through` is the last day read per question; empty texts where nothing is known yet."""

    property_id: str = ""
    time_zone: str = ""
    currency: str = ""
    through: Mapping[str, date] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @classmethod
    def from_state(cls, state: Mapping[str, Any], property_id: str) -> Memory:
        """Nothing is remembered of another property."""
        if state.get("property_id") != property_id:
            return cls()
        through = state.get("questions") or {"traffic_daily": state["through"]}
        return cls(
            property_id,
            str(state.get("time_zone", "")),
            str(state.get("currency", "")),
            {name: date.fromisoformat(day) for name, day in through.items()},
            tuple(
                Remark(date.fromisoformat(a), date.fromisoformat(b), text) for a, b, text in state.get("remarks", ())
            ),
        )

    def to_state(self) -> dict[str, Any]:
        """Plain values, as dlt stores them."""
        return {
            "property_id": self.property_id,
            "time_zone": self.time_zone,
            "currency": self.currency,
            "questions": {name: day.isoformat() for name, day in self.through.items()},
            "remarks": [[r.first.isoformat(), r.last.isoformat(), r.text] for r in self.remarks],
        }


def still_true(known: Iterable[Remark], first: date, last: date) -> list[Remark]:
    """Of remarks on days before `first`, which is read anew from there on."""
    cut = [Remark(each.first, min(each.last, first - _ONE), each.text) for each in known]
    return [each for each in cut if each.first <= each.last and each.last >= last - REMEMBER]


def joined(remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """Touching days with the same remark become one; the oldest first, otherwise in the given order."""
    found: dict[str, list[Remark]] = {}
    for each in sorted(remarks, key=lambda r: (r.first, r.last)):
        same = found.setdefault(each.text, [])
        if same and each.first <= same[-1].last + _ONE:
            same[-1] = Remark(same[-1].first, max(same[-1].last, each.last), each.text)
        else:
            same.append(each)
    return tuple(sorted((each for same in found.values() for each in same), key=lambda r: (r.first, r.last)))
