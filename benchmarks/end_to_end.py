"""`okr run` from nothing against the sandbox, split by step, with a floor: the same contact pages fetched and parsed, nothing else.

    .venv/bin/python benchmarks/end_to_end.py [--contacts 10000 100000] [--rounds 3]

Prints one Markdown row per size and step (median of the rounds); paste them into benchmarks/README.md with machine and date.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import orjson
import urllib3

STEPS = ("ingest", "transform", "snapshot", "publish", "track")
EVENT = re.compile(r"^(\S+) run_id=\S+ event=(\w+) state=(\w+)")
JOB = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from pipelines.run import execute
from pipelines.settings import load_settings
settings = load_settings(data_dir=Path(sys.argv[1]), sources=("hubspot", "ga4", "files"), trackers={"excel": {"workbook": "t.xlsx"}})
execute(settings, as_of=date(2026, 11, 21), now=datetime(2026, 11, 22, 5, tzinfo=UTC))
"""


def main() -> None:
    """All sizes, all rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print("| contacts | what | first run, s | second run, s |")
    print("|---|---|---|---|")
    for contacts in arguments.contacts:
        measure(contacts, arguments.rounds)


def measure(contacts: int, rounds: int) -> None:
    """One sandbox for all rounds; a fresh data folder for each."""
    first: dict[str, list[float]] = {step: [] for step in (*STEPS, "whole process", "floor")}
    second: dict[str, list[float]] = {step: [] for step in (*STEPS, "whole process", "floor")}
    folder = Path(tempfile.mkdtemp(prefix="okr-bench-"))
    command = [sys.executable, "-m", "pipelines.sandbox_process", str(folder / "inbox"), str(contacts)]
    (folder / "inbox").mkdir()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        assert sandbox.stdin is not None
        variables = json.loads(sandbox.stdout.readline())
        for _ in range(rounds):
            data = folder / "data"
            shutil.rmtree(data, ignore_errors=True)
            for timings in (first, second):
                for name, seconds in run_once(data, variables).items():
                    timings[name].append(seconds)
            first["floor"].append(floor(variables))
        sandbox.stdin.close()
    shutil.rmtree(folder)
    for name in (*STEPS, "whole process", "floor"):
        again = f"{statistics.median(second[name]):.1f}" if second[name] else ""
        print(f"| {contacts:,} | {name} | {statistics.median(first[name]):.1f} | {again} |", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"| {contacts:,} | peak memory of any process so far, MiB | {peak:,.0f} | |", flush=True)


def run_once(data: Path, variables: dict[str, str]) -> dict[str, float]:
    """Seconds per step, read from the run's own log."""
    data.mkdir(parents=True, exist_ok=True)
    log = data / "okr.log"
    log.unlink(missing_ok=True)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", JOB, str(data)], env={**os.environ, **variables}, check=True, capture_output=True
    )
    whole = time.perf_counter() - began
    starts, ends = {}, {}
    for line in log.read_text(encoding="utf-8").splitlines():
        found = EVENT.match(line)
        if found and found[2] in STEPS:
            (starts if found[3] == "started" else ends)[found[2]] = datetime.fromisoformat(found[1])
    return {step: (ends[step] - starts[step]).total_seconds() for step in STEPS} | {"whole process": whole}


def floor(variables: dict[str, str]) -> float:
    """The contact pages over one kept connection, parsed, and thrown away."""
    pool = urllib3.HTTPConnectionPool(variables["SOURCES__HUBSPOT__API_BASE"].removeprefix("http://"))
    headers = {"Authorization": f"Bearer {variables['SOURCES__HUBSPOT__ACCESS_TOKEN']}"}
    base, after = "/crm/v3/objects/contacts?limit=100&properties=email,createdate,lastmodifieddate,lifecyclestage", ""
    began = time.perf_counter()
    while True:
        page = orjson.loads(pool.request("GET", f"{base}{after}", headers=headers).data)
        if "paging" not in page:
            return time.perf_counter() - began
        after = f"&after={page['paging']['next']['after']}"


if __name__ == "__main__":
    main()
