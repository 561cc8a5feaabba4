"""A finding and how much it matters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Only an error should stop anybody. `off` is what a profile says of a rule that it does not want."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of advice about an objective or key result. `path` is relative to the mapping folder, `line` counts from 1."""

    rule: str
    severity: Severity
    path: str
    line: int
    what: str
    advice: str
    cycle_id: str = ""
    about: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity} {self.rule}: {self.what} {self.advice}"
