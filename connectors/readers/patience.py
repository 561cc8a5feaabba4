"""How often and how long a source tries the same call again.

No vendor library is trusted with this: HubSpot's sends no POST twice and sleeps on a `Retry-After` of hours, Google's
report call does not retry at all. A vendor's `calls.py` turns each answer into an error of `connectors.errors`; this
decides what happens to it. A wait that the vendor asks for and that is longer than `LONGEST_WAIT` ends the source: its
numbers turn stale and the next run goes on, which beats a job that sleeps till midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar

from connectors.errors import ContractError, RetriableError

TRIES = 4
LONGEST_WAIT = 60.0

Answer = TypeVar("Answer")


class UnreadableError(RetriableError):
    """An answer that cannot be read (cut, HTML): perhaps a proxy's accident, so worth another try before it is the vendor's fault."""


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds in `Retry-After`, a number or a date; a date counts from the answer's own `Date`, whose clock wrote it."""
    known = {name.lower(): value for name, value in headers.items()}
    text = known.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        length = parsedate_to_datetime(text) - parsedate_to_datetime(known["date"])
        return max(length.total_seconds(), 0.0)
    except (KeyError, ValueError, TypeError):
        return None


def patiently(call: Callable[[], Answer], wait: Callable[[float], None]) -> Answer:
    """The answer of `call`, tried at most `TRIES` times; every other error of it passes through at once."""
    for attempt in range(1, TRIES):
        try:
            return call()
        except RetriableError as problem:
            pause = 0.5 * 2 ** (attempt - 1) if problem.retry_after is None else problem.retry_after
            if pause > LONGEST_WAIT:
                raise
            wait(pause)
    try:
        return call()
    except UnreadableError as problem:
        raise ContractError(f"{problem} Tried {TRIES} times; nothing was loaded.") from problem
