"""A cycle that ends on a Saturday, seen by a job that runs on weekdays: graded on Monday; a source that fails later takes nothing away."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb

from connectors.sandbox.server import Sandbox
from okr_mappings import load
from pipelines.run import RunOutcome
from tests.pipelines.job import NOW, pointed_at, run_job

SATURDAY, SUNDAY = date(2026, 10, 31), date(2026, 11, 1)
CYCLE = """\
cycle: {cycle}
objectives:
  - id: leads
    title: Give sales more leads
    team: marketing
    owner: Anna Kelemen
    key_results:
      - {{id: qualified-leads, title: Win leads, kind: total, metric: marketing_qualified_leads, target: 1000}}
"""


def test_the_last_day_is_graded_after_it_and_stays_graded(tmp_path: Path) -> None:
    mappings = tmp_path / "mappings"
    (mappings / "cycles").mkdir(parents=True)
    shutil.copy(Path(load.__file__).parent / "company.yml", mappings)
    for cycle in ("2026-10", "2026-11"):
        (mappings / "cycles" / f"{cycle}.yml").write_text(CYCLE.format(cycle=cycle), encoding="utf-8")
    with Sandbox(contacts=60, now=NOW) as sandbox, pointed_at(sandbox, tmp_path):
        _run(tmp_path, mappings, ("ingest", "transform"), SUNDAY)
    _run(tmp_path, mappings, ("snapshot", "publish", "track"), SUNDAY)
    assert _days(tmp_path) == [("2026-10", SATURDAY, "missed"), ("2026-11", SUNDAY, "too_early")]
    document = json.loads((tmp_path / "feeds" / "2026-10" / "progress.json").read_text(encoding="utf-8"))
    assert (document["as_of"], document["key_results"][0]["status"]) == ("2026-10-31", "missed")
    assert _sent(tmp_path) == [("2026-10", "sent"), ("2026-11", "sent")]

    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("update okr.source_loads set success = false, error = 'no answer' where source = 'hubspot'")
    _run(tmp_path, mappings, ("snapshot", "publish"), SUNDAY + timedelta(days=1))
    assert _days(tmp_path)[0] == ("2026-10", SATURDAY, "missed")
    assert [cycle for cycle, _, _ in _days(tmp_path)] == ["2026-10", "2026-11", "2026-11"]


def _run(folder: Path, mappings: Path, steps: tuple[str, ...], day: date) -> RunOutcome:
    return run_job(folder, steps, as_of=day, sources=("hubspot",), mappings_dir=mappings)


def _days(folder: Path) -> list[tuple[str, date, str]]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        return con.execute("select cycle_id, as_of, status from okr.snapshots order by cycle_id, seq").fetchall()


def _sent(folder: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        return con.execute("select cycle_id, state from okr.deliveries order by cycle_id").fetchall()
