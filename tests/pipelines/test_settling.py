"""How long a day of web analytics stays provisional: three days for visits, fourteen for key events."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.run import execute
from tests.pipelines import small
from tests.pipelines.bench import D21, bench
from tests.pipelines.job import NOW

KEY_EVENTS = """\
      - id: key-events
        title: Bring 100 key events
        kind: total
        metric: key_events
        target: 100
"""
# Google is read through the end of 21 November. The end of the 18th plus 72 hours is just that, and so is the 7th plus 336.
EXPECTED = {
    date(2026, 11, 21): {"sessions", "key-events"},
    date(2026, 11, 19): {"sessions", "key-events"},
    date(2026, 11, 18): {"key-events"},
    date(2026, 11, 8): {"key-events"},
    date(2026, 11, 7): set(),
}


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> dict[date, set[str]]:
    """The provisional key results of each day, all seen from the night after the 21st."""
    with bench(tmp_path_factory.mktemp("settling")) as made:
        small.mappings(made.mappings, small.CYCLE + KEY_EVENTS)
        made.run(D21)
        for day in EXPECTED:
            execute(made.settings, ("snapshot",), as_of=day, now=NOW)
        return {day: _provisional(made.folder, day) for day in EXPECTED}


@pytest.mark.parametrize("day", EXPECTED)
def test_provisional(marked: dict[date, set[str]], day: date) -> None:
    assert marked[day] == EXPECTED[day]


def _provisional(folder: Path, day: date) -> set[str]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        rows = con.execute("select key_result_id from okr.snapshots where provisional and as_of = ?", [day]).fetchall()
    return {name for (name,) in rows}
