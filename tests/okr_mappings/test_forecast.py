"""From a snapshot and its past to a projection: hand-worked ends, directions, and everything that is not projected, with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from okr_mappings.calibration import CALIBRATED
from okr_mappings.course import DAYS_BACK, Course, Past, course_of, is_worth_reading, windows_wanted
from okr_mappings.forecast import with_projections
from okr_mappings.identity import seal
from okr_mappings.questions import MetricAnswer, Window
from okr_mappings.snapshot import DayValue, Snapshot, SourceFreshness
from okr_mappings.words import Kind, SourceState
from tests.okr_mappings.builders import assessed, cycle_text, load, one

DAY = date(2026, 11, 21)
# 52 of 92 days are over, 40 are left
TOTAL = "- {id: kr, title: Leads, kind: total, metric: leads_created, target: 900}"
FEWER = "- {id: kr, title: Tickets, kind: total, metric: tickets_opened, baseline: 2000, target: 900}"
LEVEL = "- {id: kr, title: Followers, kind: level, metric: social_followers, baseline: 1000, target: 1270}"
RATIO = "- {id: kr, title: Rate, kind: ratio, metric: lead_to_customer_rate, window: trailing 30 days, baseline: 1%, target: 6%}"
RANGE = (
    "- {id: kr, title: Hours, kind: range, metric: complaint_hours, window: trailing 30 days, target: {at_most: 24}}"
)
WEEKLY = "- {id: kr, title: Leads, kind: recurring, every: week, metric: leads_created, target: 10}"
BY_HAND = "- {id: kr, title: Talks, kind: total, unit: talks, better: higher, target: 10, check_ins: [{date: 2026-11-06, value: 5}]}"


def past(values: list[float], until: date = DAY) -> Past:
    """One value per day, the last one of `until`; a ratio's windows become what they are."""
    first = until - timedelta(days=len(values) - 1)
    days = tuple(DayValue(first + timedelta(days=number), value) for number, value in enumerate(values))
    return Past(until, days, days)


def projected(
    folder: Path, text: str, value: float, known: Past, as_of: date = DAY, **more: object
) -> tuple[Snapshot, Snapshot]:
    """The snapshot before and after."""
    about = load(folder, cycle_text(text))
    before = assessed(folder, text, as_of.isoformat(), {"value": value} if value >= 0 else {}, **more)
    plan = about.cycles[0]
    (after,) = with_projections([(plan.key_results[0], before)], {"kr": known}, plan.cycle)
    return before, after


def fan(snapshot: Snapshot) -> tuple[float | None, float | None, float | None]:
    return snapshot.projected_p10, snapshot.projected_p50, snapshot.projected_p90


@pytest.mark.parametrize(("target", "chance"), [(900, 1.0), (920, 1.0), (930, 0.0)])
def test_ten_a_day_come_to_920(tmp_path: Path, target: int, chance: float) -> None:
    # 52 x 10 so far, 40 x 10 to come, always so: no doubt
    text = TOTAL.replace("900", str(target))
    _, after = projected(tmp_path, text, 520, past([10.0] * 400))
    assert fan(after) == (920.0, 920.0, 920.0)
    assert after.probability == chance
    assert after.projection_method == "smoothed days, half-life 14 days"


@pytest.mark.parametrize(("target", "chance"), [(900, 0.0), (930, 1.0)])
def test_where_fewer_are_better_less_is_a_success(tmp_path: Path, target: int, chance: float) -> None:
    _, after = projected(tmp_path, FEWER.replace("900", str(target)), 520, past([10.0] * 400))
    assert after.projected_p50 == 920.0
    assert after.probability == chance


def test_days_not_loaded_in_full_are_still_to_come(tmp_path: Path) -> None:
    # until the 19th 50 x 10; the value already has 4 of the 20th; 42 days are to come: 500 + 420
    _, after = projected(tmp_path, TOTAL, 504, past([10.0] * 400, date(2026, 11, 19)))
    assert fan(after) == (920.0, 920.0, 920.0)


def test_a_sum_never_ends_below_what_it_is(tmp_path: Path) -> None:
    # all 300 came on one day of the cycle, which is not to happen often
    days = [0.0, 0.0, 0.0, 1.0] * 99 + [300.0, 0.0, 0.0, 0.0]
    so_far = sum(days[-52:])
    _, after = projected(tmp_path, TOTAL, so_far, past(days))
    assert after.projected_p10 is not None
    assert after.projected_p10 >= so_far
    assert fan(after) == tuple(sorted(each for each in fan(after) if each is not None))


def test_a_level_follows_its_drift(tmp_path: Path) -> None:
    # 3 a day: 1150 today, 1150 + 40 x 3 at the end
    readings = [1150.0 - 3 * back for back in range(399, -1, -1)]
    _, after = projected(tmp_path, LEVEL, 1150, past(readings))
    assert fan(after) == (1270.0, 1270.0, 1270.0)
    assert after.projection_method == "follows its drift, half-life 28 days"


def test_a_ratio_stays_between_nothing_and_everything(tmp_path: Path) -> None:
    values = [0.01, 0.0, 0.02, 0.05] * 100
    _, after = projected(tmp_path, RATIO, 0.05, past(values))
    low, middle, high = fan(after)
    assert low is not None
    assert middle is not None
    assert high is not None
    assert 0 <= low <= middle <= high <= 1


@pytest.mark.parametrize(("usual", "kept"), [(20.0, True), (30.0, False)])
def test_the_chance_of_a_range_is_that_of_ending_inside(tmp_path: Path, usual: float, kept: bool) -> None:
    values = [usual - 0.5, usual + 0.5] * 200
    _, after = projected(tmp_path, RANGE, usual + 0.5, past(values))
    # 40 days later the swing has come back to the same side, without fail
    assert after.projected_p50 == usual + 0.5
    if CALIBRATED[Kind.RATIO].shows_probability:
        assert after.probability == float(kept)


def test_rare_chances_are_not_told_apart(tmp_path: Path) -> None:
    noisy = [float(5 + day % 11) for day in range(400)]
    so_far = sum(noisy[-52:])
    _, after = projected(tmp_path, TOTAL.replace("900", "3000"), so_far, past(noisy))
    assert after.probability == 0.01
    _, reached = projected(tmp_path, TOTAL.replace("900", "100"), so_far, past(noisy))
    assert reached.probability == 1.0


@pytest.mark.parametrize(
    ("text", "value", "known", "as_of", "reason"),
    [
        (WEEKLY, 5, past([10.0] * 400), DAY, "every sub-period starts anew"),
        (BY_HAND, -1, past([10.0] * 400), DAY, "kept by hand"),
        (TOTAL, 50, past([10.0] * 400, date(2026, 10, 5)), date(2026, 10, 5), "too early"),
        (TOTAL, 920, past([10.0] * 400, date(2026, 12, 31)), date(2026, 12, 31), "not running"),
        (TOTAL, 520, past([10.0] * 90), DAY, "too short to replay a forecast 40 days ahead"),
        (TOTAL, 2, past([1.0] + [0.0] * 380 + [1.0, 1.0] + [0.0] * 17), DAY, "only 3 days"),
        (TOTAL, 521, past([10.0] * 400), DAY, "do not add up"),
        (TOTAL, 520, Past(DAY, problem="its earlier days could not be read (too slow)"), DAY, "too slow"),
        (TOTAL, 520, past([10.0] * 400, date(2026, 9, 30)), DAY, "no day of the cycle"),
        (LEVEL, 1150, Past(DAY, (DayValue(DAY, None),)), DAY, "nothing on earlier days"),
        (LEVEL, 1150, past([1150.0] * 400), DAY, "only 0 days"),
    ],
)
def test_what_is_not_projected_says_why(
    tmp_path: Path, text: str, value: float, known: Past, as_of: date, reason: str
) -> None:
    _, after = projected(tmp_path, text, value, known, as_of)
    assert fan(after) == (None, None, None)
    assert after.probability is None
    assert after.projection_method is not None
    assert after.projection_method.startswith("none: ")
    assert reason in after.projection_method


def test_stale_data_are_not_projected(tmp_path: Path) -> None:
    old = SourceFreshness("crm", SourceState.STALE, datetime(2026, 11, 1, tzinfo=UTC))
    _, after = projected(tmp_path, TOTAL, 520, past([10.0] * 400), sources=(old,))
    assert after.projection_method == "none: there is no value of today to start from"


def test_too_small_a_sample_is_not_projected(tmp_path: Path) -> None:
    text = RATIO.replace("lead_to_customer_rate", "answer_rate")
    about = load(tmp_path, cycle_text(text)).cycles[0]
    before = assessed(tmp_path, text, DAY.isoformat(), {"value": MetricAnswer(0.05, 1, 19, 19)})  # 19 of 20 answers
    (after,) = with_projections([(about.key_results[0], before)], {"kr": past([0.05] * 400)}, about.cycle)
    assert after.projection_method == "none: there are too few answers so far"


def test_without_a_past_there_is_no_projection(tmp_path: Path) -> None:
    about = load(tmp_path, cycle_text(TOTAL)).cycles[0]
    before = assessed(tmp_path, TOTAL, DAY.isoformat(), {"value": 520.0})
    (after,) = with_projections([(about.key_results[0], before)], {}, about.cycle)
    assert after.projection_method == "none: its earlier days were not read"


def test_only_the_projection_is_added_and_the_snapshot_is_sealed(tmp_path: Path) -> None:
    before, after = projected(tmp_path, TOTAL, 520, past([float(day % 9) for day in range(348)] + [10.0] * 52))
    cleared = replace(
        after, projected_p10=None, projected_p50=None, projected_p90=None, probability=None, projection_method=None
    )
    assert seal(cleared) == before
    assert seal(after) == after != before
    assert with_projections([], {}, load(tmp_path, cycle_text(TOTAL)).cycles[0].cycle) == []


def test_a_kind_that_failed_its_back_test_shows_no_chance(tmp_path: Path) -> None:
    about = load(tmp_path, cycle_text(TOTAL)).cycles[0]
    before = assessed(tmp_path, TOTAL, DAY.isoformat(), {"value": 520.0})
    too_wide = replace(CALIBRATED[Kind.TOTAL], coverage=0.9)
    worse_than_pace = replace(CALIBRATED[Kind.TOTAL], coverage=0.8, brier=0.2, brier_of_pace=0.15)
    for failed in (too_wide, worse_than_pace):
        calibrated = {**CALIBRATED, Kind.TOTAL: failed}
        pairs = [(about.key_results[0], before)]
        (after,) = with_projections(pairs, {"kr": past([10.0] * 400)}, about.cycle, calibrated=calibrated)
        assert after.projected_p50 == 920.0
        assert after.probability is None
        assert "no chance is given" in (after.projection_method or "")


def test_the_spread_is_read_off_straight_lines() -> None:
    points = replace(CALIBRATED[Kind.TOTAL], spread=((0.25, 1.0), (0.75, 2.0)))
    assert [points.spread_at(each) for each in (0.1, 0.25, 0.5, 0.75, 0.9)] == [1.0, 1.0, 1.5, 2.0, 2.0]


@pytest.mark.parametrize(
    ("text", "course", "day", "whole"),
    [
        (TOTAL, Course.FLOW, Window(DAY, DAY), None),
        (LEVEL, Course.GAUGE, Window(DAY - timedelta(days=DAYS_BACK - 1), DAY), None),
        (RATIO, Course.WINDOW, Window(date(2026, 10, 23), DAY), Window(date(2026, 10, 23), DAY)),
        # to date: 52 days now, 92 in the end
        (
            RATIO.replace("window: trailing 30 days, ", ""),
            Course.WINDOW,
            Window(date(2026, 10, 1), DAY),
            Window(date(2026, 8, 22), DAY),
        ),
        (RANGE, Course.WINDOW, Window(date(2026, 10, 23), DAY), Window(date(2026, 10, 23), DAY)),
        (
            "- {id: kr, title: F, kind: range, metric: social_followers, target: {at_least: 5}}",
            Course.GAUGE,
            Window(DAY - timedelta(days=DAYS_BACK - 1), DAY),
            None,
        ),
    ],
)
def test_the_windows_asked_for(tmp_path: Path, text: str, course: Course, day: Window, whole: Window | None) -> None:
    about = load(tmp_path, cycle_text(text)).cycles[0]
    key_result = about.key_results[0]
    wanted = windows_wanted(key_result, about.cycle, DAY)
    assert course_of(key_result) is course
    assert len(wanted.days) == DAYS_BACK
    assert wanted.days[-1] == day
    assert (wanted.wholes[-1] if wanted.wholes else None) == whole


def test_only_a_running_cycle_is_worth_reading(tmp_path: Path) -> None:
    plan = load(tmp_path, cycle_text(TOTAL)).cycles[0]
    days = (date(2026, 9, 30), date(2026, 10, 9), date(2026, 10, 10), DAY, date(2026, 12, 31))
    # a tenth of 92 days is 9.2, so the 9th is too early and the 10th is not
    assert [is_worth_reading(plan.key_results[0], plan.cycle, day) for day in days] == [False, False, True, True, False]
    assert not is_worth_reading(one(tmp_path, WEEKLY), plan.cycle, DAY)
