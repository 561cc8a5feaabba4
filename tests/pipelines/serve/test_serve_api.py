"""The API, as programs use it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest

from tests.pipelines.report.documents import brightwater, document, key_result
from tests.pipelines.serve.served import publish_by_hand, serving, settings_of

DOCUMENT = brightwater()
FIRST = DOCUMENT.key_results[0].key_result_id


@pytest.mark.parametrize("table", ["objectives", "key-results", "history", "snapshots", "sources"])
def test_the_three_forms_of_a_table_say_the_same(client: httpx.Client, table: str) -> None:
    rows = client.get(f"/api/v1/{table}").json()["rows"]
    answer = client.get(f"/api/v1/{table}.csv")
    listed = list(csv.DictReader(io.StringIO(answer.text)))
    arrow = pq.read_table(io.BytesIO(client.get(f"/api/v1/{table}.parquet").content))
    assert rows
    assert len(listed) == arrow.num_rows == len(rows)
    assert list(listed[0]) == arrow.column_names == list(rows[0])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


def test_a_follower_misses_nothing_and_gets_nothing_twice(client: httpx.Client) -> None:
    seen: list[int] = []
    cursor, pages = "0", 0
    while True:
        answer = client.get("/api/v1/snapshots", params={"cursor": cursor, "limit": 5})
        meta, rows = answer.json()["_meta"], answer.json()["rows"]
        seen += [row["seq"] for row in rows]
        cursor, pages = meta["next_cursor"], pages + 1
        assert answer.headers["x-next-cursor"] == cursor
        if meta["has_more"] == "false":
            break
        assert 'rel="next"' in answer.headers["link"]
    # one report of the day before and 16 of the day: 5 + 5 + 5 + 2
    assert seen == list(range(1, 18))
    assert pages == 4
    assert client.get("/api/v1/snapshots", params={"cursor": cursor}).json()["rows"] == []


def test_pages_of_a_table_lead_to_the_next(client: httpx.Client) -> None:
    whole = [row["key_result_id"] for row in client.get("/api/v1/key-results").json()["rows"]]
    found, address = [], "/api/v1/key-results?limit=7"
    while address:
        answer = client.get(address)
        found += [row["key_result_id"] for row in answer.json()["rows"]]
        assert answer.json()["_meta"]["total_rows"] == "16"
        address = answer.json()["_meta"].get("next", "")
    assert found == whole


def test_one_key_result_whole_and_its_history(client: httpx.Client) -> None:
    whole = client.get(f"/api/v1/key-results/{FIRST}").json()
    assert whole["key_result"]["sql"] == DOCUMENT.key_results[0].sql
    rows = client.get(f"/api/v1/key-results/{FIRST}/history").json()["rows"]
    assert [row["value"] for row in rows] == [point.value for point in DOCUMENT.history[FIRST]]
    then = client.get(f"/api/v1/key-results/{FIRST}?as_of=2026-11-20").json()["key_result"]
    assert (then["value"], then["status"]) == (41.0, "off_track")


def test_cycles_say_what_may_be_asked_for(client: httpx.Client) -> None:
    (cycle,) = client.get("/api/v1/cycles").json()["rows"]
    assert cycle["reported_days"] == ["2026-11-20", "2026-11-21"]


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/api/v1/nothing", 404, "There is no table"),
        ("/api/v1/key-results.xml", 404, ".json, .csv and .parquet"),
        ("/api/v1/key-results/nothing", 404, "There is no key result"),
        (f"/api/v1/key-results/{FIRST}/evidence", 403, "serve.evidence"),
        (f"/api/v1/key-results/{FIRST}/poem", 404, "history, evidence"),
        ("/api/v1/key-results?limit=0", 400, "limit: '0' is no whole number"),
        ("/api/v1/snapshots?cursor=-1", 400, "cursor"),
        ("/api/v1/snapshots?cursor=1%20or%201=1", 400, "cursor"),
        ("/api/v1/snapshots?sql=select", 400, "not known here"),
        ("/api/v1/a/b/c/d", 404, "no such page"),
    ],
)
def test_errors_are_problems(client: httpx.Client, address: str, status: int, words: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert words in problem["detail"]
    assert problem["instance"] == address.partition("?")[0]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/api/v1/key-results")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_a_parameter_against_caches_is_let_through(client: httpx.Client) -> None:
    assert client.get("/api/v1/sources?_=1732263000").status_code == 200


def test_etag_and_head_and_gzip(client: httpx.Client) -> None:
    answer = client.get("/api/v1/key-results.json")
    assert answer.headers["content-encoding"] == "gzip"
    assert client.get("/api/v1/key-results.json", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    head = client.head("/api/v1/key-results.parquet")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 1000


def test_the_description_is_valid_and_every_address_in_it_answers(client: httpx.Client) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator, validate

    described = client.get("/api/v1/openapi.json").json()
    validate(described, cls=OpenAPIV31SpecValidator)
    for address in described["paths"]:
        answer = client.get(address.replace("{key_result_id}", FIRST))
        assert answer.status_code == (403 if "/evidence" in address else 200), address


def test_rows_have_the_columns_that_are_described(client: httpx.Client) -> None:
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    for table, name in (
        ("objectives", "ObjectivesRow"),
        ("key-results", "KeyResultsRow"),
        ("snapshots", "SnapshotsRow"),
    ):
        row = client.get(f"/api/v1/{table}").json()["rows"][0]
        assert list(row) == list(schemas[name]["properties"])


def test_metrics_can_be_read_by_prometheus(client: httpx.Client) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    status = [line for line in lines if line.startswith("okr_key_result_status{")]
    assert len(status) == 16
    assert all(line.endswith(" 1.0") for line in status)
    # 21 November 2026, midnight UTC
    assert "okr_as_of_timestamp_seconds 1795219200.0" in lines


@pytest.fixture
def formulas(tmp_path: Path) -> Iterator[httpx.Client]:
    hostile = key_result("leads", title="=cmd|'/c calc'!A1", owner="+1", notes="@SUM(A1)", unit='l"ea\nds')
    publish_by_hand(tmp_path, document(hostile))
    with serving(settings_of(tmp_path)) as client:
        yield client


def test_a_sheet_takes_no_text_for_a_formula_and_a_label_stays_on_its_line(formulas: httpx.Client) -> None:
    (row,) = csv.DictReader(io.StringIO(formulas.get("/api/v1/key-results.csv").text))
    assert (row["title"], row["owner"], row["notes"]) == ("'=cmd|'/c calc'!A1", "'+1", "'@SUM(A1)")
    assert r'unit="l\"ea\nds"' in formulas.get("/metrics").text
