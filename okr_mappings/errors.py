"""What can go wrong with meaning, named for what the caller should do.

    Exception
    |-- MappingError     a person must edit the mapping files; carries every problem found, each with file and line
    `-- DocumentError    a published document cannot be read or written: published by another version, or damaged

Both are fatal: trying again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to correct: where (`line` counts from 1), what is wrong, and what to write instead."""

    path: str
    line: int
    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}" + (f" {self.advice}" if self.advice else "")


class MappingError(Exception):
    """The mapping files cannot be used as they are; `problems` holds all of them, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        head = "1 problem in the mapping files" if count == 1 else f"{count} problems in the mapping files"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


class DocumentError(Exception):
    """A published document does not have the shape this version reads or writes."""
