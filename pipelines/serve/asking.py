"""One question, checked: who asks, of which publication, with which parameters.

Parameters that nobody knows, that are given twice, or that make no sense are refused together, with what would be right: a misspelt
filter that is ignored shows everything and looks like an answer. (One that begins with `_` does not come as far as this.)
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from okr_mappings.snapshot import ProgressDocument, Snapshot
from okr_mappings.words import Status
from pipelines.languages import DEFAULT, marked, say, wording
from pipelines.serve.access import Viewer
from pipelines.serve.past import days_of, document_at
from pipelines.serve.problem import Problem
from pipelines.serve.publication import Publication
from pipelines.serve.scope import Filters, filtered, owners_of, visible

FILTERS = ("q", "team", "owner", "status", "source")
MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Asking:
    """`path` are the parts that the address names; `query` each parameter with its values, empty ones left out."""

    publication: Publication
    viewer: Viewer
    address: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    language: str = DEFAULT

    @property
    def pulse(self) -> str:
        """Changes when something newer is shown; says nothing else."""
        return hashlib.sha256(repr(self.publication.mark).encode()).hexdigest()[:16]

    def allow(self, *names: str) -> None:
        """Raises Problem for any other parameter, and for one that is given twice though it names one thing."""
        errors = [_unknown(name, names) for name in self.query if name not in names]
        errors += [
            f"{name}: " + say("given %(count)s times; it names one thing.", count=wording().whole(len(values)))
            for name, values in self.query.items()
            if len(values) > 1 and name not in FILTERS
        ]
        errors += [
            f"{name}: " + say("longer than %(count)s characters.", count=wording().whole(MOST_CHARACTERS))
            for name, values in self.query.items()
            if any(len(each) > MOST_CHARACTERS for each in values)
        ]
        if errors:
            raise Problem(400, " ".join(errors), errors)

    def one(self, name: str) -> str:
        return next(iter(self.query.get(name, ())), "")

    def number(self, name: str, default: int, most: int, least: int = 1) -> int:
        text = self.one(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 19 and least <= int(text) <= most):
            error = f"{name}: {text!r} is no whole number from {least} to {most:,}."
            raise Problem(400, error, [error])
        return int(text)

    @cached_property
    def cycle_id(self) -> str:
        wanted = self.one("cycle") or self.publication.main.cycle_id
        if wanted not in self.publication.documents:
            listed = ", ".join(self.publication.documents)
            error = "cycle: " + say("%(text)s is not published. Known: %(known)s.", text=repr(wanted), known=listed)
            raise Problem(400, error, [error])
        return wanted

    @cached_property
    def day(self) -> date | None:
        """The day asked for; None for the newest."""
        text = self.one("as_of")
        if not text:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            error = "as_of: " + say(
                "%(text)s is no day; one looks like %(day)s.", text=repr(text), day=str(self.publication.main.as_of)
            )
            raise Problem(400, error, [error]) from None

    @cached_property
    def days(self) -> tuple[date, ...]:
        """What `as_of` may be."""
        return days_of(self.publication, self.cycle_id)

    @cached_property
    def everything(self) -> ProgressDocument:
        """All that this viewer may see, as of the day asked for. Raises Problem."""
        found: ProgressDocument | None = self.publication.documents[self.cycle_id]
        if self.day is not None:
            found = document_at(self.publication, self.cycle_id, self.day)
        if found is None:
            days = {"day": wording().full_day(self.day or self.days[0]), "first": wording().full_day(self.days[0])}
            nothing = marked("Nothing was reported of %(cycle)s by %(day)s. The first day is %(first)s.")
            raise Problem(404, say(nothing, cycle=self.cycle_id, **days))
        return visible(found, self.viewer.teams)

    @cached_property
    def filters(self) -> Filters:
        """Raises Problem for a status that does not exist; names of people and teams come and go."""
        statuses = [each.value for each in Status]
        errors = [
            f"status: {_unknown(each, statuses)}" for each in self.query.get("status", ()) if each not in statuses
        ]
        if errors:
            raise Problem(400, " ".join(errors), errors)
        listed = {name: tuple(self.query.get(name, ())) for name in FILTERS}
        return Filters(" ".join(listed["q"]), listed["team"], listed["owner"], listed["status"], listed["source"])

    @cached_property
    def document(self) -> ProgressDocument:
        """What the filters leave of it."""
        return filtered(self.everything, self.filters)

    def key_result(self) -> Snapshot:
        """The one that the address names. Raises Problem; one of another team is as unknown as one that does not exist."""
        wanted = self.path["key_result_id"]
        for each in self.everything.key_results:
            if each.key_result_id == wanted:
                return each
        near = difflib.get_close_matches(wanted, [each.key_result_id for each in self.everything.key_results], n=1)
        hint = " " + say("Did you mean %(text)s?", text=near[0]) if near else ""
        day = wording().full_day(self.everything.as_of)
        missing = say(
            "There is no key result %(text)s in %(cycle)s as of %(day)s.",
            text=repr(wanted),
            cycle=self.cycle_id,
            day=day,
        )
        raise Problem(404, missing + hint)

    @cached_property
    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """What the filters may be set to, as value and words."""
        document = self.everything
        owners = {name for each in document.key_results for name in owners_of(each.owner)}
        sources = {source.source for each in document.key_results for source in each.sources}
        present = {each.status for each in document.key_results}
        teams = {each.team_id for each in document.key_results} | {each.team_id for each in document.objectives}
        names = {team.team_id: team.name for team in document.teams}
        return {
            "team": [(each, names.get(each, each)) for each in [*names, *sorted(teams - set(names))] if each in teams],
            "owner": [(each, each) for each in sorted(owners)],
            "status": [(each.value, wording().status(each)) for each in Status if each in present],
            "source": [(each, each) for each in sorted(sources)],
        }


def _unknown(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = (
        say("Did you mean %(text)s?", text=near[0]) if near else say("Known: %(known)s.", known=", ".join(known) or "–")
    )
    return say("%(text)s is not known here.", text=repr(name)) + " " + hint
