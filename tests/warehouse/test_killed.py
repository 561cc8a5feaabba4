"""A real SIGKILL before chosen lines: whatever was reached, the next run ends in the state of one clean run.

The lines are spread evenly over an undisturbed execution, so that new code is covered without naming its steps here.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.warehouse.documents import document
from tests.warehouse.processes import count_lines, kill_before_line
from tests.warehouse.snapshots import NOW, snapshot
from warehouse.delivery_store import DeliveryOutcome, delivery_counts, due, record_outcomes
from warehouse.engine import open_published, open_warehouse
from warehouse.feeds import write_feeds
from warehouse.okr_schema import create_schema
from warehouse.publish import publish
from warehouse.rows import read_count
from warehouse.snapshot_store import append_snapshots, latest

POINTS = 6

STORE_FILES = (
    "warehouse/snapshot_store.py",
    "warehouse/delivery_store.py",
    "warehouse/rows.py",
    "warehouse/transaction.py",
)
OPEN_STORE = """
from pathlib import Path
from tests.warehouse.snapshots import NOW, snapshot
from warehouse.delivery_store import DeliveryOutcome, due, record_outcomes
from warehouse.engine import open_warehouse
from warehouse.snapshot_store import append_snapshots
opened = open_warehouse(Path({path!r}))
con = opened.__enter__()
"""
APPEND = "append_snapshots(con, [snapshot(value=26.0, snapshot_id='s-2'), snapshot('new')], ['sheet', 'hook'], NOW)"
RECORD = "record_outcomes(con, [DeliveryOutcome(item.delivery_id, 'sent') for item in due(con, 'sheet', NOW)], NOW)"

PUBLISH_FILES = ("warehouse/publish.py", "warehouse/atomic_files.py")
IMPORT_PUBLISH = "from pathlib import Path\nfrom warehouse.publish import publish"
PUBLISH = "publish(Path({warehouse!r}), Path({published!r}))"

FEED_FILES = ("warehouse/feeds.py", "warehouse/atomic_files.py")
IMPORT_FEEDS = """
from pathlib import Path
from tests.warehouse.documents import document
from tests.warehouse.snapshots import snapshot
from warehouse.feeds import write_feeds
"""
FEEDS = "write_feeds(Path({folder!r}), document(snapshot(title='after', value=26.0), run_id='run-2'), [snapshot()])"


def spread(lines: int) -> list[int]:
    return [1 + index * (lines - 1) // (POINTS - 1) for index in range(POINTS)]


def new_store(path: Path) -> None:
    with open_warehouse(path) as con:
        create_schema(con)
        append_snapshots(con, [snapshot(), snapshot("other")], ["sheet", "hook"], NOW)


def state(path: Path) -> tuple[list[tuple[str, float | None]], dict[str, dict[str, int]]]:
    with open_warehouse(path) as con:
        return [(item.key_result_id, item.value) for item in latest(con, "2026-Q4")], delivery_counts(con)


def test_appending_is_all_or_nothing(tmp_path: Path) -> None:
    fresh, clean = tmp_path / "fresh.duckdb", tmp_path / "clean.duckdb"
    new_store(fresh)
    before = state(fresh)
    shutil.copyfile(fresh, clean)
    lines = count_lines(STORE_FILES, OPEN_STORE.format(path=str(clean)), APPEND)
    after = state(clean)
    assert after == (
        [("leads", 26.0), ("new", 25.0), ("other", 25.0)],
        {tracker: {"pending": 3, "superseded": 1} for tracker in ("hook", "sheet")},
    )
    for number in spread(lines):
        path = tmp_path / f"killed-{number}.duckdb"
        shutil.copyfile(fresh, path)
        kill_before_line(number, STORE_FILES, OPEN_STORE.format(path=str(path)), APPEND)
        assert state(path) in (before, after), f"half written when killed before line {number} of {lines}"
        with open_warehouse(path) as con:
            append_snapshots(con, [snapshot(value=26.0, snapshot_id="s-2"), snapshot("new")], ["sheet", "hook"], NOW)
        assert state(path) == after, f"not repaired after a kill before line {number} of {lines}"


def test_an_outcome_lost_in_a_kill_is_sent_again_under_the_same_id(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    new_store(path)
    with open_warehouse(path) as con:
        ids = [item.delivery_id for item in due(con, "sheet", NOW)]
    copy = tmp_path / "copy.duckdb"
    shutil.copyfile(path, copy)
    lines = count_lines(STORE_FILES, OPEN_STORE.format(path=str(copy)), RECORD)
    kill_before_line(lines, STORE_FILES, OPEN_STORE.format(path=str(path)), RECORD)  # the last line is the commit
    with open_warehouse(path) as con:
        assert [item.delivery_id for item in due(con, "sheet", NOW)] == ids
    with open_warehouse(path) as con:
        record_outcomes(con, [DeliveryOutcome(each, "sent") for each in ids], NOW)
        assert due(con, "sheet", NOW + timedelta(days=9)) == []


def test_a_killed_publication_never_shows(tmp_path: Path) -> None:
    warehouse, published = tmp_path / "warehouse.duckdb", tmp_path / "published.duckdb"
    with open_warehouse(warehouse) as con:
        create_schema(con)
        con.execute("create schema marts; create schema metrics; create table marts.t as select 1 as version")
        con.execute(
            "create macro metrics.m(window_start, as_of) as table select max(version) as metric_value from marts.t"
        )
    publish(warehouse, published)
    act = PUBLISH.format(warehouse=str(warehouse), published=str(published))
    lines = count_lines(PUBLISH_FILES, IMPORT_PUBLISH, act)
    shown = []
    for version, number in enumerate(spread(lines), start=2):
        with open_warehouse(warehouse) as con:
            con.execute("update marts.t set version = $version", {"version": version})
        before = version_of(published)
        kill_before_line(number, PUBLISH_FILES, IMPORT_PUBLISH, act)
        shown.append(version_of(published))
        assert shown[-1] in (before, version)
        if number % 2:
            publish(warehouse, published)
            assert version_of(published) == version
    publish(warehouse, published)
    assert {path.name for path in tmp_path.iterdir()} == {"warehouse.duckdb", "published.duckdb"}
    assert shown[-1] == len(shown) + 1  # killed only after it was in place


def version_of(published: Path) -> int:
    with open_published(published) as con:
        return read_count(con, "select metric_value from metrics.m(current_date, current_date)")


def test_a_killed_feed_leaves_whole_files(tmp_path: Path) -> None:
    wanted = tmp_path / "wanted"
    lines = count_lines(FEED_FILES, IMPORT_FEEDS, FEEDS.format(folder=str(wanted)))
    new = {path.name: path.read_bytes() for path in wanted.iterdir()}
    folder = tmp_path / "feeds"
    for number in spread(lines):
        write_feeds(folder, document(), [snapshot()])
        old = {path.name: path.read_bytes() for path in folder.iterdir()}
        kill_before_line(number, FEED_FILES, IMPORT_FEEDS, FEEDS.format(folder=str(folder)))
        found = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}
        assert all(content in (old[name], new[name]) for name, content in found.items())
        if found["progress.json"] == new["progress.json"]:
            assert found == new  # it is written last
        write_feeds(folder, document(snapshot(title="after", value=26.0), run_id="run-2"), [snapshot()])
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == new


@pytest.mark.parametrize("count", [1, 100])
def test_the_points_cover_the_first_and_the_last_line(count: int) -> None:
    assert (spread(count)[0], spread(count)[-1]) == (1, count)
