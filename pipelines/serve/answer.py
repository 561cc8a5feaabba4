"""One answer, ready to be sent as often as it is asked for: whole, compressed, or not at all where the asker has it already.

The ETag is weak: it names the content, whether it travels compressed or not.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

HTML = "text/html; charset=utf-8"
JSON = "application/json"
PROBLEM = "application/problem+json"
CSV = "text/csv; charset=utf-8"
PARQUET = "application/vnd.apache.parquet"
WORTH_COMPRESSING = 1_000
QUICK = 5  # gzip's middle: a page of a thousand key results in 60 ms


@dataclass(frozen=True)
class Answer:
    body: bytes
    kind: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def etag(self) -> str:
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    @cached_property
    def compressed(self) -> bytes | None:
        """None where it would not help."""
        if len(self.body) < WORTH_COMPRESSING or self.kind == PARQUET:
            return None
        return gzip.compress(self.body, QUICK, mtime=0)

    def is_known(self, if_none_match: str) -> bool:
        """Whether the asker holds this very content."""
        held = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
        return self.status == 200 and ("*" in held or self.etag.removeprefix("W/") in held)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether `gzip` (or anything) is accepted and not refused with `q=0`."""
    for each in accept_encoding.split(","):
        name, _, weight = each.strip().partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
