"""Google Analytics: days are replaced whole while Google restates them, and nothing is read short."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.readers.ga4.zones import told_of_days
from connectors.sandbox.company.traffic import Traffic, TrafficRow
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from tests.connectors.bench import Bench
from tests.connectors.company import LAST_DAY, NOW, small_company

TRAFFIC = "raw_ga4.traffic_daily"
DAY = timedelta(days=1)


def test_the_first_load_brings_every_day(bench: Bench) -> None:
    """30 days of two channels: 30 x 100 direct and 30 x 10 referred sessions, 60 x 2 key events."""
    result = bench.load("ga4")
    assert result.rows == {"traffic_daily": 60, "reports": 1}
    assert bench.rows(
        f"SELECT sum(sessions), sum(engaged_sessions), sum(key_events), sum(new_users) FROM {TRAFFIC}"
    ) == [(3300, 3000, 120.0, 300)]
    assert bench.rows(f"SELECT min(date), max(date) FROM {TRAFFIC}") == [(LAST_DAY - 29 * DAY, LAST_DAY)]
    assert result.requests == 1


def test_data_go_to_the_end_of_the_last_day_of_the_property(bench: Bench) -> None:
    """21 November ends in Budapest at 23:00 UTC."""
    assert bench.load("ga4").data_through == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_days_are_cut_in_the_time_zone_of_the_property_not_of_the_company(bench: Bench) -> None:
    """At 05:00 UTC it is still the 21st in Los Angeles, so a company there would ask up to the 20th; the property is in Budapest."""
    bench.time_zone = "America/Los_Angeles"
    result = bench.load("ga4")
    assert result.data_through == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert bench.value(f"SELECT max(date) FROM {TRAFFIC}") == LAST_DAY
    assert result.requests == 2


def test_a_second_load_asks_for_fourteen_days_only(bench: Bench) -> None:
    bench.load("ga4")
    bench.sandbox.clock.advance(days=1)
    bench.sandbox.calls.clear()
    assert bench.load("ga4").rows["traffic_daily"] == 28  # 14 days of two channels; the 22nd has no visit
    (call,) = bench.sandbox.calls
    # through the 21st before: the 8th is the first of its fourteen days
    assert '"startDate":"2026-11-08"' in call.body.replace(" ", "")
    assert '"endDate":"2026-11-22"' in call.body.replace(" ", "")


def test_restated_days_are_replaced_whole(bench: Bench) -> None:
    """Thirteen days ago more came in, yesterday the referrals turned out to be direct, and fourteen days ago is out of reach."""
    bench.load("ga4")
    company = bench.sandbox.company
    company.restate_traffic(LAST_DAY - 13 * DAY, "Direct", sessions=140)
    company.restate_traffic(LAST_DAY - 14 * DAY, "Direct", sessions=999)
    company.restate_traffic(LAST_DAY, "Direct", sessions=110)
    company.traffic.remove(LAST_DAY, "Referral")
    bench.load("ga4")
    recent = bench.rows(
        f"SELECT date, session_default_channel_group, sessions FROM {TRAFFIC} WHERE sessions NOT IN (10, 100) OR date = DATE '2026-11-21'"
    )
    assert sorted(recent) == [(LAST_DAY - 13 * DAY, "Direct", 140), (LAST_DAY, "Direct", 110)]


def test_a_day_that_google_takes_back_goes_away(bench: Bench) -> None:
    bench.load("ga4")
    for channel in ("Direct", "Referral"):
        bench.sandbox.company.traffic.remove(LAST_DAY - DAY, channel)
    bench.load("ga4")
    assert bench.value(f"SELECT count(DISTINCT date) FROM {TRAFFIC}") == 29


def test_days_missed_for_weeks_are_caught_up(bench: Bench) -> None:
    """The machine was off for 20 days; the first of the 14 days before is read again as well."""
    bench.load("ga4")
    for n in range(1, 21):
        bench.sandbox.company.traffic.restate(TrafficRow(LAST_DAY + n * DAY, "Direct", 70))
    bench.sandbox.company.restate_traffic(LAST_DAY - 13 * DAY, "Direct", sessions=140)
    bench.sandbox.clock.advance(days=20)
    bench.load("ga4")
    assert bench.value(f"SELECT count(DISTINCT date) FROM {TRAFFIC}") == 50
    assert bench.value(f"SELECT sum(sessions) FROM {TRAFFIC} WHERE date = DATE '2026-11-08'") == 150


def test_many_rows_come_in_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """700 days of 8 channels are 5,600 rows: a page of 5,000 and one of 600."""
    days = [LAST_DAY - n * DAY for n in range(700)]
    company = small_company(1)
    company.traffic = Traffic([TrafficRow(day, f"Channel {c}", 1 + c) for day in days for c in range(8)], settles=False)
    with Sandbox(company, now=NOW) as sandbox:
        bench = Bench(sandbox, tmp_path, monkeypatch)
        bench.configure()
        result = bench.load("ga4")
    assert result.requests == 2
    assert bench.rows(f"SELECT count(*), count(DISTINCT (date, session_default_channel_group)) FROM {TRAFFIC}") == [
        (5600, 5600)
    ]
    assert bench.value(f"SELECT sum(sessions) FROM {TRAFFIC}") == 700 * 36


def test_another_property_replaces_everything(bench: Bench) -> None:
    bench.load("ga4")
    bench.sandbox.ga4.property_id = "440044004"
    bench.set("GA4__PROPERTY_ID", "properties/440044004")
    bench.load("ga4")
    assert bench.rows(f"SELECT DISTINCT property_id FROM {TRAFFIC}") == [("440044004",)]


def test_what_google_says_about_the_numbers_is_kept(bench: Bench) -> None:
    bench.load("ga4")
    (row,) = bench.rows(
        "SELECT property_id, report, date_from, date_to, time_zone, currency_code, sampled, read_at FROM raw_ga4.reports"
    )
    assert row == ("330033003", "traffic_daily", date(2024, 1, 1), LAST_DAY, "Europe/Budapest", "EUR", False, NOW)


def test_the_beginning_can_be_set(bench: Bench) -> None:
    bench.set("GA4__START_DATE", "2026-11-20")
    assert bench.load("ga4").rows["traffic_daily"] == 4


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (
            "Exhausted property tokens per hour. These quota tokens will return in under an hour.",
            "tokens of this hour are used up",
        ),
        (
            "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
            "tokens of today are used up",
        ),
    ],
)
def test_a_used_up_quota_ends_the_source(message: str, says: str, bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("/v1beta/", "429", times=None, message=message))
    result = bench.attempt("ga4")
    assert says in result.error
    assert bench.waits == []
    assert result.requests == 1


def test_too_many_reports_at_once_are_waited_out(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("/v1beta/", "429", message="Exhausted concurrent requests quota."))
    bench.load("ga4")
    assert bench.waits == [5.0]


def test_an_api_that_is_not_enabled_says_where_to_enable_it(bench: Bench) -> None:
    message = "Google Analytics Data API has not been used in project 1 before or it is disabled. SERVICE_DISABLED"
    bench.sandbox.faults.add(Fault("/v1beta/", "403", message=message, times=None))
    assert 'Enable the "Google Analytics Data API"' in bench.attempt("ga4").error


@pytest.mark.parametrize("field", ["metricHeaders", "dimensionHeaders", "metadata"])
def test_an_answer_without_its_frame_is_an_error(field: str, bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("/v1beta/", "missing_field", field=field, times=None))
    result = bench.attempt("ga4")
    assert not result.ok
    assert "Nothing was loaded" in result.error


def test_fewer_rows_than_announced_are_an_error(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("/v1beta/", "wrong_type", field="rowCount", value=75, times=None))
    assert "Nothing was loaded" in bench.attempt("ga4").error


def test_a_report_that_changes_between_its_pages_is_read_again(bench: Bench) -> None:
    """The first answer announces 61 rows, the next page 60: the offsets moved."""
    bench.sandbox.faults.add(Fault("/v1beta/", "wrong_type", field="rowCount", value=61, times=1))
    assert bench.load("ga4").rows["traffic_daily"] == 60


def test_all_visits_gone_is_not_believed_until_asked(bench: Bench) -> None:
    bench.load("ga4")
    for row in list(bench.sandbox.company.traffic):
        bench.sandbox.company.traffic.remove(row.day, row.channel)
    assert "where it had some" in bench.attempt("ga4").error
    assert bench.value(f"SELECT count(*) FROM {TRAFFIC}") == 60
    result = bench.load("ga4", full=True)
    assert result.warnings == ("ga4: property 330033003 has no visit from 2024-01-01 to 2026-11-21.",)
    assert bench.value(f"SELECT count(*) FROM {TRAFFIC}") == 0


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("GA4__PROPERTY_ID", "G-ABC123", "should be a number"),
        ("GA4__START_DATE", "1.1.2024", "should be a date"),
        ("GA4__SERVICE_ACCOUNT_FILE", "/nowhere/key.json", "there is no such file"),
    ],
)
def test_settings_that_make_no_sense(name: str, value: str, says: str, bench: Bench) -> None:
    bench.set(name, value)
    error = bench.attempt("ga4").error
    assert f"SOURCES__{name}" in error
    assert says in error


def test_a_file_that_is_not_a_key(bench: Bench) -> None:
    wrong = bench.folder / "wrong.json"
    wrong.write_text("{}")
    bench.set("GA4__SERVICE_ACCOUNT_FILE", str(wrong))
    assert "is not the JSON key of a service account" in bench.attempt("ga4").error


def test_qualified_numbers_are_loaded_with_a_warning(bench: Bench) -> None:
    bench.sandbox.ga4.metadata = {
        "subjectToThresholding": True,
        "dataLossFromOtherRow": True,
        "samplingMetadatas": [{"samplesReadCount": "5", "samplingSpaceSize": "10"}],
        "dataTruncationReasons": [{"dataTruncationMessage": "before 2024-06-01"}],
    }
    result = bench.load("ga4")
    assert [warning.split(": ", 2)[2] for warning in result.warnings] == [
        "small numbers are withheld (thresholding).",
        'rare values were summed up as "(other)".',
        "the numbers are estimated from a sample.",
        "numbers are cut off: before 2024-06-01.",
    ]
    row = bench.rows(
        "SELECT subject_to_thresholding, data_loss_from_other_row, sampled, truncation_reasons FROM raw_ga4.reports"
    )
    assert row == [(True, True, True, "before 2024-06-01")]


def test_a_changed_time_zone_is_a_warning(bench: Bench) -> None:
    bench.load("ga4")
    bench.sandbox.ga4.metadata = {"timeZone": "Europe/London"}
    warning, standing = bench.load("ga4").warnings
    assert "changed from Europe/Budapest to Europe/London" in warning
    assert "counts its days in Europe/London, the company in Europe/Budapest" in standing


def test_days_of_another_zone_are_told_every_time(bench: Bench) -> None:
    assert bench.load("ga4").warnings == ()
    bench.time_zone = "America/Los_Angeles"
    for _ in range(2):
        (warning,) = bench.load("ga4").warnings
        assert warning.startswith(
            f"ga4: property {bench.sandbox.ga4_property_id} counts its days in Europe/Budapest, the company in America/Los_Angeles"
        )


@pytest.mark.parametrize(
    ("theirs", "ours", "told"),
    [
        ("Europe/Budapest", "Europe/Vienna", False),
        ("Etc/UTC", "UTC", False),
        # one hour apart
        ("Europe/London", "Europe/Budapest", True),
        # the same clock from November to March; Algiers keeps no summer time
        ("Africa/Algiers", "Europe/Budapest", True),
    ],
)
def test_zones_with_the_same_days_are_the_same(theirs: str, ours: str, told: bool) -> None:
    assert bool(told_of_days("1", theirs, ours, LAST_DAY)) is told
