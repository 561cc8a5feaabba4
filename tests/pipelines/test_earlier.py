"""Earlier days as the snapshot job reads them: how far back, up to which day, and what happens when they cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from okr_mappings.course import DAYS_BACK
from okr_mappings.load import load_mappings
from okr_mappings.mappings import CyclePlan
from okr_mappings.snapshot import SourceFreshness
from okr_mappings.trust import last_whole_day
from okr_mappings.words import SourceState
from pipelines.jobs.earlier import earlier_days
from tests.okr_mappings.builders import COMPANY, cycle_text, write_folder
from warehouse.engine import open_guarded, open_warehouse

DAY = date(2026, 11, 21)
SUMS = """
- id: sums
  title: Orders
  kind: total
  unit: orders
  better: higher
  target: 900
  sql: select count(*) as metric_value from marts.fct_orders where order_date between $window_start and $as_of
"""
LAST = """
- id: last
  title: Highest number so far
  kind: level
  unit: orders
  better: higher
  baseline: 1
  target: 900
  sql: select max(order_number) as metric_value from marts.fct_orders where order_date <= $as_of
"""
BROKEN = SUMS.replace("sums", "broken").replace("order_date", "no_such_column")


def plan_of(folder: Path, *key_results: str) -> CyclePlan:
    write_folder(folder / "mappings", cycle_text("\n".join(key_results)), COMPANY)
    return load_mappings(folder / "mappings", {}).cycles[0]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Two orders on every day of 2026 up to 22 November."""
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        con.execute("create schema if not exists marts")
        con.execute(
            "create table marts.fct_orders as select date '2026-01-01' + (number // 2)::int as order_date,"
            " number + 1 as order_number from range(2 * 326) as numbers(number)"
        )
    return path


def test_days_are_read_back_beyond_the_cycle(tmp_path: Path, warehouse: Path) -> None:
    plan = plan_of(tmp_path, SUMS, LAST)
    through = {"sums": date(2026, 11, 20), "last": DAY}
    with open_guarded(warehouse) as con:
        found = earlier_days(con, {}, plan, DAY, through)
    sums, last = found["sums"], found["last"]
    assert len(sums.days) == len(last.days) == DAYS_BACK
    assert (sums.until, sums.days[-1].day, sums.days[-1].value) == (date(2026, 11, 20), date(2026, 11, 20), 2.0)
    assert sums.days[0].value == 0.0
    # 21 November is the 325th day of the year
    assert (last.days[-1].day, last.days[-1].value, last.days[0].value) == (DAY, 650.0, None)
    assert sums.wholes == last.wholes == ()


def test_what_cannot_be_read_says_so_and_disturbs_nobody(tmp_path: Path, warehouse: Path) -> None:
    plan = plan_of(tmp_path, SUMS, BROKEN)
    with open_guarded(warehouse) as con:
        found = earlier_days(con, {}, plan, DAY, {"sums": DAY, "broken": DAY})
    assert "could not be read" in found["broken"].problem
    assert found["sums"].problem == ""


def test_nothing_is_read_in_vain(tmp_path: Path, warehouse: Path) -> None:
    plan = plan_of(tmp_path, SUMS)
    with open_guarded(warehouse) as con:
        # too early in the cycle, and nothing of the cycle loaded
        assert earlier_days(con, {}, plan, date(2026, 10, 3), {"sums": date(2026, 10, 3)}) == {}
        assert earlier_days(con, {}, plan, DAY, {"sums": date(2026, 9, 30)}) == {}


@pytest.mark.parametrize(
    ("through", "day"),
    [
        ([], DAY),
        ([datetime(2026, 11, 21, 23, tzinfo=UTC)], DAY),  # midnight in Budapest: the 21st is whole
        ([datetime(2026, 11, 21, 22, 59, tzinfo=UTC)], date(2026, 11, 20)),
        ([datetime(2026, 11, 22, 5, tzinfo=UTC)], DAY),
        ([datetime(2026, 11, 25, 5, tzinfo=UTC)], DAY),  # never beyond the day asked for
        ([datetime(2026, 11, 22, 5, tzinfo=UTC), datetime(2026, 11, 19, 12, tzinfo=UTC)], date(2026, 11, 18)),
        ([None, datetime(2026, 11, 19, 23, tzinfo=UTC)], date(2026, 11, 19)),
    ],
)
def test_the_last_whole_day(through: list[datetime | None], day: date) -> None:
    sources = [SourceFreshness(str(place), SourceState.FRESH, moment) for place, moment in enumerate(through)]
    assert last_whole_day(sources, DAY, "Europe/Budapest") == day
