"""Interrupting a query that runs too long; only that query's own answer is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.engine import Connection
from warehouse.errors import MetricTimeoutError


@contextmanager
def time_limit(con: Connection, seconds: float) -> Iterator[None]:
    """Everything executed and fetched on `con` inside takes at most `seconds`, else MetricTimeoutError; so for memory."""
    running = threading.Lock()
    over = False

    def stop() -> None:
        # The lock keeps a late timer from interrupting whatever the connection does next.
        with running:
            if not over:
                con.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise MetricTimeoutError(
            f"the query was stopped after {seconds:g} s. Narrow its window or its tables."
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise MetricTimeoutError("the query was stopped: it needs more memory than a metric may use.") from error
    finally:
        with running:
            over = True
        timer.cancel()
