from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from okr_mappings.definition import definition
from okr_mappings.other_target import target_of, under_target
from okr_mappings.questions import MetricAnswer
from okr_mappings.reconstruct import reconstructed
from okr_mappings.snapshot import NOT_RECONSTRUCTABLE, RECONSTRUCTED, Snapshot
from okr_mappings.words import Status
from tests.okr_mappings.builders import assessed, cycle_text, load, subject

AS_OF = "2026-11-21"
KINDS: dict[str, tuple[str, dict[str, float | MetricAnswer]]] = {
    "total": ("kind: total\n  metric: leads_created\n  target: 350", {"value": 214}),
    "level": (
        "kind: level\n  metric: social_followers\n  baseline: measured\n  target: +20%",
        {"value": 1100, "baseline": 1000},
    ),
    "ratio": (
        "kind: ratio\n  metric: complaint_hours\n  baseline: 40\n  target: 24",
        {"value": MetricAnswer(32, 320, 10, 10)},
    ),
    "seasonal": (
        "kind: total\n  metric: website_sessions\n  target: 1000\n  expected: seasonal",
        {"value": 400, "seasonal:1": 300, "seasonal:2": 900},
    ),
    "recurring": (
        "kind: recurring\n  metric: leads_created\n  every: month\n  target: 50",
        {"value": 20, "sub_period:1": 60},
    ),
}


def made(folder: Path, kind: str) -> tuple[Snapshot, str]:
    text = f"- id: kr\n  title: A key result\n  {KINDS[kind][0]}\n"
    return assessed(folder, text, AS_OF, KINDS[kind][1]), text


@pytest.mark.parametrize("kind", KINDS)
def test_its_own_target_gives_its_own_status(tmp_path: Path, kind: str) -> None:
    snapshot, text = made(tmp_path, kind)
    about = subject(load(tmp_path, cycle_text(text)))
    assert snapshot.target is not None
    found = under_target(about, snapshot, snapshot.target)
    assert found.status is snapshot.status
    assert found.progress == pytest.approx(snapshot.progress)
    assert found.expected == pytest.approx(snapshot.expected)


def test_a_higher_target_is_farther_away(tmp_path: Path) -> None:
    snapshot, text = made(tmp_path, "total")
    found = under_target(subject(load(tmp_path, cycle_text(text))), snapshot, 500)
    # 214 / 500 = 0.428 where 52 / 92 = 0.565 is expected: 0.757 of it
    assert (found.status, found.progress) == (Status.AT_RISK, pytest.approx(0.428))


def test_a_stored_definition_knows_its_target(tmp_path: Path) -> None:
    _, text = made(tmp_path, "level")
    plan = load(tmp_path, cycle_text(text)).cycles[0]
    content = definition(plan.key_results[0], plan.cycle, "select 1").content
    assert target_of(content, 1000) == 1200
    assert target_of(content, None) is None
    assert target_of({"target": None}, 1000) is None


def test_a_past_day_computed_later_says_so_and_projects_nothing(tmp_path: Path) -> None:
    snapshot, text = made(tmp_path, "total")
    key_result = load(tmp_path, cycle_text(text)).cycles[0].key_results[0]
    found = reconstructed(replace(snapshot, projected_p50=300.0, probability=0.4), key_result)
    assert (found.observation, found.value, found.projected_p50, found.probability) == (RECONSTRUCTED, 214, None, None)
    assert found.snapshot_id != snapshot.snapshot_id


def test_a_gauge_before_its_first_observation_cannot_be_read_in_hindsight(tmp_path: Path) -> None:
    _, text = made(tmp_path, "level")
    snapshot = assessed(tmp_path, text, AS_OF, {"value": MetricAnswer(None), "baseline": MetricAnswer(None)})
    found = reconstructed(snapshot, load(tmp_path, cycle_text(text)).cycles[0].key_results[0])
    assert (found.observation, found.status) == (NOT_RECONSTRUCTABLE, Status.NO_DATA)
    assert found.reason == "There is no observation at or before this day."


def test_what_is_only_known_as_it_stands_now_has_no_past(tmp_path: Path) -> None:
    snapshot, text = made(tmp_path, "total")
    key_result = load(tmp_path, cycle_text(text)).cycles[0].key_results[0]
    assert key_result.metric is not None
    now_only = replace(key_result, metric=replace(key_result.metric, keeps_history=False))
    found = reconstructed(snapshot, now_only)
    assert (found.value, found.progress, found.status) == (None, None, Status.NO_DATA)
    assert found.observation == NOT_RECONSTRUCTABLE
