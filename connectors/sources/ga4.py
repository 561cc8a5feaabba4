"""Google Analytics 4: sessions, engaged sessions, key events and new users per day and default channel group.

Manual: https://developers.google.com/analytics/devguides/reporting/data/v1
Grain: traffic_daily one row per property, day and channel group with at least one visit; reports one row per reading.
History: as far back as the property exists; the first load begins at SOURCES__GA4__START_DATE (default: 1 January two years ago).
Delay: Google restates visits for two to three days, and to which channel a key event is credited for some twelve. So each load reads
the last 14 complete days again and replaces them whole: a row that Google takes back goes away.
Days are the property's (its time zone, Admin > Property details); only complete ones are read.
Limits: 200,000 tokens a day and 40,000 an hour for the property, 10 reports at once; a load costs some 10 to 50.
Credential: the JSON key of a service account that is Viewer of the property, in SOURCES__GA4__SERVICE_ACCOUNT_FILE.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from connectors.readers.columns import dlt_columns
from connectors.readers.ga4.calls import ReportCalls
from connectors.readers.ga4.report import REPORT_COLUMNS, TRAFFIC_COLUMNS, Report, read_report, remarks, report_row
from connectors.readers.merge import replacing, replacing_everything, replacing_same
from connectors.readers.state import resource_memory

LABEL = "Google Analytics"
VISITS_SETTLE = timedelta(days=3)
KEY_EVENTS_SETTLE = timedelta(days=14)
REREAD = max(VISITS_SETTLE, KEY_EVENTS_SETTLE)
"""Visits and key events stand in one row, so the slower of the two decides."""


@dataclass(frozen=True)
class _Plan:
    """What this load reads. `through` is the last day of the load before, None for everything."""

    property_id: str
    first: date
    through: date | None
    time_zone: str
    changed_zone: bool = False


@dlt.source(name="ga4", spec=BaseConfiguration)
def source(
    run: SourceRun,
    property_id: str | None = None,
    service_account_file: str | None = None,
    api_endpoint: str | None = None,
    start_date: str | None = None,
) -> Iterator[DltResource]:
    """All resources. Settings not given are looked up as SOURCES__GA4__<NAME>."""
    identity = property_id or settings.required(
        "ga4", "property_id", "the number of the property (Admin > Property details)"
    )
    key_file = service_account_file or settings.required(
        "ga4", "service_account_file", "the path of a service account's JSON key"
    )
    calls = ReportCalls(_number(identity), key_file, api_endpoint or settings.optional("ga4", "api_endpoint"), run)
    plan = _plan(_number(identity), start_date or settings.optional("ga4", "start_date"), run)
    reading = dlt.resource(_reading(calls, plan, run), name="report_readings", selected=False)
    yield reading
    yield dlt.transformer(
        lambda report: report.rows,
        data_from=reading,
        name="traffic_daily",
        primary_key=["property_id", "date", "session_default_channel_group"],
        merge_key="date",
        write_disposition=replacing_everything()
        if plan.through is None
        else replacing(f"\"date\" >= DATE '{plan.first}'"),
        columns=dlt_columns(TRAFFIC_COLUMNS),
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


def _plan(property_id: str, start_date: str, run: SourceRun) -> _Plan:
    """Everything on the first load, when asked, and when the setting names another property than before."""
    memory = resource_memory("report_readings")
    zone = str(memory.get("time_zone", run.time_zone))
    if run.full or memory.get("property_id") != property_id:
        return _Plan(property_id, _first_day(start_date, run), None, zone)
    through = date.fromisoformat(memory["through"])
    return _Plan(property_id, through - REREAD + timedelta(days=1), through, zone)


def _reading(calls: ReportCalls, plan: _Plan, run: SourceRun) -> Any:
    def read() -> Iterator[Report]:
        report = _in_its_own_zone(calls, plan, run)
        _check_rows(report, plan, run)
        run.warnings.extend(remarks(report))
        yield report
        memory = {"property_id": plan.property_id, "through": report.last.isoformat(), "time_zone": report.time_zone}
        dlt.current.resource_state().update(memory)
        run.data_through = datetime.combine(
            report.last + timedelta(days=1), time(), ZoneInfo(report.time_zone)
        ).astimezone(UTC)

    return read


def _in_its_own_zone(calls: ReportCalls, plan: _Plan, run: SourceRun) -> Report:
    """Google tells the property's time zone only with a report: when its last complete day is another one, it is read again."""
    report = read_report(calls, plan.property_id, plan.first, _last_complete_day(run.now, plan.time_zone), run)
    if plan.through is not None and report.time_zone != plan.time_zone:
        run.warnings.append(
            f"ga4: the property's time zone changed from {plan.time_zone} to {report.time_zone}; the days around the change do not add up."
        )
    last = _last_complete_day(run.now, report.time_zone)
    return report if last == report.last else read_report(calls, plan.property_id, plan.first, last, run)


def _check_rows(report: Report, plan: _Plan, run: SourceRun) -> None:
    if len(report.rows):
        return
    text = f"ga4: property {plan.property_id} has no visit from {report.first} to {report.last}"
    if plan.through is not None:
        raise ContractError(f"{text}, where it had some. Is its tag still on the site? Loading with --full accepts it.")
    run.warnings.append(f"{text}.")


def _last_complete_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def _first_day(start_date: str, run: SourceRun) -> date:
    try:
        return date.fromisoformat(start_date) if start_date else date(run.now.year - 2, 1, 1)
    except ValueError:
        raise SettingError(
            f"ga4: SOURCES__GA4__START_DATE should be a date like 2024-01-01, not {start_date!r}."
        ) from None


def _number(identity: str) -> str:
    number = identity.removeprefix("properties/")
    if not number.isdigit():
        raise SettingError(
            f"ga4: SOURCES__GA4__PROPERTY_ID should be a number like 123456789 (not the G-... id), not {identity!r}."
        )
    return number
