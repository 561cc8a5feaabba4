"""Files: loaded once, replaced when corrected, good rows in and bad rows set aside with a reason."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.connectors.bench import Bench

SALES = """\
tables:
  - table: sales
    glob: "sales*.csv"
    format: csv
    delimiter: ";"
    decimal: ","
    thousands: "."
    encoding: cp1252
    date_format: "%d.%m.%Y"
    key: [number]
    date_column: sold_on
    columns:
      number: varchar
      sold_on: {type: date, from: Sold on}
      amount: {type: "decimal(18,2)", min: 0}
      pieces: bigint
      region: {type: varchar, values: [North, Süd]}
"""
HEADING = "number;Sold on;amount;pieces;region\n"
GOOD = "A1;20.11.2026;1.234,565;3;North\nA2;21.11.2026;0,5;;Süd\n"


@pytest.fixture
def sales(bench: Bench) -> Bench:
    """An inbox for one table only, still empty."""
    for path in bench.inbox.iterdir():
        path.unlink()
    (bench.inbox / "files.yml").write_text(SALES, encoding="utf-8")
    return bench


def drop(bench: Bench, name: str, rows: str, *, moment: int = 0) -> Path:
    """`moment` orders deliveries, in seconds."""
    path = bench.inbox / name
    path.write_bytes((HEADING + rows).encode("cp1252"))
    os.utime(path, (1_795_000_000 + moment,) * 2)
    return path


def numbers(bench: Bench) -> list[str]:
    return [row[0] for row in bench.rows("SELECT number FROM raw_files.sales ORDER BY number")]


def test_the_example_of_every_format(bench: Bench) -> None:
    """Two answers; 23:30 on 20 November in Budapest is 22:30 UTC."""
    assert bench.load("files").rows["nps_responses"] == 2
    assert bench.rows(
        "SELECT response_id, answered_at, score, comment, _file, _row FROM raw_files.nps_responses ORDER BY 1"
    ) == [
        ("R-1", datetime(2026, 11, 20, 22, 30, tzinfo=UTC), 9, None, "nps_responses.csv", 2),
        ("R-2", datetime(2026, 11, 21, 7, 0, tzinfo=UTC), 6, "Teuer,\naber gut.", "nps_responses.csv", 3),
    ]


def test_numbers_dates_and_letters_are_read_as_declared(sales: Bench) -> None:
    drop(sales, "sales.csv", GOOD)
    result = sales.load("files")
    assert [str(value) for value in sales.rows("SELECT amount, pieces, region, sold_on FROM raw_files.sales ORDER BY number")[0]] == [
        "1234.57", "3", "North", "2026-11-20",
    ]  # fmt: skip
    assert sales.rows("SELECT amount::varchar, pieces, region FROM raw_files.sales WHERE number = 'A2'") == [
        ("0.50", None, "Süd")
    ]
    # the 21st ends in Budapest at 23:00 UTC
    assert result.data_through == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_a_file_is_read_once(sales: Bench) -> None:
    drop(sales, "sales.csv", GOOD)
    assert sales.load("files").requests == 1
    again = sales.load("files")
    assert (again.requests, again.rows.get("sales", 0)) == (0, 0)
    assert again.data_through == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_a_corrected_file_replaces_its_rows(sales: Bench) -> None:
    drop(sales, "sales_1.csv", GOOD)
    drop(sales, "sales_2.csv", "B1;21.11.2026;7;1;North\n")
    sales.load("files")
    drop(sales, "sales_1.csv", "A1;20.11.2026;999;3;North\n")
    assert sales.load("files").requests == 1
    assert sales.rows("SELECT number, amount::varchar FROM raw_files.sales ORDER BY 1") == [
        ("A1", "999.00"),
        ("B1", "7.00"),
    ]


def test_a_file_that_is_taken_away_leaves_its_rows(sales: Bench) -> None:
    drop(sales, "sales.csv", GOOD).unlink()
    drop(sales, "sales.csv", GOOD)
    sales.load("files")
    (sales.inbox / "sales.csv").unlink()
    sales.load("files")
    assert numbers(sales) == ["A1", "A2"]
    sales.load("files", full=True)
    assert numbers(sales) == ["A1", "A2"]


def test_a_renamed_file_is_no_news_and_can_be_corrected_under_its_new_name(sales: Bench) -> None:
    path = drop(sales, "sales.csv", GOOD)
    sales.load("files")
    path.rename(sales.inbox / "sales_october.csv")
    assert sales.load("files").requests == 0
    drop(sales, "sales_october.csv", "A1;20.11.2026;5;3;North\n")
    sales.load("files")
    assert numbers(sales) == ["A1"]


@pytest.mark.parametrize("together", [True, False])
def test_of_two_deliveries_of_a_key_the_later_one_counts(together: bool, sales: Bench) -> None:
    """Later is the one whose file is newer, whatever the names."""
    drop(sales, "sales_b.csv", "A1;20.11.2026;1;1;North\nA2;20.11.2026;2;1;North\n", moment=0)
    if not together:
        sales.load("files")
    drop(sales, "sales_a.csv", "A1;20.11.2026;100;1;North\n", moment=60)
    sales.load("files")
    assert sales.rows("SELECT number, amount::varchar FROM raw_files.sales ORDER BY 1") == [
        ("A1", "100.00"),
        ("A2", "2.00"),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("B1;31.02.2026;1;1;North", "sold_on should hold a date, not '31.02.2026'"),
        ("B1;2026-11-20;1;1;North", "sold_on should hold a date, not '2026-11-20'"),
        ("B1;20.11.2026;1.2.3,x;1;North", "amount should hold an amount, not '1.2.3,x'"),
        ("B1;20.11.2026;nan;1;North", "amount should hold an amount, not 'nan'"),
        ("B1;20.11.2026;-1;1;North", "amount is -1.00, less than 0"),
        ("B1;20.11.2026;1;1,5;North", "pieces should hold a whole number, not '1,5'"),
        ("B1;20.11.2026;1;99999999999999999999;North", "pieces should hold a whole number, not '99999999999999999999'"),
        ("B1;20.11.2026;1;1;West", "region is 'West', not one of North, Süd"),
        (";20.11.2026;1;1;North", "number is empty"),
        ("B1;;1;1;North", "sold_on is empty"),
        ("A1;20.11.2026;1;1;North", "number is the same as in row 2"),
        ("B1;20.11.2026;1;1;North;what", "has 6 cells, the headings are 5"),
        # exported with the signs of another country: neither 1234 nor 1.5
        ("B1;20.11.2026;12.34;1;North", "amount should hold an amount, not '12.34'"),
        ("B1;20.11.2026;1,234.5;1;North", "amount should hold an amount, not '1,234.5'"),
    ],
)
def test_a_bad_row_is_set_aside_and_the_good_ones_are_loaded(row: str, reason: str, sales: Bench) -> None:
    drop(sales, "sales.csv", f"{GOOD}{row}\n")
    result = sales.load("files")
    assert numbers(sales) == ["A1", "A2"]
    (bad,) = sales.rows("SELECT file, table_name, row, reason, content FROM raw_files.quarantine")
    assert bad[:4] == ("sales.csv", "sales", 4, reason)
    assert "20" in bad[4] or "B1" in bad[4]
    assert result.warnings == (
        f"files: sales.csv: 1 of 3 rows are set aside in raw_files.quarantine (row 4: {reason})",
    )


@pytest.mark.parametrize(
    ("written", "amount"),
    [("1.234.567,5", "1234567.50"), ("12.34.567,5", "1234567.50"), ("1.500", "1500.00"), ("+1500", "1500.00")],
)
def test_thousands_are_read_where_they_are_thousands(written: str, amount: str, sales: Bench) -> None:
    drop(sales, "sales.csv", f"A1;20.11.2026;{written};1;North\n")
    sales.load("files")
    assert sales.rows("SELECT CAST(amount AS VARCHAR) FROM raw_files.sales") == [(amount,)]


def test_the_quarantine_is_named_until_the_file_is_corrected(sales: Bench) -> None:
    drop(sales, "sales.csv", f"{GOOD}B1;soon;1;1;North\n")
    first = sales.load("files").warnings
    assert sales.load("files").warnings == first != ()
    drop(sales, "sales.csv", f"{GOOD}B1;20.11.2026;1;1;North\n")
    assert sales.load("files").warnings == ()
    assert sales.rows("SELECT * FROM raw_files.quarantine") == []
    assert numbers(sales) == ["A1", "A2", "B1"]


def test_a_changed_declaration_reads_its_files_again(sales: Bench) -> None:
    drop(sales, "sales.csv", GOOD.replace("Süd", "South"))
    sales.load("files")
    assert numbers(sales) == ["A1"]
    (sales.inbox / "files.yml").write_text(SALES.replace("Süd", "South"), encoding="utf-8")
    sales.load("files")
    assert numbers(sales) == ["A1", "A2"]
    assert sales.rows("SELECT * FROM raw_files.quarantine") == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty; deliver it again"),
        (
            HEADING.encode() + b"A1;soon;x;1;North\n",
            "has not one row that fits its declaration; the first (row 2): sold_on",
        ),
        (b"number,Sold on\nA1,x\n", "has no column number, Sold on, amount, pieces, region, only 'number,Sold on'"),
        (b"number;number;Sold on;amount;pieces;region\n1;1;1;1;1;1\n", "has the heading 'number' more than once"),
        (HEADING.encode() + b'A1;"20.11.2026;1;1;North\n', "breaks at line"),
    ],
)
def test_an_unreadable_file_loads_nothing_and_says_what_to_do(content: bytes, says: str, sales: Bench) -> None:
    drop(sales, "sales_1.csv", GOOD)
    sales.load("files")
    drop(sales, "sales_2.csv", "C1;20.11.2026;1;1;North\n")
    (sales.inbox / "sales_3.csv").write_bytes(content)
    error = sales.attempt("files").error
    assert error.startswith("files: sales_3.csv ")
    assert says in error
    assert numbers(sales) == ["A1", "A2"]
    (sales.inbox / "sales_3.csv").unlink()
    sales.load("files")
    assert numbers(sales) == ["A1", "A2", "C1"]


def test_bytes_of_another_encoding_are_refused(sales: Bench) -> None:
    (sales.inbox / "files.yml").write_text(SALES.replace("cp1252", "utf-8"), encoding="utf-8")
    drop(sales, "sales.csv", GOOD)
    assert "sales.csv is not written in utf-8" in sales.attempt("files").error


def test_a_byte_order_mark_does_not_matter(sales: Bench) -> None:
    (sales.inbox / "files.yml").write_text(SALES.replace("cp1252", "utf-8"), encoding="utf-8")
    (sales.inbox / "sales.csv").write_bytes(b"\xef\xbb\xbf" + (HEADING + GOOD).encode())
    sales.load("files")
    assert numbers(sales) == ["A1", "A2"]


def test_strays_are_named_and_scratch_files_are_not(sales: Bench) -> None:
    for name in ("sales.csv.part", "~$sales.csv", ".sales.csv"):
        (sales.inbox / name).write_text("x")
    assert sales.load("files").warnings == ("files: sales.csv.part belongs to no table of files.yml and is not read",)


def test_a_table_is_there_before_its_first_file(sales: Bench) -> None:
    result = sales.load("files")
    assert numbers(sales) == []
    assert result.data_through is None


def test_a_date_in_the_future_does_not_make_the_data_fresh(sales: Bench) -> None:
    """20 November ends in Budapest at 23:00 UTC; the sandbox's clock stands at six o'clock on the 22nd, which is no future yet."""
    drop(sales, "sales.csv", "A1;20.11.2026;1;1;North\nA2;20.11.2033;1;1;North\nA3;23.11.2026;1;1;North\n")
    result = sales.load("files")
    assert result.data_through == datetime(2026, 11, 20, 23, tzinfo=UTC)
    warning = "files: sales.csv: 2 rows are dated in the future in sold_on of sales"
    assert warning in result.warnings
    assert numbers(sales) == ["A1", "A2", "A3"]
    assert warning in sales.load("files").warnings, "until the file is corrected"
    drop(sales, "sales.csv", "A1;20.11.2026;1;1;North\nA2;22.11.2026;1;1;North\nA3;22.11.2033;1;1;North\n", moment=9)
    corrected = sales.load("files")
    assert corrected.data_through == sales.sandbox.clock.now()  # the 22nd is not over
    assert [each for each in corrected.warnings if "future" in each] == [warning.replace("2 rows are", "1 row is")]


def test_nothing_but_dates_in_the_future_say_nothing(sales: Bench) -> None:
    drop(sales, "sales.csv", "A1;20.11.2033;1;1;North\n")
    assert sales.load("files").data_through is None


def test_moments_in_the_future_by_the_days_of_their_time_zone(bench: Bench) -> None:
    """It is six in the morning of the 22nd in Budapest: 23:30 on the 22nd is of that day, half past midnight is not."""
    (bench.inbox / "nps_responses.csv").write_text(
        "response_id,survey,respondent,answered_at,score,comment\n"
        "R-1,relationship,p1,2026-11-22 23:30:00,9,\nR-2,relationship,p2,2026-11-23 00:30:00,9,\n",
        encoding="utf-8",
    )
    result = bench.load("files")
    assert "files: nps_responses.csv: 1 row is dated in the future in answered_at of nps_responses" in result.warnings
    assert result.tables_through["nps_responses"] == bench.sandbox.clock.now()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("format: csv", "format: pdf", "format is one of csv, excel, parquet, json, jsonl, not 'pdf'"),
        ("pieces: bigint", "pieces: number", "sales.pieces: type is one of varchar, bigint"),
        ("key: [number]", "key: [nummer]", "nummer is in key or date_column, but not in columns"),
        ("key: [number]", "keys: [number]", "there is no option keys"),
        ("date_column", "time_zone: Budapest\n    date_column", "there is no time zone 'Budapest'"),
        ("sales*.csv", "../sales*.csv", "glob should name files below the folder"),
        ("tables:", "tabels:", "should begin with `tables:`"),
        ("pieces: bigint", "Pieces: bigint", "a column is named in lower case"),
        ("- table: sales", "- table: quarantine", "every table needs a `table:`"),
        ("columns:", "columns: [", "is not YAML"),
        ('thousands: "."', 'thousands: ","', "decimal and thousands are the same sign"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(old: str, new: str, says: str, sales: Bench) -> None:
    (sales.inbox / "files.yml").write_text(SALES.replace(old, new), encoding="utf-8")
    error = sales.attempt("files").error
    assert "files.yml" in error
    assert says in error


def test_a_folder_without_declarations_says_so(sales: Bench) -> None:
    (sales.inbox / "files.yml").unlink()
    assert "there is no files.yml in" in sales.attempt("files").error
    sales.set("FILES__FOLDER", "/nowhere")
    assert "SOURCES__FILES__FOLDER names /nowhere, and there is no such folder" in sales.attempt("files").error
