"""Reading order, and the one line that sums a cycle up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from okr_mappings.snapshot import TeamName
from okr_mappings.words import SourceState, Status
from pipelines.report.outline import concerns, elapsed, headline, lead, needing_attention, outline, tally
from tests.pipelines.report.documents import FILES, GA4, HUBSPOT, brightwater, document, key_result, objective


def test_teams_come_in_their_order_and_key_results_in_the_objectives_order() -> None:
    found = outline(brightwater())
    assert [team.name for team in found] == ["Company", "Marketing", "Sales", "Customer success"]
    demand = found[1].objectives[0]
    assert [k.key_result_id for k in demand.key_results] == ["leads", "traffic", "followers", "newsletter", "mentions"]


def test_nothing_is_left_out() -> None:
    lost = key_result("lost", objective_id="nowhere", team_id="unknown")
    unlisted = key_result("unlisted")
    found = outline(document(lost, unlisted, objectives=(objective(key_result_ids=("gone",)),)))
    assert [team.name for team in found] == ["Marketing", "unknown"]
    assert [k.key_result_id for team in found for k in team.key_results] == ["unlisted", "lost"]
    assert found[1].objectives[0].objective is None


def test_a_team_without_objectives_is_not_shown() -> None:
    assert outline(document(teams=(TeamName("a", "A"),))) == ()


def test_headline_counts_every_status_once() -> None:
    # 7 on track + 2 achieved of 16; then at risk 2, off track 2, stale 2, too early 1: 9 + 7 = 16
    assert (
        headline(brightwater())
        == "9 of 16 on track (2 achieved), 2 at risk, 2 off track, 2 stale, 1 too early, 3 days restated"
    )
    assert lead(brightwater()) == "9 of 16 on track"


def test_headline_of_special_cycles() -> None:
    done, missed = key_result("a", status=Status.ACHIEVED), key_result("b", status=Status.MISSED)
    assert headline(document()) == "No key results yet"
    assert headline(document(key_result())) == "1 of 1 on track"
    assert headline(document(done, missed)) == "1 of 2 achieved, 1 missed"
    assert headline(document(key_result(status=Status.NOT_STARTED))) == "0 of 1 on track, 1 not started"


def test_tally_keeps_reading_order() -> None:
    statuses = (Status.STALE, Status.AT_RISK, Status.STALE, Status.ACHIEVED)
    counts = tally(key_result(str(i), status=status) for i, status in enumerate(statuses))
    assert list(counts.items()) == [(Status.ACHIEVED, 1), (Status.AT_RISK, 1), (Status.STALE, 2)]


def test_elapsed_stays_inside_the_cycle() -> None:
    # October has 31 days, 21 November is the 31 + 21 = 52nd of 31 + 30 + 31 = 92
    assert (elapsed(document()).day, elapsed(document()).days) == (52, 92)
    assert elapsed(document(as_of=date(2026, 9, 1))).day == 0
    assert elapsed(document(as_of=date(2027, 2, 1))).share == 1


def test_concerns_name_the_worst_source_first_with_what_rests_on_it() -> None:
    never = replace(HUBSPOT, source="erp", state=SourceState.NEVER, data_through=None)
    found = concerns(document(key_result(sources=(GA4, FILES)), sources=(FILES, HUBSPOT, never, GA4)))
    assert [concern.source.source for concern in found] == ["ga4", "erp", "files"]
    assert [len(concern.key_results) for concern in found] == [1, 0, 1]


def test_attention_goes_to_the_gravest_and_furthest_behind() -> None:
    near = key_result("near", status=Status.OFF_TRACK, progress=0.4)
    far = key_result("far", status=Status.OFF_TRACK, progress=-0.3)
    risk, fine = key_result("risk", status=Status.AT_RISK), key_result("fine")
    assert [k.key_result_id for k in needing_attention(document(fine, risk, near, far))] == ["far", "near", "risk"]
