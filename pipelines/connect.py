"""`okr connect SOURCE`: credentials asked for, tried out, and stored; what a newcomer does once per source.

What the vendor wants and how to try it stands in the source (`CONNECT`); here are the questions and the files. Secrets go to
`.dlt/secrets.toml`, readable by the owner only, everything else to `.dlt/config.toml`; what else stands there, comments included, stays
as it is. Nothing is stored that the vendor refused. A value from the environment is used and not stored: it wins anyway.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors import registry
from connectors.contract import Asked, Connect, SourceRun
from connectors.readers import settings
from pipelines import clock
from pipelines.errors import SettingsError
from pipelines.toml_files import store_values, stored_values

SECRETS, CONFIG = Path(".dlt") / "secrets.toml", Path(".dlt") / "config.toml"
# settings that nobody is asked for, but which a test installation may have
_UNASKED = ("api_base", "api_endpoint")

Ask = Callable[[Asked, bool], str]
"""Answers with what a person typed, nothing for "keep it" or "none"; told whether there is a value already."""


@dataclass(frozen=True)
class Answers:
    """The values by name, and which of them are to be stored."""

    values: Mapping[str, str]
    new: frozenset[str]


def instructions(source: str) -> str:
    """What to click, for people."""
    return _connect(source).text


def collect(source: str, given: Mapping[str, str], ask: Ask | None) -> Answers:
    """From the command line, else from a person (`ask`), else what is set already. SettingsError names what is missing."""
    asked = _connect(source).asked
    if unknown := sorted(given.keys() - {each.name for each in asked}):
        known = ", ".join(each.name for each in asked)
        raise SettingsError(f"{source} has no setting {', '.join(unknown)}. It has {known}.")
    values, new = {}, set()
    for each in asked:
        known_value = _known(source, each)
        typed = given.get(each.name)
        if typed is None and ask is not None and not _in_environment(source, each.name):
            typed = ask(each, bool(known_value)) or None
        values[each.name] = typed.strip() if typed is not None else known_value
        if typed is not None:
            new.add(each.name)
        if each.required and not values[each.name]:
            raise SettingsError(
                f"{source}: {each.prompt} is missing. Give it with {settings.environment_name(source, each.name)} in the environment, "
                f"or with --set {each.name}={'-' if each.secret else each.example}."
            )
    values |= {name: settings.optional(source, name) for name in _UNASKED}
    return Answers(values, frozenset(new))


def try_out(source: str, answers: Answers) -> str:
    """What the vendor says; a ConnectorError when it refuses."""
    return _connect(source).attempt(SourceRun(now=clock.now()), answers.values)


def store(source: str, answers: Answers) -> list[str]:
    """Write what is new; one line per file for people."""
    told = []
    for path, secret in ((SECRETS, True), (CONFIG, False)):
        names = [each.name for each in _connect(source).asked if each.secret == secret and each.name in answers.new]
        if names:
            store_values(path, source, {name: answers.values[name] for name in names})
            who = ", readable only by you; keep it out of version control" if secret else ""
            told.append(f"{', '.join(names)} stored in {path}{who}.")
    overruled = [name for name in sorted(answers.new) if _in_environment(source, name)]
    told += [f"{settings.environment_name(source, name)} is set in the environment and wins." for name in overruled]
    return told or ["Nothing new to store."]


def _connect(source: str) -> Connect:
    found = getattr(registry.source_module(source), "CONNECT", None)
    if not isinstance(found, Connect):
        raise SettingsError(f"{source} has no walk-through. Its settings stand in connectors/README.md.")
    return found


def _known(source: str, asked: Asked) -> str:
    if name := _in_environment(source, asked.name):
        return os.environ[name].strip()
    stored = stored_values(SECRETS if asked.secret else CONFIG, source)
    return stored.get(asked.name, "")


def _in_environment(source: str, name: str) -> str:
    variable = settings.environment_name(source, name)
    return variable if os.environ.get(variable, "").strip() else ""
