"""A data folder published by hand, and a real server on a loopback port before it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from okr_mappings.snapshot import ProgressDocument, Snapshot
from pipelines.ledger_log import note_ledger
from pipelines.serve.access import hash_of
from pipelines.serve.app import Site
from pipelines.settings import Settings, load_settings
from warehouse.engine import open_warehouse
from warehouse.feeds import write_feeds
from warehouse.okr_schema import create_schema
from warehouse.publish import publish
from warehouse.run_store import finish_run, start_run
from warehouse.snapshot_store import append_snapshots, history, replace_daily_values

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


def publish_by_hand(
    folder: Path, document: ProgressDocument, *, before: Sequence[Snapshot] = (), said: str = "all went well"
) -> None:
    """What `okr run` leaves, without a run: `before` are reports of earlier days."""
    with open_warehouse(folder / "warehouse.duckdb") as con:
        create_schema(con)
        start_run(con, document.run_id, "run", document.as_of, document.published_at)
        append_snapshots(con, [*before, *document.key_results], ("excel",), document.published_at)
        replace_daily_values(con, document.cycle_id, document.history, document.run_id)
        reported = history(con, document.cycle_id)
    publish(folder / "warehouse.duckdb", folder / "published.duckdb")
    write_feeds(folder / "feeds", document, reported)
    with open_warehouse(folder / "warehouse.duckdb") as con:
        finish_run(con, document.run_id, "failed", document.published_at, {"detail": said, "exit_code": 1})
        note_ledger(folder / "feeds", con)


def settings_of(folder: Path, serve: Mapping[str, Any] | None = None, mappings_dir: Path | None = None) -> Settings:
    return load_settings(data_dir=folder, serve=dict(serve or {}), mappings_dir=mappings_dir)


def tokens(**teams: Sequence[str] | None) -> dict[str, Any]:
    """Settings for tokens that read `token-of-<name>`."""
    return {
        name: {"sha256": hash_of(f"token-of-{name}"), **({} if seen is None else {"teams": list(seen)})}
        for name, seen in teams.items()
    }


@contextmanager
def serving(settings: Settings, *, bound_to: str = "127.0.0.1", now: datetime = NOW) -> Iterator[httpx.Client]:
    """A client that asks nothing of itself: no redirects followed."""
    site = Site(settings, bound_to, lambda: now)
    site.advising.patience = 50
    config = uvicorn.Config(site.application(), host="127.0.0.1", port=0, log_level="error", lifespan="on", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(10)


def _until(true: Any) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("the server did not start")
