"""The weekly page: what moved and why, what is stuck, what is stale, what is due; team by team.

Stuck is what lies behind its path and has not come nearer to its target for STUCK_DAYS days. Due is what has a date within DUE_DAYS
days, or one that has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from okr_mappings.restated import differs
from okr_mappings.snapshot import DayValue, Moved, ProgressDocument, Snapshot
from okr_mappings.words import Better, Kind, Status
from pipelines.languages import count, marked, say, wording
from pipelines.report.dates import full_day, short_day
from pipelines.report.figures import usable
from pipelines.report.key_result import Row, trusted
from pipelines.report.outline import listed, outline

WEEK = timedelta(days=7)
STUCK_DAYS = 14
DUE_DAYS = 14
BEHIND = (Status.AT_RISK, Status.OFF_TRACK)
UNKNOWN = (Status.STALE, Status.NO_DATA)
CHECK_IN_DUE = marked("a check-in is due by %(day)s")
CHECK_IN_OVERDUE = marked("a check-in was due on %(day)s")
PARTS = {
    "restated": marked("restated"),
    "definition": marked("defined anew"),
    "restated and definition": marked("restated and defined anew"),
    "new": marked("new"),
    "lost": marked("lost"),
    "net": marked("net"),
    "target": marked("target changed"),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """`why` is empty where no report of a week ago can be compared; `way` is the change of progress in points."""

    row: Row
    before: str
    after: str
    change: str
    since: str
    why: tuple[str, ...]
    better: bool
    size: float


@dataclass(frozen=True, slots=True)
class Remark:
    row: Row
    text: str


@dataclass(frozen=True, slots=True)
class TeamWeek:
    name: str
    moved: tuple[Movement, ...]
    stuck: tuple[Remark, ...]
    unknown: tuple[Remark, ...]
    due: tuple[Remark, ...]
    still: int


def weeks(document: ProgressDocument, rows: Mapping[str, Row]) -> tuple[TeamWeek, ...]:
    """By team, in the order of the report."""
    return tuple(_week(team.name, team.key_results, document, rows) for team in outline(document) if team.key_results)


def _week(
    name: str, key_results: tuple[Snapshot, ...], document: ProgressDocument, rows: Mapping[str, Row]
) -> TeamWeek:
    moved = [found for each in key_results if (found := movement(each, rows[each.key_result_id], document))]
    stuck, due = [], []
    for each in key_results:
        row = rows[each.key_result_id]
        if text := stuck_for(each, document):
            stuck.append(Remark(row, text))
        due += [Remark(row, text) for text in dues(each, row)]
    unknown = tuple(
        Remark(rows[e.key_result_id], rows[e.key_result_id].reason) for e in key_results if e.status in UNKNOWN
    )
    ordered = tuple(sorted(moved, key=lambda each: -each.size))
    return TeamWeek(name, ordered, tuple(stuck), unknown, tuple(due), len(key_results) - len(moved))


def movement(key_result: Snapshot, row: Row, document: ProgressDocument) -> Movement | None:
    """Since the report of a week ago, or else since the value that is known of that day now. None where nothing moved."""
    if not usable(key_result.value) or key_result.kind is Kind.RECURRING:
        return None
    explained = row.background.moved
    if explained is not None:
        since, start, why = explained.since, explained.start, reasons(explained, key_result.unit)
    else:
        since, why = key_result.as_of - WEEK, ()
        known = value_on(document.history.get(key_result.key_result_id, ()), since)
        if known is None:
            return None
        start = known
    assert key_result.value is not None  # noqa: S101 - usable
    if not differs(start, key_result.value):
        return None
    change = key_result.value - start
    return Movement(
        row=row,
        before=wording().amount(start, key_result.unit),
        after=wording().value(key_result.value, key_result.unit),
        change=wording().change(change, key_result.unit),
        since=short_day(since),
        why=why,
        better=(change > 0) == (key_result.better is Better.HIGHER),
        size=_size(key_result, change),
    )


def value_on(days: tuple[DayValue, ...], day: date) -> float | None:
    return next((each.value for each in days if each.day == day and usable(each.value)), None)


def _size(key_result: Snapshot, change: float) -> float:
    """Of the whole way from baseline to target, so that leads and euros can stand in one list."""
    way = abs((key_result.target or 0.0) - (key_result.baseline or 0.0))
    return abs(change) / way if way else 0.0


def reasons(moved: Moved, unit: str) -> tuple[str, ...]:
    """`+38 new (38 records)`; a movement of one inseparable part gives no reasons."""
    if [part.name for part in moved.parts] == ["net"]:
        return ()
    return tuple(_part(part.name, part.amount, part.records, unit) for part in moved.parts)


def _part(name: str, amount: float, records: int | None, unit: str) -> str:
    what = say(PARTS[name]) if name in PARTS else name
    if name == "target":
        return what
    change = wording().change(amount, unit)
    if not records:
        return say("%(change)s %(what)s", change=change, what=what)
    return count(
        "%(change)s %(what)s (%(count)s record)",
        "%(change)s %(what)s (%(count)s records)",
        records,
        change=change,
        what=what,
    )


def stuck_for(key_result: Snapshot, document: ProgressDocument) -> str:
    """Empty for what moves, and for what lies on its path."""
    if key_result.status not in BEHIND or key_result.kind is Kind.RECURRING:
        return ""
    points = trusted(key_result, document.history.get(key_result.key_result_id, ()), document.time_zone)
    known = [each for each in points if usable(each.value) and each.day <= key_result.as_of]
    since = best_since(tuple(known), key_result.better)
    days = (key_result.as_of - since).days if since else 0
    if since is None or days < STUCK_DAYS:
        return ""
    return count(
        "no nearer to its target for %(count)s day, since %(day)s",
        "no nearer to its target for %(count)s days, since %(day)s",
        days,
        day=full_day(since),
    )


def best_since(points: tuple[DayValue, ...], better: Better) -> date | None:
    """The day from which on no day was better: the last time that it came as near as it ever was since."""
    if not points:
        return None
    sign = 1 if better is Better.HIGHER else -1
    best, since = None, None
    for point in points:
        value = sign * (point.value or 0.0)
        if best is None or value > best + 1e-9 * max(1.0, abs(best)):
            best, since = value, point.day
    return since


def dues(key_result: Snapshot, row: Row) -> list[str]:
    """Steps and check-ins with a date that has passed or comes soon."""
    last = key_result.as_of + timedelta(days=DUE_DAYS)
    found = []
    if key_result.kind is Kind.MILESTONE:
        for step in key_result.sub_periods:
            if step.outcome == "missed":
                found.append(say("%(step)s was due on %(day)s", step=step.label, day=full_day(step.end)))
            elif step.outcome in ("running", "ahead") and step.end <= last:
                found.append(say("%(step)s is due on %(day)s", step=step.label, day=full_day(step.end)))
    check_in = row.background.next_check_in
    if check_in is not None and check_in <= last:
        message = CHECK_IN_DUE if check_in > key_result.as_of else CHECK_IN_OVERDUE
        found.append(say(message, day=full_day(check_in)))
    return found


def summary(teams: tuple[TeamWeek, ...]) -> str:
    """`17 moved, 2 stuck, 1 without fresh data, 3 due`."""
    return listed(
        [
            say("%(count)s moved", count=wording().whole(sum(len(team.moved) for team in teams))),
            say("%(count)s stuck", count=wording().whole(sum(len(team.stuck) for team in teams))),
            say("%(count)s without fresh data", count=wording().whole(sum(len(team.unknown) for team in teams))),
            say("%(count)s due", count=wording().whole(sum(len(team.due) for team in teams))),
        ]
    )
