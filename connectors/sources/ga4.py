"""Google Analytics 4: sessions, engaged sessions, key events and new users per day and default channel group.

Manual: https://developers.google.com/analytics/devguides/reporting/data/v1
Grain: traffic_daily one row per property, day and channel group with at least one visit; reports one row per reading. On request
(SOURCES__GA4__EXTRA_REPORTS=source_medium,landing_page,country,users): traffic_breakdowns one row per breakdown, day and value; users one
row per grain (day, week, month) and period, asked at that grain because users cannot be added.
History: as far back as the property exists; the first load begins at SOURCES__GA4__START_DATE (default: 1 January two years ago).
Delay: Google restates visits for two to three days, and to which channel a key event is credited for some twelve. So each load reads
the last 14 complete days again and replaces them whole: a row that Google takes back goes away. One window for both, because visits and
key events stand in one row of one report: two windows would take two reports a load, and would save none of the first one's cost.
Days are the property's (its time zone, Admin > Property details); only complete ones are read.
Limits: 200,000 tokens a day and 40,000 an hour for the property, 10 reports at once (`readers/limits.py`);
a load costs some 10 to 50. What is left is read
from each answer: before a report that the rest would not pay for, the source ends and the next run goes on.
Credential: the JSON key of a service account that is Viewer of the property, in SOURCES__GA4__SERVICE_ACCOUNT_FILE.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dlt
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.errors import ContractError, SettingError
from connectors.readers import settings
from connectors.readers.ahead import Readings
from connectors.readers.columns import dlt_columns
from connectors.readers.ga4 import calls as client
from connectors.readers.ga4 import connect
from connectors.readers.ga4.calls import ReportCalls
from connectors.readers.ga4.kinds import COLUMNS, KEYS, ON_REQUEST, TRAFFIC, ReportKind
from connectors.readers.ga4.memory import Memory, Remark, joined, still_true
from connectors.readers.ga4.report import REPORT_COLUMNS, Reading, Report, read_report, report_row
from connectors.readers.ga4.report import remarks as told
from connectors.readers.ga4.zones import told_of_days
from connectors.readers.merge import replacing, replacing_same
from connectors.readers.state import resource_memory

LABEL = "Google Analytics"
CONNECT = connect.CONNECT
API_VERSION, API_SUNSET = client.API_VERSION, client.API_SUNSET
VISITS_SETTLE = timedelta(days=3)
KEY_EVENTS_SETTLE = timedelta(days=14)
REREAD = max(VISITS_SETTLE, KEY_EVENTS_SETTLE)
"""Visits and key events stand in one row, so the slower of the two decides."""
_READINGS = "report_readings"


@dataclass(frozen=True)
class _Plan:
    """What this load reads: each question from its first day on. `through` of a question is absent where all is read."""

    property_id: str
    kinds: tuple[ReportKind, ...]
    start: date
    memory: Memory

    def first(self, kind: ReportKind) -> date:
        """The first day to read."""
        through = self.memory.through.get(kind.name)
        return kind.begin(self.start if through is None else through - REREAD + timedelta(days=1))

    def scope(self, table: str) -> str:
        """SQL for the rows of a table that make room."""
        parts = [
            kind.since(self.first(kind)) if kind.name in self.memory.through else kind.every()
            for kind in self.kinds
            if kind.table == table
        ]
        return " OR ".join(parts)


@dlt.source(name="ga4", spec=BaseConfiguration)
def source(
    run: SourceRun,
    property_id: str | None = None,
    service_account_file: str | None = None,
    api_endpoint: str | None = None,
    start_date: str | None = None,
    extra_reports: str | None = None,
) -> Iterator[DltResource]:
    """All resources. Settings not given are looked up as SOURCES__GA4__<NAME>; `extra_reports` is comma-separated."""
    identity = connect.property_number(
        property_id or settings.required("ga4", "property_id", "the number of the property (Admin > Property details)")
    )
    key_file = service_account_file or settings.required(
        "ga4", "service_account_file", "the path of a service account's JSON key"
    )
    calls = ReportCalls(identity, key_file, api_endpoint or settings.optional("ga4", "api_endpoint"), run)
    extra = _on_request(extra_reports if extra_reports is not None else settings.optional("ga4", "extra_reports"))
    memory = Memory() if run.full else Memory.from_state(resource_memory(_READINGS), identity)
    start = _first_day(start_date or settings.optional("ga4", "start_date"), run)
    plan = _Plan(identity, (TRAFFIC, *extra), start, memory)
    reading = dlt.resource(_reading(calls, plan, run), name=_READINGS, selected=False)
    yield reading
    for table in dict.fromkeys(kind.table for kind in plan.kinds):
        yield dlt.transformer(
            _rows_for(table),
            data_from=reading,
            name=table,
            primary_key=KEYS[table],
            write_disposition=replacing(plan.scope(table)),
            columns=dlt_columns(COLUMNS[table]),
        )
    key = ["property_id", "report", "date_from", "date_to"]
    yield dlt.transformer(
        lambda report: report_row(report, plan.property_id, run.now),
        data_from=reading,
        name="reports",
        primary_key=key,
        write_disposition=replacing_same(key),
        columns=dlt_columns(REPORT_COLUMNS),
    )


def _rows_for(table: str) -> Any:
    return lambda report: report.rows if report.kind.table == table else None


def _reading(calls: ReportCalls, plan: _Plan, run: SourceRun) -> Any:
    def read() -> Iterator[Report]:
        known = plan.memory
        traffic = _in_its_own_zone(calls, plan, run)
        remarks = still_true(known.remarks, traffic.first, traffic.last) if TRAFFIC.name in known.through else []
        remarks += _changes(traffic, known)
        with closing(_all_reports(calls, plan, traffic, run)) as reports:
            for report in reports:
                _check_rows(report, plan, run)
                remarks += [Remark(report.first, report.last, text) for text in told(report)]
                yield report
        kept = joined(remarks)
        run.warnings.extend(str(remark) for remark in kept)
        if days := told_of_days(plan.property_id, traffic.time_zone, run.time_zone, traffic.last):
            run.warnings.append(days)
        through = dict.fromkeys((kind.name for kind in plan.kinds), traffic.last)
        memory = Memory(plan.property_id, traffic.time_zone, traffic.currency, through, kept)
        state = dlt.current.resource_state()
        state.clear()
        state.update(memory.to_state())
        run.watermark = (traffic.last - REREAD + timedelta(days=1)).isoformat()
        run.data_through = datetime.combine(
            traffic.last + timedelta(days=1), time(), ZoneInfo(traffic.time_zone)
        ).astimezone(UTC)

    return read


def _all_reports(calls: ReportCalls, plan: _Plan, traffic: Report, run: SourceRun) -> Generator[Report, None, None]:
    yield traffic
    readings = Readings(calls.limiter.end)
    wanted = [Reading(kind, plan.property_id, plan.first(kind), traffic.last) for kind in plan.kinds[1:]]
    for reports in [readings.add(_one(calls, reading, run)) for reading in wanted]:
        yield from reports


def _one(calls: ReportCalls, reading: Reading, run: SourceRun) -> Iterator[Report]:
    yield read_report(calls, reading, run)


def _in_its_own_zone(calls: ReportCalls, plan: _Plan, run: SourceRun) -> Report:
    """Google tells the property's time zone only with a report: when its last complete day is another one, it is read again."""
    guess = plan.memory.time_zone or run.time_zone
    first = plan.first(TRAFFIC)
    report = read_report(calls, Reading(TRAFFIC, plan.property_id, first, _last_complete_day(run.now, guess)), run)
    last = _last_complete_day(run.now, report.time_zone)
    if last == report.last:
        return report
    return read_report(calls, Reading(TRAFFIC, plan.property_id, first, last), run)


def _changes(report: Report, known: Memory) -> list[Remark]:
    """Google changes neither days nor amounts back: a chart over the change compares what cannot be compared."""
    found = []
    if known.time_zone and report.time_zone != known.time_zone:
        found.append(
            f"the property's time zone changed from {known.time_zone} to {report.time_zone}, "
            "and the days around the change do not add up"
        )
    if known.currency and report.currency != known.currency:
        found.append(
            f"the property's currency changed from {known.currency} to {report.currency}, "
            "and amounts before and after cannot be added"
        )
    border = report.first - timedelta(days=1)  # the last day that stays as it was read before the change
    return [Remark(border, border, text) for text in found]


def _check_rows(report: Report, plan: _Plan, run: SourceRun) -> None:
    if len(report.rows):
        return
    about = "" if report.kind is TRAFFIC else f" ({report.kind.name})"
    text = f"ga4: property {plan.property_id} has no visit from {report.first} to {report.last}{about}"
    if report.kind.name in plan.memory.through:
        raise ContractError(f"{text}, where it had some. Is its tag still on the site? Loading with --full accepts it.")
    run.warnings.append(f"{text}.")


def _on_request(asked: str) -> tuple[ReportKind, ...]:
    names = [name.strip() for name in asked.split(",") if name.strip()]
    if unknown := [name for name in names if name not in ON_REQUEST]:
        raise SettingError(
            f"ga4: SOURCES__GA4__EXTRA_REPORTS names {', '.join(unknown)}. It knows {', '.join(ON_REQUEST)}."
        )
    return tuple(kind for name in ON_REQUEST if name in names for kind in ON_REQUEST[name])


def _last_complete_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def _first_day(start_date: str, run: SourceRun) -> date:
    try:
        return date.fromisoformat(start_date) if start_date else date(run.now.year - 2, 1, 1)
    except ValueError:
        raise SettingError(
            f"ga4: SOURCES__GA4__START_DATE should be a date like 2024-01-01, not {start_date!r}."
        ) from None
