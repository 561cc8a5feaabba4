"""How fast the dashboard and the API answer with 1,250 key results, quiet and while copies of a run land.

The server is a process of its own over a folder published by hand: 1,250 key results with 52 days each. Questions come over loopback from
this process, `--clients` at a time, evenly paced at `--rate` a second; each connection is kept. The floor is a file of the same bytes from
the same server: the stylesheet's route cannot be as large, so the page itself is asked for again with its ETag (nothing to send), and whole
from its kept answer; the first question after a copy landed is the only one that has to be computed. "While a run writes" publishes a new
copy every `--every` seconds, from a process of its own.

    python -m benchmarks.serve --seconds 20 --rate 200
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx

from okr_mappings.snapshot import ProgressDocument
from tests.pipelines.report.documents import many
from tests.pipelines.serve.served import publish_by_hand

COUNT = 1_250
FLOOR_PORT = 8499
# what a room full of people and two BI tools ask for
MIX = (
    "/", "/?language=fi", "/?team=marketing", "/?status=off_track", "/pulse", "/pulse", "/pulse", "/api/v1/key-results.csv", "/lint",
    "/api/v1/objectives", "/api/v1/snapshots?limit=100", "/api/v1/sources", "/metrics", "/api/v1/key-results/{key}", "/key-results/{key}",
    "/api/v1/key-results/{key}/history.csv", "/api/v1/readiness", "/sources", "/runs", "/lint?language=hu", "/reports", "/api",
    "/reports/weekly.html", "/report.html",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    address: str
    status: int
    first_byte: float
    whole: float
    bytes: int


def edition(number: int) -> ProgressDocument:
    base = many(COUNT)
    moment = base.published_at + timedelta(minutes=number)
    shown = tuple(
        replace(
            each,
            run_id=f"run-{number}",
            value=(each.value or 0.0) + number,
            snapshot_id=f"{number}-{each.key_result_id}",
        )
        for each in base.key_results
    )
    return replace(base, run_id=f"run-{number}", published_at=moment, key_results=shown)


async def ask(client: httpx.AsyncClient, address: str, headers: dict[str, str] | None = None) -> Asked:
    begun = time.perf_counter()
    async with client.stream("GET", address, headers=headers) as answer:
        first = time.perf_counter() - begun
        size = 0
        async for part in answer.aiter_raw():
            size += len(part)
    return Asked(address, answer.status_code, first, time.perf_counter() - begun, size)


async def load(
    base: str, addresses: Sequence[str], *, rate: float, seconds: float, clients: int
) -> tuple[list[Asked], float]:
    """Paced from a plan, so that a slow answer makes the following ones late instead of fewer (no coordinated omission)."""
    host, port = base.removeprefix("http://").split(":")
    numbers = iter(range(int(rate * seconds)))
    found: list[Asked] = []
    begun = time.perf_counter() + 0.1

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, int(port), limit=2**24)
        for number in numbers:
            planned = begun + number / rate
            await asyncio.sleep(max(planned - time.perf_counter(), 0))
            address = addresses[number % len(addresses)]
            status, first, size = await _question(reader, writer, address)
            found.append(Asked(address, status, first - planned, time.perf_counter() - planned, size))
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return found, time.perf_counter() - begun


async def _question(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> tuple[int, float, int]:
    """Status, moment of the first byte, bytes of the body. By hand, because a client library would be the slower half."""
    writer.write(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    first = time.perf_counter()
    size = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
    await reader.readexactly(size)
    return int(head[9:12]), first, size


def told(name: str, found: Sequence[Asked], took: float) -> str:
    whole = sorted(each.whole * 1000 for each in found)
    codes = Counter(each.status for each in found)
    p99 = whole[min(int(len(whole) * 0.99), len(whole) - 1)]
    bad = {code: number for code, number in codes.items() if code not in (200, 304)}
    return (
        f"| {name} | {len(found):,} | {len(found) / took:.0f} | {statistics.median(whole):.1f} | {p99:.0f} | {whole[-1]:.0f} | "
        f"{sum(bad.values())} |"
    )


async def single(base: str, address: str, rounds: int, headers: dict[str, str] | None = None) -> str:
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        await ask(client, address, headers)
        found = [await ask(client, address, headers) for _ in range(rounds)]
    first, whole = (statistics.median(getattr(each, name) * 1000 for each in found) for name in ("first_byte", "whole"))
    return f"{first:.1f} | {whole:.1f} | {found[0].bytes / 1000:,.0f}"


async def first_time(base: str, addresses: Sequence[str]) -> str:
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        found = [await ask(client, address) for address in addresses]
    return f"{statistics.median(each.first_byte * 1000 for each in found):.0f}"


def publisher(folder: Path, every: float, number: int) -> None:
    while True:
        begun = time.monotonic()
        publish_by_hand(folder, edition(number))
        number += 1
        time.sleep(max(every - (time.monotonic() - begun), 0))


async def measure(base: str, floor: str, folder: Path, options: argparse.Namespace) -> None:
    key = many(1).key_results[0].key_result_id
    mix = [each.format(key=key) for each in MIX]
    print("| first view of a page, never asked before | s |\n|---|---|")
    for address in dict.fromkeys(mix):
        begun = time.perf_counter()
        httpx.get(f"{base}{address}", timeout=60).raise_for_status()
        if (took := time.perf_counter() - begun) > 0.25:
            print(f"| {address} | {took:.1f} |")
    etag = httpx.get(f"{base}/").headers["etag"]
    print("| one question at a time | first byte, ms | whole, ms | kB sent |\n|---|---|---|---|")
    print(f"| floor: the overview's bytes as a file, gzip | {await single(floor, '/page.gz', 50)} |")
    print(f"| overview, gzip | {await single(base, '/', 50)} |")
    print(f"| overview, unchanged (304) | {await single(base, '/', 50, {'If-None-Match': etag})} |")
    print(f"| floor: the overview's bytes as a file | {await single(floor, '/page.html', 50)} |")
    print(f"| overview, not compressed | {await single(base, '/', 50, {'Accept-Encoding': 'identity'})} |")
    print(f"| all key results as CSV, gzip | {await single(base, '/api/v1/key-results.csv', 50)} |")
    print(f"| one key result's page | {await single(base, f'/key-results/{key}', 50)} |")
    never = [f"/?q={word}" for word in ("a", "e", "i", "o", "u")]
    print(
        f"\nOverview with a filter that nobody used before: {await first_time(base, never)} ms to the first byte (median of 5).\n"
    )
    print("| load | questions | per second | p50, ms | p99, ms | slowest, ms | errors |\n|---|---|---|---|---|---|---|")
    shape = {"rate": options.rate, "seconds": options.seconds, "clients": options.clients}
    print(told("floor: the gzipped file", *await load(floor, ["/page.gz"], **shape)))
    print(told("the mix, quiet", *await load(base, mix, **shape)))
    command = [sys.executable, "-m", "benchmarks.serve", "--publish", str(folder), "--every", str(options.every)]
    with subprocess.Popen(command) as writing:
        try:
            print(told(f"the mix, a copy lands every {options.every:g} s", *await load(base, mix, **shape)))
        finally:
            writing.terminate()


def write_floor(folder: Path, page: bytes) -> None:
    """The page as two files, and a server that sends nothing else."""
    (folder / "page.html").write_bytes(page)
    (folder / "page.gz").write_bytes(gzip.compress(page, 5))


def serve_floor(folder: Path) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    application = Starlette(routes=[Mount("/", StaticFiles(directory=folder))])
    uvicorn.run(application, host="127.0.0.1", port=FLOOR_PORT, log_level="error", access_log=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--every", type=float, default=5.0)
    parser.add_argument("--publish", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.publish:
        publisher(options.publish, options.every, 2)
    if options.floor:
        serve_floor(options.floor)
        return
    with tempfile.TemporaryDirectory() as place:
        run(Path(place), options)


def run(folder: Path, options: argparse.Namespace) -> None:
    publish_by_hand(folder, edition(1))
    files = folder / "floor"
    files.mkdir()
    serving = [sys.executable, "-m", "pipelines.cli", "serve", "--data", str(folder), "--port", "0"]
    flooring = [sys.executable, "-m", "benchmarks.serve", "--floor", str(files)]
    with subprocess.Popen(serving, stderr=subprocess.PIPE, text=True) as server, subprocess.Popen(flooring) as floor:
        try:
            assert server.stderr is not None
            found = re.search(r"http://[\d.:]+", server.stderr.readline())
            assert found
            base = found[0].rstrip(":")
            wait_for(f"{base}/api/v1/readiness")
            write_floor(files, httpx.get(base, timeout=60).content)
            wait_for(f"http://127.0.0.1:{FLOOR_PORT}/page.gz")
            asyncio.run(measure(base, f"http://127.0.0.1:{FLOOR_PORT}", folder, options))
        finally:
            server.terminate()
            floor.terminate()


def wait_for(address: str) -> None:
    for _ in range(600):
        with suppress(httpx.TransportError):
            if httpx.get(address, timeout=60).status_code == 200:
                return
        time.sleep(0.1)


if __name__ == "__main__":
    main()
