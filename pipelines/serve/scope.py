"""What a viewer may see of a document, and what filters leave of it. Both give a document again, so that every page works on either.

For a viewer of some teams everything of other teams is gone before anything else looks: key results, objectives, their names in
`supports`, their histories, and the sources that nothing of theirs rests on. An objective's own score stays, although objectives of other
teams may have entered it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace

from okr_mappings.snapshot import ObjectiveProgress, ProgressDocument, Snapshot, TeamName


@dataclass(frozen=True, slots=True)
class Filters:
    """Each empty one lets everything through; within one, any of several words will do."""

    words: str = ""
    teams: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.teams or self.owners or self.statuses or self.sources)

    def fits(self, each: Snapshot, objective: str) -> bool:
        return (
            (not self.teams or each.team_id in self.teams)
            and (not self.owners or bool(set(owners_of(each.owner)) & set(self.owners)))
            and (not self.statuses or each.status.value in self.statuses)
            and (not self.sources or any(_is_of(source.source, self.sources) for source in each.sources))
            and self._has_words(each, objective)
        )

    def _has_words(self, each: Snapshot, objective: str) -> bool:
        """Every word somewhere in what a reader sees of it."""
        text = " ".join(
            (each.title, each.owner, each.key_result_id, each.metric, each.notes, each.reason, objective)
        ).casefold()
        return all(word in text for word in self.words.casefold().split())


def _is_of(source: str, wanted: Collection[str]) -> bool:
    """`files.invoices` is a table of `files`."""
    return source in wanted or source.partition(".")[0] in wanted


def owners_of(owner: str) -> list[str]:
    return [name for part in owner.split(",") if (name := part.strip())]


def visible(document: ProgressDocument, teams: frozenset[str] | None) -> ProgressDocument:
    """What somebody who sees these teams only may know; None sees all."""
    if teams is None:
        return document
    objectives = tuple(each for each in document.objectives if each.team_id in teams)
    key_results = tuple(each for each in document.key_results if each.team_id in teams)
    known = {each.objective_id for each in objectives}
    seen = {source.source for each in key_results for source in each.sources}
    cut = replace(
        document,
        teams=tuple(_alone(team, teams) for team in document.teams if team.team_id in teams),
        objectives=tuple(_within(each, known, {k.key_result_id for k in key_results}) for each in objectives),
        key_results=key_results,
        sources=tuple(source for source in document.sources if source.source in seen),
    )
    return _without_others(cut)


def _alone(team: TeamName, teams: Collection[str]) -> TeamName:
    return team if team.parent in teams else replace(team, parent="")


def _within(objective: ObjectiveProgress, known: Collection[str], key_results: Collection[str]) -> ObjectiveProgress:
    return replace(
        objective,
        supports=tuple(parent for parent in objective.supports if parent in known),
        key_result_ids=tuple(each for each in objective.key_result_ids if each in key_results),
    )


def _without_others(document: ProgressDocument) -> ProgressDocument:
    """Whatever is told by key result, now or in a field that comes later, only of those that are left."""
    kept = {each.key_result_id for each in document.key_results}
    told = {field.name: getattr(document, field.name) for field in fields(document)}
    cut = {
        name: {key: value for key, value in content.items() if key in kept}
        for name, content in told.items()
        if isinstance(content, dict)
    }
    return ProgressDocument(**{**told, **cut})


def filtered(document: ProgressDocument, filters: Filters) -> ProgressDocument:
    """The key results that fit, and the objectives that have any left. Sources stay, as they are about all."""
    if not filters:
        return document
    titles = {each.objective_id: each.title for each in document.objectives}
    key_results = tuple(k for k in document.key_results if filters.fits(k, titles.get(k.objective_id, "")))
    wanted = {each.objective_id for each in key_results}
    objectives = tuple(each for each in document.objectives if each.objective_id in wanted)
    return _without_others(replace(document, objectives=objectives, key_results=key_results))
