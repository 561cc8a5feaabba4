"""The whole job over shared scans stores and publishes what it does with every key result executed by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from tests.pipelines.job import NOW, pointed_at, progress, run_job, state

LATER_STEPS = ("transform", "snapshot", "publish")


def test_the_job_with_and_without_shared_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, alone = tmp_path / "shared", tmp_path / "alone"
    shared.mkdir()
    with Sandbox(contacts=200, now=NOW) as sandbox, pointed_at(sandbox, tmp_path):
        run_job(shared, ("ingest",))
    shutil.copytree(shared, alone)
    run_job(shared, LATER_STEPS)
    monkeypatch.setenv("OKR_FAST_PATH", "false")
    run_job(alone, LATER_STEPS)
    assert state(shared) == state(alone)
    assert progress(shared).keys() == progress(alone).keys()
    assert len(progress(shared)) > 15
