"""How many calls a vendor gets at once and in a second: the one place that knows it, for all threads of one load.

HubSpot documents rates and no number of calls at once; its searches, 5 a second for the whole account, come without the headers that state
the rate of all other calls (100 to 190 in ten seconds, by subscription), which are learnt. Salesforce refuses a 26th call that takes longer
than 20 seconds, and other tools of the org make some too. Google answers 10 reports of a property at once, other tools' reports included.
Somebody else may spend the same allowance: an answer 429 remains possible, and `patience.py` decides about it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock

from connectors.contract import SourceRun

MARGIN = 1.1
"""Windows are taken a tenth longer: calls do not arrive at the pace at which they are sent."""


@dataclass(frozen=True)
class Rate:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """Of one vendor. None where it has no such limit, or says it with its answers."""

    at_once: int
    searches: Rate | None = None


HUBSPOT = Limits(at_once=8, searches=Rate(5, 1.0))
SALESFORCE = Limits(at_once=10)
GA4 = Limits(at_once=4)


class StoppedError(Exception):
    """No call is begun any more, because another one of the load has failed for good."""


class Limiter:
    """One vendor during one load. Counts the calls, too. `clock` and `pause` are the machine's but in tests."""

    def __init__(self, limits: Limits, run: SourceRun, clock: Callable[[], float] = time.monotonic) -> None:
        self._run = run
        self._places = BoundedSemaphore(limits.at_once)
        self._lock = Lock()
        self._searches = _Window(limits.searches, clock)
        self._calls = _Window(None, clock)
        self._ended = False

    @contextmanager
    def call(self, *, search: bool = False) -> Iterator[None]:
        """Around one call; waits until the vendor takes it. StoppedError after `end`."""
        with self._places:
            with self._lock:
                pause = (self._searches if search else self._calls).reserve()
            if pause > 0:
                self._run.pause(pause)
            with self._lock:
                if self._ended:
                    raise StoppedError
                self._run.requests += 1
            yield

    def learn(self, rate: Rate | None) -> None:
        """What the vendor says about all calls but searches."""
        if rate is not None:
            with self._lock:
                self._calls.rate = rate

    def end(self) -> None:
        """No call is begun after this; those under way end."""
        with self._lock:
            self._ended = True


class _Window:
    """The moments of the last calls of a rate."""

    def __init__(self, rate: Rate | None, clock: Callable[[], float]) -> None:
        self.rate = rate
        self._clock = clock
        self._moments: deque[float] = deque()

    def reserve(self) -> float:
        """Seconds until the next call may begin, which counts as begun then."""
        now = self._clock()
        if self.rate is None:
            return 0.0
        while len(self._moments) > self.rate.calls:
            self._moments.popleft()
        moment = now
        if len(self._moments) == self.rate.calls:
            moment = max(now, self._moments.popleft() + self.rate.seconds * MARGIN)
        self._moments.append(moment)
        return moment - now


def hubspot_rate(headers: Mapping[str, str]) -> Rate | None:
    """The rate that HubSpot states with every answer but those of searches."""
    known = {name.lower(): value for name, value in headers.items()}
    most = known.get("x-hubspot-ratelimit-max", "")
    interval = known.get("x-hubspot-ratelimit-interval-milliseconds", "")
    if not (most.isdigit() and interval.isdigit() and int(most)):
        return None
    return Rate(int(most), int(interval) / 1000)
