"""How long a load takes when every call takes a tenth of a second: tables one after the other, and side by side.

    .venv/bin/python benchmarks/side_by_side.py            # 4,000 contacts, 100 ms for each call

The sandbox is a process of its own. "One after the other" is the same code with one call at once. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
SOURCES = ("hubspot", "salesforce", "ga4")


def main() -> None:
    """Every source, both ways, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=4000)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--load", help=argparse.SUPPRESS)
    parser.add_argument("--at-once", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.contacts, arguments.latency)
    elif arguments.load:
        print(json.dumps(load(arguments.load, arguments.at_once)))
    else:
        compare(arguments.contacts, arguments.latency)


def compare(contacts: int, latency: float) -> None:
    """One sandbox for all."""
    command = [sys.executable, __file__, "--serve", "--contacts", str(contacts), "--latency", str(latency)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "BENCH_FOLDER": folder}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as sandbox,
    ):
        assert sandbox.stdin is not None
        assert sandbox.stdout is not None
        variables = {**os.environ, **json.loads(sandbox.stdout.readline())}
        print("| source | load | calls | one after the other, s | side by side, s | most calls at once |")
        print("|---|---|---|---|---|---|")
        for source in SOURCES:
            ways = []
            for at_once in (1, 0):
                asked = [sys.executable, __file__, "--load", source, "--at-once", str(at_once)]
                done = subprocess.run(asked, cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True)
                ways.append(json.loads(done.stdout.splitlines()[-1]))
            for name, before, after in zip(("first", "news"), *ways, strict=True):
                print(
                    f"| {source} | {name} | {after['calls']} | {before['seconds']:.1f} | {after['seconds']:.1f} | {after['at_once']} |",
                    flush=True,
                )
        sandbox.stdin.close()


def serve(contacts: int, latency: float) -> None:
    """Until standard input closes; each line asks for the most calls at once since the last line."""
    from connectors.sandbox.server import Sandbox

    with Sandbox(contacts=contacts, now=NOW) as sandbox:
        sandbox.latency = latency
        settings: dict[str, str] = {
            "HUBSPOT__ACCESS_TOKEN": sandbox.hubspot_token,
            "HUBSPOT__API_BASE": sandbox.url,
            "GA4__PROPERTY_ID": sandbox.ga4_property_id,
            "GA4__SERVICE_ACCOUNT_FILE": str(sandbox.service_account_file(Path(os.environ["BENCH_FOLDER"]))),
            "GA4__API_ENDPOINT": sandbox.url,
            "GA4__EXTRA_REPORTS": "source_medium, landing_page, country, users",
            **sandbox.salesforce.settings(sandbox.url),
        }
        named = {f"SOURCES__{name}": value for name, value in settings.items()}
        print(json.dumps({**named, "BENCH_URL": sandbox.url}), flush=True)
        sys.stdin.read()


def load(source: str, at_once: int) -> list[dict[str, Any]]:
    """Everything, then the news, of which there are none."""
    from connectors.readers import limits
    from connectors.readers.ga4 import calls as ga4
    from connectors.readers.hubspot import calls as hubspot
    from connectors.readers.salesforce import calls as salesforce
    from pipelines.jobs.ingest import IngestRequest, ingest

    if at_once:
        ga4.GA4 = replace(limits.GA4, at_once=at_once)
        hubspot.HUBSPOT = replace(limits.HUBSPOT, at_once=at_once)
        salesforce.SALESFORCE = replace(limits.SALESFORCE, at_once=at_once)
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(2):
            begin = time.monotonic()
            [result] = ingest(
                IngestRequest(folder, folder / "warehouse.duckdb", (source,), "run-1", NOW, "Europe/Budapest")
            ).sources
            seconds = time.monotonic() - begin
            assert result.ok, result.error
            found.append({"seconds": seconds, "calls": result.requests, "at_once": most_at_once()})
    return found


def most_at_once() -> int:
    """Since it was last asked."""
    address = f"{os.environ['BENCH_URL']}/_sandbox/calls"
    most = int(httpx.get(f"{address}?path=/_none", timeout=30).json()["most_at_once"])
    httpx.delete(address, timeout=30)
    return most


if __name__ == "__main__":
    main()
