"""The last step: what is owed reaches every tracker once, and one tracker's trouble is its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from openpyxl import load_workbook

from connectors.contract import Delivery, DeliveryResult, DeliveryState, Tracker
from connectors.errors import SettingError
from connectors.trackers import excel, webhook
from okr_mappings.document import document_to_dict
from okr_mappings.mappings import Mappings
from okr_mappings.snapshot import ProgressDocument, Snapshot
from pipelines.deliveries import deliveries
from pipelines.errors import NothingPublishedError
from pipelines.exit_codes import ExitCode
from pipelines.jobs.context import JobContext, StepOutcome
from pipelines.jobs.track import TrackResult, open_trackers, step, track
from pipelines.published import published_documents
from pipelines.settings import load_settings
from pipelines.watch import LogWatch
from tests.connectors.trackers import receiver as r
from tests.connectors.trackers.documents import brightwater, document, snapshot
from tests.connectors.trackers.harness_google_sheets import opened
from warehouse.delivery_store import delivery_counts
from warehouse.engine import Connection, open_warehouse
from warehouse.notice_store import switch_on
from warehouse.okr_schema import create_schema
from warehouse.snapshot_store import append_snapshots


def now() -> datetime:
    """This moment: receivers refuse messages that are minutes old, and a whole test run takes minutes."""
    return datetime.now(UTC)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[Connection]:
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        create_schema(con)
        yield con


@pytest.fixture
def receiver() -> Iterator[r.Receiver]:
    with r.receiving() as receiver:
        yield receiver


@pytest.fixture
def trackers(receiver: r.Receiver, tmp_path: Path) -> dict[str, Tracker]:
    return {"excel": excel.tracker({}, tmp_path), "webhook": webhook.tracker(r.settings(receiver), tmp_path)}


@dataclass
class Careless:
    """A tracker that does not keep its promise: it raises, or answers for nothing."""

    raises: bool
    name: str = "careless"
    asked: list[int] = field(default_factory=list)

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        self.asked.append(len(deliveries))
        if self.raises:
            raise RuntimeError("password=hunter2")
        return []


def owe(con: Connection, trackers: dict[str, Tracker], *snapshots: Snapshot) -> None:
    append_snapshots(con, snapshots, trackers, now())


def test_every_tracker_gets_what_is_owed_and_no_more(
    con: Connection, trackers: dict[str, Tracker], receiver: r.Receiver, tmp_path: Path
) -> None:
    shown = brightwater()
    owe(con, trackers, *shown.key_results)
    assert track(con, [shown], trackers, now()) == (TrackResult("excel", sent=9), TrackResult("webhook", sent=9))
    assert len(receiver.by_id) == 9
    workbook = (tmp_path / "tracker.xlsx").read_bytes()

    owe(con, trackers, *shown.key_results)
    assert track(con, [shown], trackers, now()) == (TrackResult("excel"), TrackResult("webhook"))
    assert receiver.calls == 9
    assert (tmp_path / "tracker.xlsx").read_bytes() == workbook
    assert delivery_counts(con) == {"excel": {"sent": 9}, "webhook": {"sent": 9}}


def test_a_tracker_that_breaks_delays_no_other(
    con: Connection, trackers: dict[str, Tracker], receiver: r.Receiver
) -> None:
    all_trackers = {"careless": Careless(raises=True), **trackers}
    owe(con, all_trackers, snapshot())
    broken, *others = track(con, [document(snapshot())], all_trackers, now())
    assert [result.sent for result in others] == [1, 1]
    assert (broken.sent, broken.retriable, broken.permanent) == (0, 1, 0)
    assert broken.messages[0].startswith("careless: it broke with RuntimeError at test_track.py:")
    assert "hunter2" not in broken.messages[0]
    assert delivery_counts(con)["careless"] == {"retriable": 1}


@dataclass
class Waiting:
    """Takes what it is given once the other one has been served."""

    other: Event
    mine: Event
    name: str = "waiting"

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        self.mine.set()
        assert self.other.wait(20)
        return [DeliveryResult(each.delivery_id, DeliveryState.SENT) for each in deliveries]


def test_trackers_are_served_side_by_side(con: Connection) -> None:
    # one after the other, the first would wait for the second for ever
    first, second = Event(), Event()
    both: dict[str, Tracker] = {"first": Waiting(second, first), "second": Waiting(first, second)}
    owe(con, both, snapshot())
    assert track(con, [document(snapshot())], both, now()) == (
        TrackResult("first", sent=1),
        TrackResult("second", sent=1),
    )


def test_a_tracker_that_does_not_answer_is_not_believed(con: Connection) -> None:
    careless: dict[str, Tracker] = {"careless": Careless(raises=False)}
    owe(con, careless, snapshot())
    (result,) = track(con, [document(snapshot())], careless, now())
    assert result.retriable == 1
    assert "did not answer for each delivery" in result.messages[0]


def test_what_failed_for_now_is_tried_again_when_its_time_has_come(
    con: Connection, receiver: r.Receiver, tmp_path: Path
) -> None:
    trackers = {"webhook": webhook.tracker(r.settings(receiver), tmp_path)}
    shown = [document(snapshot())]
    owe(con, trackers, snapshot())
    receiver.behaviours.append(r.status(429, {"retry-after": "240"}))
    (result,) = track(con, shown, trackers, now())
    assert (result.sent, result.retriable, result.complete) == (0, 1, False)
    # the outbox alone would wait a minute; the receiver asked for four
    assert track(con, shown, trackers, now() + timedelta(seconds=200)) == (TrackResult("webhook", waiting=1),)
    assert receiver.calls == 1
    assert track(con, shown, trackers, now() + timedelta(seconds=241)) == (TrackResult("webhook", sent=1),)


def test_what_a_person_must_repair_is_not_tried_again(con: Connection, receiver: r.Receiver, tmp_path: Path) -> None:
    trackers = {"webhook": webhook.tracker(r.settings(receiver), tmp_path)}
    shown = document(snapshot("a"), snapshot("b"), snapshot("c"))
    owe(con, trackers, *shown.key_results)
    receiver.always = r.status(410)
    (result,) = track(con, [shown], trackers, now())
    assert result.permanent == 3
    assert len(result.messages) == 1  # said once, not three times
    assert track(con, [shown], trackers, now() + timedelta(days=9)) == (TrackResult("webhook"),)
    assert receiver.calls == 1


def test_a_deleted_workbook_comes_back_although_nothing_is_owed(
    con: Connection, trackers: dict[str, Tracker], tmp_path: Path
) -> None:
    owe(con, trackers, snapshot())
    track(con, [document(snapshot())], trackers, now())
    (tmp_path / "tracker.xlsx").unlink()
    track(con, [document(snapshot())], trackers, now())
    assert (tmp_path / "tracker.xlsx").exists()


def test_two_running_cycles_stand_side_by_side(
    con: Connection, trackers: dict[str, Tracker], receiver: r.Receiver, tmp_path: Path
) -> None:
    year = {"cycle_id": "2026", "cycle_start": date(2026, 1, 1)}
    quarterly, yearly = snapshot(), snapshot(snapshot_id="snap-year", title="1,200 in a year", target=1200.0, **year)
    documents = [document(yearly, cycle_label="2026", **year), document(quarterly)]
    owe(con, trackers, yearly, quarterly)
    assert [result.sent for result in track(con, documents, trackers, now())] == [2, 2]
    before = (tmp_path / "tracker.xlsx").read_bytes()
    track(con, documents, trackers, now())
    assert (tmp_path / "tracker.xlsx").read_bytes() == before

    workbook = load_workbook(tmp_path / "tracker.xlsx")
    assert [name for name in workbook.sheetnames if "Charts" not in name] == [
        "Summary 2026-Q4",
        "Summary 2026",
        "Growth",
        "okr_data",
        "okr_history",
    ]
    assert {"Charts 2026", "Charts 2026-Q4"} < set(workbook.sheetnames)
    rows = [(row[1], row[4], row[14]) for row in workbook["Growth"].iter_rows(min_row=2, values_only=True)]
    assert rows == [("1,200 in a year", 1200, "2026"), ("350 marketing-qualified leads", 350, "2026-Q4")]
    assert workbook["okr_data"].max_row == 3
    labels = {message.event["data"]["cycle"]["label"] for message in receiver.accepted}
    assert labels == {"2026", "2026 Q4"}


@pytest.mark.parametrize(
    ("behaviour", "line", "codes"),
    [
        (None, "excel: 1 sent, webhook: 1 sent", set()),
        (r.status(410), "excel: 1 sent, webhook: 0 sent, 1 refused", {ExitCode.NOT_DELIVERED}),
        (r.status(503), "excel: 1 sent, webhook: 0 sent, 1 to be tried again", {ExitCode.NOT_DELIVERED}),
    ],
)
def test_the_step_says_what_became_of_it(
    tmp_path: Path, receiver: r.Receiver, behaviour: r.Behaviour | None, line: str, codes: set[ExitCode]
) -> None:
    receiver.always = behaviour
    outcome = take_step(tmp_path, {"excel": {}, "webhook": r.settings(receiver)})
    assert (outcome.line, outcome.codes) == (line, codes)
    assert len(outcome.problems) == len(codes)


def test_a_full_run_tries_again_what_was_refused(tmp_path: Path, receiver: r.Receiver) -> None:
    receiver.always = r.status(401)
    trackers = {"webhook": r.settings(receiver)}
    assert take_step(tmp_path, trackers).line == "webhook: 0 sent, 1 refused"
    receiver.always = None
    assert take_step(tmp_path, trackers).line == "webhook: 0 sent"
    assert take_step(tmp_path, trackers, full=True).line == "webhook: 1 sent"


def test_a_tracker_that_is_not_set_up_delays_no_other(tmp_path: Path) -> None:
    outcome = take_step(tmp_path, {"webhook": {"url": "nowhere"}, "excel": {}})
    assert outcome.line == "excel: 1 sent, webhook: not set up"
    assert outcome.codes == {ExitCode.NOT_DELIVERED}  # 2 would mean that nothing was touched
    assert "OKR_TRACKERS__WEBHOOK__SECRET" in outcome.problems[0]


def test_without_trackers_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert take_step(tmp_path, {}).line == "no trackers configured"


def take_step(folder: Path, trackers: dict[str, dict[str, str]], *, full: bool = False) -> StepOutcome:
    """The step on a warehouse that owes one key result to each tracker."""
    shown = document(snapshot())
    (folder / "feeds").mkdir(exist_ok=True)
    (folder / "feeds" / "progress.json").write_text(json.dumps(document_to_dict(shown)), encoding="utf-8")
    settings = load_settings(data_dir=folder, trackers=trackers)
    with open_warehouse(settings.warehouse_path) as con:
        create_schema(con)
        append_snapshots(con, shown.key_results, trackers, now())
    watch = LogWatch("run-1", None, echo=False)
    nothing_mapped = Mappings(company=None, cycles=())  # type: ignore[arg-type]  # the step reads what was published instead
    return step(JobContext(settings, nothing_mapped, {}, (), shown.as_of, "run-1", now(), watch, full))


def test_settings_that_make_no_sense_are_all_named(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, trackers={"excel": {"workbook": "a.csv"}, "fax": {}, "webhook": {}})
    with pytest.raises(SettingError) as caught:
        open_trackers(settings)
    first, second, third = str(caught.value).splitlines()
    assert "OKR_TRACKERS__EXCEL__WORKBOOK" in first
    assert "fax" in second
    assert "OKR_TRACKERS__WEBHOOK__URL" in third


def test_documents_of_running_cycles_are_found_the_main_one_last(tmp_path: Path) -> None:
    main = document(snapshot())
    year = replace(main, cycle_id="2026")
    ended = replace(main, cycle_id="2026-Q3", as_of=date(2026, 9, 30))
    for each, folder in ((main, "feeds"), (main, "feeds/2026-Q4"), (year, "feeds/2026"), (ended, "feeds/2026-Q3")):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "progress.json").write_text(json.dumps(document_to_dict(each)), encoding="utf-8")
    assert published_documents(tmp_path) == (year, main)
    with pytest.raises(NothingPublishedError):
        published_documents(tmp_path / "elsewhere")


def test_states_of_the_outbox_and_of_a_delivery_are_the_same_words() -> None:
    from warehouse import delivery_store

    assert [state.value for state in DeliveryState] == [
        delivery_store.SENT,
        delivery_store.RETRIABLE,
        delivery_store.PERMANENT,
    ]


def test_a_receiver_that_wants_no_more_is_left_alone_until_a_person_acts(tmp_path: Path, receiver: r.Receiver) -> None:
    receiver.always = r.status(410)
    trackers = {"webhook": r.settings(receiver)}
    take_step(tmp_path, trackers)
    receiver.always = None
    off = take_step(tmp_path, trackers, full=True)
    assert (off.line, off.codes) == ("webhook: switched off", {ExitCode.NOT_DELIVERED})
    assert "410 from 127.0.0.1" in off.problems[0]
    assert "`okr redeliver webhook`" in off.problems[0]
    assert receiver.calls == 1

    listed = deliveries(load_settings(data_dir=tmp_path, trackers=trackers), 5, failed=True).as_text()
    assert "`okr redeliver webhook`" in listed
    # another address is another receiver
    elsewhere = {"webhook": {**trackers["webhook"], "url": receiver.url + "/new"}}
    assert take_step(tmp_path, elsewhere, full=True).line == "webhook: 1 sent"


def test_asking_for_another_try_switches_it_on(tmp_path: Path, receiver: r.Receiver) -> None:
    receiver.always = r.status(410)
    trackers = {"webhook": r.settings(receiver)}
    take_step(tmp_path, trackers)
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        assert switch_on(con, "webhook")
        assert not switch_on(con, "webhook")
    receiver.always = None
    assert take_step(tmp_path, trackers, full=True).line == "webhook: 1 sent"


def test_a_spreadsheet_hears_of_all_cycles_at_once_and_says_what_people_did_to_it(
    con: Connection, tmp_path: Path
) -> None:
    with opened(tmp_path) as sheet:
        trackers = {"google_sheets": sheet.tracker(tmp_path)}
        year = document(snapshot("arr", cycle_id="2026"), cycle_id="2026")
        shown = (year, brightwater())
        owe(con, trackers, *(item for each in shown for item in each.key_results))
        assert track(con, shown, trackers, now()) == (TrackResult("google_sheets", sent=10),)
        assert len(sheet.sandbox.calls.to("/v4/")) == 4
        sheet.sandbox.sheets.book.tab("okr_data").put(1, 6, 7.0)
        (result,) = track(con, shown, trackers, now())
        assert (result.sent, result.complete) == (0, True)
        assert "was changed by hand: G2 (value): '7' over '196'" in result.remarks[0]
        sheet.refuse()
        (result,) = track(con, shown, trackers, now())
        assert "is not shared with the service account" in result.remarks[0]
