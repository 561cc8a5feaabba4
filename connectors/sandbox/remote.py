"""Moves the clock of a sandbox that runs in another process."""

from __future__ import annotations

import http.client
import json
from datetime import datetime
from urllib.parse import urlsplit


def move_clock(url: str, now: datetime) -> None:
    """ValueError when there is no sandbox, or it does not obey."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request("POST", "/_sandbox/clock", json.dumps({"now": now.isoformat()}))
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"the sandbox at {url} did not move its clock: {answer.read()[:200]!r}")
    except OSError as problem:
        raise ValueError(f"there is no sandbox at {url}: {problem}") from problem
    finally:
        connection.close()
