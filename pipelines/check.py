"""`okr check`: everything that can be found wrong without a network, in one go.

Settings of sources and trackers, mapping files, metric descriptions, and the SQL of every metric and key result: parsed, guarded, and
bound against the marts of an empty warehouse, so that a misspelt column is found here and not on Friday.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from connectors import registry
from connectors.contract import SourceRun
from connectors.errors import SettingError
from okr_mappings.errors import MappingError
from okr_mappings.lint import lint
from pipelines import clock
from pipelines.doubts import doubts
from pipelines.exit_codes import ExitCode
from pipelines.inputs import look
from pipelines.jobs.track import open_trackers
from pipelines.loaded import Loaded, load_everything
from pipelines.settings import Settings
from warehouse.errors import DescriptionError, ModelError
from warehouse.rehearsal import rehearse


@dataclass(frozen=True)
class Findings:
    """What was looked at, what is wrong with it, what will be one day, and what may well be a mistake."""

    looked_at: tuple[str, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """2 as soon as there is a problem."""
        return ExitCode.INVALID if self.problems else ExitCode.OK

    def as_text(self) -> str:
        """For people: the problems, or what was looked at."""
        warned = [*(f"look  {line}" for line in self.doubts), *(f"soon  {line}" for line in self.warnings)]
        if self.problems:
            count = len(self.problems)
            told = f"{count} problem{'s' if count > 1 else ''}. Nothing was touched."
            return "\n".join([*self.problems, *warned, "", told])
        return "\n".join([*(f"ok  {line}" for line in self.looked_at), *warned])

    def as_json(self) -> str:
        """For programs."""
        found = {"looked_at": self.looked_at, "problems": self.problems, "warnings": (*self.doubts, *self.warnings)}
        return json.dumps({"ok": not self.problems, **found}, indent=2)


def check(settings: Settings) -> Findings:
    """Look at everything; one broken part hides no other."""
    return replace(_look(settings), warnings=sunsets(settings, clock.now().date()))


def sunsets(settings: Settings, today: date) -> tuple[str, ...]:
    """The versions of vendors' APIs that end within three months, or have."""
    known = [name for name in settings.sources if name in registry.source_names()]
    found = (registry.api_version(name) for name in known)
    return tuple(text for version in found if version is not None and (text := version.warning(today)))


def _look(settings: Settings) -> Findings:
    problems = [*_sources(settings), *_inputs(settings), *_trackers(settings)]
    looked_at = [
        f"sources: {', '.join(settings.sources) or 'none configured'}",
        *([f"inputs: {', '.join(settings.inputs)}"] if settings.inputs else []),
        f"trackers: {', '.join(settings.trackers) or 'none configured'}",
    ]
    try:
        loaded = load_everything(settings)
    except MappingError as error:
        return Findings((), (*problems, *map(str, error.problems)))
    except DescriptionError as error:
        return Findings((), (*problems, *error.findings))
    except ModelError as error:
        return Findings((), (*problems, str(error)))
    problems += _sql(loaded)
    today = clock.today(clock.now(), loaded.mappings.company.time_zone)
    return Findings((*looked_at, *_counted(loaded)), tuple(problems), doubts=doubts(settings, loaded, today))


def _counted(loaded: Loaded) -> list[str]:
    plans = loaded.mappings.cycles
    objectives = sum(len(plan.objectives) for plan in plans)
    key_results = sum(len(plan.key_results) for plan in plans)
    cycles = ", ".join(plan.cycle.id for plan in plans)
    return [
        f"mappings: {_some(objectives, 'objective')} and {_some(key_results, 'key result')} in {cycles}",
        f"metrics: {len(loaded.catalog)}, each bound against the marts",
        _style(loaded),
    ]


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _style(loaded: Loaded) -> str:
    """How much `okr lint` would say without numbers; advice is no problem, so it is only counted."""
    count = len(lint(loaded.mappings))
    return f"style: {count or 'no'} finding{'' if count == 1 else 's'}{'; see `okr lint`' if count else ''}"


def _sql(loaded: Loaded) -> list[str]:
    own = {
        f"{key_result.path}:{key_result.line}: key result {key_result.id}": key_result.sql
        for plan in loaded.mappings.cycles
        for key_result in plan.key_results
        if key_result.sql is not None
    }
    company = loaded.mappings.company
    return rehearse(loaded.homes, loaded.catalog, own, company.time_zone, company.currency)


def _sources(settings: Settings) -> list[str]:
    return [problem for name in settings.sources if (problem := _problem(partial(_open_source, name)))]


def _open_source(name: str) -> object:
    """Builds the source without reading from it: every setting it needs is looked up, nothing is sent."""
    return registry.source_module(name).source(SourceRun(now=clock.now()))


def _inputs(settings: Settings) -> list[str]:
    return [problem for name, given in settings.inputs.items() if (problem := look(name, given))]


def _trackers(settings: Settings) -> list[str]:
    problem = _problem(partial(open_trackers, settings))
    return problem.splitlines() if problem else []


def _problem(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except SettingError as error:
        return str(error)
    return ""
