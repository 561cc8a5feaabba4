"""Every call the sandbox answered, in order, so that a test can count them and see that none came after a terminal error."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

KEPT_CALLS = 100_000
KEPT_BODY = 400


@dataclass(frozen=True, slots=True)
class Call:
    """One answered request. `body` is its beginning, `status` 0 when the connection was broken on purpose, `at` when it came in,
    in seconds of a clock that never goes back."""

    number: int
    method: str
    path: str
    query: str
    body: str
    status: int
    fault: str | None = None
    at: float = 0.0


class CallLog:
    """Reads like a list; forgets the oldest beyond 100,000 calls, while `total` goes on counting."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self.total = 0
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Around the answering of one call: `most_at_once` is how many of them there were at the same time."""
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def add(self, method: str, target: str, body: bytes, status: int, fault: str | None) -> None:
        path, _, query = target.partition("?")
        text = body[:KEPT_BODY].decode("utf-8", "replace")
        with self._lock:
            self.total += 1
            self._calls.append(Call(self.total, method, path, query, text, status, fault, time.monotonic()))

    def to(self, path_prefix: str, method: str | None = None) -> list[Call]:
        """Those whose path starts so, e.g. `calls.to("/crm/v3/objects/contacts")`."""
        return [c for c in self if c.path.startswith(path_prefix) and method in (None, c.method)]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self.total = self.most_at_once = 0

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def __getitem__(self, index: int) -> Call:
        return self._calls[index]
