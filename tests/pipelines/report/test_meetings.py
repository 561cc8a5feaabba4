"""What the pages for meetings say: moved, stuck, due; bottlenecks, changes, restatements; grades and the tree of alignment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from okr_mappings.restated import RestatedDays
from okr_mappings.snapshot import DayValue, Moved, MovedPart, ProgressDocument, Snapshot, TeamName
from okr_mappings.words import Better, Kind, Status
from pipelines.errors import SettingsError
from pipelines.report import monthly, quarterly, weekly
from pipelines.report.meetings import folder, meeting_page, plain
from pipelines.report.narrow import below, of_person, of_team, people
from pipelines.report.report import rows_of
from tests.pipelines.report.documents import AS_OF, brightwater, document, key_result, objective, step
from tests.pipelines.report.states import one


def days(values: list[float]) -> tuple[DayValue, ...]:
    """The last value stands on AS_OF."""
    first = AS_OF - timedelta(days=len(values) - 1)
    return tuple(DayValue(first + timedelta(days=place), value) for place, value in enumerate(values))


def shown(each: Snapshot, values: list[float]) -> ProgressDocument:
    return document(each, history={each.key_result_id: days(values)})


def test_stuck_is_what_lies_behind_and_came_no_nearer_for_two_weeks() -> None:
    behind = key_result(status=Status.OFF_TRACK, value=40.0)
    # 40 since 7 November: 14 days to the 21st
    assert "for 14 days, since 7 Nov 2026" in weekly.stuck_for(behind, shown(behind, [38.0] + [40.0] * 15))
    assert weekly.stuck_for(behind, shown(behind, [38.0] + [40.0] * 14)) == ""  # 13 days
    on_track = replace(behind, status=Status.ON_TRACK)
    assert weekly.stuck_for(on_track, shown(on_track, [40.0] * 20)) == ""


def test_a_setback_is_no_movement_and_less_is_more_where_lower_is_better() -> None:
    sunk = days([50.0, 45.0, 45.0, 49.0])
    assert weekly.best_since(sunk, Better.HIGHER) == sunk[0].day
    assert weekly.best_since(sunk, Better.LOWER) == sunk[1].day
    assert weekly.best_since((), Better.LOWER) is None


def test_what_moved_says_why_where_a_report_can_be_compared() -> None:
    each = one()
    rows = rows_of(each)
    move = weekly.weeks(each, rows)[0].moved[0]
    # the background says 192.6 (0.9 * 214) a week ago: +21.4 by +25.7 new and -4.3 lost
    assert (move.before, move.after, move.change, move.since) == ("192.6", "214 leads", "+21.4", "14 Nov")
    assert move.why == ("+25.7 new (12 records)", "-4.3 lost (2 records)")
    assert move.better


def test_without_an_earlier_report_the_known_value_of_that_day_is_compared() -> None:
    each = key_result(value=214.0)
    without = shown(each, [200.0] * 8)
    rows = rows_of(without)
    move = weekly.movement(each, rows["leads"], without)
    assert move is not None
    assert (move.before, move.change, move.why) == ("200", "+14", ())
    still = shown(replace(each, value=200.0), [200.0] * 8)
    assert weekly.movement(replace(each, value=200.0), rows["leads"], still) is None


def test_one_inseparable_part_is_no_reason() -> None:
    assert weekly.reasons(Moved(AS_OF, 1.0, 2.0, (MovedPart("net", 1.0),)), "points") == ()


def test_steps_and_check_ins_fall_due() -> None:
    steps = (
        step("Design", AS_OF - timedelta(days=1), done=False),
        step("Build", AS_OF + timedelta(days=14), done=False),
        step("Launch", AS_OF + timedelta(days=15), done=False),
    )
    each = key_result(kind=Kind.MILESTONE, sub_periods=steps)
    found = weekly.dues(each, rows_of(document(each))["leads"])
    assert found == ["Design was due on 20 Nov 2026", "Build is due on 5 Dec 2026"]
    assert "a check-in is due by 24 Nov 2026" in weekly.dues(key_result(), rows_of(one())["leads"])


def test_bottlenecks_are_what_others_wait_for() -> None:
    held = objective("demand", status=Status.OFF_TRACK, score=0.3, expected=0.57, supports=("growth",))
    growth = objective("growth", title="Grow", key_result_ids=(), status=Status.ON_TRACK)
    each = document(key_result(status=Status.OFF_TRACK, progress=0.2, expected=0.57), objectives=(growth, held))
    found = monthly.bottlenecks(each, rows_of(each))
    assert found[0].text == "0.30 where 0.57 is expected; holds back: Grow"
    assert found[-1].text.startswith("20 % of the way where 57 % is expected")


def test_restatements_are_ordered_by_the_way_they_cover() -> None:
    euros = key_result("euros", unit="EUR", baseline=0.0, target=1_000_000.0)
    leads = key_result("leads", target=100.0)
    gone = key_result("gone")
    each = document(
        euros,
        leads,
        gone,
        restatements={
            "euros": RestatedDays(1, 5_000.0, 0),  # 0.5 % of the way
            "leads": RestatedDays(2, -4.0, 0),  # 4 %
            "gone": RestatedDays(1, None, 0),  # first of all
        },
    )
    lines = monthly.restated(each, rows_of(each))
    assert [line.row.key_result.key_result_id for line in lines] == ["gone", "leads", "euros"]


def test_a_changed_target_is_told_for_a_month() -> None:
    each = one()
    assert [(move.what, move.old, move.new) for move in monthly.changed(each, rows_of(each))] == [
        ("target", "280 leads", "350 leads"),
        ("weight", "1", "2"),
    ]


@pytest.mark.parametrize(
    ("score", "grade"), [(0.0, "0.0"), (0.449, "0.4"), (0.97, "0.9"), (0.9999, "0.9"), (1.0, "1.0"), (None, "–")]
)
def test_grades(score: float | None, grade: str) -> None:
    assert quarterly.grade(score) == grade


def test_hit_or_missed_is_decided_when_the_cycle_is_over() -> None:
    hit, rest = key_result("hit", status=Status.ACHIEVED), key_result("rest", status=Status.MISSED)
    each = document(hit, rest)
    assert quarterly.summary(each) == "1 of 2 hit, 1 open"
    over = replace(each, as_of=each.cycle_end)
    assert quarterly.summary(over) == "1 of 2 hit, 1 missed"
    found = quarterly.tree(over, rows_of(over))[0].key_results
    assert [graded.outcome for graded in found] == ["hit", "missed"]


def test_the_tree_leaves_nothing_out_even_where_objectives_support_each_other() -> None:
    ring = [objective(a, title=a, supports=(b,), key_result_ids=()) for a, b in (("a", "b"), ("b", "c"), ("c", "a"))]
    each = document(objectives=tuple(ring))
    branches = quarterly.tree(each, {})
    seen: list[str] = []

    def walk(branch: quarterly.Branch) -> None:
        seen.append(branch.objective.objective_id)
        for child in branch.supporting:
            walk(child)

    for branch in branches:
        walk(branch)
    assert sorted(seen) == ["a", "b", "c"]


def test_a_team_has_the_teams_below_it() -> None:
    teams = (
        TeamName("all", "All"),
        TeamName("one", "One", "all"),
        TeamName("two", "Two", "one"),
        TeamName("x", "X", "x"),
    )
    each = replace(document(), teams=teams)
    assert below(each, "all") == {"all", "one", "two"}
    assert below(each, "x") == {"x"}


def test_a_person_is_found_whatever_the_capitals_and_beside_others() -> None:
    each = document(key_result(owner="Anna Kovács, Zoë Martin"), key_result("other", owner="Bob"), objectives=())
    assert people(each) == ("Anna Kovács", "Bob", "Zoë Martin")
    assert [k.key_result_id for k in of_person(each, "zoë martin").key_results] == ["leads"]
    with pytest.raises(SettingsError, match="'Nobody' owns nothing"):
        of_person(each, "Nobody")
    with pytest.raises(SettingsError, match="there is no team 'nowhere'"):
        of_team(each, "nowhere")


def test_names_of_files_are_plain_and_never_meet() -> None:
    assert plain("Anna Kovács") == "anna-kovacs"
    assert plain("../../etc/passwd") == "etc-passwd"
    assert plain("李娜") != plain("王芳")
    two = document(key_result("a", owner="Anna Kovács"), key_result("b", owner="Anna Kovacs"))
    assert len([name for name in folder(two) if name.startswith("person-anna")]) == 2


def test_a_page_by_itself_needs_no_other_file() -> None:
    html = meeting_page(brightwater(), "weekly")
    assert "../report.html" not in html
    assert 'id="kr-mrr"' in html or "id=kr-mrr" in html
    assert date(2026, 11, 21) == AS_OF
