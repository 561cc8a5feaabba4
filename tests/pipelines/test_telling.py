"""From stored snapshots to one message: what is told, once, over kills, retries and replaced snapshots; digests and the watchdog."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.contract import Delivery
from connectors.messenger import Change, Messenger, NoticeKind, WeeklyTime
from okr_mappings.document import document_to_dict
from okr_mappings.snapshot import DayValue, NextRun, ProgressDocument, Snapshot
from okr_mappings.words import Status
from pipelines.jobs import telling
from pipelines.jobs.track import TrackResult, track
from pipelines.schedule.overdue import TOLD, say_overdue
from pipelines.settings import load_settings
from tests.connectors.messengers.channels import NAMES, Channel, channel
from tests.connectors.trackers.documents import document, snapshot
from warehouse.delivery_log import next_attempt, recent_deliveries
from warehouse.delivery_store import due
from warehouse.engine import Connection, open_warehouse
from warehouse.okr_schema import create_schema
from warehouse.snapshot_store import append_snapshots

# a Tuesday, 06:00 in Budapest; the next digest is due on Monday the 30th
NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[Connection]:
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        create_schema(con)
        yield con


@pytest.fixture(params=NAMES)
def room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    monkeypatch.setattr("connectors.delivering.messages.speaking.SECONDS_BETWEEN", 0.0)
    with channel(str(request.param)) as found:
        yield found


class Company:
    """Runs the last two steps, a day at a time."""

    def __init__(self, con: Connection, room: Channel) -> None:
        self.con, self.room = con, room
        self.name = room.tracker_name
        self.voice = room.messenger()

    def store(self, *snapshots: Snapshot, day: int = 0) -> ProgressDocument:
        """As the snapshot job does; the last number of the id says the day."""
        dated = [
            replace(
                each, as_of=each.as_of + day * DAY, snapshot_id=f"{each.snapshot_id}-{each.status}-{each.target}-{day}"
            )
            for each in snapshots
        ]
        append_snapshots(self.con, dated, [self.name], NOW + day * DAY)
        return document(*dated)

    def run(self, *snapshots: Snapshot, day: int = 0) -> TrackResult:
        shown = self.store(*snapshots, day=day)
        return track(self.con, [shown], {self.name: self.voice}, NOW + day * DAY)[0]

    def send_and_die(self, shown: ProgressDocument, day: int) -> None:
        """What a kill between sending and committing leaves: the message is out, the outbox knows nothing."""
        waiting = due(self.con, self.name, NOW + day * DAY)
        plan = telling.agenda(self.con, self.name, self.voice, shown, NOW + day * DAY)
        owed = [Delivery(each.delivery_id, each.snapshot, each.attempt) for each in waiting]
        self.voice.send(shown, telling.with_news(owed, plan, [shown], charts=False), NOW + day * DAY)


@pytest.fixture
def company(con: Connection, room: Channel) -> Company:
    return Company(con, room)


def test_a_new_channel_is_introduced_and_then_hears_only_changes(company: Company) -> None:
    fine, bad = snapshot("a"), snapshot("b", status=Status.OFF_TRACK)
    first = company.run(fine, bad)
    assert (first.sent, first.told, first.announced) == (2, 0, 1)
    assert "this channel now follows the key results" in company.room.shown()[0]
    # a new day, other numbers, the same states
    quiet = company.run(replace(fine, value=198.0), bad, day=1)
    assert (quiet.sent, quiet.told, quiet.announced) == (2, 0, 0)
    worse = company.run(replace(fine, status=Status.AT_RISK), bad, day=2)
    assert (worse.sent, worse.told, worse.announced) == (2, 1, 0)
    said = company.room.shown()
    assert len(said) == 2
    assert "Became at risk, was on track" in said[1]
    told = {each.key_result_id: each.told for each in recent_deliveries(company.con, 2)}
    assert told == {"a": "Became at risk, was on track", "b": ""}


def test_running_again_says_nothing_again(company: Company) -> None:
    company.run(snapshot())
    risky = snapshot(status=Status.AT_RISK)
    company.run(risky, day=2)
    for _ in range(3):
        assert company.run(risky, day=2).told == 0
    assert company.run(risky, day=3).told == 0  # a newer day, the same state
    assert sum("Became at risk" in each for each in company.room.shown()) == 1


def test_a_kill_between_sending_and_noting_repeats_at_most_the_same_mark(company: Company) -> None:
    company.run(snapshot())
    risky = snapshot(status=Status.AT_RISK)
    company.send_and_die(company.store(risky, day=2), 2)
    assert company.run(risky, day=2).told == 1
    said = [each for each in company.room.shown() if "Became at risk" in each]
    assert len(said) == (1 if company.room.reads_back else 2)
    assert len({each.rsplit("· ", 1)[1] for each in said}) == 1


def test_after_a_kill_a_newer_snapshot_of_the_same_state_is_the_same_change(company: Company) -> None:
    company.run(snapshot())
    risky = snapshot(status=Status.AT_RISK)
    company.send_and_die(company.store(risky, day=2), 2)
    company.run(risky, day=3)
    said = [each for each in company.room.shown() if "Became at risk" in each]
    assert len(said) == (1 if company.room.reads_back else 2)


def test_what_passed_while_nobody_could_be_reached_is_not_told(company: Company) -> None:
    company.run(snapshot())
    company.room.answer_instead(503)
    failed = company.run(snapshot(status=Status.AT_RISK), day=2)
    assert (failed.told, failed.retriable) == (0, 1)
    assert company.run(snapshot(), day=3).told == 0
    assert not [each for each in company.room.shown() if "at risk, was" in each]


def test_a_changed_target_and_a_recovery_are_told(company: Company) -> None:
    company.run(snapshot(status=Status.OFF_TRACK))
    assert company.run(snapshot(status=Status.ON_TRACK, target=300.0), day=2).told == 1
    last = company.room.shown()[-1]
    assert "Target changed from 350 leads to 300 leads" in last
    assert "Recovered: on track, was off track" in last


def test_a_key_result_that_appears_in_trouble_is_told(company: Company) -> None:
    company.run(snapshot("a"))
    company.run(snapshot("a"), snapshot("b", status=Status.STALE, value=None), day=2)
    assert "New: stale" in company.room.shown()[-1]


def test_an_introduction_that_fails_is_made_good(company: Company) -> None:
    company.room.answer_instead(503)
    assert company.run(snapshot()).retriable == 1
    assert company.room.shown() == []
    moment = next_attempt(company.con, [company.name])
    assert moment is not None
    assert track(company.con, [document(snapshot())], {company.name: company.voice}, moment)[0].announced == 1


def test_two_cycles_share_one_message(company: Company) -> None:
    year = {"cycle_id": "2026", "cycle_start": date(2026, 1, 1)}
    both = [snapshot("a"), snapshot("b", **year)]
    company.run(*both)
    shown = company.store(*(replace(each, status=Status.AT_RISK) for each in both), day=2)
    documents = [document(shown.key_results[1], cycle_id="2026"), document(shown.key_results[0])]
    assert track(company.con, documents, {company.name: company.voice}, NOW + 2 * DAY)[0].told == 2
    assert "2 key results have changed" in company.room.shown()[-1]


def test_the_digest_comes_once_a_week(company: Company) -> None:
    # Tuesday: the introduction, which is this week's; then Monday the 30th
    announced = [company.run(snapshot(), day=day).announced for day in range(10)]
    assert announced == [1, 0, 0, 0, 0, 0, 1, 0, 0, 0]


def test_a_weekly_moment_is_on_the_companys_clock() -> None:
    monday_six = WeeklyTime(0, 6, 0)
    # 06:00 in Budapest is 05:00 UTC in winter and 04:00 in summer
    monday = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert monday_six.latest(NOW, "Europe/Budapest") == monday
    assert monday_six.latest(monday, "Europe/Budapest") == monday
    assert monday_six.latest(monday - timedelta(seconds=1), "Europe/Budapest") == monday - 7 * DAY
    assert monday_six.latest(datetime(2026, 7, 1, 12, tzinfo=UTC), "Europe/Budapest").hour == 4


def test_a_change_comes_with_its_chart(con: Connection) -> None:
    with channel("slack bot") as room:
        plan = telling.Agenda({("2026-Q4", "more_leads"): snapshot()}, {}, introduced=True, due=())
        worse = snapshot(status=Status.AT_RISK)
        days = tuple(DayValue(date(2026, 10, 1) + number * DAY, 3.0 * number) for number in range(52))
        shown = document(worse, history={"more_leads": days})
        (found,) = telling.with_news([Delivery("d", worse)], plan, [shown], charts=room.messenger().shows_charts)
        assert isinstance(found, Change)
        assert found.chart.startswith(b"\x89PNG\r\n\x1a\n")
        assert len(found.chart) < 12_000


def test_the_watchdog_speaks_once_is_patient_and_says_when_it_is_over(room: Channel, tmp_path: Path) -> None:
    overdue_at = NOW + timedelta(hours=30)
    shown = document(snapshot(), next_run=NextRun(NOW + DAY, overdue_at, 2))
    settings = load_settings(data_dir=tmp_path, trackers={room.tracker_name: room.settings})
    publish(settings.feeds_dir, shown)
    assert say_overdue(settings, NOW) == ("", overdue_at)
    assert room.calls() == 0

    room.answer_instead(503)
    said, again = say_overdue(settings, overdue_at)
    assert "although 2 were due" in said
    assert again == overdue_at + timedelta(minutes=15)
    assert say_overdue(settings, overdue_at + timedelta(minutes=15)) == ("", None)
    assert say_overdue(settings, overdue_at + timedelta(minutes=30)) == ("", None)
    (message,) = room.shown()
    assert "no fresh OKR numbers" in message
    assert "although 2 were due" in message

    publish(settings.feeds_dir, replace(shown, next_run=NextRun(NOW + 3 * DAY, NOW + 4 * DAY, 2)))
    for _ in range(2):
        say_overdue(settings, NOW + 2 * DAY)
    assert len(room.shown()) == 2
    assert "fresh again" in room.shown()[1]
    assert not (tmp_path / TOLD).exists()


def publish(feeds: Path, shown: ProgressDocument) -> None:
    feeds.mkdir(exist_ok=True)
    (feeds / "progress.json").write_text(json.dumps(document_to_dict(shown)), encoding="utf-8")


def test_messengers_are_told_from_other_trackers() -> None:
    with channel("teams") as room:
        assert isinstance(room.messenger(), Messenger)
    assert {kind.value for kind in NoticeKind} == {"introduction", "digest", "overdue", "resumed"}
