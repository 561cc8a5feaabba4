"""Runs the real job against a sandbox for the tests of this folder, in this process or in one that can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from connectors.sandbox.server import Sandbox
from pipelines.run import RunOutcome, execute
from pipelines.sandbox_process import settings_for
from pipelines.settings import load_settings
from pipelines.watch import STEPS

AS_OF = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
SOURCES = ("hubspot", "ga4", "files")
TRACKERS = {"excel": {"workbook": "tracker.xlsx"}}


@contextmanager
def pointed_at(sandbox: Sandbox, folder: Path) -> Iterator[None]:
    """The environment of a run against this sandbox; what was set before comes back."""
    inbox = folder / "inbox"
    sandbox.write_files(inbox)
    variables = settings_for(sandbox, inbox, sandbox.service_account_file(folder))
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def run_job(
    folder: Path,
    steps: tuple[str, ...] = STEPS,
    *,
    as_of: date = AS_OF,
    now: datetime = NOW,
    sources: tuple[str, ...] = SOURCES,
    trackers: Mapping[str, Mapping[str, str]] = TRACKERS,
    mappings_dir: Path | None = None,
) -> RunOutcome:
    """`okr run` without the printing."""
    settings = load_settings(data_dir=folder, sources=sources, trackers=dict(trackers), mappings_dir=mappings_dir)
    return execute(settings, steps, as_of=as_of, now=now)


def start_job(folder: Path) -> subprocess.Popen[str]:
    """The same in a process of its own; inherits the environment of `pointed_at`."""
    code = (
        "import sys; from pathlib import Path; from tests.pipelines.job import run_job; "
        "sys.exit(int(run_job(Path(sys.argv[1])).exit_code))"
    )
    root = Path(__file__).parent.parent.parent
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        cwd=root,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


RUN_ONLY = {"run_id", "computed_at", "snapshot_id", "frozen_at", "created_at", "updated_at", "delivery_id", "seq"}


def state(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything a reader can see of the published copy, without what names a single run or moment."""
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'okr')"
            " and table_name not in ('runs', 'source_loads', 'deliveries') order by all"
        ).fetchall()
        found: dict[str, list[tuple[object, ...]]] = {}
        for schema, table in tables:
            columns = [
                row[0] for row in con.execute(f'describe "{schema}"."{table}"').fetchall() if row[0] not in RUN_ONLY
            ]
            listed = ", ".join(f'"{column}"' for column in columns)
            found[f"{schema}.{table}"] = con.execute(
                f'select {listed} from "{schema}"."{table}" order by all'
            ).fetchall()
        return found


def progress(folder: Path) -> dict[str, dict[str, object]]:
    """The published snapshots by key result id."""
    document = json.loads((folder / "feeds" / "progress.json").read_text(encoding="utf-8"))
    return {each["key_result_id"]: each for each in document["key_results"]}
