"""The job on the small company (`small.py`), run for one day after another while people change the past at the vendor."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from connectors.sandbox.company import Company
from connectors.sandbox.server import Sandbox
from pipelines.run import RunOutcome
from pipelines.settings import Settings, load_settings
from tests.pipelines import small
from tests.pipelines.job import NOW, pointed_at, run_job

DAY = timedelta(days=1)
D19, D20, D21 = date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)
SOURCES = ("hubspot", "ga4")


class Bench:
    """`run` is the night after a day; `write` replaces the mapping and commits it in Anna's name, then."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.mappings = small.mappings(folder / "mappings")

    @property
    def company(self) -> Company:
        return self.sandbox.company

    @property
    def settings(self) -> Settings:
        return load_settings(data_dir=self.folder, sources=SOURCES, mappings_dir=self.mappings, trackers={})

    def run(self, day: date, *, trackers: dict[str, dict[str, str]] | None = None) -> RunOutcome:
        moment = NOW + (day - D21)
        self.sandbox.clock.set(moment)
        return run_job(
            self.folder, as_of=day, now=moment, sources=SOURCES, trackers=trackers or {}, mappings_dir=self.mappings
        )

    def write(self, cycle: str, author: str, moment: str) -> None:
        small.mappings(self.mappings, cycle)
        if not (self.mappings / ".git").exists():
            self._git("init", "-q")
        self._git("add", ".")
        identity = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in
                    (("NAME", author), ("EMAIL", "a@example.org"), ("DATE", moment))}  # fmt: skip
        self._git("commit", "-q", "-m", f"{author} was here", **identity)

    def _git(self, *arguments: str, **environment: str) -> None:
        quiet = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["git", *arguments], cwd=self.mappings, env={**quiet, **environment}, check=True)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    with Sandbox(small.company(), now=NOW) as sandbox, pointed_at(sandbox, folder):
        yield Bench(folder, sandbox)
