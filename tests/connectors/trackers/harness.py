"""What the conformance suite must know of a tracker: `harness_<name>.py` holds a `Harness` that does this.

Writing a tracker means writing its harness: how to set it up, how to look at its outside, how to make it fail.
"""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from connectors.contract import Tracker

SHOWN = ("title", "value", "baseline", "progress", "score", "expected", "status", "as_of")

State = dict[tuple[str, str], dict[str, object]]


class Harness(Protocol):
    """One outside, fresh for each test."""

    def tracker(self, folder: Path) -> Tracker:
        """A tracker that talks to this outside."""
        ...

    def state(self) -> State:
        """What the outside shows now: (cycle, key result id) -> `SHOWN`, numbers as they are there, days as ISO text."""
        ...

    def touches(self) -> int:
        """A number that grows with every call to the outside, or change of it."""
        ...

    def refuse(self) -> None:
        """Make every delivery fail for good."""
        ...

    def be_busy(self) -> None:
        """Make every delivery fail for now."""
        ...

    def recover(self) -> None:
        """Undo `refuse` and `be_busy`."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Text that must not appear in any message or log."""
        ...


def open_harness(name: str, folder: Path) -> AbstractContextManager[Harness]:
    """The harness of a tracker, found by its name; a tracker without one fails here."""
    try:
        module = importlib.import_module(f"tests.connectors.trackers.harness_{name}")
    except ModuleNotFoundError as error:
        raise AssertionError(f"tracker {name!r} has no tests/connectors/trackers/harness_{name}.py") from error
    opened: AbstractContextManager[Harness] = module.opened(folder)
    return opened
