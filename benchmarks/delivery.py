"""How long 10,000 key results take to reach a Google spreadsheet and a webhook, in how many requests, beside plain POSTs of the same bytes.

    .venv/bin/python benchmarks/delivery.py                        # three interleaved rounds
    .venv/bin/python benchmarks/delivery.py --key-results 1000 --rounds 1

The other side is the sandbox in a process of its own, which counts what it gets; every measurement is a fresh process. A round is:

* `sheet, first`: an empty spreadsheet; `sheet, next day`: every number, day and reason changed; `sheet, no news`.
* `floor, first` and `floor, next day`: one POST of as many bytes as those wrote, answered with as many as they read.
* `webhook`: a signed message per key result; `floor, messages`: as many POSTs of the same bytes over one connection, unsigned and
  answered without a look; `floor, one POST`: all of them in one.

Prints Markdown.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ECHO, TALLY = "/_bench/echo", "/_bench/tally"
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--key-results", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--variant", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
    elif arguments.variant:
        name, url, folder, sizes = arguments.variant
        print(json.dumps(measured(name, url, Path(folder), arguments.key_results, json.loads(sizes))))
    else:
        show([one_round(arguments.key_results) for _ in range(arguments.rounds)], arguments.key_results)


def serve(folder: Path) -> None:
    """The sandbox with a small company; remembers the sizes of what comes and goes."""
    from connectors.sandbox.answer import Answer, Request, json_answer
    from connectors.sandbox.company.company import Company
    from connectors.sandbox.server import Sandbox

    tally: list[tuple[str, int, int]] = []
    with Sandbox(Company.example(50, 7)) as sandbox:
        as_ever = sandbox.answer

        def answer(request: Request) -> Answer:
            if request.path == TALLY:
                told = json_answer(tally)
                tally.clear()
                return told
            if request.path == ECHO:
                return Answer(200, b"x" * int(request.query.get("answer", "0")))
            found = as_ever(request)
            tally.append((request.method, len(request.body), len(found.body)))
            return found

        sandbox.answer = answer  # type: ignore[method-assign]
        sandbox.service_account_file(folder)
        print(sandbox.url, flush=True)
        sys.stdin.read()


def one_round(key_results: int) -> dict[str, Measured]:
    found: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            url = server.stdout.readline().strip() if server.stdout else ""
            for name in ("sheet, first", "sheet, next day", "sheet, no news", "webhook"):
                found[name] = run(name, url, folder, key_results, [])
                found[name] |= counted(url)
                sizes = [found[name]["sent"], found[name]["received"], found[name]["requests"]]
                for floor in FLOORS.get(name, ()):
                    found[floor] = run(floor, url, folder, key_results, sizes)
        finally:
            server.communicate("")
    return found


def run(name: str, url: str, folder: str, key_results: int, sizes: list[float]) -> Measured:
    arguments = ["--key-results", str(key_results), "--variant", name, url, folder, json.dumps(sizes)]
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def counted(url: str) -> Measured:
    with urllib.request.urlopen(url + TALLY) as answer:
        calls = json.load(answer)
    return {
        "requests": len(calls),
        "writes": sum(method == "POST" for method, _, _ in calls),
        "sent": sum(sent for _, sent, _ in calls),
        "received": sum(received for _, _, received in calls),
        "largest": max((sent for _, sent, _ in calls), default=0),
    }


def measured(name: str, url: str, folder: Path, key_results: int, sizes: list[float]) -> Measured:
    """Making the document and the imports are not counted, neither in seconds nor in CPU seconds."""
    act = VARIANTS[name](url, folder, key_results, sizes)
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return {
        "seconds": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def document(key_results: int, day: int) -> Any:
    """Texts of the lengths that people write, each row's own."""
    from tests.connectors.trackers.documents import document as made_of
    from tests.connectors.trackers.documents import snapshot

    rows = [
        snapshot(
            f"team_{number % 200}_key_result_{number:05}",
            title=f"Key result {number}: {350 + number} marketing-qualified leads from the region",
            team_id=f"team_{number % 200}",
            objective_id=f"objective_{number % 2500}",
            value=float(number + day),
            progress=(number + day) / (key_results + 10),
            score=(number + day) / (key_results + 10),
            reason=f"{number + day} of {350 + number} at {52 + day} of 92 days.",
            as_of=date(2026, 11, 21) + timedelta(days=day),
            snapshot_id=f"{number * 1000 + day:032x}",
        )
        for number in range(key_results)
    ]
    return replace(made_of(*rows), as_of=date(2026, 11, 21) + timedelta(days=day))


def _sheet(day: int) -> Callable[..., Callable[[], None]]:
    def prepared(url: str, folder: Path, key_results: int, _sizes: list[float]) -> Callable[[], None]:
        from connectors.sandbox.google_sheets import BOOK_ID
        from connectors.trackers.google_sheets import tracker

        settings = {
            "spreadsheet": BOOK_ID,
            "service_account_file": str(folder / "service_account.json"),
            "api_base": url,
        }
        return _send(tracker(settings, folder), document(key_results, day))

    return prepared


def _webhook(url: str, folder: Path, key_results: int, _sizes: list[float]) -> Callable[[], None]:
    from connectors.sandbox import webhooks
    from connectors.trackers.webhook import tracker

    settings = {"url": url + webhooks.PATH, "secret": webhooks.SECRET, "allow_http": "true"}
    return _send(tracker({**settings, "allow_private_networks": "127.0.0.0/8"}, folder), document(key_results, 0))


def _send(tracker: Any, shown: Any) -> Callable[[], None]:
    from tests.connectors.trackers.documents import deliveries

    owed = deliveries(*shown.key_results)
    for place, each in enumerate(owed):
        owed[place] = replace(each, delivery_id=f"{place:032x}")

    def act() -> None:
        states = {str(result.state) for result in tracker.send(shown, owed, datetime.now(UTC))}
        if states != {"sent"}:
            raise SystemExit(f"not everything was sent: {states}")

    return act


def _posts(count: Callable[[list[float]], int]) -> Callable[..., Callable[[], None]]:
    def prepared(url: str, _folder: Path, _key_results: int, sizes: list[float]) -> Callable[[], None]:
        number = count(sizes)
        body, answer = b"x" * int(sizes[0] / number), int(sizes[1] / number)
        connection = http.client.HTTPConnection(urlsplit(url).netloc)

        def act() -> None:
            for _ in range(number):
                connection.request("POST", f"{ECHO}?answer={answer}", body)
                connection.getresponse().read()

        return act

    return prepared


def _one(_sizes: list[float]) -> int:
    return 1


VARIANTS: dict[str, Callable[..., Callable[[], None]]] = {
    "sheet, first": _sheet(0),
    "floor, first": _posts(_one),
    "sheet, next day": _sheet(1),
    "floor, next day": _posts(_one),
    "sheet, no news": _sheet(1),
    "webhook": _webhook,
    "floor, messages": _posts(lambda sizes: int(sizes[2])),
    "floor, one POST": _posts(_one),
}
FLOORS = {
    "sheet, first": ("floor, first",),
    "sheet, next day": ("floor, next day",),
    "webhook": ("floor, messages", "floor, one POST"),
}


def show(rounds: list[dict[str, Measured]], key_results: int) -> None:
    print(
        f"{key_results:,} key results, {len(rounds)} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.\n"
    )
    print(
        "| what | seconds, by round | median | CPU s, median | requests (writes) | MB sent / received | largest request, MB | MiB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in rounds[0]:
        each = [found[name] for found in rounds]
        seconds = " / ".join(f"{one['seconds']:.2f}" for one in each)
        print(f"| {name} | {seconds} | {' | '.join(_middle(each))} |")


def _middle(each: list[Measured]) -> list[str]:
    def median(name: str) -> float:
        return statistics.median(one.get(name, 0.0) for one in each)

    sizes = ["", "", ""]
    if "requests" in each[0]:
        sizes = [
            f"{median('requests'):,.0f} ({median('writes'):,.0f})",
            f"{median('sent') / 1e6:.2f} / {median('received') / 1e6:.2f}",
            f"{median('largest') / 1e6:.3f}",
        ]
    return [f"{median('seconds'):.2f}", f"{median('cpu'):.2f}", *sizes, f"{median('memory'):.0f}"]


if __name__ == "__main__":
    main()
