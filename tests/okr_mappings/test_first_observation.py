"""A gauge that nobody read before the cycle: its growth counts from the first day it was read, and the snapshot says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from okr_mappings.questions import MetricAnswer
from okr_mappings.snapshot import DayValue, Snapshot
from tests.okr_mappings.builders import assessed

FOLLOWERS = '- {id: f, title: Followers, kind: level, metric: social_followers, baseline: measured, target: "+20%"}'
# counted from 5 October on: 1000, then 1060 on the 21st of November
HISTORY = tuple(
    DayValue(date(2026, 10, day), value) for day, value in ((1, None), (4, None), (5, 1000.0), (6, 1010.0), (7, 1010.0))
)


def snapshot(folder: Path, baseline: MetricAnswer, **more: object) -> Snapshot:
    answers: dict[str, float | MetricAnswer] = {"value": 1060.0, "baseline": baseline}
    return assessed(folder, FOLLOWERS, "2026-11-21", answers, **{"history": HISTORY, **more})


def test_the_first_observation_inside_the_cycle_is_the_baseline(tmp_path: Path) -> None:
    found = snapshot(tmp_path, MetricAnswer(None))
    # (1060 - 1000) / (1200 - 1000) = 0.3
    assert (found.baseline, found.target, found.progress) == (1000, 1200, 0.3)
    assert found.parameters["baseline_day"] == "2026-10-05"
    assert found.parameters["baseline_frozen"] is False
    assert "coming from 1,000 on 5 Oct 2026, when it was first counted, and going to 1,200 followers" in found.reason


def test_once_frozen_it_stays(tmp_path: Path) -> None:
    found = snapshot(tmp_path, MetricAnswer(None), frozen_baseline=990.0, baseline_day=date(2026, 10, 4))
    # a count of the 4th, read since then, or lost: what was frozen counts. (1060 - 990) / 198 = 0.3535...
    assert (found.baseline, found.target, found.parameters["baseline_day"]) == (990, 1188, "2026-10-04")
    assert found.progress == pytest.approx(70 / 198)


def test_an_observation_before_the_cycle_comes_first(tmp_path: Path) -> None:
    found = snapshot(tmp_path, MetricAnswer(900.0))
    assert found.baseline == 900
    assert "baseline_day" not in found.parameters
    frozen = snapshot(tmp_path, MetricAnswer(910.0), frozen_baseline=900.0, baseline_day=date(2026, 9, 30))
    assert frozen.baseline == 900
    assert "baseline_day" not in frozen.parameters


def test_a_question_that_failed_is_no_missing_observation(tmp_path: Path) -> None:
    found = snapshot(tmp_path, MetricAnswer(None, error="the query took longer than 30 s."))
    assert (found.baseline, found.progress, found.status.value) == (None, None, "no_data")


def test_a_ratio_has_no_such_thing(tmp_path: Path) -> None:
    ratio = "- {id: r, title: R, kind: ratio, metric: answer_rate, baseline: measured, target: 90%}"
    found = assessed(tmp_path, ratio, "2026-11-21", {"value": MetricAnswer(0.8, n=50)}, history=HISTORY)
    assert (found.baseline, found.status.value) == (None, "no_data")
