"""company.yml to `Company`: time zone, thresholds and the tree of teams."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from okr_mappings.calendar import FiscalYear
from okr_mappings.mappings import Company, Team
from okr_mappings.model import CompanyFile, TeamBlock, ThresholdsBlock
from okr_mappings.status import PRESETS, Thresholds
from okr_mappings.suggest import nearest
from okr_mappings.yaml_lines import Place, YamlFile


def build_company(shape: CompanyFile, file: YamlFile) -> Company:
    """Notes what is wrong in the file and returns the company all the same, so that the cycles can be checked against it."""
    _check_time_zone(shape.time_zone, file)
    _check_teams(shape.teams, file)
    thresholds = read_thresholds(shape.status, file, ("status",))
    inherited = _team_thresholds(shape.teams, thresholds, file)
    teams = tuple(Team(team.id, team.name, team.lead, team.parent or "", inherited[team.id]) for team in shape.teams)
    fiscal_year = FiscalYear(shape.fiscal_year_start_month, shape.fiscal_year_named_after)
    return Company(shape.name, shape.time_zone, shape.currency, fiscal_year, thresholds, teams)


def read_thresholds(rule: str | ThresholdsBlock, file: YamlFile, place: Place) -> Thresholds:
    if isinstance(rule, str):
        return PRESETS[rule]
    if rule.at_risk > rule.on_track:
        what = f"`at_risk` ({rule.at_risk:g}) lies above `on_track` ({rule.on_track:g})."
        file.problem((*place, "at_risk"), what, "Swap them: at_risk is the lower one.")
    return Thresholds(rule.on_track, rule.at_risk)


def _check_time_zone(name: str, file: YamlFile) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        file.problem(("time_zone",), f"There is no time zone `{name}`.", nearest(name, available_timezones()))


def _check_teams(teams: list[TeamBlock], file: YamlFile) -> None:
    parents: dict[str, str | None] = {}
    for number, team in enumerate(teams):
        if team.id in parents:
            file.problem(
                ("teams", number, "id"), f"Team `{team.id}` is declared twice.", "Give one of them another id."
            )
        parents.setdefault(team.id, team.parent)
    for number, team in enumerate(teams):
        if team.parent is not None and team.parent not in parents:
            file.problem(
                ("teams", number, "parent"), f"There is no team `{team.parent}`.", nearest(team.parent, parents)
            )
        elif team.id in _above(team.id, parents):
            file.problem(
                ("teams", number, "parent"), f"Team `{team.id}` is above itself.", "Leave out `parent` at the top."
            )


def _above(team_id: str, parents: dict[str, str | None]) -> list[str]:
    """The teams above one, nearest first; ends where it would go round in a circle."""
    chain: list[str] = []
    above = parents.get(team_id)
    while above is not None and above not in chain:
        chain.append(above)
        above = parents.get(above)
    return chain


def _team_thresholds(teams: list[TeamBlock], default: Thresholds, file: YamlFile) -> dict[str, Thresholds]:
    """Own rule, else that of the nearest team above that has one, else the company's."""
    own = {
        team.id: read_thresholds(team.status, file, ("teams", number, "status"))
        for number, team in enumerate(teams)
        if team.status is not None
    }
    parents = {team.id: team.parent for team in teams}
    return {
        team.id: next((own[name] for name in (team.id, *_above(team.id, parents)) if name in own), default)
        for team in teams
    }
