"""The report and the folder of pages for many key results: how long they take, how large they are.

    PYTHONPATH=. .venv/bin/python benchmarks/report.py [--key-results 1250] [--rounds 5]

The document is made by hand: a daily history and a definition for every key result, restated days and a changed target for one in ten, a
movement for as many as `publish` explains. With `--everything` every key result has all of it. Reading the published document is part of
the time, as it is for `okr report`. Prints Markdown rows for benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from okr_mappings.document import document_from_dict, document_to_dict
from okr_mappings.snapshot import ProgressDocument
from pipelines.background import MOST_EXPLAINED
from pipelines.report import render
from pipelines.report.meetings import MEETINGS, folder, meeting_page
from tests.pipelines.report.documents import many
from tests.pipelines.report.states import told


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--key-results", type=int, default=1250)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--everything", action="store_true")
    chosen = arguments.parse_args()
    document = told(many(chosen.key_results))
    text = json.dumps(document_to_dict(document if chosen.everything else _usual(document)))
    render(_read(text))  # templates are compiled once per process
    print("| page | s, median | s, largest | MB |\n|---|---|---|---|")
    for language in ("en", "fi"):
        _measure(f"report, {language}", chosen.rounds, lambda language=language: render(_read(text), language))
    for meeting in MEETINGS:
        _measure(meeting, chosen.rounds, lambda meeting=meeting: meeting_page(_read(text), meeting))
    _measure("every page for `reports/`", chosen.rounds, lambda: "".join(folder(_read(text)).values()))


def _usual(document: ProgressDocument) -> ProgressDocument:
    told_of = {}
    for place, (name, each) in enumerate(document.background.items()):
        kept = each if place % 10 == 0 else replace(each, restated=(), target_changes=(), changes=())
        told_of[name] = kept if place < MOST_EXPLAINED else replace(kept, moved=None)
    return replace(document, background=told_of)


def _read(text: str) -> ProgressDocument:
    return document_from_dict(json.loads(text))


def _measure(name: str, rounds: int, make: Callable[[], str]) -> None:
    times, size = [], 0
    for _ in range(rounds):
        started = time.perf_counter()
        size = len(make().encode())
        times.append(time.perf_counter() - started)
    print(f"| {name} | {statistics.median(times):.2f} | {max(times):.2f} | {size / 1e6:.2f} |")


if __name__ == "__main__":
    main()
