"""Which rule matters how much: a profile is a small YAML file, ours and yours alike.

```yaml
extends: default              # start from another profile; `default` when left out
severities: {hint: off}       # every rule that is a hint there is off here
rules: {percent-target: warning, activity: error}   # these in particular; what stands here wins
terms: [SEO, ARR]             # abbreviations that everybody knows here
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from okr_mappings.errors import MappingError, Problem
from okr_mappings.lint.finding import Severity
from okr_mappings.lint.rule import EVERYBODY_KNOWS
from okr_mappings.lint.rules import BY_ID, RULES
from okr_mappings.model import Block
from okr_mappings.shapes import read_shape
from okr_mappings.suggest import nearest
from okr_mappings.yaml_lines import YamlFile, read_yaml

DEFAULT = "default"
BUILT_IN = ("default", "strict", "relaxed")


def _off(raw: object) -> object:
    """YAML reads an unquoted `off` as false."""
    return Severity.OFF.value if raw is False else raw


Word = Annotated[str, BeforeValidator(_off)]


class ProfileFile(Block):
    """A profile as it is written."""

    extends: str = Field(DEFAULT, description="The profile to start from: default, strict or relaxed.")
    severities: dict[str, Word] = Field(
        default_factory=dict, description="From one severity to another, for all rules."
    )
    rules: dict[str, Word] = Field(
        default_factory=dict, description="The severity of single rules; wins over severities."
    )
    terms: list[str] = Field(default_factory=list, description="Abbreviations that need no definition here.")


@dataclass(frozen=True, slots=True)
class Profile:
    """The severity of every rule, and the terms that need no definition."""

    name: str
    severities: Mapping[str, Severity]
    terms: frozenset[str]


def load_profile(name: str) -> Profile:
    """A built-in profile by its name, else the file of that path. Raises MappingError with every problem in it."""
    file = _read(name)
    shape = read_shape(file, ProfileFile) if not file.problems else None
    if shape is not None:
        _check(shape, file)
    if file.problems or shape is None:
        raise MappingError(file.problems)
    before = _everything_as_declared() if name == DEFAULT else load_profile(shape.extends)
    severities = {rule: Severity(shape.severities.get(now, now)) for rule, now in before.severities.items()}
    severities |= {rule: Severity(severity) for rule, severity in shape.rules.items()}
    return Profile(name, severities, before.terms | set(shape.terms))


def _everything_as_declared() -> Profile:
    return Profile(DEFAULT, {rule.id: rule.severity for rule in RULES}, EVERYBODY_KNOWS)


def _read(name: str) -> YamlFile:
    path = Path(str(files("okr_mappings"))) / "lint" / "profiles" / f"{name}.yml" if name in BUILT_IN else Path(name)
    try:
        return read_yaml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError):
        what = f"There is no profile `{name}`, and no file of that name that can be read."
        return YamlFile(name, problems=[Problem(name, 1, what, nearest(name, BUILT_IN))])


def _check(shape: ProfileFile, file: YamlFile) -> None:
    """A profile extends a built-in one, so that it can be read on its own and goes round in no circle."""
    if shape.extends not in BUILT_IN:
        file.problem(("extends",), f"There is no built-in profile `{shape.extends}`.", nearest(shape.extends, BUILT_IN))
    words = tuple(Severity)
    for rule, severity in shape.rules.items():
        if rule not in BY_ID:
            file.problem(("rules", rule), f"There is no rule `{rule}`.", nearest(rule, BY_ID))
        if severity not in words:
            file.problem(("rules", rule), f"`{severity}` is no severity.", f"Write one of {', '.join(words)}.")
    for before, after in shape.severities.items():
        for word in (before, after):
            if word not in words:
                file.problem(("severities", before), f"`{word}` is no severity.", f"Write one of {', '.join(words)}.")
