"""What is asked of Google Analytics: the daily traffic always, breakdowns and users only on request.

A breakdown splits the same visits another way, so breakdowns must never be added to each other. Users cannot be added at all, neither
over days nor over pages: who comes on Monday and on Friday is one user of the week. So they are asked at each grain by itself, and
always for whole weeks and months, the running one as far as it has gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ContractError
from connectors.readers.columns import Kind

TRAFFIC_TABLE, BREAKDOWN_TABLE, USERS_TABLE = "traffic_daily", "traffic_breakdowns", "users"
_VISITS = {
    "sessions": ("sessions", Kind.INTEGER),
    "engagedSessions": ("engaged_sessions", Kind.INTEGER),
    "keyEvents": ("key_events", Kind.NUMBER),
    "newUsers": ("new_users", Kind.INTEGER),
}
_USERS = {
    "activeUsers": ("active_users", Kind.INTEGER),
    "totalUsers": ("total_users", Kind.INTEGER),
    "newUsers": ("new_users", Kind.INTEGER),
}
COLUMNS: dict[str, dict[str, Kind]] = {
    TRAFFIC_TABLE: {
        "property_id": Kind.TEXT,
        "date": Kind.DATE,
        "session_default_channel_group": Kind.TEXT,
        **dict(_VISITS.values()),
    },
    BREAKDOWN_TABLE: {
        "property_id": Kind.TEXT,
        "breakdown": Kind.TEXT,
        "date": Kind.DATE,
        "value": Kind.TEXT,
        **dict(_VISITS.values()),
    },
    USERS_TABLE: {
        "property_id": Kind.TEXT,
        "grain": Kind.TEXT,
        "period_start": Kind.DATE,
        "period_end": Kind.DATE,
        **dict(_USERS.values()),
    },
}
KEYS = {
    TRAFFIC_TABLE: ["property_id", "date", "session_default_channel_group"],
    BREAKDOWN_TABLE: ["property_id", "breakdown", "date", "value"],
    USERS_TABLE: ["property_id", "grain", "period_start"],
}


@dataclass(frozen=True)
class ReportKind:
    """One question. `part` tells it from others in the same table; `grain` is that of its first dimension."""

    name: str
    table: str
    dimensions: tuple[str, ...]
    metrics: dict[str, tuple[str, Kind]]
    part: str = ""
    grain: str = "day"

    def begin(self, day: date) -> date:
        """The first day of the period that `day` lies in."""
        if self.grain == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.grain == "month" else day

    def end(self, begin: date, last: date) -> date:
        """The last day that the answer covers of the period from `begin`."""
        if self.grain == "week":
            return min(begin + timedelta(days=6), last)
        if self.grain == "month":
            return min((begin + timedelta(days=31)).replace(day=1) - timedelta(days=1), last)
        return begin

    def since(self, first: date) -> str:
        """SQL for the rows that a reading from `first` on replaces."""
        if self.table == TRAFFIC_TABLE:
            return f"\"date\" >= DATE '{first}'"
        if self.table == BREAKDOWN_TABLE:
            return f"(breakdown = '{self.part}' AND \"date\" >= DATE '{first}')"
        return f"(grain = '{self.part}' AND period_start >= DATE '{first}')"

    def every(self) -> str:
        """SQL for all rows of this question."""
        if self.table == TRAFFIC_TABLE:
            return "1 = 1"
        return f"{'breakdown' if self.table == BREAKDOWN_TABLE else 'grain'} = '{self.part}'"

    def columns(self, texts: list[Any], property_id: str, last: date) -> dict[str, Any]:
        """The key columns from the texts of the dimensions."""
        days = _days(texts[0], self.grain)
        mine = {"property_id": pa.array([property_id] * len(days), pa.string())}
        part = pa.array([self.part] * len(days), pa.string())
        if self.table == TRAFFIC_TABLE:
            return mine | {"date": days, "session_default_channel_group": texts[1]}
        if self.table == BREAKDOWN_TABLE:
            return mine | {"breakdown": part, "date": days, "value": texts[1]}
        ends = pa.array([self.end(day, last) for day in days.to_pylist()], pa.date32())
        return mine | {"grain": part, "period_start": days, "period_end": ends}


TRAFFIC = ReportKind(TRAFFIC_TABLE, TRAFFIC_TABLE, ("date", "sessionDefaultChannelGroup"), _VISITS)
_BREAKDOWNS = {"source_medium": "sessionSourceMedium", "landing_page": "landingPage", "country": "country"}
_GRAINS = {"day": "date", "week": "isoYearIsoWeek", "month": "yearMonth"}
ON_REQUEST: dict[str, tuple[ReportKind, ...]] = {
    name: (ReportKind(name, BREAKDOWN_TABLE, ("date", dimension), _VISITS, name),)
    for name, dimension in _BREAKDOWNS.items()
} | {
    "users": tuple(
        ReportKind(f"users_by_{grain}", USERS_TABLE, (dimension,), _USERS, grain, grain)
        for grain, dimension in _GRAINS.items()
    )
}


def _days(texts: Any, grain: str) -> Any:
    """First days of the periods: `20261121`, `202647` (ISO year and week), `202611`."""
    try:
        if grain == "week":
            found = [date.fromisocalendar(int(text[:4]), int(text[4:]), 1) for text in texts.to_pylist()]
            return pa.array(found, pa.date32())
        whole = pc.binary_join_element_wise(texts, "01", "") if grain == "month" else texts
        return pc.strptime(whole, format="%Y%m%d", unit="s").cast(pa.date32())
    except (pa.ArrowInvalid, ValueError, TypeError) as problem:
        words = {"day": "date should be YYYYMMDD", "week": "isoYearIsoWeek should be YYYYWW"}
        text = words.get(grain, "yearMonth should be YYYYMM")
        raise ContractError(f"ga4: {text}: {problem}. Nothing was loaded.") from problem
