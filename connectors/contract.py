"""What a source and a tracker promise: the two shapes every file in `sources/` and `trackers/` has.

A source module has a docstring with the facts of its API (manual, grain, history, delay, limits), a constant `LABEL`, and
`def source(run: SourceRun, ...) -> DltSource` decorated with `@dlt.source(name="<module>")`; with a constant `CONNECT` a newcomer
can set it up by `okr connect`, and with `def personal_columns() -> Mapping[str, Collection[str]]` (table -> columns) what an earlier
version loaded in plain text is hashed as well. A tracker module has `LABEL`, `SETTINGS` (name -> `Setting`) and
`def tracker(settings: Mapping[str, str], folder: Path) -> Tracker`.
`connectors.registry` finds both by their file names.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from connectors.personal import Personal
from okr_mappings.snapshot import ProgressDocument, Snapshot


def _ignore(resource: str, rows: int, expected: int | None) -> None:
    """Nobody watches."""


@dataclass
class SourceRun:
    """What a source is told before it reads, and where it writes down how it went.

    `now` is the caller's clock (UTC), used where the vendor does not say its own; `time_zone` and `currency` are the company's,
    '' where it is not known.
    `on_rows(resource, rows, expected)` feeds the progress bars: `rows` so far, `expected` in all or None. A source
    sets `data_through` to the UTC moment before which everything the vendor has was read, adds to `requests` for each
    call, and appends to `warnings` what a reader of the number should know (sampling, thresholds, rows set aside);
    `watermark` says from which moment or day the next load goes on.
    `personal` turns what names a person into a code: a source yields no e-mail address but `personal.hashed(address)`, and says in
    `personal_columns()` of its module which columns of its tables hold such codes.
    `full` asks for everything again instead of news only. `wait` sleeps that many seconds before a call is tried again, `pause` before
    one for which it is too early by the vendor's limits (`readers/limits.py`);
    an answer that takes longer than `answer_seconds` counts as none. `tokens_dir` is where tokens are kept that renew themselves.
    """

    now: datetime
    time_zone: str = "UTC"
    on_rows: Callable[[str, int, int | None], None] = _ignore
    full: bool = False
    wait: Callable[[float], None] = time.sleep
    answer_seconds: float = 60.0
    requests: int = 0
    data_through: datetime | None = None
    tables_through: dict[str, datetime] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    watermark: str = ""
    currency: str = ""
    tokens_dir: Path | None = None
    personal: Personal = field(default_factory=Personal.throwaway)
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        if self.now.tzinfo is not UTC:
            raise ValueError("SourceRun.now must be in UTC")

    def part(self) -> SourceRun:
        """For one of several readings side by side: as this one, with warnings of its own, so that their order is not that of answers."""
        return replace(self, warnings=[])


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a person may set for a tracker, described in one line; `secret` ones are never shown."""

    description: str
    required: bool = False
    secret: bool = False


class DeliveryState(StrEnum):
    """How one delivery ended: `sent`, `retriable` (try later), `permanent` (a person must act)."""

    SENT = "sent"
    RETRIABLE = "retriable"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One snapshot on its way to one tracker. `delivery_id` stays the same over every attempt; `attempt` counts from 1."""

    delivery_id: str
    snapshot: Snapshot
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What the tracker made of one delivery; `message` says what, where, why, what to do, without secrets.

    `ended`: the other side wants no more messages, ever; the tracker is switched off until a person acts.
    """

    delivery_id: str
    state: DeliveryState
    message: str = ""
    retry_after: float | None = None
    ended: bool = False


class Tracker(Protocol):
    """An outside place that shows progress. Sending is state-setting: the same delivery twice changes nothing."""

    @property
    def name(self) -> str: ...

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        """Bring the tracker to the state of `document`; answer for each of `deliveries`, in order, and raise nothing.

        `document` is what was published, `deliveries` what has not been acknowledged yet. A tracker that always writes
        its whole state (a workbook) uses `document`, and makes no change when it already shows it; one that sends
        messages (a webhook) uses `deliveries` and makes no call when there are none.
        """
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One setting of a source that `okr connect` asks for; `example` shows what it looks like."""

    name: str
    prompt: str
    example: str = ""
    secret: bool = False
    required: bool = True


class ConsentQuestion(Protocol):
    """One consent that a person is asked for in a browser."""

    @property
    def address(self) -> str:
        """What the person opens."""
        ...

    @property
    def redirect(self) -> str:
        """Where the browser is sent afterwards, on this machine."""
        ...

    def answered(self, address: str) -> Mapping[str, str]:
        """The settings that it brings, from the address that the browser was sent to."""
        ...


@dataclass(frozen=True, slots=True)
class Consent:
    """A source whose credential a person gives in a browser: `brings` are the settings that are not typed then.

    With a value for the setting `unless` (a key that needs no person) nobody is asked.
    """

    question: Callable[[SourceRun, Mapping[str, str]], ConsentQuestion]
    brings: tuple[str, ...]
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Connect:
    """How a newcomer gets at a source: a source module that has this as `CONNECT` can be set up with `okr connect`.

    `text` says which rights are needed and where to click. `attempt` makes the fewest calls that prove the settings right and answers
    with a sentence of what it found; a ConnectorError says what to do. It gets the settings by name, blank ones as empty texts.
    """

    text: str
    asked: tuple[Asked, ...]
    attempt: Callable[[SourceRun, Mapping[str, str]], str]
    consent: Consent | None = None
