"""`okr runs`, `okr deliveries` and `okr redeliver` on a small ledger made by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from okr_mappings.document import document_to_dict
from pipelines.cli import app
from tests.connectors.trackers import receiver as r
from tests.connectors.trackers.documents import document, snapshot
from warehouse.delivery_store import DeliveryOutcome, due, record_outcomes
from warehouse.engine import open_warehouse
from warehouse.okr_schema import create_schema
from warehouse.run_store import finish_run, start_run
from warehouse.slot_store import claim_slot, note_failed_start, skip_slots
from warehouse.snapshot_store import append_snapshots

MORNING = datetime(2026, 11, 20, 5, 15, tzinfo=UTC)  # 06:15 in Budapest
DAY = timedelta(days=1)


def okr(*arguments: str, folder: Path) -> Result:
    return CliRunner().invoke(app, [*arguments, "--data", str(folder)])


@pytest.fixture
def receiver() -> Iterator[r.Receiver]:
    with r.receiving() as receiver:
        yield receiver


@pytest.fixture
def folder(tmp_path: Path, receiver: r.Receiver) -> Path:
    """One slot done, one skipped, one that could not begin, one run killed; one delivery sent, one refused."""
    shown = document(snapshot("a"), snapshot("b"))
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "progress.json").write_text(json.dumps(document_to_dict(shown)), encoding="utf-8")
    lines = [f'{name} = "{value}"' for name, value in r.settings(receiver).items()]
    (tmp_path / "okr.toml").write_text("\n".join(["[trackers.webhook]", *lines]), encoding="utf-8")
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        create_schema(con)
        start_run(con, "run-1", "run", date(2026, 11, 19), MORNING)
        claim_slot(con, "run-1", "morning", MORNING, MORNING)
        append_snapshots(con, shown.key_results, ["webhook"], MORNING)
        first, second = due(con, "webhook", MORNING)
        outcomes = [
            DeliveryOutcome(first.delivery_id, "sent"),
            DeliveryOutcome(second.delivery_id, "permanent", "400: no."),
        ]
        record_outcomes(con, outcomes, MORNING)
        finish_run(con, "run-1", "succeeded", MORNING + timedelta(seconds=90), {"exit_code": 4})
        skip_slots(con, "morning", {MORNING + DAY: "missed"}, MORNING + 2 * DAY)
        note_failed_start(con, "morning", MORNING + 2 * DAY, MORNING + 2 * DAY, exit_code=2, note="did not begin")
        start_run(con, "run-2", "track", date(2026, 11, 21), MORNING + 3 * DAY)
        start_run(con, "run-3", "track", date(2026, 11, 21), MORNING + 4 * DAY)
    return tmp_path


def test_runs_are_listed_with_what_was_not_run(folder: Path) -> None:
    lines = okr("runs", folder=folder).output.splitlines()
    assert [" ".join(line.split()) for line in lines[1:]] == [
        "2026-11-24 06:15:00 track – 2026-11-21 running",
        "2026-11-23 06:15:00 track – 2026-11-21 killed",
        "– – morning 2026-11-22 06:15 failed 2 did not begin",
        "– – morning 2026-11-21 06:15 skipped missed",
        "2026-11-20 06:15:00 run morning 2026-11-20 06:15 2026-11-19 90.0 s succeeded 4",
    ]
    content = json.loads(okr("runs", "--last", "1", "--json", folder=folder).output)
    assert [(run["run_id"], run["state"], run["exit_code"]) for run in content["runs"]] == [("run-3", "running", None)]


def test_while_a_run_holds_the_warehouse_and_nothing_is_published_it_says_so(folder: Path) -> None:
    with open_warehouse(folder / "warehouse.duckdb"):
        result = okr("runs", folder=folder)
    assert result.exit_code == 3
    assert "Traceback" not in result.output


def test_deliveries_and_the_failed_ones(folder: Path) -> None:
    assert okr("deliveries", folder=folder).output.splitlines() == [
        "webhook: 1 refused, 1 sent",
        "",
        "2026-11-20 06:15  webhook  b of 2026-11-21  refused: 400: no.",
        "2026-11-20 06:15  webhook  a of 2026-11-21  sent",
    ]
    content = json.loads(okr("deliveries", "--failed", "--json", folder=folder).output)
    assert [each["key_result_id"] for each in content["deliveries"]] == ["b"]


def test_what_was_refused_is_sent_again_on_request(folder: Path, receiver: r.Receiver) -> None:
    result = okr("redeliver", "webhook", folder=folder)
    assert result.exit_code == 0
    assert "Tried again: 1 for webhook." in result.output
    assert "webhook: 1 sent" in result.output
    assert [message.event["data"]["snapshot"]["key_result_id"] for message in receiver.accepted] == ["b"]
    assert okr("redeliver", folder=folder).output == (
        "Nothing was refused, and nothing waits for another try (0 for webhook).\n"
    )


def test_on_request_what_waits_for_its_next_try_goes_at_once(folder: Path, receiver: r.Receiver) -> None:
    with open_warehouse(folder / "warehouse.duckdb") as con:
        con.execute(
            "update okr.deliveries set state = 'retriable', next_attempt_at = now() + interval 5 hours where state = 'permanent'"
        )
    told = okr("track", folder=folder).output
    assert "webhook: 0 sent, 1 waiting for the next try" in told
    assert receiver.accepted == []
    assert "Tried again: 1 for webhook." in okr("redeliver", folder=folder).output
    assert len(receiver.accepted) == 1


def test_a_tracker_that_is_not_there_is_named(folder: Path) -> None:
    result = okr("redeliver", "webhok", folder=folder)
    assert result.exit_code == 2
    assert "Did you mean webhook?" in result.output
