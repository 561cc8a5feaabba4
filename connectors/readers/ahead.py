"""Reading ahead: the next pages come over the network while the last ones are cast and written, several tables side by side.

One thread for each reading, in order; so of one table a vendor sees the same calls one after the other as without it, and `limits.py` says
how many of them there may be at once. Whole batches are handed over, one waiting while the next is read: with single pages the reader
soon stands still behind a batch that is being written. Who takes the items takes them on one thread, in an order that does not
depend on which answer came first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

from connectors.readers.limits import StoppedError

Item = TypeVar("Item")
BATCHES = 1


@dataclass(frozen=True)
class _End:
    """Nothing more comes; `problem` is why, when it is not the natural end."""

    problem: BaseException | None = None


def _nothing() -> None:
    """Nobody else need know of the end."""


class Readings:
    """Readings that begin together, when the first of them is asked for something, and end together when one fails.

    `on_failure` is called at once, on the thread of the reading that failed.
    """

    def __init__(self, on_failure: Callable[[], None] = _nothing, most: int = BATCHES) -> None:
        self._on_failure = on_failure
        self._most = most
        self._lanes: list[_Lane] = []
        self._begun = False
        self._failed = Event()
        self._left = Event()

    def add(self, items: Iterator[Item]) -> Iterator[Item]:
        """The same items in the same order, and the same exception at the same place or before."""
        lane = _Lane(items, self._most, self._failed, self._left, self._on_failure)
        self._lanes.append(lane)
        return self._taken(lane)

    def _taken(self, lane: _Lane) -> Iterator[Any]:
        if not self._begun:
            self._begun = True
            for each in self._lanes:
                each.thread.start()
        whole = False
        try:
            while not isinstance(item := lane.waiting.get(), _End):
                yield item
            whole = item.problem is None
        finally:
            if not whole:
                self._end()
        if item.problem is not None:
            raise self._problem() or item.problem

    def _end(self) -> None:
        """Who stops early stops all."""
        self._on_failure()
        self._failed.set()
        self._left.set()
        for lane in self._lanes:
            if lane.thread.is_alive():
                lane.empty()
                lane.thread.join()

    def _problem(self) -> BaseException | None:
        """The one that stopped the others; of several, that of the first reading."""
        found = [lane.problem for lane in self._lanes if lane.problem is not None]
        return next((each for each in found if not isinstance(each, StoppedError)), None)


class _Lane:
    """One reading: its thread, and what it has read."""

    def __init__(
        self, items: Iterator[Any], most: int, failed: Event, left: Event, on_failure: Callable[[], None]
    ) -> None:
        self.waiting: Queue[Any] = Queue(maxsize=most)
        self.problem: BaseException | None = None
        self.thread = Thread(target=self._work, name="reading ahead", daemon=True)
        self._items = items
        self._failed = failed
        self._left = left
        self._on_failure = on_failure

    def empty(self) -> None:
        """So that a thread that is about to put something need not wait for room."""
        try:
            while True:
                self.waiting.get_nowait()
        except Empty:
            return

    def _work(self) -> None:
        try:
            for item in self._items:
                if not self._put(item, until=self._failed):
                    raise StoppedError  # noqa: TRY301 - ends like one that was stopped at a call
        except BaseException as problem:  # noqa: BLE001 - whoever reads must get it, whatever it is
            self.problem = problem
            self._failed.set()
            self._on_failure()
        self._put(_End(self.problem), until=self._left)

    def _put(self, item: Any, until: Event) -> bool:
        """False when it is not wanted any more."""
        while not until.is_set():
            try:
                self.waiting.put(item, timeout=0.2)
            except Full:
                continue
            return True
        return False
