"""The job on followers that were counted from 5 October on only: the first count is frozen as the baseline, and stays.

The same warehouse is used to lint: the numbers of the example company are at hand there.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb

from connectors.sandbox.server import Sandbox
from tests.pipelines.job import AS_OF, NOW, pointed_at, progress, run_job

LATER_STEPS = ("transform", "snapshot", "publish")
COUNTED = "select followers from raw_files.social_followers where network = 'LinkedIn' order by date limit 1"


def test_a_gauge_that_was_not_read_before_the_cycle(tmp_path: Path) -> None:
    with Sandbox(contacts=60, now=NOW) as sandbox, pointed_at(sandbox, tmp_path):
        run_job(tmp_path, ("ingest",), sources=("files",))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("delete from raw_files.social_followers where date < '2026-10-05'")
        (first,) = con.execute(COUNTED).fetchone()
    run_job(tmp_path, LATER_STEPS)
    found = progress(tmp_path)["linkedin-followers"]
    assert found["baseline"] == first
    assert found["parameters"]["baseline_day"] == "2026-10-05"
    assert found["parameters"]["baseline_frozen"] is True
    assert "on 5 Oct 2026, when it was first counted" in found["reason"]

    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("delete from raw_files.social_followers where date < '2026-10-20'")
    run_job(tmp_path, LATER_STEPS, as_of=AS_OF + timedelta(days=1), now=NOW + timedelta(days=1))
    later = progress(tmp_path)["linkedin-followers"]
    assert (later["baseline"], later["parameters"]["baseline_day"]) == (first, "2026-10-05")
