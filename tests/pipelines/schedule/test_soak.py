"""The soak in short, as a test; `benchmarks/README.md` has the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak import soak


@pytest.mark.parametrize("seed", [11, 12])
def test_every_slot_once_nothing_twice_nothing_lost(seed: int, tmp_path: Path) -> None:
    result = soak(tmp_path, runs=40, seed=seed, kill=0.04)
    assert result.problems == ()
    assert result.restarts > 0
    assert result.messages > 0
