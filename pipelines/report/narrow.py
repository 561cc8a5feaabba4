"""A document cut down to one team (with the teams below it) or one person, and who the people are.

An objective keeps its own score: it is that of the whole objective, also where only some of its key results are shown.
"""

from __future__ import annotations

from dataclasses import replace

from okr_mappings.snapshot import ObjectiveProgress, ProgressDocument, Snapshot, TeamName
from pipelines.errors import SettingsError


def of_team(document: ProgressDocument, team: str) -> ProgressDocument:
    """By id or by name, whatever the capitals. Raises SettingsError for a team that the document does not have."""
    wanted = next(
        (each for each in document.teams if team.casefold() in (each.team_id.casefold(), each.name.casefold())), None
    )
    if wanted is None:
        known = ", ".join(each.team_id for each in document.teams)
        raise SettingsError(f"there is no team {team!r}. Known: {known}.")
    inside = below(document, wanted.team_id)
    objectives = tuple(each for each in document.objectives if each.team_id in inside)
    names = {each.objective_id for each in objectives}
    shown = tuple(each for each in document.key_results if each.team_id in inside or each.objective_id in names)
    return _cut(document, objectives, shown)


def below(document: ProgressDocument, team_id: str) -> frozenset[str]:
    """The team and every team under it; a circle of parents ends where it began."""
    found = {team_id}
    while more := {each.team_id for each in document.teams if each.parent in found} - found:
        found |= more
    return frozenset(found)


def of_person(document: ProgressDocument, person: str) -> ProgressDocument:
    """What the person owns. Raises SettingsError for somebody who owns nothing."""
    wanted = person.casefold()
    if wanted not in {each.casefold() for each in people(document)}:
        raise SettingsError(
            f"{person!r} owns nothing in {document.cycle_label}. Owners: {', '.join(people(document))}."
        )
    shown = tuple(each for each in document.key_results if wanted in map(str.casefold, owners(each.owner)))
    around = {each.objective_id for each in shown}
    objectives = tuple(
        each
        for each in document.objectives
        if each.objective_id in around or wanted in map(str.casefold, owners(each.owner))
    )
    return _cut(document, objectives, shown)


def people(document: ProgressDocument) -> tuple[str, ...]:
    """Every owner of a key result or an objective, once, in the order of the alphabet."""
    named = [each.owner for each in document.key_results] + [each.owner for each in document.objectives]
    return tuple(sorted({name for text in named for name in owners(text)}, key=str.casefold))


def owners(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def teams_with_content(document: ProgressDocument) -> tuple[TeamName, ...]:
    busy = {each.team_id for each in document.objectives} | {each.team_id for each in document.key_results}
    return tuple(each for each in document.teams if busy & below(document, each.team_id))


def _cut(
    document: ProgressDocument, objectives: tuple[ObjectiveProgress, ...], shown: tuple[Snapshot, ...]
) -> ProgressDocument:
    names = {each.key_result_id for each in shown}
    sources = {source.source for each in shown for source in each.sources}
    return replace(
        document,
        objectives=objectives,
        key_results=shown,
        sources=tuple(each for each in document.sources if each.source in sources),
        history={name: days for name, days in document.history.items() if name in names},
        restatements={name: days for name, days in document.restatements.items() if name in names},
        background={name: each for name, each in document.background.items() if name in names},
    )
