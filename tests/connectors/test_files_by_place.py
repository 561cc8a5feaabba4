"""A file whose rows nothing tells apart: known by their place, none is set aside as a repeat."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import SettingError
from connectors.personal import Personal
from connectors.readers.files.declaration import Declaration, read_declarations
from connectors.readers.files.rows import read_rows

DECLARED = """
tables:
  - table: lines
    glob: "lines*.csv"
    format: csv
    key: {key}
    timestamp_format: "%m/%d/%Y %H:%M"
    columns: {{item: varchar, pieces: bigint, sold_at: timestamp}}
"""
LINES = b"item,pieces,sold_at\ntea,1,12/1/2010 8:26\ntea,1,12/1/2010 8:26\ntea,x,12/1/2010 8:26\ntea,1,7/1/2011 8:26\n"


def declared(folder: Path, key: str) -> Declaration:
    (folder / "files.yml").write_text(DECLARED.format(key=key))
    return read_declarations(folder)[0]


def test_rows_that_repeat_stay_and_rows_that_do_not_fit_go(tmp_path: Path) -> None:
    found = read_rows(
        LINES, "lines.csv", "hash", declared(tmp_path, "[_file, _row]"), "Europe/London", Personal.throwaway()
    )
    assert found.good.column("_row").to_pylist() == [2, 3, 5]
    assert [bad["row"] for bad in found.bad.to_pylist()] == [4]


def test_a_moment_read_once_is_the_same_the_second_time(tmp_path: Path) -> None:
    found = read_rows(
        LINES, "lines.csv", "hash", declared(tmp_path, "[_file, _row]"), "Europe/London", Personal.throwaway()
    )
    moments = [moment.isoformat() for moment in found.good.column("sold_at").to_pylist()]
    # London is on UTC in December and an hour ahead of it in July
    assert moments == ["2010-12-01T08:26:00+00:00"] * 2 + ["2011-07-01T07:26:00+00:00"]


@pytest.mark.parametrize("key", ["[_row]", "[item, _row]", "[_file]"])
def test_half_a_place_is_no_key(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingError, match="in key or date_column, but not in columns"):
        declared(tmp_path, key)
