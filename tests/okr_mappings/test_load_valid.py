"""What good files come to."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from time import process_time

from okr_mappings.expected import Curve, Expected, Point
from okr_mappings.goals import Baseline, BaselineFrom, Bounds, Target, TargetForm
from okr_mappings.load import load_mappings
from okr_mappings.mappings import CheckIn, Step, with_target
from okr_mappings.status import PRESETS, Thresholds
from okr_mappings.words import Better, Kind
from tests.okr_mappings.builders import COMPANY, FIRST_LINE, METRICS, cycle_text, load, one, write_folder

LEADS = "- {id: leads, title: Leads, kind: total, metric: leads_created, target: 350}"


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    leads = one(tmp_path, LEADS)
    assert (leads.kind, leads.unit, leads.better, leads.owner) == (Kind.TOTAL, "leads", Better.HIGHER, "Réka")
    assert leads.baseline == Baseline(BaselineFrom.NUMBER, 0.0)
    assert leads.target == Target(TargetForm.ABSOLUTE, 350.0, "350")
    assert (leads.expected, leads.weight, leads.thresholds) == (Expected(), 1.0, PRESETS["default"])
    assert (leads.path, leads.line, leads.cycle_id, leads.objective_id) == (
        "cycles/q4.yml",
        FIRST_LINE,
        "2026-Q4",
        "grow",
    )
    assert not leads.by_hand


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    rate = one(
        tmp_path,
        """
        - id: rate
          title: Conversion
          owner: [Anna, Bence]
          kind: ratio
          metric: lead_to_customer_rate
          window: trailing 90 days
          baseline: measured
          target: 6%
          expected:
            phased:
              - {date: 2026-10-31, share: 0.25}
          weight: 2
          status: {on_track: 0.8, at_risk: 0.6}
          min_n: 50
          source_link: https://crm.example/report
          notes: Over 90 days.
        """,
    )
    assert rate.owners == ("Anna", "Bence")
    assert rate.window_days == 90
    assert rate.target == Target(TargetForm.ABSOLUTE, 0.06, "6%")
    assert rate.expected == Expected(Curve.PHASED, (Point(date(2026, 10, 31), 0.25),))
    assert (rate.weight, rate.thresholds, rate.min_n) == (2, Thresholds(0.8, 0.6), 50)
    assert (rate.source_link, rate.notes) == ("https://crm.example/report", "Over 90 days.")


def test_filters_are_lists_of_values(tmp_path: Path) -> None:
    leads = one(
        tmp_path,
        """
        - {id: l, title: L, kind: total, metric: leads_created, target: 5, filters: {first_touch_channel: [Social, Email], country: HU}}
        """,
    )
    assert leads.filters == (("country", ("HU",)), ("first_touch_channel", ("Social", "Email")))


def test_kept_by_hand(tmp_path: Path) -> None:
    interviews = one(
        tmp_path,
        """
        - id: interviews
          title: Interviews
          kind: total
          unit: interviews
          target: 10
          check_ins:
            - {date: 2026-11-06, value: 5, note: onboarding, author: Dóra}
            - {date: 2026-10-16, value: 2}
        """,
    )
    assert interviews.check_ins == (CheckIn(date(2026, 10, 16), 2), CheckIn(date(2026, 11, 6), 5, "onboarding", "Dóra"))
    assert (interviews.metric, interviews.metric_name, interviews.better, interviews.by_hand) == (
        None,
        "",
        Better.HIGHER,
        True,
    )


def test_by_hand_the_direction_follows_from_the_numbers(tmp_path: Path) -> None:
    level = "- {id: h, title: H, kind: level, unit: hours, check_ins: [], baseline: %s, target: %s}"
    assert one(tmp_path, level % (40, 24)).better is Better.LOWER
    assert one(tmp_path, level % (40, '"-20%"')).better is Better.LOWER
    assert one(tmp_path, level % (24, 40)).better is Better.HIGHER
    at_most = "- {id: h, title: H, kind: range, unit: hours, check_ins: [], target: {at_most: 24}}"
    assert one(tmp_path, at_most).better is Better.LOWER


def test_steps(tmp_path: Path) -> None:
    website = one(
        tmp_path,
        """
        - id: website
          title: Relaunch
          kind: milestone
          steps:
            - {id: a, title: Texts, due: 2026-11-10, done: 2026-11-08}
            - {id: b, title: Live}
        """,
    )
    assert website.steps == (
        Step("a", "Texts", date(2026, 11, 10), date(2026, 11, 8)),
        Step("b", "Live", date(2026, 12, 31)),  # due at the cycle's end
    )
    assert website.target is not None
    assert (website.target.amount, website.unit) == (2, "steps")


def test_a_range(tmp_path: Path) -> None:
    hours = one(
        tmp_path, "- {id: h, title: H, kind: range, metric: complaint_hours, target: {at_most: 24}, tolerance: 6}"
    )
    assert (hours.bounds, hours.tolerance, hours.target, hours.baseline) == (Bounds(None, 24), 6, None, None)
    rate = one(
        tmp_path,
        "- {id: r, title: R, kind: range, metric: lead_to_customer_rate, target: {at_least: 1%, at_most: 2 %}}",
    )
    assert rate.bounds == Bounds(0.01, 0.02)


def test_own_sql(tmp_path: Path) -> None:
    own = one(
        tmp_path,
        "- {id: s, title: S, kind: total, sql: select 1 as metric_value, unit: surveys, better: higher, target: 1}",
    )
    assert (own.sql, own.unit, own.metric_name) == ("select 1 as metric_value", "surveys", "")


def test_points_on_a_signed_scale(tmp_path: Path) -> None:
    nps = one(
        tmp_path, '- {id: n, title: N, kind: ratio, metric: net_promoter_score, baseline: -8, target: "+8 points"}'
    )
    assert nps.target is not None
    assert nps.target.resolve(-8) == 0
    assert nps.min_n == 30


def test_thresholds_are_inherited(tmp_path: Path) -> None:
    company = COMPANY.replace("name: Company", "name: Company\n    status: cascade") + "status: tability\n"
    mappings = load(tmp_path, cycle_text(LEADS).replace("team: company", "team: sales"), company)
    # sales says nothing, but the team above it does
    assert mappings.cycles[0].key_results[0].thresholds == PRESETS["cascade"]
    assert mappings.company.thresholds == PRESETS["tability"]


def test_fiscal_cycles(tmp_path: Path) -> None:
    company = COMPANY + "fiscal_year_start_month: 7\n"
    cycle = load(tmp_path, cycle_text(LEADS).replace("2026-Q4", "FY2027-Q2"), company).cycles[0].cycle
    assert (cycle.start, cycle.end) == (date(2026, 10, 1), date(2026, 12, 31))


def test_several_files_and_cycles(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, cycle_text(LEADS))
    second = (
        cycle_text(LEADS).replace("id: grow", "id: more\n    supports: grow").replace("id: leads", "id: more-leads")
    )
    (folder / "cycles" / "q4-sales.yaml").write_text(second, encoding="utf-8")
    (folder / "cycles" / "year.yml").write_text(cycle_text(LEADS).replace("2026-Q4", "2026"), encoding="utf-8")
    (folder / "cycles" / "notes.txt").write_text("not a mapping", encoding="utf-8")
    mappings = load_mappings(folder, METRICS)
    assert [plan.cycle.id for plan in mappings.cycles] == ["2026", "2026-Q4"]
    quarter = mappings.cycle("2026-Q4")
    assert [each.id for each in quarter.key_results] == ["more-leads", "leads"]
    assert quarter.objective("more").supports == ("grow",)
    assert [plan.cycle.id for plan in mappings.cycles_at(date(2026, 11, 21))] == ["2026-Q4", "2026"]
    assert [plan.cycle.id for plan in mappings.cycles_at(date(2026, 3, 1))] == ["2026"]


def test_the_hash_names_what_is_aimed_at(tmp_path: Path) -> None:
    before = one(tmp_path, LEADS).mapping_hash
    assert len(before) == 16
    assert one(tmp_path, LEADS.replace("350}", "350, notes: Hello}")).mapping_hash == before
    assert one(tmp_path, LEADS.replace("350}", "350, weight: 1}")).mapping_hash == before
    assert one(tmp_path, LEADS.replace("350}", "300}")).mapping_hash != before
    assert one(tmp_path, LEADS.replace("350}", "350, filters: {country: HU}}")).mapping_hash != before
    by_hand = "- {id: i, title: I, kind: total, unit: talks, target: 5, check_ins: [%s]}"
    assert (
        one(tmp_path, by_hand % "").mapping_hash == one(tmp_path, by_hand % "{date: 2026-10-05, value: 1}").mapping_hash
    )
    steps = "- {id: i, title: I, kind: milestone, steps: [{id: a, title: A%s}]}"
    assert one(tmp_path, steps % "").mapping_hash == one(tmp_path, steps % ", done: 2026-10-05").mapping_hash
    assert one(tmp_path, steps % "").mapping_hash != one(tmp_path, steps % ", due: 2026-10-05").mapping_hash


def test_another_target(tmp_path: Path) -> None:
    leads = with_target(one(tmp_path, LEADS), 300)
    assert leads.target == Target(TargetForm.ABSOLUTE, 300, "300")


def test_1250_key_results_load_in_linear_time(tmp_path: Path) -> None:
    block = """
    - id: leads-{0}
      title: Win {0} leads
      owner: Réka
      kind: total
      metric: leads_created
      filters:
        country: HU
      baseline: previous_cycle
      target: "+20%"
      weight: 2
      notes: Something to read.
    """
    folder = write_folder(tmp_path, cycle_text("".join(block.format(number) for number in range(1250))))
    started = process_time()
    mappings = load_mappings(folder, METRICS)
    assert len(mappings.cycles[0].key_results) == 1250
    assert process_time() - started < 15  # 0.5 s of the processor; comparing each with each takes minutes
