"""How a newcomer connects Google Analytics, and the call that proves it: yesterday's visits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from connectors.contract import Asked, Connect, SourceRun
from connectors.errors import SettingError
from connectors.readers.ga4.calls import ReportCalls
from connectors.readers.ga4.kinds import TRAFFIC
from connectors.readers.ga4.report import Reading, read_report

TEXT = """\
Google Analytics is read by a service account: a robot with a key file, which you invite to the property like a person.

1. In the Google Cloud console (console.cloud.google.com), in a project of your company: APIs & Services > Library >
   "Google Analytics Data API" > Enable.
2. IAM & Admin > Service Accounts > Create service account (it needs no role) > Keys > Add key > JSON. A file is downloaded: keep it
   where only the job can read it.
3. In Google Analytics: Admin > Property access management > + > Add users: the e-mail of the service account
   (...@...iam.gserviceaccount.com), with the role Viewer.
4. Admin > Property details shows the property's number at the top right. It is not the G-... id."""


def property_number(identity: str) -> str:
    """The bare number; SettingError when it is something else."""
    number = identity.removeprefix("properties/")
    if not number.isdigit():
        raise SettingError(
            f"ga4: SOURCES__GA4__PROPERTY_ID should be a number like 123456789 (not the G-... id), not {identity!r}."
        )
    return number


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """One report of one day."""
    number = property_number(given["property_id"])
    calls = ReportCalls(number, given["service_account_file"], given.get("api_endpoint", ""), run)
    day = run.now.date() - timedelta(days=1)
    report = read_report(calls, Reading(TRAFFIC, number, day, day), run)
    visits = sum(report.rows["sessions"].to_pylist())
    return f"Google Analytics answers: property {number} ({report.time_zone}, {report.currency}) had {visits:,} sessions on {day}."


CONNECT = Connect(
    TEXT,
    (
        Asked("property_id", "Number of the property", "123456789"),
        Asked("service_account_file", "Path of the key file", "/etc/okr/service-account.json"),
        Asked("extra_reports", "Also read", "source_medium, landing_page, country, users", required=False),
    ),
    attempt,
)
