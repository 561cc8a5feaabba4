"""What every source promises, whatever its vendor. A new file in `sources/` is tested here without a change."""

from __future__ import annotations

import inspect
import logging

import pytest

from connectors import registry
from connectors.contract import SourceRun
from connectors.sandbox.salesforce import CONSUMER_SECRET
from connectors.sandbox.server import Sandbox
from connectors.sandbox.social import FACEBOOK, INSTAGRAM
from connectors.sandbox.social import IDS as SOCIAL_IDS
from tests.connectors.bench import Bench
from tests.connectors.company import NOW

SOURCES = registry.source_names()
FORBIDDEN_PARAMETERS = {"user", "path", "home", "host", "port", "token", "url"}
FACTS = ("Manual:", "Grain:", "History:", "Delay", "Limits:", "Credential")
VENDOR_CALLS = {
    "hubspot": "/",
    "ga4": "/v1beta/",
    "salesforce": "/services/data/",
    "linkedin": "/rest/",
    "x": "/2/users/",
    "facebook": f"/v25.0/{SOCIAL_IDS[FACEBOOK]}",
    "instagram": f"/v25.0/{SOCIAL_IDS[INSTAGRAM]}",
    "youtube": "/youtube/v3/",
    "surveymonkey": "/v3/",
    "typeform": "/forms",
    "mailchimp": "/3.0/",
}
CREDENTIALS = {
    "hubspot": "SOURCES__HUBSPOT__ACCESS_TOKEN",
    "ga4": "SOURCES__GA4__SERVICE_ACCOUNT_FILE",
    "salesforce": "SOURCES__SALESFORCE__CONSUMER_KEY",
    "linkedin": "SOURCES__LINKEDIN__REFRESH_TOKEN",
    "x": "SOURCES__X__BEARER_TOKEN",
    "facebook": "SOURCES__FACEBOOK__ACCESS_TOKEN",
    "instagram": "SOURCES__INSTAGRAM__ACCESS_TOKEN",
    "youtube": "SOURCES__YOUTUBE__API_KEY",
    "surveymonkey": "SOURCES__SURVEYMONKEY__ACCESS_TOKEN",
    "typeform": "SOURCES__TYPEFORM__ACCESS_TOKEN",
    "mailchimp": "SOURCES__MAILCHIMP__API_KEY",
}
SETTINGS = {
    "hubspot": ["HUBSPOT__ACCESS_TOKEN"],
    "ga4": ["GA4__PROPERTY_ID", "GA4__SERVICE_ACCOUNT_FILE"],
    "files": ["FILES__FOLDER"],
    "mail": ["MAIL__HOST", "MAIL__USER", "MAIL__PASSWORD", "MAIL__RULES"],
    "salesforce": ["SALESFORCE__CONSUMER_KEY", "SALESFORCE__CONSUMER_SECRET", "SALESFORCE__DOMAIN"],
    "linkedin": [f"LINKEDIN__{name}" for name in ("ORGANIZATION_IDS", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")],
    "x": ["X__USERNAMES", "X__BEARER_TOKEN"],
    "facebook": [f"FACEBOOK__{name}" for name in ("PAGE_IDS", "APP_ID", "APP_SECRET", "ACCESS_TOKEN")],
    "instagram": [f"INSTAGRAM__{name}" for name in ("ACCOUNT_IDS", "APP_ID", "APP_SECRET", "ACCESS_TOKEN")],
    "youtube": ["YOUTUBE__CHANNEL_IDS", "YOUTUBE__API_KEY"],
    "surveymonkey": ["SURVEYMONKEY__ACCESS_TOKEN"],
    "typeform": ["TYPEFORM__ACCESS_TOKEN"],
    "mailchimp": ["MAILCHIMP__API_KEY"],
}

each_source = pytest.mark.parametrize("name", SOURCES)
each_vendor = pytest.mark.parametrize("name", sorted(VENDOR_CALLS))


def test_there_are_sources() -> None:
    assert {"files", "ga4", "hubspot", "salesforce"} | {"linkedin", "x", "facebook", "instagram", "youtube"} <= set(
        SOURCES
    )


@each_source
def test_the_docstring_states_the_facts_of_the_vendor(name: str) -> None:
    text = registry.source_module(name).__doc__ or ""
    assert [fact for fact in FACTS if fact not in text] == []


@each_source
def test_no_parameter_can_be_overridden_by_a_stray_environment_variable(name: str, bench: Bench) -> None:
    parameters = inspect.signature(registry.source_module(name).source).parameters
    assert FORBIDDEN_PARAMETERS & set(parameters) == set()
    for parameter in parameters:
        bench.monkeypatch.setenv(parameter.upper(), "evil")
    bench.load(name)


@each_source
def test_every_resource_has_a_key_and_merges_by_delete_and_insert(name: str, bench: Bench) -> None:
    source = registry.source_module(name).source(SourceRun(now=NOW))
    assert source.selected_resources
    for resource in source.selected_resources.values():
        schema = resource.compute_table_schema()
        assert [column for column in schema["columns"].values() if column.get("primary_key")], resource.name
        assert schema["write_disposition"] == "merge"
        assert schema["x-merge-strategy"] == "delete-insert"
        assert schema["x-merge-destination-scope"], resource.name


@each_source
def test_every_column_is_declared_with_a_type(name: str, bench: Bench) -> None:
    source = registry.source_module(name).source(SourceRun(now=NOW))
    for resource in source.selected_resources.values():
        untyped = [c["name"] for c in resource.compute_table_schema()["columns"].values() if "data_type" not in c]
        assert untyped == [], resource.name


@each_source
def test_a_second_load_changes_nothing(name: str, bench: Bench) -> None:
    bench.load(name)
    before = {table: bench.table(table) for table in _tables(bench, name)}
    assert before
    bench.load(name)
    assert {table: _without_read_at(bench.table(table), table) for table in before} == {
        table: _without_read_at(rows, table) for table, rows in before.items()
    }


@each_source
def test_a_load_of_everything_again_changes_nothing(name: str, bench: Bench) -> None:
    bench.load(name)
    before = {table: bench.table(table) for table in _tables(bench, name) if table != "raw_ga4.reports"}
    bench.load(name, full=True)
    assert {table: bench.table(table) for table in before} == before


@each_source
def test_every_row_knows_its_load(name: str, bench: Bench) -> None:
    result = bench.load(name)
    for table in _tables(bench, name):
        loads = [row[0] for row in bench.rows(f"SELECT DISTINCT _dlt_load_id FROM {table}")]
        assert loads in ([], list(result.load_ids)), table


@each_source
def test_it_says_how_far_its_data_go(name: str, bench: Bench) -> None:
    result = bench.load(name)
    assert result.data_through is not None
    assert result.data_through <= NOW


@each_source
@pytest.mark.parametrize("way", ["absent", "blank"])
def test_a_missing_setting_is_named(name: str, way: str, bench: Bench) -> None:
    for setting in SETTINGS[name]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(f"SOURCES__{setting}", " ") if way == "blank" else patch.delenv(f"SOURCES__{setting}")
            result = bench.attempt(name)
        assert not result.ok
        assert f"SOURCES__{setting} is not set" in result.error


@each_vendor
def test_every_call_is_counted(name: str, bench: Bench) -> None:
    result = bench.load(name)
    assert result.requests == len(bench.sandbox.calls.to(VENDOR_CALLS[name])) > 0


@each_vendor
def test_a_rejected_credential_names_its_setting_and_stops(name: str, bench: Bench) -> None:
    bench.sandbox.faults.add(fault(VENDOR_CALLS[name], "401", times=None))
    result = bench.attempt(name)
    assert CREDENTIALS[name] in result.error
    assert len(bench.sandbox.calls.to(VENDOR_CALLS[name])) <= 3
    assert bench.waits == []


@each_vendor
def test_a_credential_rejected_midway_leaves_the_tables_alone(name: str, bench: Bench) -> None:
    bench.load(name)
    before = {table: bench.table(table) for table in _tables(bench, name)}
    bench.sandbox.faults.add(fault(VENDOR_CALLS[name], "401", times=None, after=1 if name == "hubspot" else 0))
    assert CREDENTIALS[name] in bench.attempt(name).error
    assert {table: bench.table(table) for table in before} == before


@each_vendor
def test_a_missing_permission_says_what_to_grant(name: str, bench: Bench) -> None:
    bench.sandbox.faults.add(fault(VENDOR_CALLS[name], "403", times=None))
    error = bench.attempt(name).error
    assert "scope" in error or "Viewer" in error
    assert len(bench.sandbox.calls.to(VENDOR_CALLS[name])) == 1


@each_vendor
def test_an_accident_is_tried_again(name: str, bench: Bench) -> None:
    bench.set("HUBSPOT__SKIP_OBJECTS", "companies, calls, meetings, tickets, feedback_submissions")
    bench.load(name)
    complete = {table: bench.table(table) for table in _tables(bench, name) if table != "raw_ga4.reports"}
    for kind in ("5xx", "reset", "cut_short", "cut_matching", "200_html", "200_empty"):
        bench.sandbox.faults.add(fault(VENDOR_CALLS[name], kind, times=1))
        bench.load(name, full=True)
        assert {table: bench.table(table) for table in complete} == complete, kind
    assert bench.waits == [0.5] * 6


@each_vendor
@pytest.mark.parametrize("kind", ["5xx", "reset", "cut_short", "cut_matching", "200_html", "200_empty", "200_error"])
def test_an_accident_that_lasts_is_never_a_short_load(name: str, kind: str, bench: Bench) -> None:
    bench.sandbox.faults.add(fault(VENDOR_CALLS[name], kind, times=None))
    result = bench.attempt(name)
    assert not result.ok
    assert result.rows == {}
    assert result.error.startswith(f"{name}: ")
    assert len(bench.sandbox.calls.to(VENDOR_CALLS[name])) <= 4


@each_vendor
def test_no_secret_leaves_the_source(
    name: str, bench: Bench, caplog: pytest.LogCaptureFixture, sandbox: Sandbox
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [
        sandbox.hubspot_token,
        "PRIVATE KEY",
        CONSUMER_SECRET,
        "access-linkedin-",
        "refresh-linkedin-",
        "EAAsandbox",
    ]
    secrets += [sandbox.social.x.bearer_token, sandbox.social.youtube.api_key, sandbox.social.meta.app_secret]
    for kind in ("401", "403", "5xx", "200_html"):
        sandbox.faults.clear()
        sandbox.faults.add(fault(VENDOR_CALLS[name], kind, times=None))
        said = bench.attempt(name).error
        assert not [secret for secret in secrets if secret in said]
    assert not [secret for secret in secrets if secret in caplog.text]


def fault(path: str, kind: str, **more: object) -> object:
    from connectors.sandbox.faults import Fault

    return Fault(path, kind, **more)  # type: ignore[arg-type]


def _tables(bench: Bench, source: str) -> list[str]:
    found = bench.rows(
        f"SELECT table_schema || '.' || table_name FROM information_schema.tables "
        f"WHERE table_schema = 'raw_{source}' AND table_name NOT LIKE '!_dlt%' ESCAPE '!' ORDER BY 1"
    )
    return [row[0] for row in found]


def _without_read_at(rows: list[object], table: str) -> list[object]:
    """A second reading of Google's report is a reading of its own."""
    return [] if table == "raw_ga4.reports" else rows
