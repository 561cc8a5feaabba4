"""SIGKILL at any moment of a run, and the next run ends in the state of one clean run."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

from connectors.sandbox.server import Sandbox
from tests.pipelines.job import NOW, pointed_at, progress, run_job, start_job, state

KILLS = 8


def test_killed_anywhere_and_run_again_is_one_clean_run(tmp_path: Path) -> None:
    clean, killed = tmp_path / "clean", tmp_path / "killed"
    with Sandbox(contacts=400, now=NOW) as sandbox:
        with pointed_at(sandbox, clean):
            began = time.monotonic()
            with start_job(clean) as process:
                process.communicate()
            length = time.monotonic() - began
        moments = random.Random(20261121)
        with pointed_at(sandbox, killed):
            # the codes of persons hang on the key, and each folder makes its own
            shutil.copy(clean / "personal.key", killed)
            for number in range(KILLS):
                # one kill in each eighth of a run, so that every step is hit; the environment's speed decides where exactly
                with start_job(killed) as process:
                    time.sleep(length * (number + moments.random()) / KILLS)
                    process.kill()
                    process.communicate()
            run_job(killed)
    assert state(killed) == state(clean)
    ours, theirs = progress(killed), progress(clean)
    assert {key: each["value"] for key, each in ours.items()} == {key: each["value"] for key, each in theirs.items()}
    assert not list(killed.glob("*.tmp*"))
