"""How fast contacts of 40 properties get from HubSpot's pages into DuckDB: our path, a floor, and dlt with Python dicts.

    .venv/bin/python benchmarks/load.py                      # 100,000 contacts, three interleaved rounds
    .venv/bin/python benchmarks/load.py --contacts 1000000 --rounds 1 --only ours floor delta

All read the same pages over HTTP from a sandbox in a process of its own, each in a fresh process and an empty database:

* `ours`: the ingest job, with its counting, checks, archived list, state and crash-safe keyed merge.
* `floor`: orjson -> Arrow (declared types) -> DuckDB, appended; no state, no checks, no merge.
* `dlt defaults`: a resource that yields lists of dicts, appended, nothing set. On a sample; its rate does not depend on the number.
* `dlt best`: the same with parquet files, typed columns, no compression, two normalise workers. On a sample.
* `delta`: ours again after 1,000 contacts changed.

Prints Markdown. Up to 200,000 contacts the sandbox keeps its rendered pages after a first pass, so that the client is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
SAMPLE = {"dlt defaults": 5_000, "dlt best": 20_000}
KEPT_PAGES_UP_TO = 200_000
CHANGED = 1_000
TEXTS = [f"text_{n:02d}" for n in range(12)]
NUMBERS = [f"number_{n:02d}" for n in range(8)]
MOMENTS = [f"moment_{n:02d}" for n in range(5)]


def main() -> None:
    """All variants, interleaved."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=["floor", "ours", "dlt best", "dlt defaults", "delta"])
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--variant", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.contacts)
    elif arguments.variant:
        print(json.dumps(VARIANTS[arguments.variant](arguments.folder)))
    else:
        compare(arguments.contacts, arguments.rounds, arguments.only)


def compare(contacts: int, rounds: int, names: list[str]) -> None:
    """One sandbox for all; a process and a folder for each measurement."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    command = [sys.executable, __file__, "--serve", "--contacts", str(contacts)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        assert sandbox.stdin is not None
        variables = json.loads(sandbox.stdout.readline())
        folder = Path(tempfile.mkdtemp(prefix="okr-load-"))
        if contacts <= KEPT_PAGES_UP_TO:
            measure("pages", folder / "pages", variables)
        for number in range(rounds):
            for name in names:
                if name == "delta":
                    continue
                found[name].append(measure(name, folder / name.replace(" ", "-"), variables))
                print(f"<!-- round {number + 1} {name}: {found[name][-1]} -->", flush=True)
        if "delta" in names:
            for _ in range(rounds):
                sandbox.stdin.write("change\n")
                sandbox.stdin.flush()
                sandbox.stdout.readline()
                found["delta"].append(measure("delta", folder / "ours", variables, fresh=False))
        sandbox.stdin.close()
    shutil.rmtree(folder)
    report(contacts, rounds, found)


def measure(name: str, folder: Path, variables: dict[str, str], *, fresh: bool = True) -> dict[str, float]:
    """In a process of its own, so that its memory is its own."""
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    command = [sys.executable, __file__, "--variant", name, "--folder", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, check=True, stdout=subprocess.PIPE, text=True
    )
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def report(contacts: int, rounds: int, found: dict[str, list[dict[str, float]]]) -> None:
    """Medians, and each beside the floor of the same rounds."""
    print(f"\n{contacts:,} contacts, median of {rounds}:\n")
    print("| what | rows | s | rows/s | x floor | CPU s per 100,000 | peak memory, MiB | requests |")
    print("|---|---|---|---|---|---|---|---|")
    middle = {
        name: {key: statistics.median(each[key] for each in all_) for key in all_[0]} for name, all_ in found.items()
    }
    floor = middle.get("floor", {"rows": 1, "seconds": float("nan")})
    base = floor["rows"] / floor["seconds"]
    for name, each in middle.items():
        rate = each["rows"] / each["seconds"]
        per = each["cpu"] / each["rows"] * 100_000
        cells = [f"{each['rows']:,.0f}", f"{each['seconds']:.1f}", f"{rate:,.0f}", f"{rate / base:.2f}", f"{per:.1f}"]
        print(f"| {name} | {' | '.join(cells)} | {each['memory']:,.0f} | {each['requests']:,.0f} |")


# -- the sandbox's process


def serve(contacts: int) -> None:
    """Until standard input closes; each line `change` changes 1,000 contacts, spread over all, an hour later."""
    from connectors.sandbox.company.company import Company
    from connectors.sandbox.server import Sandbox

    company = Company.example(contacts)
    widen(company)
    with Sandbox(company, now=NOW) as sandbox:
        if contacts <= KEPT_PAGES_UP_TO:
            keep_pages(sandbox)
        print(json.dumps({"BENCH_URL": sandbox.url, "BENCH_TOKEN": sandbox.hubspot_token}), flush=True)
        for _ in sys.stdin:
            sandbox.clock.advance(hours=1)
            ids = company.tables["contacts"].ids(archived=False)
            for place in range(CHANGED):
                company.change_contact(int(ids[place * len(ids) // CHANGED]), country="Finland")
            sandbox.clock.advance(minutes=1)
            print("changed", flush=True)


def widen(company: Any) -> None:
    """25 properties more, filled: texts, numbers and moments."""
    import numpy as np

    from connectors.sandbox.company.columns import Coded, Moment, Whole

    base = company.tables["contacts"].base
    rng = np.random.default_rng(1)
    count = len(base.ids)
    pool = [None, *(f"Value {n} of some length, ő" for n in range(40))]
    for name in TEXTS:
        base.columns[name] = Coded(pool, rng.integers(0, len(pool), count).astype(np.int8))
    for name in NUMBERS:
        base.columns[name] = Whole(rng.integers(0, 1_000_000, count))
    for name in MOMENTS:
        base.columns[name] = Moment(base.created + rng.integers(0, 10**9, count))
    for names, kind in ((TEXTS, "string"), (NUMBERS, "number"), (MOMENTS, "datetime")):
        for name in names:
            company.add_property("contacts", name, kind)


def keep_pages(sandbox: Any) -> None:
    """Rendering a page costs as much as reading it; a vendor's machine does not share our two cores."""
    answer = sandbox.hubspot.answer
    kept: dict[str, Any] = {}
    lock = threading.Lock()

    def quickly(request: Any) -> Any:
        if request.method != "GET" or not request.path.endswith("/contacts"):
            return answer(request)
        asked = str(sorted(parse_qsl(request.raw_query)))  # clients write one query in different orders and escapes
        with lock:
            found = kept.get(asked)
        if found is None:
            found = answer(request)
            with lock:
                kept[asked] = found
        return found

    sandbox.hubspot.answer = quickly


# -- what is measured


def kind() -> Any:
    """Our contacts with 40 properties instead of 15, without the history, which the others do not read either."""
    from connectors.readers.columns import Kind
    from connectors.readers.hubspot.objects import CONTACTS

    wide = dict(CONTACTS.properties)
    wide |= dict.fromkeys(TEXTS, Kind.TEXT) | dict.fromkeys(NUMBERS, Kind.INTEGER) | dict.fromkeys(MOMENTS, Kind.MOMENT)
    return replace(CONTACTS, properties=wide, history=None)


def spent(began: float, rows: int, requests: int) -> dict[str, float]:
    """What this process took: seconds since `began`, which leaves out the imports; CPU and memory with them."""
    used, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime + children.ru_utime + children.ru_stime
    return {
        "rows": rows,
        "seconds": time.perf_counter() - began,
        "cpu": cpu,
        "memory": max(used.ru_maxrss, children.ru_maxrss) / 1024,
        "requests": requests,
    }


def pages(most: int | None = None) -> Iterator[bytes]:
    """The list as bytes, over one kept connection, with the very query that ours sends."""
    import re

    import urllib3

    pool = urllib3.HTTPConnectionPool(os.environ["BENCH_URL"].removeprefix("http://"))
    headers = {"Authorization": f"Bearer {os.environ['BENCH_TOKEN']}"}
    names = quote(",".join(kind().properties), safe="")
    base, after, read = f"/crm/v3/objects/contacts?limit=100&properties={names}", "", 0
    cursor = re.compile(rb'"after":"([^"]+)"')
    while most is None or read < most:
        body = pool.request("GET", f"{base}{after}", headers=headers).data
        yield body
        read += 100
        found = cursor.search(body, len(body) - 400)
        if found is None:
            return
        after = f"&after={quote(found[1].decode(), safe='')}"


def only_pages(_: Path) -> dict[str, float]:
    """Nothing but reading, for the sandbox to warm up."""
    began = time.perf_counter()
    count = sum(1 for _ in pages())
    return spent(began, count * 100, count)


def floor(folder: Path) -> dict[str, float]:
    """Texts as texts, then cast by Arrow, appended to a DuckDB table."""
    import duckdb
    import orjson
    import pyarrow as pa

    from connectors.readers.columns import arrow_schema, from_text

    contacts = kind()
    columns = contacts.columns
    texts = pa.schema([(name, pa.string()) for name in contacts.properties])
    began = time.perf_counter()
    with duckdb.connect(str(folder / "floor.duckdb")) as con:
        empty = arrow_schema(columns).empty_table()
        con.execute("create table contacts as select * from empty")
        waiting: list[Any] = []
        rows = requests = 0

        def flush() -> None:
            read = pa.Table.from_pylist([record["properties"] for record in waiting], schema=texts)
            made = {"id": pa.array([record["id"] for record in waiting])}
            made |= {name: from_text(read[name], of, name) for name, of in contacts.properties.items()}
            made |= {"archived": pa.array([record["archived"] for record in waiting], pa.bool_())}
            made |= {"archived_at": pa.nulls(len(waiting), empty.schema.field("archived_at").type)}
            con.register("batch", pa.table(made, schema=empty.schema))
            con.execute("insert into contacts select * from batch")

        for body in pages():
            waiting += orjson.loads(body)["results"]
            requests += 1
            if len(waiting) >= 20_000:
                flush()
                rows += len(waiting)
                waiting = []
        flush()
    return spent(began, rows + len(waiting), requests)


def ours(folder: Path) -> dict[str, float]:
    """The ingest job; the first time everything, then only news."""
    import connectors.sources.hubspot as source
    from pipelines.jobs.ingest import IngestRequest, ingest

    os.environ["SOURCES__HUBSPOT__ACCESS_TOKEN"] = os.environ["BENCH_TOKEN"]
    os.environ["SOURCES__HUBSPOT__API_BASE"] = os.environ["BENCH_URL"]
    source.OBJECT_TYPES = (kind(),)
    hours = sum(1 for _ in folder.glob("load-*"))
    (folder / f"load-{hours}").touch()
    began = time.perf_counter()
    now = NOW + timedelta(hours=hours)
    result = ingest(IngestRequest(folder, folder / "ours.duckdb", ("hubspot",), "run", now, "UTC")).sources[0]
    if not result.ok:
        raise SystemExit(result.error)
    return spent(began, result.rows.get("contacts", 0), result.requests)


def with_dlt(folder: Path, name: str) -> dict[str, float]:
    """A resource of dicts, as dlt's own tutorial has it."""
    import dlt
    import orjson

    from connectors.readers.columns import dlt_columns

    best = name == "dlt best"
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    if best:
        os.environ |= {"DATA_WRITER__DISABLE_COMPRESSION": "true", "NORMALIZE__WORKERS": "2"}
        os.environ |= {"EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": "10000", "NORMALIZE__START_METHOD": "spawn"}
    requests = rows = 0

    def read() -> Iterator[list[dict[str, Any]]]:
        nonlocal requests, rows
        for body in pages(SAMPLE[name]):
            found = orjson.loads(body)["results"]
            requests, rows = requests + 1, rows + len(found)
            yield [{"id": record["id"], "archived": record["archived"], **record["properties"]} for record in found]

    hints = {"columns": dlt_columns(kind().columns), "primary_key": "id"} if best else {}
    began = time.perf_counter()
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "dlt"),
        destination=dlt.destinations.duckdb(str(folder / "dlt.duckdb")),
        dataset_name="raw",
    )
    how: dict[str, Any] = {"loader_file_format": "parquet"} if best else {}
    pipeline.run(dlt.resource(read, name="contacts", **hints), **how).raise_on_failed_jobs()
    return spent(began, rows, requests)


VARIANTS = {
    "pages": only_pages,
    "floor": floor,
    "ours": ours,
    "delta": ours,
    "dlt defaults": lambda folder: with_dlt(folder, "dlt defaults"),
    "dlt best": lambda folder: with_dlt(folder, "dlt best"),
}

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
