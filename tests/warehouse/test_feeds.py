from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from okr_mappings.document import document_from_dict
from okr_mappings.errors import DocumentError
from okr_mappings.snapshot import SCHEMA_VERSION
from tests.warehouse.documents import document
from tests.warehouse.snapshots import AS_OF, NOW, snapshot
from warehouse.feeds import write_feeds

TABLES = ("objectives", "key_results", "snapshots", "history", "sources")


def read_json(folder: Path, name: str) -> dict[str, object]:
    content = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def test_every_table_in_three_forms_and_the_document_last(tmp_path: Path) -> None:
    written = write_feeds(tmp_path, document(), [snapshot()])
    assert {path.name for path in written} == {
        f"{table}.{ending}" for table in TABLES for ending in ("json", "csv", "parquet")
    } | {"progress.json"}
    assert written[-1].name == "progress.json"
    assert max(path.stat().st_mtime_ns for path in written) == written[-1].stat().st_mtime_ns
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in written}


def test_the_document_comes_back_as_it_was(tmp_path: Path) -> None:
    write_feeds(tmp_path, document(), [])
    assert document_from_dict(read_json(tmp_path, "progress")) == document()  # type: ignore[arg-type]


def test_json_says_what_it_is(tmp_path: Path) -> None:
    write_feeds(tmp_path, document(), [])
    meta = read_json(tmp_path, "key_results")["_meta"]
    assert isinstance(meta, dict)
    columns = meta.pop("columns")
    assert meta == {"schema_version": SCHEMA_VERSION, "run_id": "run-1", "generated_at": "2026-11-22T05:00:00+00:00"}
    rows = read_json(tmp_path, "key_results")["rows"]
    assert isinstance(rows, list)
    assert list(rows[0]) == list(columns)
    assert all(columns.values())


def test_the_three_forms_hold_the_same(tmp_path: Path) -> None:
    write_feeds(tmp_path, document(), [snapshot()])
    for table in TABLES:
        rows = read_json(tmp_path, table)["rows"]
        parquet = pq.read_table(tmp_path / f"{table}.parquet")
        with duckdb.connect() as con:
            parsed = con.execute(f"select * from read_csv('{tmp_path}/{table}.csv', all_varchar = true, header = true)")
            text = parsed.fetchall()
            names = [column[0] for column in parsed.description or ()]
        assert isinstance(rows, list)
        assert len(rows) == parquet.num_rows == len(text)
        assert list(rows[0]) == parquet.column_names == names
    row = pq.read_table(tmp_path / "key_results.parquet").to_pylist()[0]
    assert (row["value"], row["as_of"], row["computed_at"], row["provisional"]) == (25.0, AS_OF, NOW, False)
    metadata = pq.read_schema(tmp_path / "history.parquet").metadata
    assert metadata[b"run_id"] == b"run-1"
    assert [point["day"] for point in pq.read_table(tmp_path / "history.parquet").to_pylist()][:2] == [
        date(2026, 11, 20),
        AS_OF,
    ]


def test_missing_is_empty_and_never_zero(tmp_path: Path) -> None:
    write_feeds(tmp_path, document(snapshot(value=None, n=None)), [])
    row = next(csv.DictReader(io.StringIO((tmp_path / "key_results.csv").read_text(encoding="utf-8"))))
    assert (row["value"], row["n"]) == ("", "")
    assert pq.read_table(tmp_path / "key_results.parquet").to_pylist()[0]["value"] is None


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "\rx", " =cmd|' /C calc'!A0", "＝1", '=HYPERLINK("http://x")', "\n=1"],
)
def test_csv_carries_no_formula(tmp_path: Path, text: str) -> None:
    write_feeds(tmp_path, document(snapshot(title=text, value=-0.25)), [])
    row = next(csv.DictReader(io.StringIO((tmp_path / "key_results.csv").read_bytes().decode(), newline="")))
    assert row["title"] == "'" + text
    assert row["value"] == "-0.25"  # a number stays one


def test_csv_is_utf8_with_quotes_where_needed(tmp_path: Path) -> None:
    write_feeds(tmp_path, document(snapshot(title='Növekedés, "gyorsan"\nkét sorban')), [])
    content = (tmp_path / "key_results.csv").read_bytes()
    assert content.startswith(b"cycle_id,as_of,")
    row = next(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    assert (row["title"], row["owner"]) == ('Növekedés, "gyorsan"\nkét sorban', "Anna Kovács")


def test_a_number_that_is_none_is_never_written(tmp_path: Path) -> None:
    write_feeds(tmp_path, document(), [])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(DocumentError):
        write_feeds(tmp_path, document(snapshot(value=float("inf"))), [])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    write_feeds(tmp_path / "a", document(), [snapshot()])
    write_feeds(tmp_path / "b", document(), [snapshot()])
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_run_without_news_changes_run_ids_and_times_only(tmp_path: Path) -> None:
    write_feeds(tmp_path / "a", document(), [snapshot()])
    later = document(run_id="run-2", published_at=datetime(2026, 11, 22, 6, tzinfo=UTC))
    write_feeds(tmp_path / "b", later, [snapshot()])
    for path in (tmp_path / "a").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    changed = (tmp_path / "b" / "progress.json").read_text(encoding="utf-8")
    restored = changed.replace("run-2", "run-1").replace("2026-11-22T06:00:00", "2026-11-22T05:00:00")
    original = (tmp_path / "a" / "progress.json").read_text(encoding="utf-8")
    assert restored == original


def test_leftovers_of_a_killed_writer_go(tmp_path: Path) -> None:
    (tmp_path / ".history.csv.99.new").write_text("half a fi", encoding="utf-8")
    write_feeds(tmp_path, document(), [])
    assert not list(tmp_path.glob(".*"))
