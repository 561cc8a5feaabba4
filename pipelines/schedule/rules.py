"""The schedules of the settings as rules with nothing left open: zone, steps, sources, offset."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from pipelines import clock
from pipelines.schedule.crontab import Crontab
from pipelines.settings import Settings
from pipelines.watch import STEPS

CatchUp = Literal["latest", "all", "none"]
LOOK_BACK = timedelta(days=31)
MOST_SLOTS = 2_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One schedule. `offset` is its jitter: the same for each slot, so that slots never overtake each other, and another one on
    each installation, so that a hundred of them do not call a vendor in the same second."""

    name: str
    crontab: Crontab
    company_zone: str
    catch_up: CatchUp = "latest"
    max_catch_up: int = 14
    attempts: int = 3
    offset: timedelta = timedelta(0)
    steps: tuple[str, ...] = STEPS
    sources: tuple[str, ...] = ()

    @property
    def definition(self) -> str:
        """What decides the slots; when it changes, slots that lie before the change are not this rule's."""
        return f"{' '.join(self.crontab.line.split())} {self.crontab.time_zone}"

    @property
    def publishes(self) -> bool:
        """Whether people see new numbers after it."""
        return "publish" in self.steps

    def look_back(self) -> timedelta:
        """How far missed slots are looked for: a month, less for schedules of many slots a day."""
        return min(LOOK_BACK, max(timedelta(days=MOST_SLOTS / self.crontab.per_day()), timedelta(days=1)))

    def day_of(self, slot: datetime, now: datetime) -> date:
        """The last complete day: at the slot where every slot counts, otherwise when the run begins."""
        return clock.last_complete_day(slot if self.catch_up == "all" else max(slot, now), self.company_zone)


def rules_of(settings: Settings, company_zone: str) -> tuple[Rule, ...]:
    """Every schedule of the settings, by name."""
    rules = []
    for name, given in sorted(settings.schedules.items()):
        offset = _offset(f"{settings.data_dir.resolve()} {name}", given.jitter_seconds)
        rules.append(
            Rule(
                name,
                Crontab(given.cron, given.time_zone or company_zone),
                company_zone,
                given.catch_up,
                given.max_catch_up,
                given.attempts,
                offset,
                tuple(step for step in STEPS if step in given.steps) if given.steps else STEPS,
                given.sources,
            )
        )
    return tuple(rules)


def _offset(identity: str, most_seconds: int) -> timedelta:
    share = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8]) / 2**64
    return timedelta(seconds=int(share * (most_seconds + 1)))
