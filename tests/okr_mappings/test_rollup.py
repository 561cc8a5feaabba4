"""Objectives: clamped, weighted, each child once, gaps counted beside the number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_mappings.assess import Observed, assess
from okr_mappings.mappings import CyclePlan
from okr_mappings.questions import MetricAnswer
from okr_mappings.rollup import mean, roll_up
from okr_mappings.snapshot import ObjectiveProgress, Snapshot
from okr_mappings.words import Status
from tests.okr_mappings.builders import RUN, load, subject

AS_OF, LAST = date(2026, 11, 21), date(2026, 12, 31)

# the company's objective counts a, b and two objectives of sales; the second of these supports the first as well
TREE = """
cycle: 2026-Q4
objectives:
  - id: grow
    title: Grow
    team: company
    key_results:
      - {id: a, title: A, kind: total, metric: leads_created, target: 100, weight: 3}
      - {id: b, title: B, kind: total, metric: leads_created, target: 100}
      - {id: aside, title: Aside, kind: total, metric: leads_created, target: 100, weight: 0}
  - id: sell
    title: Sell
    team: sales
    supports: grow
    key_results:
      - {id: c, title: C, kind: total, metric: leads_created, target: 100}
  - id: call
    title: Call
    team: sales
    supports: [grow, sell, grow]
    weight: 2
    key_results:
      - {id: d, title: D, kind: total, metric: leads_created, target: 100}
"""


def rolled(
    folder: Path,
    values: dict[str, float | None],
    as_of: date = AS_OF,
    stale: str = "",  # ids, one letter each
) -> dict[str, ObjectiveProgress]:
    mappings = load(folder, TREE)
    plan = mappings.cycles[0]
    snapshots = []
    for place, key_result in enumerate(plan.key_results):
        if key_result.id in values:
            observed = Observed({"value": MetricAnswer(values[key_result.id])})
            snapshots.append(assess(subject(mappings, place), observed, as_of, RUN))
    found = roll_up(plan, [_stale(each) if each.key_result_id in tuple(stale) else each for each in snapshots], as_of)
    assert [each.objective_id for each in found] == ["grow", "sell", "call"]
    return {each.objective_id: each for each in found}


def _stale(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, value=None, progress=None, score=None, status=Status.STALE)


def test_scores(tmp_path: Path) -> None:
    found = rolled(tmp_path, {"a": 40, "b": 160, "c": 20, "d": 60, "aside": 0})
    # call: 0.6. sell: (0.2 x 1 + 0.6 x 2) / 3 = 0.4667.
    # grow: a 0.4 x 3, b clamped to 1 x 1, sell 0.4667 x 1, call 0.6 x 2: (1.2 + 1 + 0.4667 + 1.2) / 7 = 0.5524
    assert found["call"].score == 0.6
    assert found["sell"].score == pytest.approx(1.4 / 3)
    assert found["grow"].score == pytest.approx((1.2 + 1 + 1.4 / 3 + 1.2) / 7)
    assert found["grow"].expected == pytest.approx(52 / 92)
    assert (found["grow"].counted, found["grow"].total) == (4, 4)
    assert found["grow"].key_result_ids == ("a", "b", "aside")
    # 0.5524 / 0.5652 = 0.98; 0.4667 / 0.5652 = 0.83
    assert [found[name].status for name in ("grow", "sell", "call")] == [
        Status.ON_TRACK,
        Status.AT_RISK,
        Status.ON_TRACK,
    ]


def test_what_has_no_number_is_left_out_and_counted(tmp_path: Path) -> None:
    found = rolled(tmp_path, {"a": None, "b": 50, "c": 20, "d": 60})
    # b 0.5, sell 0.4667, call 0.6 x 2 over 4
    assert found["grow"].score == pytest.approx((0.5 + 1.4 / 3 + 1.2) / 4)
    assert (found["grow"].counted, found["grow"].total) == (3, 4)
    assert rolled(tmp_path, {"a": 50})["grow"].counted == 1  # b, c and d have no snapshot at all


def test_nothing_counted_is_no_score(tmp_path: Path) -> None:
    found = rolled(tmp_path, {"d": 60}, stale="d")
    assert (found["call"].score, found["call"].expected, found["call"].status) == (None, None, Status.STALE)
    assert (found["call"].counted, found["call"].total) == (0, 1)
    assert rolled(tmp_path, {})["grow"].status is Status.NO_DATA


def test_achieved_means_everything_is(tmp_path: Path) -> None:
    assert rolled(tmp_path, dict.fromkeys("abcd", 100))["grow"].status is Status.ACHIEVED
    with_gap = rolled(tmp_path, dict.fromkeys("abcd", 100), stale="b")["grow"]
    assert (with_gap.score, with_gap.status, with_gap.counted) == (1, Status.ON_TRACK, 3)


def test_never_green_on_almost_nothing(tmp_path: Path) -> None:
    """Both own key results are stale; what is left comes from objectives that know little themselves."""
    found = rolled(tmp_path, dict.fromkeys("abcd", 60), stale="abc")
    # call knows d: 1. sell: c 0 x 1 + call 1 x 2 over 3 = 2/3. grow: a 0 x 3, b 0 x 1, sell 2/3 x 1, call 1 x 2: 2.667 / 7 = 0.381
    assert [found[name].known_share for name in ("call", "sell")] == [1, pytest.approx(2 / 3)]
    assert found["grow"].known_share == pytest.approx((2 / 3 + 2) / 7)
    assert [found[name].status for name in ("call", "sell", "grow")] == [Status.ON_TRACK, Status.ON_TRACK, Status.STALE]
    assert (found["grow"].score, found["grow"].counted, found["grow"].total) == (pytest.approx(0.6), 2, 4)


def test_a_supporting_objective_brings_what_it_knows(tmp_path: Path) -> None:
    found = rolled(tmp_path, {"b": 60, "c": 60, "d": 60}, stale="d")
    # sell knows c alone: 1 of 3, so it is no colour; to grow it brings a third: a 0 x 3, b 1, sell 1/3, call 0 x 2 over 7 = 0.19.
    # Counted by heads, sell would be one of four and bring all of its weight.
    assert (found["sell"].status, found["sell"].known_share) == (Status.STALE, pytest.approx(1 / 3))
    assert (found["grow"].status, found["grow"].known_share) == (Status.STALE, pytest.approx((1 + 1 / 3) / 7))
    missing = rolled(tmp_path, {"b": 60, "c": 60})
    assert (missing["sell"].status, missing["grow"].status) == (
        Status.NO_DATA,
        Status.NO_DATA,
    )  # nothing in it is stale


def test_half_is_enough(tmp_path: Path) -> None:
    # grow: a 3 x 1 of 7 is known, 0.43; with sell's c a third more, (3 + 1/3) / 7 = 0.476; with b, (3 + 1 + 1/3) / 7 = 0.62
    assert rolled(tmp_path, {"a": 60})["grow"].status is Status.NO_DATA
    assert rolled(tmp_path, {"a": 60, "c": 60})["grow"].status is Status.NO_DATA
    assert rolled(tmp_path, {"a": 60, "b": 60, "c": 60})["grow"].status is Status.ON_TRACK
    plan = load(tmp_path, TREE).cycles[0]
    a, b, _ = plan.objectives[0].key_results
    pair = replace(plan.objectives[0], key_results=(replace(a, weight=1), b))
    snapshot = assess(subject(load(tmp_path, TREE), 0), Observed({"value": MetricAnswer(60)}), AS_OF, RUN)
    (half,) = roll_up(CyclePlan(plan.cycle, (pair,)), [snapshot], AS_OF)
    assert (half.known_share, half.status) == (0.5, Status.ON_TRACK)
    (nothing,) = roll_up(CyclePlan(plan.cycle, (pair,)), [], AS_OF)
    assert (nothing.known_share, nothing.score) == (0, None)


def test_over_the_cycle(tmp_path: Path) -> None:
    values: dict[str, float | None] = dict.fromkeys("abcd", 99)
    assert rolled(tmp_path, values, date(2026, 9, 1))["grow"].status is Status.NOT_STARTED
    assert rolled(tmp_path, dict.fromkeys("abcd", 0), date(2026, 10, 5))["grow"].status is Status.TOO_EARLY
    assert rolled(tmp_path, values, LAST)["grow"].status is Status.MISSED


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 10)), min_size=1))
def test_a_mean_lies_between_its_parts(pairs: list[tuple[float, float]]) -> None:
    found = mean(list(pairs))
    assert found is not None
    assert min(score for score, _ in pairs) - 1e-9 <= found <= max(score for score, _ in pairs) + 1e-9


def test_a_mean_of_nothing() -> None:
    assert mean([]) is None
    assert mean([(1.0, 1.0), (None, 1.0)]) is None


def test_an_empty_plan(tmp_path: Path) -> None:
    assert roll_up(CyclePlan(load(tmp_path, TREE).cycles[0].cycle, ()), [], AS_OF) == ()
