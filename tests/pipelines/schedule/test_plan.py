"""What is due, as a function of rule, ledger and moment. Times are UTC; the zone is UTC unless it matters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pipelines.schedule.crontab import Crontab
from pipelines.schedule.plan import Ledger, decide, next_due
from pipelines.schedule.rules import Rule, rules_of
from pipelines.settings import load_settings
from warehouse.slot_store import CRASHED, DONE, FAILED, SKIPPED, Slot

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rule(line: str = "0 6 * * *", **changes: Any) -> Rule:
    return Rule("daily", Crontab(line, "UTC"), "UTC", **changes)


def row(
    slot: datetime, state: str = DONE, *, attempts: int = 1, code: int | None = 0, at: datetime | None = None
) -> Slot:
    return Slot("daily", slot, state, "run", attempts, code, "", at or slot, at or slot)


def known(*rows: Slot, since: datetime | None = None) -> Ledger:
    """Nothing before the first of these rows counts, unless `since` says so."""
    return Ledger(since or min(each.slot for each in rows), {each.slot: each for each in rows})


def at(hour: float, day: int = 0) -> datetime:
    return MONDAY + day * DAY + hour * HOUR


def run_of(decision: Any) -> datetime | None:
    return decision.run.slot if decision.run else None


def test_nothing_is_due_before_its_moment_and_once_from_it_on() -> None:
    ledger = known(since=at(0))
    assert run_of(decide(rule(), ledger, at(5.99), at(0))) is None
    assert run_of(decide(rule(), ledger, at(6), at(0))) == at(6)
    assert run_of(decide(rule(), known(row(at(6)), since=at(0)), at(6.1), at(0))) is None
    assert next_due(rule(), ledger, at(0)) == at(6)
    assert next_due(rule(), known(row(at(6))), at(7)) == at(6, day=1)


def test_a_new_schedule_does_not_start_in_the_past() -> None:
    assert run_of(decide(rule(), known(since=at(6.01)), at(9), at(9))) is None


def test_after_downtime_the_newest_is_run_and_the_others_say_why() -> None:
    decision = decide(rule(), known(row(at(6, day=-4))), at(9), at(9))
    assert run_of(decision) == at(6)
    assert list(decision.skip) == [at(6, day=day) for day in (-3, -2, -1)]
    assert (
        decision.skip[at(6, day=-1)]
        == "missed while the scheduler was not running; done by the slot of 2026-11-23 06:00 UTC"
    )
    assert decision.run
    assert decision.run.as_of == date(2026, 11, 22)


def test_a_slot_that_came_during_another_run_says_so() -> None:
    decision = decide(rule("0 * * * *"), known(row(at(6))), at(9.5), at(0))
    assert run_of(decision) == at(9)
    assert decision.skip[at(7)] == "another run was still going on; done by the slot of 2026-11-23 09:00 UTC"


def test_all_are_run_the_oldest_first_each_as_of_its_own_day() -> None:
    every = rule(catch_up="all")
    ledger = known(row(at(6, day=-3)))
    decision = decide(every, ledger, at(9), at(9))
    assert (run_of(decision), decision.skip) == (at(6, day=-2), {})
    assert decision.run
    assert decision.run.as_of == date(2026, 11, 20)  # on Saturday morning Friday was the last complete day
    ledger = known(row(at(6, day=-3)), row(at(6, day=-2)))
    assert run_of(decide(every, ledger, at(9), at(9))) == at(6, day=-1)


def test_all_has_a_limit() -> None:
    decision = decide(rule(catch_up="all", max_catch_up=2), known(row(at(6, day=-9))), at(9), at(9))
    assert run_of(decision) == at(6, day=-1)
    assert set(decision.skip.values()) == {"more than 2 missed; the newest count"}
    assert len(decision.skip) == 7  # days -8 to -2


def test_none_leaves_out_what_was_missed_but_not_what_is_late() -> None:
    lazy = rule("0 * * * *", catch_up="none")
    decision = decide(lazy, known(row(at(1))), at(7.5), at(4.5))
    assert run_of(decision) == at(7)
    assert [slot.hour for slot in decision.skip] == [2, 3, 4, 5, 6]
    assert "catch_up is none" in decision.skip[at(4)]
    assert "still going on" in decision.skip[at(5)]
    assert run_of(decide(lazy, known(row(at(1))), at(4.6), at(4.5))) is None


def test_a_killed_run_is_tried_again_at_once_and_not_for_ever() -> None:
    crashed = row(at(6), CRASHED, code=None, at=at(6.5))
    assert run_of(decide(rule(), known(crashed), at(6.5), at(6.5))) == at(6)
    assert decide(rule(), known(crashed), at(6.5), at(6.5)).run.attempt == 2  # type: ignore[union-attr]
    given_up = row(at(6), CRASHED, code=None, attempts=3, at=at(6.5))
    assert run_of(decide(rule(), known(given_up), at(7), at(6.5))) is None
    assert run_of(decide(rule(catch_up="none"), known(crashed), at(7), at(6.9))) is None


def test_a_failed_run_waits_longer_each_time() -> None:
    for attempts, minutes in ((1, 5), (2, 10)):
        failed = row(at(6), FAILED, code=3, attempts=attempts, at=at(6.5))
        moment = at(6.5) + timedelta(minutes=minutes)
        assert next_due(rule(), known(failed), at(6.5)) == moment
        assert run_of(decide(rule(), known(failed), moment - timedelta(seconds=1), at(0))) is None
        assert run_of(decide(rule(), known(failed), moment, at(0))) == at(6)


def test_an_old_failure_is_not_tried_again_once_a_newer_slot_is_done() -> None:
    rows = (row(at(6, day=-1), CRASHED, code=None), row(at(6)))
    assert run_of(decide(rule(), known(*rows), at(9), at(0))) is None
    assert run_of(decide(rule(catch_up="all"), known(*rows), at(9), at(0))) == at(6, day=-1)


def test_a_clock_that_was_wrong_loses_no_slot_and_repeats_none() -> None:
    ahead = at(9, day=2)
    before = known(row(at(6, day=-1)))
    wrong = decide(rule(), before, ahead, at(0))
    assert run_of(wrong) == at(6, day=2)
    rows = [row(at(6, day=2), at=ahead), *(row(slot, SKIPPED, at=ahead) for slot in wrong.skip)]
    ledger = known(row(at(6, day=-1)), *rows)
    now = at(7)  # the clock is right again
    right = decide(rule(), ledger, now, at(0))
    assert set(right.forget) == {at(6), at(6, day=1)}
    assert run_of(right) == at(6)
    ledger = known(row(at(6, day=-1)), row(at(6)), row(at(6, day=1)), rows[0])
    assert run_of(decide(rule(), ledger, at(7, day=2), at(0))) is None  # it was run, if at a wrong time


def test_set_back_an_hour_nothing_is_run_twice() -> None:
    hourly = rule("0 * * * *")
    ledger = known(*(row(at(hour)) for hour in range(9)), since=at(-1))
    for minute in range(120):
        assert run_of(decide(hourly, ledger, at(7) + timedelta(minutes=minute), at(0))) in (None, at(9))


@pytest.mark.parametrize("line", ["* * * * *", "*/5 * * * *"])
def test_busy_schedules_look_back_less_far(line: str) -> None:
    decision = decide(rule(line), known(since=MONDAY - 300 * DAY), at(0), at(0))
    assert run_of(decision) == at(0)
    assert 1_400 <= len(decision.skip) <= 9_000


def test_jitter_is_the_same_for_each_slot_and_another_one_elsewhere() -> None:
    schedules = {"morning": {"cron": "0 6 * * *", "jitter_seconds": 600}}
    offsets = set()
    for number in range(20):
        (made,) = rules_of(load_settings(data_dir=f"data-{number}", schedules=schedules), "Europe/Budapest")
        (again,) = rules_of(load_settings(data_dir=f"data-{number}", schedules=schedules), "Europe/Budapest")
        assert made.offset == again.offset
        assert timedelta(0) <= made.offset <= timedelta(seconds=600)
        offsets.add(made.offset)
    assert len(offsets) > 10
    late = rule(offset=timedelta(seconds=90))
    assert run_of(decide(late, known(since=at(0)), at(6) + timedelta(seconds=89), at(0))) is None
    assert run_of(decide(late, known(since=at(0)), at(6) + timedelta(seconds=90), at(0))) == at(6)
    assert next_due(late, known(since=at(0)), at(0)) == at(6) + timedelta(seconds=90)


def test_rules_take_the_companys_zone_and_all_steps_by_default() -> None:
    schedules = {
        "a": {"cron": "0 6 * * *"},
        "b": {"cron": "0 6 * * *", "time_zone": "UTC", "steps": ["publish", "ingest"], "sources": ["files"]},
    }
    first, second = rules_of(load_settings(data_dir="data", schedules=schedules), "Europe/Budapest")
    assert (first.crontab.time_zone, len(first.steps), first.publishes) == ("Europe/Budapest", 5, True)
    assert (second.crontab.time_zone, second.steps, second.sources) == ("UTC", ("ingest", "publish"), ("files",))
