"""Makes answers in threads: once for all who ask for the same thing at the same time, and only a few of the long ones at once.

Every combination of filters and days is another report, and one of a thousand key results keeps a processor busy for seconds. Whoever
asks for a hundred of them waits for himself: the threads that answer everybody else stay free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from anyio import CapacityLimiter, to_thread

from pipelines.languages import marked, speaking
from pipelines.serve.answer import Answer
from pipelines.serve.asking import Asking
from pipelines.serve.problem import Problem
from pipelines.serve.publication import Publication

Handler = Callable[[Asking], Answer]
AT_ONCE = 2
MOST_WAITING = 20
BUSY = marked("Long pages are being made for others just now. Ask again in a minute.")


class Making:
    def __init__(self) -> None:
        self._tasks: dict[object, asyncio.Task[Answer]] = {}
        self._few: CapacityLimiter | None = None

    async def made(self, publication: Publication, key: object, make: Callable[[], Answer], *, slow: bool) -> Answer:
        """Kept until the next publication is shown. Raises Problem where too many long ones are waited for."""
        whose = (id(publication), key)
        task = self._tasks.get(whose)
        if task is None:
            limiter = self._limiter() if slow else None
            task = asyncio.ensure_future(to_thread.run_sync(partial(_complete, make), limiter=limiter))
            self._tasks[whose] = task
            task.add_done_callback(lambda _: self._tasks.pop(whose, None))
        answer = await asyncio.shield(task)
        publication.kept.put(key, answer)
        return answer

    def _limiter(self) -> CapacityLimiter:
        if self._few is None:
            self._few = CapacityLimiter(AT_ONCE)
        if self._few.statistics().tasks_waiting >= MOST_WAITING:
            raise Problem(429, BUSY, (), {"retry-after": "60"})
        return self._few


def complete(handler: Handler, asking: Asking) -> Answer:
    """In the asker's language, with its ETag and its compressed form."""
    return _complete(partial(spoken, handler, asking))


def spoken(handler: Handler, asking: Asking) -> Answer:
    with speaking(asking.language):
        return handler(asking)


def _complete(make: Callable[[], Answer]) -> Answer:
    """In the thread that made it."""
    answer = make()
    _ = answer.etag, answer.compressed
    return answer
