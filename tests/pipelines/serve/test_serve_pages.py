"""The dashboard's pages, over HTTP from a running server."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from pipelines.ledger_log import note_ledger
from tests.pipelines.report.documents import brightwater, document, key_result
from tests.pipelines.serve.served import publish_by_hand, serving, settings_of
from warehouse.engine import open_warehouse

DOCUMENT = brightwater()
FIRST = DOCUMENT.key_results[0]
PAGES = ("/", f"/key-results/{FIRST.key_result_id}", "/reports", "/sources", "/runs", "/lint", "/api")


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_one_heading_a_skip_link_and_a_live_region(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    page = answer.text
    assert page.startswith("<!doctype html>")
    assert page.count("<h1") == 1
    assert 'class="skip" href="#' in page
    assert 'aria-live="polite"' in page
    assert '<html lang="en"' in page
    assert "style=" not in page, "the policy refuses style attributes"


def test_the_overview_shows_every_key_result_and_leads_to_its_page(client: httpx.Client) -> None:
    page = client.get("/").text
    for each in DOCUMENT.key_results:
        assert f'href="/key-results/{each.key_result_id}"' in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"team": FIRST.team_id}, {k.key_result_id for k in DOCUMENT.key_results if k.team_id == FIRST.team_id}),
        ({"status": FIRST.status.value}, {k.key_result_id for k in DOCUMENT.key_results if k.status is FIRST.status}),
        ({"q": FIRST.title.upper()}, {k.key_result_id for k in DOCUMENT.key_results if k.title == FIRST.title}),
        ({"q": "no such words at all"}, set()),
        (
            {"source": "ga4"},
            {k.key_result_id for k in DOCUMENT.key_results if "ga4" in {source.source for source in k.sources}},
        ),
    ],
)
def test_filters_stand_in_the_address(client: httpx.Client, query: dict[str, str], expected: set[str]) -> None:
    page = client.get("/", params=query).text
    assert set(re.findall(r'href="/key-results/([\w-]+)"', page)) == expected
    assert f"{len(expected)} of 16 key results shown" in page


def test_two_of_one_filter_widen_and_two_filters_narrow(client: httpx.Client) -> None:
    teams = sorted({k.team_id for k in DOCUMENT.key_results})[:2]
    rows = client.get("/api/v1/key-results", params={"team": teams}).json()["rows"]
    assert {row["team_id"] for row in rows} == set(teams)
    narrowed = client.get("/api/v1/key-results", params={"team": teams, "status": "on_track"}).json()["rows"]
    assert {row["status"] for row in narrowed} == {"on_track"}
    assert len(narrowed) < len(rows)


def test_an_earlier_day_shows_what_was_reported_then(client: httpx.Client) -> None:
    today = client.get("/").text
    assert 'href="/?as_of=2026-11-20" rel="prev"' in today
    then = client.get("/?as_of=2026-11-20").text
    assert "It was behind on that day." in then
    assert FIRST.reason not in then
    assert 'rel="next"' in then
    # nobody reported on the 19th or before
    assert client.get("/?as_of=2026-11-19").status_code == 404
    # a day after the last one shows the last one
    assert client.get("/?as_of=2026-12-30").text.count('rel="prev"') == 1


def test_a_key_result_page_has_chart_sql_days_and_files(client: httpx.Client) -> None:
    page = client.get(f"/key-results/{FIRST.key_result_id}").text
    assert 'class=chart role=img aria-label="Value per day: ' in page
    assert "select count(*) as metric_value" in page
    assert "20 Nov 2026" in page
    assert f'href="/api/v1/key-results/{FIRST.key_result_id}/history.csv"' in page
    assert "does not show the rows behind a number" in page


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/key-results/nothing", 404, "There is no key result"),
        ("/nowhere", 404, "There is no such page"),
        ("/?as_of=yesterday", 400, "is no day"),
        ("/?status=splendid", 400, "is not known here. Known: achieved"),
        ("/?teem=sales", 400, "Did you mean team?"),
        ("/?cycle=1999-Q1", 400, "is not published"),
        ("/?as_of=2026-11-20&as_of=2026-11-21", 400, "names one thing"),
        (f"/?q={'x' * 300}", 400, "longer than 200"),
    ],
)
def test_what_cannot_be_answered_is_said(client: httpx.Client, address: str, status: int, words: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert words in answer.text


def test_a_page_is_sent_once_and_then_only_its_name(client: httpx.Client) -> None:
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head("/")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == first.headers["content-length"]
    plain = client.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert first.headers["content-encoding"] == "gzip"
    assert plain.content == first.content
    assert client.get("/", headers={"Accept-Encoding": "gzip;q=0"}).headers.get("content-encoding") is None


def test_only_the_one_script_may_run(client: httpx.Client) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.text.count("<script") == 1
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/nowhere").headers["content-security-policy"] == policy


def test_the_report_is_the_single_file_with_its_own_policy(client: httpx.Client) -> None:
    answer = client.get("/report.html?team=sales")
    assert "<script" not in answer.text
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert "<style>" in answer.text


def test_runs_and_deliveries_are_those_of_the_last_run(client: httpx.Client) -> None:
    page = client.get("/runs").text
    assert "all went well" in page
    assert "excel" in page
    assert page.count("<tr>") == 2 + 1 + 17  # two heads, one run, 16 deliveries of the day and one of the day before


def test_before_anything_is_published_a_page_says_what_to_do(tmp_path: Path) -> None:
    with serving(settings_of(tmp_path)) as client:
        page, ready = client.get("/"), client.get("/api/v1/readiness")
        assert (page.status_code, ready.status_code) == (503, 503)
        assert "`okr run`" in page.text
        assert ready.headers["content-type"] == "application/problem+json"
        assert client.get("/api/v1/health").status_code == 200
        assert client.get("/api/v1/key-results").status_code == 503


def test_what_a_run_did_after_it_had_published_shows_without_a_new_copy(tmp_path: Path) -> None:
    publish_by_hand(tmp_path, document(key_result()))
    with serving(settings_of(tmp_path)) as client:
        assert "1 waiting" in client.get("/runs").text
        with open_warehouse(tmp_path / "warehouse.duckdb") as con:
            con.execute("update okr.deliveries set state = 'ok'")
            note_ledger(tmp_path / "feeds", con)
        assert "1 waiting" not in client.get("/runs").text
