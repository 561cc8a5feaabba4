"""The rows of a traffic report: dimensions, metrics, filters and order as Google Analytics knows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.company.company import Company
from connectors.sandbox.company.traffic import TrafficRow

_INTEGER, _FLOAT = "TYPE_INTEGER", "TYPE_FLOAT"
METRICS = {
    "sessions": _INTEGER,
    "engagedSessions": _INTEGER,
    # a float since events may be credited to several channels
    "keyEvents": _FLOAT,
    "newUsers": _INTEGER,
    "totalUsers": _INTEGER,
    "activeUsers": _INTEGER,
    "engagementRate": _FLOAT,
}
_SOURCES = {"Organic Search": "google / organic", "Paid Search": "google / cpc", "Direct": "(direct) / (none)"}
"""Source, landing page and country follow from the channel: each adds up to the same visits."""
DIMENSIONS: dict[str, Callable[[TrafficRow], str]] = {
    "date": lambda row: row.day.strftime("%Y%m%d"),
    "year": lambda row: row.day.strftime("%Y"),
    "month": lambda row: row.day.strftime("%m"),
    "yearMonth": lambda row: row.day.strftime("%Y%m"),
    "isoYearIsoWeek": lambda row: row.day.strftime("%G%V"),
    "dayOfWeek": lambda row: str(row.day.isoweekday() % 7),
    "sessionDefaultChannelGroup": lambda row: row.channel,
    "sessionSourceMedium": lambda row: _SOURCES.get(row.channel, f"{row.channel.lower()} / other"),
    "landingPage": lambda row: "/pricing" if "Paid" in row.channel else "/",
    "country": lambda row: "Austria" if row.channel == "Referral" else "Hungary",
}
MAX_DIMENSIONS, MAX_METRICS, MAX_RANGES = 9, 10, 4
_REPEAT_VISITORS = 0.16
"""Over n days a site has fewer users than the sum of its days: here the sum divided by n to this power."""

Row = tuple[tuple[str, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Report:
    """`ranges` are (name, first day, last day), both included; several of them add the dimension dateRange."""

    dimensions: Sequence[str]
    metrics: Sequence[str]
    ranges: Sequence[tuple[str, date, date]]
    dimension_filter: Mapping[str, Any] | None
    order_bys: Sequence[Mapping[str, Any]]
    keep_empty: bool = False

    @property
    def headers(self) -> list[str]:
        return [*self.dimensions, "dateRange"] if len(self.ranges) > 1 else list(self.dimensions)


@dataclass(slots=True)
class _Sums:
    sessions: int = 0
    engaged: int = 0
    key_events: int = 0
    new_users: int = 0
    users: int = 0
    days: set[date] = field(default_factory=set)

    def add(self, row: TrafficRow) -> None:
        self.sessions += row.sessions
        self.engaged += row.engaged_sessions
        self.key_events += row.key_events
        self.new_users += row.new_users
        self.users += row.users
        self.days.add(row.day)

    def metric(self, name: str) -> float:
        users = round(self.users / float(max(1, len(self.days)) ** _REPEAT_VISITORS))
        values: dict[str, float] = {
            "sessions": self.sessions,
            "engagedSessions": self.engaged,
            "keyEvents": float(self.key_events),
            "newUsers": self.new_users,
            "totalUsers": users,
            "activeUsers": round(users * 0.93),
            "engagementRate": self.engaged / self.sessions if self.sessions else 0.0,
        }
        return values[name]


def check(report: Report) -> str | None:
    """What is wrong with the request, in Google's words; None if nothing."""
    for name in report.dimensions:
        if name not in DIMENSIONS:
            return f"Field {name} is not a valid dimension. For a list of valid dimensions and metrics, see the API schema."
    for name in report.metrics:
        if name not in METRICS:
            return (
                f"Field {name} is not a valid metric. For a list of valid dimensions and metrics, see the API schema."
            )
    if not report.metrics or len(report.metrics) > MAX_METRICS or len(report.dimensions) > MAX_DIMENSIONS:
        return f"A request needs 1 to {MAX_METRICS} metrics and at most {MAX_DIMENSIONS} dimensions."
    if not 1 <= len(report.ranges) <= MAX_RANGES:
        return f"A request needs 1 to {MAX_RANGES} date ranges."
    wrong = next((begin for _, begin, end in report.ranges if begin > end), None)
    return None if wrong is None else f"Invalid date range: startDate {wrong} is after endDate."


def build_rows(report: Report, company: Company) -> list[Row]:
    """In the asked order; without one by the first metric, descending, which is what GA4 tends to do."""
    seen = list(company.traffic.seen(company.clock.now(), company.zone))
    groups: dict[tuple[str, ...], _Sums] = {}
    for name, begin, end in report.ranges:
        wanted = [row for row in seen if begin <= row.day <= end and _accepted(report, row)]
        filler = _empty_days(begin, end) if report.keep_empty and list(report.dimensions) == ["date"] else ()
        for row in (*filler, *wanted):
            key = tuple(DIMENSIONS[dimension](row) for dimension in report.dimensions)
            groups.setdefault((*key, name) if len(report.ranges) > 1 else key, _Sums()).add(row)
    rows = [(key, tuple(sums.metric(name) for name in report.metrics)) for key, sums in groups.items()]
    return _ordered(report, rows)


def _empty_days(begin: date, end: date) -> Iterator[TrafficRow]:
    for n in range((end - begin).days + 1):
        yield TrafficRow(begin + timedelta(days=n), "", 0)


def _accepted(report: Report, row: TrafficRow) -> bool:
    if not report.dimension_filter:
        return True
    return matches(report.dimension_filter, {name: read(row) for name, read in DIMENSIONS.items()})


def matches(expression: Mapping[str, Any] | None, values: Mapping[str, Any]) -> bool:
    """A FilterExpression over named values. Enumerations may be names or, as Google's client sends them, numbers."""
    if not expression:
        return True
    if "andGroup" in expression:
        return all(matches(part, values) for part in expression["andGroup"].get("expressions", ()))
    if "orGroup" in expression:
        return any(matches(part, values) for part in expression["orGroup"].get("expressions", ()))
    if "notExpression" in expression:
        return not matches(expression["notExpression"], values)
    one = expression.get("filter", {})
    value = values.get(one.get("fieldName"))
    return value is not None and _filter(one, value)


def _filter(one: Mapping[str, Any], value: Any) -> bool:
    if "inListFilter" in one:
        words, exact = one["inListFilter"].get("values", ()), one["inListFilter"].get("caseSensitive")
        return value in words if exact else str(value).lower() in [w.lower() for w in words]
    if "numericFilter" in one:
        return _numeric(one["numericFilter"], float(value))
    if "betweenFilter" in one:
        return _number(one["betweenFilter"]["fromValue"]) <= float(value) <= _number(one["betweenFilter"]["toValue"])
    return _text(one.get("stringFilter", {}), str(value))


def _numeric(asked: Mapping[str, Any], value: float) -> bool:
    other = _number(asked["value"])
    kinds = ("", "EQUAL", "LESS_THAN", "LESS_THAN_OR_EQUAL", "GREATER_THAN", "GREATER_THAN_OR_EQUAL")
    kind = _word(asked.get("operation"), kinds)
    tests = {"EQUAL": value == other, "LESS_THAN": value < other, "LESS_THAN_OR_EQUAL": value <= other}
    return tests.get(kind, value > other or (kind == "GREATER_THAN_OR_EQUAL" and value == other))


def _number(value: Mapping[str, Any]) -> float:
    return float(value.get("int64Value") or value.get("doubleValue") or 0)


def _text(asked: Mapping[str, Any], value: str) -> bool:
    pattern = str(asked.get("value", ""))
    kinds = ("EXACT", "EXACT", "BEGINS_WITH", "ENDS_WITH", "CONTAINS", "FULL_REGEXP", "PARTIAL_REGEXP")
    kind = _word(asked.get("matchType"), kinds)
    if "REGEXP" in kind:
        flags = 0 if asked.get("caseSensitive") else re.IGNORECASE
        return bool((re.fullmatch if kind == "FULL_REGEXP" else re.search)(pattern, value, flags))
    if not asked.get("caseSensitive"):
        pattern, value = pattern.lower(), value.lower()
    tests = {"EXACT": value == pattern, "BEGINS_WITH": value.startswith(pattern), "ENDS_WITH": value.endswith(pattern)}
    return tests.get(kind, pattern in value)


def _word(given: Any, words: Sequence[str]) -> str:
    return words[given] if isinstance(given, int) else str(given or words[0])


def _ordered(report: Report, rows: list[Row]) -> list[Row]:
    if not report.order_bys:
        return sorted(rows, key=lambda row: (-row[1][0], row[0]))
    for asked in reversed(report.order_bys):
        rows.sort(key=_sort_key(report, asked), reverse=bool(asked.get("desc")))
    return rows


def _sort_key(report: Report, asked: Mapping[str, Any]) -> Callable[[Row], Any]:
    if "metric" in asked:
        place = list(report.metrics).index(asked["metric"].get("metricName"))
        return lambda row: row[1][place]
    place = report.headers.index(asked.get("dimension", {}).get("dimensionName"))
    return lambda row: row[0][place]
