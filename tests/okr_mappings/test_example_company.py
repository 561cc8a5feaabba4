"""The mapping that comes with the program: it loads, shows every kind, and its questions make sense."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from okr_mappings.expected import Curve
from okr_mappings.goals import BaselineFrom
from okr_mappings.load import load_mappings
from okr_mappings.mappings import CyclePlan, Mappings
from okr_mappings.plan import questions
from okr_mappings.words import Kind
from warehouse.catalog import load_catalog

AS_OF = date(2026, 11, 21)


@cache
def example() -> Mappings:
    metrics = {name: metric.spec for name, metric in load_catalog().items()}
    return load_mappings(Path(str(files("okr_mappings"))), metrics)


def quarter() -> CyclePlan:
    return example().cycle("2026-Q4")


def test_the_company() -> None:
    company = example().company
    assert (company.name, company.time_zone, company.currency) == ("Brightwater", "Europe/Budapest", "EUR")
    assert [team.id for team in company.teams] == ["company", "marketing", "sales"]


def test_every_kind_and_every_way_to_start_is_there() -> None:
    key_results = quarter().key_results
    assert len(key_results) >= 16
    assert {each.kind for each in key_results} == set(Kind)
    assert {each.baseline.source for each in key_results if each.baseline} == set(BaselineFrom)
    assert {each.expected.curve for each in key_results} == set(Curve)
    assert any(len(each.owners) == 2 for each in key_results)
    assert any(each.check_ins for each in key_results)
    assert any(each.filters for each in key_results)
    assert all(each.owner for each in key_results)


def test_objectives_support_each_other() -> None:
    objectives = quarter().objectives
    assert 5 <= len(objectives) <= 7
    assert all(objective.supports for objective in objectives if objective.team_id != "company")


def test_questions_stay_inside_the_two_years_of_data() -> None:
    asked = [question for each in quarter().key_results for question in questions(each, quarter().cycle, AS_OF)]
    assert all(date(2024, 11, 1) <= question.window.start <= question.window.end <= AS_OF for question in asked)
    assert len({(question.key_result_id, question.role) for question in asked}) == len(asked)
