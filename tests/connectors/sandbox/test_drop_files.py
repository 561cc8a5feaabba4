"""The drop files as written: readable, complete, and the same each time."""

from __future__ import annotations

import csv
import hashlib
import time
from pathlib import Path
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest
import yaml
from python_calamine import CalamineWorkbook

from connectors.sandbox.company import Company
from connectors.sandbox.company.drop import write_files
from tests.connectors.sandbox.brightwater_small import small_company


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inbox")
    begin = time.process_time()
    write_files(Company.example(500).files, path)
    assert time.process_time() - begin < 2
    return path


def test_every_file_is_declared_and_every_declaration_has_its_file(folder: Path) -> None:
    tables = yaml.safe_load((folder / "files.yml").read_text("utf-8"))["tables"]
    declared = {path for table in tables for path in folder.glob(table["glob"])}
    assert declared | {folder / "files.yml"} == set(folder.iterdir())
    assert all(any(folder.glob(table["glob"])) for table in tables)


def test_answers_survive_quotes_and_line_breaks(tmp_path: Path) -> None:
    write_files(small_company().files, tmp_path)
    with (tmp_path / "nps_responses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["comment"] for row in rows] == ["", 'a "b"; c', "two\nlines", "drágább, mint volt"]
    assert rows[0]["answered_at"] == "2026-10-01 09:30:00"


def test_subscribers_are_written_the_central_european_way(tmp_path: Path) -> None:
    write_files(small_company().files, tmp_path)
    text = (tmp_path / "newsletter_subscribers.csv").read_bytes().decode("cp1252")
    assert text == "date;list;subscribers\r\n01.10.2026;News;40\r\n"


def test_followers_miss_one_day(folder: Path) -> None:
    sheet = CalamineWorkbook.from_path(str(folder / "social_followers.xlsx")).get_sheet_by_name("followers")
    header, *rows = sheet.to_python()
    assert header == ["date", "network", "account", "followers"]
    # 751 days but one, four networks
    assert len(rows) == 750 * 4
    assert "2026-03-17" not in {str(row[0]) for row in rows}


def test_one_workbook_of_mentions_per_month(folder: Path) -> None:
    names = sorted(path.name for path in folder.glob("pr_mentions_*.xlsx"))
    assert (len(names), names[0], names[-1]) == (25, "pr_mentions_2024-11.xlsx", "pr_mentions_2026-11.xlsx")


def test_invoices_have_exact_money(tmp_path: Path) -> None:
    write_files(small_company().files, tmp_path)
    table = pq.read_table(tmp_path / "erp_invoices.parquet")
    assert str(table.schema.field("net_amount").type) == "decimal128(18, 2)"
    assert [str(amount) for amount in table["net_amount"].to_pylist()] == ["1000.00", "500.00", "100.50"]


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    def digests() -> dict[str, str]:
        write_files(small_company().files, tmp_path)
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}

    assert digests() == digests()
    # nor does the moment of writing stand in the archive that a workbook is
    with ZipFile(tmp_path / "social_followers.xlsx") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {2026}
        assert archive.read("docProps/core.xml").count(b"2026-11-22T00:00:00Z") == 2
