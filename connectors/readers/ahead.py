"""Reading ahead: the next pages come over the network while the last ones are cast and written.

One thread, in order; so a vendor sees the same calls one after the other as without it. Whole batches are handed over, one waiting
while the next is read: with single pages the reader soon stands still behind a batch that is being written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
BATCHES = 1


@dataclass(frozen=True)
class _End:
    """Nothing more comes; `problem` is why, when it is not the natural end."""

    problem: BaseException | None = None


def ahead(items: Iterator[Item], most: int = BATCHES) -> Iterator[Item]:
    """The same items in the same order, and the same exception at the same place. Who stops early stops the thread."""
    waiting: Queue[Item | _End] = Queue(maxsize=most)
    stop = Event()
    thread = Thread(target=_work, args=(items, waiting, stop), name="reading ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.problem is not None:
            raise item.problem
    finally:
        stop.set()
        _empty(waiting)
        thread.join()


def _work(items: Iterator[Item], waiting: Queue[Item | _End], stop: Event) -> None:
    try:
        for item in items:
            if not _put(item, waiting, stop):
                return
        _put(_End(), waiting, stop)
    except BaseException as problem:  # noqa: BLE001 - whoever reads must get it, whatever it is
        _put(_End(problem), waiting, stop)


def _put(item: Item | _End, waiting: Queue[Item | _End], stop: Event) -> bool:
    """False when nobody reads any more."""
    while not stop.is_set():
        try:
            waiting.put(item, timeout=0.2)
        except Full:
            continue
        return True
    return False


def _empty(waiting: Queue[Item | _End]) -> None:
    """So that a thread that is about to put something need not wait for room."""
    try:
        while True:
            waiting.get_nowait()
    except Empty:
        return
