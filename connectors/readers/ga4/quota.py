"""Google's quota: what is left is said with every report, and what is used up ends the source until it comes back.

Tokens return at the full hour, or at midnight in California; other tools spend from the same purse. Asking on with an empty one costs
the property its server errors of the hour, so the check comes before the call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.errors import RetriableError

_HOUR, _DAY = 3_600.0, 86_400.0
_BUSY = 5.0
_SEVERAL = 20
"""Reports differ in cost, and four of them are under way."""
_TOKENS = {"tokens_per_day": "today", "tokens_per_hour": "this hour", "tokens_per_project_per_hour": "this hour"}


@dataclass(frozen=True)
class Quota:
    """What is left after the last report. `cost` is what that one took; None where Google said nothing."""

    left: dict[str, int] | None = None
    cost: int = 0

    @classmethod
    def of(cls, answer: Any) -> Quota:
        """As the answer states it."""
        said = answer.property_quota
        names = (*_TOKENS, "concurrent_requests", "server_errors_per_project_per_hour")
        left = {name: int(getattr(said, name).remaining) for name in names if said.HasField(name)}
        return cls(left, int(said.tokens_per_day.consumed))

    @property
    def is_short(self) -> bool:
        """Whether several reports at once might cost more than is left."""
        left = self.left or {}
        return any(left[name] < _SEVERAL * self.cost for name in _TOKENS if name in left)

    def respect(self, wait: Callable[[float], None]) -> None:
        """Returns when another report of the same cost can be paid; RetriableError when not before the next run."""
        left = self.left or {}
        for name, when in _TOKENS.items():
            if name in left and left[name] < self.cost:
                raise RetriableError(
                    f"ga4: {left[name]} tokens of {when} are left to the property, and a report takes {self.cost}. The next run goes "
                    "on; SOURCES__GA4__EXTRA_REPORTS and other tools that read this property spend them too.",
                    retry_after=_DAY if when == "today" else _HOUR,
                )
        if left.get("server_errors_per_project_per_hour", 1) <= 0:
            raise RetriableError(
                "ga4: Google counted too many server errors this hour and answers no more; the next run goes on.",
                retry_after=_HOUR,
            )
        if left.get("concurrent_requests", 1) <= 0:
            wait(_BUSY)


def exhausted(where: str, words: str, asked: float | None) -> RetriableError:
    """A 429: only too many calls at once are worth a wait, unless Google says how long."""
    text = words.lower()
    if "concurrent" in text:
        return RetriableError(
            f"{where}. Too many reports at once; the next run reads again.", retry_after=asked or _BUSY
        )
    when, pause = ("today", _DAY) if "day" in text else ("this hour", _HOUR)
    return RetriableError(
        f"{where}. The property's tokens of {when} are used up; the next run goes on.", retry_after=asked or pause
    )
