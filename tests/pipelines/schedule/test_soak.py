"""The soak in short, as a test; `benchmarks/README.md` has the long one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.soak import soak


@pytest.mark.parametrize(
    ("seed", "start"),
    [(11, datetime(2026, 10, 24, 22, tzinfo=UTC)), (12, datetime(2027, 3, 27, 22, tzinfo=UTC))],
    ids=["25 hours", "23 hours"],
)
def test_every_slot_once_nothing_twice_nothing_lost(seed: int, start: datetime, tmp_path: Path) -> None:
    result = soak(tmp_path, runs=40, seed=seed, kill=0.04, start=start)
    assert result.problems == ()
    assert result.restarts > 0
    assert result.messages > 0
