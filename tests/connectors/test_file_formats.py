"""Excel, Parquet and JSON lines: what their cells become."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from openpyxl import Workbook

from connectors.errors import ContractError
from connectors.personal import Personal
from connectors.readers.files.declaration import Declaration, read_declarations
from connectors.readers.files.rows import FileRows, read_rows

COLUMNS = {
    "id": "varchar",
    "at": "timestamp",
    "day": "date",
    "count": "bigint",
    "share": "double",
    "net": "decimal(18,2)",
    "ok": "boolean",
}
ROW = {
    "id": "1",
    "at": datetime(2026, 3, 29, 1, 30),
    "day": date(2026, 3, 29),
    "count": 7,
    "share": 0.5,
    "net": 12.345,
    "ok": True,
}
# 01:30 on 29 March is winter time in Budapest (+01:00)
EXPECTED = ("1", datetime(2026, 3, 29, 0, 30, tzinfo=UTC), date(2026, 3, 29), 7, 0.5, Decimal("12.35"), True)


@pytest.fixture
def declare(tmp_path: Any) -> Any:
    def declared(format: str, **options: Any) -> Declaration:  # noqa: A002
        entry = {"table": "t", "glob": "*", "format": format, "key": ["id"], "columns": COLUMNS, **options}
        (tmp_path / "files.yml").write_text(yaml.safe_dump({"tables": [entry]}), encoding="utf-8")
        return read_declarations(tmp_path)[0]

    return declared


def read(content: bytes, declaration: Declaration) -> FileRows:
    return read_rows(content, "f", "0" * 64, declaration, "Europe/Budapest", Personal.throwaway())


def values(rows: FileRows) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in COLUMNS) for row in rows.good.to_pylist()]


def workbook(*rows: list[Any], sheet: str = "data") -> bytes:
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_excel_cells_have_their_own_types(declare: Any) -> None:
    """Numbers come as floats: the id 1 is typed as a number and stays "1", not "1.0"."""
    row = [1, ROW["at"], ROW["day"], 7, 0.5, 12.345, True]
    assert values(read(workbook(list(COLUMNS), row), declare("excel"))) == [EXPECTED]


def test_excel_texts_are_read_as_declared(declare: Any) -> None:
    declaration = declare("excel", decimal=",", date_format="%d.%m.%Y", timestamp_format="%d.%m.%Y %H:%M")
    row = ["1", "29.03.2026 01:30", "29.03.2026", "7", "0,5", "12,345", "true"]
    assert values(read(workbook(list(COLUMNS), row), declaration)) == [EXPECTED]


def test_excel_rows_keep_their_numbers_over_blank_lines(declare: Any) -> None:
    good = [1, ROW["at"], ROW["day"], 7, 0.5, 12.345, True]
    rows = read(workbook(list(COLUMNS), [None], good, [2, ROW["at"], ROW["day"], 7.5, 0.5, 1, True]), declare("excel"))
    assert rows.good["_row"].to_pylist() == [3]
    assert [(bad["row"], bad["reason"]) for bad in rows.bad.to_pylist()] == [
        (4, "count should hold a whole number, not '7.5'")
    ]


def test_a_day_count_that_lost_its_format_is_not_guessed(declare: Any) -> None:
    good = [1, ROW["at"], ROW["day"], 7, 0.5, 12.345, True]
    rows = read(workbook(list(COLUMNS), good, [2, ROW["at"], 46110, 7, 0.5, 1, True]), declare("excel"))
    assert rows.bad.to_pylist()[0]["reason"] == "day should hold a date, not '46110.0'"


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        (b"PK nonsense", {}, "is not an Excel workbook"),
        (workbook(["id"], sheet="other"), {"sheet": "data"}, "has no sheet 'data', only other"),
    ],
)
def test_an_excel_file_that_cannot_be_read(content: bytes, options: dict[str, str], says: str, declare: Any) -> None:
    with pytest.raises(ContractError, match=says):
        read(content, declare("excel", **options))


def test_parquet_keeps_its_types_and_a_moment_without_a_zone_gets_the_declared_one(declare: Any) -> None:
    table = pa.table({name: [value] for name, value in ROW.items()})
    content = io.BytesIO()
    pq.write_table(table, content)
    assert values(read(content.getvalue(), declare("parquet"))) == [EXPECTED]


def test_parquet_of_another_type_is_converted_row_by_row(declare: Any) -> None:
    table = pa.table({name: [value, value] for name, value in ROW.items()})
    table = table.set_column(0, "id", pa.array(["1", "2"])).set_column(3, "count", pa.array([7.0, 7.5]))
    content = io.BytesIO()
    pq.write_table(table, content)
    rows = read(content.getvalue(), declare("parquet"))
    assert values(rows) == [EXPECTED]
    assert [(bad["row"], bad["reason"]) for bad in rows.bad.to_pylist()] == [
        (2, "count should hold a whole number, not '7.5'")
    ]
    assert json.loads(rows.bad.to_pylist()[0]["content"])["count"] == 7.5


def test_parquet_that_is_none(declare: Any) -> None:
    with pytest.raises(ContractError, match="is not a Parquet file"):
        read(b"PAR1 cut", declare("parquet"))


def test_json_lines(declare: Any) -> None:
    """A line that is no object is set aside; a field more does not matter."""
    good = {**ROW, "at": "2026-03-29T01:30:00", "day": "2026-03-29", "extra": [1]}
    lines = [
        json.dumps(good),
        "",
        "[1]",
        "{cut",
        json.dumps({**good, "id": 2, "at": "2026-03-29T00:30:00Z", "count": "7"}),
    ]
    rows = read("\n".join(lines).encode(), declare("jsonl"))
    assert values(rows) == [EXPECTED, ("2", *EXPECTED[1:])]
    assert [(bad["row"], bad["reason"], bad["content"]) for bad in rows.bad.to_pylist()] == [
        (3, "is not a JSON object", "[1]"),
        (4, "is not a JSON object", "{cut"),
    ]


def test_a_json_list(declare: Any) -> None:
    """As a program exports it, on many lines; what is no object in it is set aside."""
    good = {**ROW, "at": "2026-03-29T01:30:00", "day": "2026-03-29"}
    rows = read(json.dumps([good, [1], {**good, "id": 2}], indent=1).encode(), declare("json"))
    assert values(rows) == [EXPECTED, ("2", *EXPECTED[1:])]
    assert [(bad["row"], bad["reason"], bad["content"]) for bad in rows.bad.to_pylist()] == [
        (2, "is not a JSON object", "[1]")
    ]


@pytest.mark.parametrize(
    ("content", "says"), [(b'[{"id": 1},', "is not JSON"), (b'{"id": 1}', "is not a list of JSON objects")]
)
def test_what_is_no_json_list(declare: Any, content: bytes, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        read(content, declare("json"))


def test_json_lines_without_the_key(declare: Any) -> None:
    with pytest.raises(ContractError, match="has no field id"):
        read(b'{"ident": 1}\n', declare("jsonl"))
