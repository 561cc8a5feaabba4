"""A baseline is frozen once its own days are known for good: an agency that reports September in October must not be cut short."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from connectors.sandbox.server import Sandbox
from tests.pipelines.job import NOW, pointed_at, run_job

THIRD_DAY = date(2026, 10, 3)
MENTIONS, FOLLOWERS = "online-mentions", "linkedin-followers"


def test_a_baseline_waits_for_the_last_days_of_the_cycle_before(tmp_path: Path) -> None:
    with Sandbox(contacts=60, now=NOW) as sandbox, pointed_at(sandbox, tmp_path):
        run_job(tmp_path, ("ingest", "transform"), sources=("files",))
    # 31 August is over in Budapest at 22:00 UTC: on 3 October its mentions are 33 days old, of 35 that are allowed
    _known_through(tmp_path, "2026-08-31 22:00:00Z")
    run_job(tmp_path, ("snapshot",), as_of=THIRD_DAY)
    assert FOLLOWERS in _frozen(tmp_path)
    assert MENTIONS not in _frozen(tmp_path)

    _known_through(tmp_path, "2026-09-30 22:00:00Z")
    run_job(tmp_path, ("snapshot",), as_of=THIRD_DAY)
    assert MENTIONS in _frozen(tmp_path)


def _known_through(folder: Path, moment: str) -> None:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        con.execute("update okr.source_loads set data_through = ? where source = 'files.pr_mentions'", [moment])


def _frozen(folder: Path) -> set[str]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        return {name for (name,) in con.execute("select key_result_id from okr.baselines").fetchall()}
