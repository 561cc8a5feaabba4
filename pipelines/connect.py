"""`okr connect NAME`: credentials asked for, tried out, and stored; what a newcomer does once per source, and for some trackers.

What the vendor wants and how to try it stands in the source (`CONNECT`); here are the questions and the files. Secrets go to
`.dlt/secrets.toml`, readable by the owner only, everything else to `.dlt/config.toml`; what else stands there, comments included, stays
as it is. A tracker's settings go to `okr.toml`. Nothing is stored that the vendor refused. A value from the environment is used and
not stored: it wins anyway.

Where a person consents in a browser, the answer comes back to a listener on this machine, or is pasted. What belongs to the consent and
changes with every renewal lies in the data folder (`connectors/readers/tokens/`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from connectors import registry
from connectors.contract import Asked, Connect, SourceRun
from connectors.readers import settings
from connectors.readers.tokens.browser import Listener
from connectors.readers.tokens.store import FOLDER as TOKENS
from pipelines import clock
from pipelines.errors import SettingsError
from pipelines.settings import FILE
from pipelines.toml_files import store_values, stored_values

TRACKERS = Path(FILE)
SECRETS, CONFIG = Path(".dlt") / "secrets.toml", Path(".dlt") / "config.toml"
# settings that nobody is asked for, but which a test installation may have
_UNASKED = ("api_base", "api_endpoint")
CONSENT_SECONDS = 300.0
"""So long the listener waits for somebody to consent."""

Ask = Callable[[Asked, bool], str]
"""Answers with what a person typed, nothing for "keep it" or "none"; told whether there is a value already."""
Paste = Callable[[str], str]
"""Asks for the address that the browser was sent to; told how it begins."""


@dataclass(frozen=True)
class Answers:
    """The values by name, and which of them are to be stored."""

    values: Mapping[str, str]
    new: frozenset[str]


def choices() -> list[str]:
    """What can be set up, a line each with what people call it."""
    labels = {name: registry.source_module(name).LABEL for name in registry.source_names()}
    labels |= {
        name: f"{name.replace('_', ' ').title()} (shows the numbers)"
        for name in registry.tracker_names()
        if isinstance(getattr(registry.tracker_module(name), "CONNECT", None), Connect)
    }
    width = max(map(len, labels))
    return [f"{name:<{width}}  {label}" for name, label in labels.items()]


def instructions(source: str) -> str:
    """What to click, for people."""
    return _connect(source).text


def collect(source: str, given: Mapping[str, str], ask: Ask | None) -> Answers:
    """From the command line, else from a person (`ask`), else what is set already. SettingsError names what is missing."""
    asked = _connect(source).asked
    unasked = _brought(source)
    if unknown := sorted(given.keys() - {each.name for each in asked}):
        known = ", ".join(each.name for each in asked)
        raise SettingsError(f"{source} has no setting {', '.join(unknown)}. It has {known}.")
    values, new = {}, set()
    for each in asked:
        known_value = _known(source, each)
        typed = given.get(each.name)
        if typed is None and ask is not None and each.name not in unasked and not _in_environment(source, each.name):
            typed = ask(each, bool(known_value)) or None
        values[each.name] = typed.strip() if typed is not None else known_value
        if typed is not None:
            new.add(each.name)
        if each.required and not values[each.name]:
            raise SettingsError(
                f"{source}: {each.prompt} is missing. Give it with {_variable(source, each.name)} in the environment, "
                f"or with --set {each.name}={'-' if each.secret else each.example}."
            )
    values |= {name: _unasked(source, name) for name in _UNASKED}
    return Answers(values, frozenset(new))


def wants_consent(source: str, answers: Answers) -> bool:
    """Whether a person should be sent to a browser: the source is for it, and no key was given that needs nobody."""
    consent = _connect(source).consent
    return consent is not None and not (consent.unless and answers.values.get(consent.unless))


def consented(
    source: str, answers: Answers, data_dir: Path, tell: Callable[[str], None], paste: Paste | None
) -> Answers:
    """The answers with what the consent has brought. `tell` shows an address to a person; `paste` asks for the one that came back."""
    consent = _connect(source).consent
    if consent is None:
        raise SettingsError(f"{source} needs no consent in a browser.")
    question = consent.question(_run(data_dir), answers.values)
    if paste is not None:
        tell(question.address)
        brought = question.answered(paste(question.redirect))
    else:
        with Listener(urlsplit(question.redirect).port or 80) as listener:
            tell(question.address)
            brought = question.answered(listener.wait(CONSENT_SECONDS))
    values = {**answers.values, **dict.fromkeys(consent.brings, ""), **brought}
    return Answers(values, answers.new | frozenset(consent.brings))


def try_out(source: str, answers: Answers, data_dir: Path | None = None) -> str:
    """What the vendor says; a ConnectorError when it refuses. Tokens that renew themselves are kept in the data folder."""
    return _connect(source).attempt(_run(data_dir), answers.values)


def _run(data_dir: Path | None) -> SourceRun:
    return SourceRun(now=clock.now(), tokens_dir=None if data_dir is None else data_dir / TOKENS)


def _brought(source: str) -> frozenset[str]:
    """Settings that nobody is asked for, as a browser brings them."""
    consent = _connect(source).consent
    return frozenset() if consent is None else frozenset(consent.brings) - {consent.unless}


def store(source: str, answers: Answers) -> list[str]:
    """Write what is new; one line per file for people."""
    told = []
    if is_tracker(source):
        store_values(TRACKERS, source, {name: answers.values[name] for name in answers.new}, section="trackers")
        told = [f"[trackers.{source}] stored in {TRACKERS}."]
    for path, secret in () if is_tracker(source) else ((SECRETS, True), (CONFIG, False)):
        names = [each.name for each in _connect(source).asked if each.secret == secret and each.name in answers.new]
        if names:
            store_values(path, source, {name: answers.values[name] for name in names})
            who = ", readable only by you; keep it out of version control" if secret else ""
            told.append(f"{', '.join(names)} stored in {path}{who}.")
    overruled = [name for name in sorted(answers.new) if _in_environment(source, name)]
    told += [f"{_variable(source, name)} is set in the environment and wins." for name in overruled]
    return told or ["Nothing new to store."]


def is_tracker(name: str) -> bool:
    """Sources have the first right to a name."""
    return name in registry.tracker_names() and name not in registry.source_names()


def _variable(name: str, setting: str) -> str:
    return f"OKR_TRACKERS__{name}__{setting}".upper() if is_tracker(name) else settings.environment_name(name, setting)


def _unasked(name: str, setting: str) -> str:
    if not is_tracker(name):
        return settings.optional(name, setting)
    return os.environ.get(_variable(name, setting), "") or stored_values(TRACKERS, name, section="trackers").get(
        setting, ""
    )


def _connect(source: str) -> Connect:
    module = registry.tracker_module(source) if is_tracker(source) else registry.source_module(source)
    found = getattr(module, "CONNECT", None)
    if not isinstance(found, Connect):
        raise SettingsError(f"{source} has no walk-through. Its settings stand in connectors/README.md.")
    return found


def _known(source: str, asked: Asked) -> str:
    if name := _in_environment(source, asked.name):
        return os.environ[name].strip()
    if is_tracker(source):
        return stored_values(TRACKERS, source, section="trackers").get(asked.name, "")
    stored = stored_values(SECRETS if asked.secret else CONFIG, source)
    return stored.get(asked.name, "")


def _in_environment(source: str, name: str) -> str:
    variable = _variable(source, name)
    return variable if os.environ.get(variable, "").strip() else ""
