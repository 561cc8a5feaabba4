from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from okr_mappings.snapshot import SourceFreshness
from okr_mappings.words import SourceState
from tests.warehouse.snapshots import AS_OF, NOW
from warehouse.engine import Connection
from warehouse.okr_schema import create_schema
from warehouse.source_store import (
    SourceLimits,
    SourceLoad,
    freshness,
    freshness_of,
    record_loads,
    source_statuses,
)

BUDAPEST = "Europe/Budapest"
# the end of 2026-11-21 in Budapest (UTC+1 in winter)
END = datetime(2026, 11, 21, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = {"hubspot": SourceLimits(24 * HOUR, 48 * HOUR), "ga4": SourceLimits(36 * HOUR, 72 * HOUR, settle=48 * HOUR)}
LOAD = SourceLoad("hubspot", NOW, NOW + HOUR, success=True, rows=120, requests=3, data_through=END)


@pytest.fixture
def con() -> Iterator[Connection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_schema(connection)
        yield connection


def state(con: Connection, *loads: SourceLoad, as_of: date = AS_OF) -> tuple[SourceState, str]:
    for number, load in enumerate(loads):
        record_loads(con, f"run-{number}", [load])
    found = freshness(con, as_of, BUDAPEST, LIMITS)["hubspot"]
    return found.state, found.note


def test_never_loaded(con: Connection) -> None:
    assert state(con) == (SourceState.NEVER, "never loaded")
    failed = replace(LOAD, success=False, data_through=None, error="401")
    assert state(con, failed) == (SourceState.NEVER, "never loaded: 401")


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (-5 * HOUR, SourceState.FRESH),
        (0 * HOUR, SourceState.FRESH),
        (24 * HOUR, SourceState.FRESH),
        (25 * HOUR, SourceState.LATE),
        (48 * HOUR, SourceState.LATE),
        (48 * HOUR + timedelta(seconds=1), SourceState.STALE),
    ],
)
def test_age_is_measured_from_the_end_of_as_of(con: Connection, age: timedelta, expected: SourceState) -> None:
    assert state(con, replace(LOAD, data_through=END - age))[0] is expected


def test_an_old_day_is_judged_by_its_own_end(con: Connection) -> None:
    assert (
        state(con, replace(LOAD, data_through=END - 240 * HOUR), as_of=AS_OF - timedelta(days=10))[0]
        is SourceState.FRESH
    )


def test_too_old_says_how_old(con: Connection) -> None:
    loaded = replace(LOAD, data_through=END - 60 * HOUR, warnings=("sampled",))
    assert state(con, loaded)[1] == "2.5 days old at the end of the day, 2.0 days allowed; sampled"


def test_a_failed_last_load_beats_a_recent_success(con: Connection) -> None:
    failed = replace(
        LOAD, finished_at=NOW + 2 * HOUR, success=False, data_through=None, error="cut short after 3 of 9 pages"
    )
    assert state(con, LOAD, failed) == (SourceState.FAILED, "the last load failed: cut short after 3 of 9 pages")
    assert freshness(con, AS_OF, BUDAPEST, LIMITS)["hubspot"].data_through == END
    assert state(con, replace(LOAD, finished_at=NOW + 3 * HOUR))[0] is SourceState.FRESH


def test_a_source_that_does_not_say_up_to_when_is_not_trusted(con: Connection) -> None:
    assert state(con, replace(LOAD, data_through=None))[0] is SourceState.STALE


def test_the_status_has_the_last_attempt_and_the_last_success(con: Connection) -> None:
    failed = replace(
        LOAD,
        finished_at=NOW + 2 * HOUR,
        success=False,
        rows=0,
        requests=1,
        data_through=None,
        error="401",
        warnings=("w",),
    )
    record_loads(con, "run-1", [replace(LOAD, watermark="2026-11-08"), failed, replace(LOAD, source="ga4")])
    found = source_statuses(con)["hubspot"]
    assert found.watermark == "2026-11-08", "where the next load goes on is where the last success got to"
    assert (found.last_try_at, found.last_try_succeeded, found.last_error, found.warnings) == (
        NOW + 2 * HOUR,
        False,
        "401",
        ("w",),
    )
    assert (found.last_success_at, found.last_success_rows, found.data_through) == (NOW + HOUR, 120, END)
    assert set(source_statuses(con)) == {"ga4", "hubspot"}


def test_tables_that_arrive_separately_are_judged_separately() -> None:
    # end of 2026-11-21 in UTC is midnight; a.daily is known to that moment, a.monthly to 5 days (120 h) before it
    end = datetime(2026, 11, 22, tzinfo=UTC)
    limits = {
        "a": SourceLimits(timedelta(hours=48), timedelta(hours=96)),
        "b": SourceLimits(timedelta(hours=48), timedelta(hours=96)),
    }
    with duckdb.connect() as con:
        create_schema(con)
        for source, through in (
            ("a", end - timedelta(days=5)),
            ("a.daily", end),
            ("a.monthly", end - timedelta(days=5)),
            ("b", end),
        ):
            record_loads(con, "run", [SourceLoad(source, end, end, success=True, data_through=through)])
        judged = freshness(con, date(2026, 11, 21), "UTC", limits)
    behind = freshness_of({"raw_a.daily", "raw_b.deals", "raw_b.contacts"}, judged)
    assert [(each.source, each.state) for each in behind] == [("a.daily", SourceState.FRESH), ("b", SourceState.FRESH)]
    assert [each.state for each in freshness_of({"raw_a.monthly"}, judged)] == [SourceState.STALE]
    assert [each.state for each in freshness_of({"raw_a.never_came"}, judged)] == [SourceState.NEVER]


NPS_TABLES = {"raw_files.nps_responses", "raw_hubspot.feedback_submissions"}


def judged(**states: tuple[SourceState, str]) -> dict[str, SourceFreshness]:
    names = {name.replace("__", "."): found for name, found in states.items()}
    return {name: SourceFreshness(name, state, END, note) for name, (state, note) in names.items()}


def test_a_source_that_the_company_never_used_is_no_gap_in_a_union() -> None:
    known = judged(files=(SourceState.NEVER, "never loaded"), hubspot=(SourceState.FRESH, ""))
    assert [each.source for each in freshness_of(NPS_TABLES, known)] == ["hubspot"]
    known = judged(
        files=(SourceState.FRESH, ""), files__invoices=(SourceState.FRESH, ""), hubspot=(SourceState.FRESH, "")
    )
    assert [each.source for each in freshness_of(NPS_TABLES, known)] == ["hubspot"]
    known = judged(files=(SourceState.FRESH, ""), hubspot=(SourceState.NEVER, "never loaded"))
    assert [each.source for each in freshness_of(NPS_TABLES, known)] == ["files"]


def test_a_first_load_that_failed_is_a_gap_in_a_union() -> None:
    known = judged(files=(SourceState.FRESH, ""), hubspot=(SourceState.NEVER, "never loaded: 401"))
    assert [each.state for each in freshness_of(NPS_TABLES, known)] == [SourceState.FRESH, SourceState.NEVER]
    known = judged(
        files=(SourceState.FAILED, "no"), files__invoices=(SourceState.FAILED, "no"), hubspot=(SourceState.FRESH, "")
    )
    assert [each.source for each in freshness_of(NPS_TABLES, known)] == ["files.nps_responses", "hubspot"]


def test_without_any_source_of_a_union_nothing_is_left_out() -> None:
    known = judged(files=(SourceState.NEVER, "never loaded"), hubspot=(SourceState.NEVER, "never loaded"))
    assert [each.source for each in freshness_of(NPS_TABLES, known)] == ["files", "hubspot"]


def test_tables_that_are_joined_are_all_needed() -> None:
    known = judged(hubspot=(SourceState.FRESH, ""), ga4=(SourceState.NEVER, "never loaded"))
    both = freshness_of({"raw_hubspot.contacts", "raw_ga4.traffic_daily"}, known)
    assert [each.source for each in both] == ["ga4", "hubspot"]


def test_a_source_given_up_before_it_ever_delivered_is_no_gap(con: Connection) -> None:
    limits = {**LIMITS, "files": LIMITS["hubspot"]}
    refused = replace(LOAD, success=False, data_through=None, error="401")
    record_loads(con, "run", [refused, replace(LOAD, source="files")])
    with_both = freshness(con, AS_OF, BUDAPEST, limits, ("files", "hubspot"))
    assert [each.state for each in freshness_of(NPS_TABLES, with_both)] == [SourceState.FRESH, SourceState.NEVER]
    without = freshness(con, AS_OF, BUDAPEST, limits, ("files",))
    assert [each.source for each in freshness_of(NPS_TABLES, without)] == ["files"]
    # one that did deliver leaves rows behind that grow old: that is no matter of settings
    record_loads(con, "later", [LOAD, refused])
    without = freshness(con, AS_OF, BUDAPEST, limits, ("files",))
    assert [each.state for each in freshness_of(NPS_TABLES, without)] == [SourceState.FRESH, SourceState.FAILED]
