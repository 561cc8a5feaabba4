"""Questions go on while copies land: no error, nothing half-written, and always one publication per answer."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx

from okr_mappings.snapshot import ProgressDocument
from tests.pipelines.report.documents import AT, document, history, key_result, objective
from tests.pipelines.serve.served import publish_by_hand, serving, settings_of

COUNT = 12
COPIES = 6
ADDRESSES = (
    "/",
    "/?team=marketing",
    "/key-results/kr-3",
    "/api/v1/key-results",
    "/api/v1/key-results.csv?limit={}",
    "/api/v1/snapshots?limit=5&cursor={}",
    "/api/v1/history?limit={}",
    "/metrics",
    "/runs",
    "/sources",
)


def edition(number: int) -> ProgressDocument:
    """Every key result of it has the edition's number as its value, so that a mixture shows."""
    shown = [
        key_result(f"kr-{place}", value=float(number), snapshot_id=f"s-{number}-{place}", run_id=f"run-{number}")
        for place in range(COUNT)
    ]
    return document(
        *shown,
        objectives=(objective(key_result_ids=tuple(each.key_result_id for each in shown)),),
        history={each.key_result_id: history(0, number) for each in shown},
        run_id=f"run-{number}",
        published_at=AT + timedelta(minutes=number),
    )


def test_every_answer_is_of_one_publication(tmp_path: Path) -> None:
    publish_by_hand(tmp_path, edition(1))
    done = threading.Event()
    codes: Counter[int] = Counter()
    editions: list[int] = []

    def ask(client: httpx.Client, worker: int) -> None:
        number = 0
        while not done.is_set():
            number += 1
            address = ADDRESSES[(number + worker) % len(ADDRESSES)].format(
                1_000 * number + worker
            )  # never asked before
            answer = client.get(address)
            codes[answer.status_code] += 1
            if address == "/api/v1/key-results":
                content = answer.json()
                (value,) = {row["value"] for row in content["rows"]}
                assert len(content["rows"]) == COUNT
                assert content["_meta"]["run_id"] == f"run-{value:.0f}"
                editions.append(round(value))
            elif address.startswith("/api/v1/history"):
                # 52 days of each
                assert len(answer.json()["rows"]) == COUNT * 52

    with serving(settings_of(tmp_path)) as client, ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask, client, worker) for worker in range(4)]
        for number in range(2, COPIES + 1):
            publish_by_hand(tmp_path, edition(number))
        for _ in range(100):
            if editions and editions[-1] == COPIES:
                break
            done.wait(0.1)
        done.set()
        for each in asking:
            each.result()
    assert set(codes) == {200}
    assert sum(codes.values()) > 100
    assert editions[-1] == COPIES


def test_a_document_whose_database_is_of_another_run_waits(tmp_path: Path) -> None:
    """`publish` replaces the database first; a reader that came between would mix two runs."""
    from pipelines.serve.shelf import Shelf

    publish_by_hand(tmp_path, edition(1))
    shelf = Shelf(settings_of(tmp_path))
    shelf.look()
    first = shelf.current
    assert first is not None
    feeds = tmp_path / "feeds"
    old = (feeds / "progress.json").read_bytes()
    publish_by_hand(tmp_path, edition(2))
    new = (feeds / "progress.json").read_bytes()
    (feeds / "progress.json").write_bytes(old)
    shelf.look()
    assert shelf.current is first, "the database is of run 2, the document of run 1"
    assert first.copy is not None
    with first.copy.cursor() as con:
        runs = con.execute("select run_id from okr.runs").fetchall()
    assert runs == [("run-1",)], "the copy it holds is the one that it opened"
    (feeds / "progress.json").write_bytes(new)
    shelf.look()
    assert shelf.current is not None
    assert shelf.current.main.run_id == "run-2"
    assert shelf.trouble == ""


def test_a_damaged_document_leaves_what_is_shown_and_says_so(tmp_path: Path) -> None:
    from pipelines.serve.shelf import Shelf

    publish_by_hand(tmp_path, edition(1))
    shelf = Shelf(settings_of(tmp_path))
    shelf.look()
    (tmp_path / "feeds/progress.json").write_text('{"schema_version": 1, "comp', encoding="utf-8")
    shelf.look()
    assert shelf.current is not None
    assert shelf.current.main.run_id == "run-1"
    assert "`okr publish` writes it anew" in shelf.trouble
    (tmp_path / "feeds/progress.json").unlink()
    shelf.look()
    assert "has gone" in shelf.trouble


def test_an_overdue_document_says_so_on_every_page(tmp_path: Path) -> None:
    publish_by_hand(tmp_path, replace(edition(1), overdue="No run has succeeded since Friday."))
    with serving(settings_of(tmp_path)) as client:
        assert "No run has succeeded since Friday." in client.get("/").text
