"""A sample of real runs for the soak: the real daemon's parts, real processes, real SIGKILLs.

    python -m benchmarks.soak_real --runs 8 --seed 1

The example company's sandbox, a receiver that checks every signature, and a schedule that missed so many days: each is caught up by a
process of its own, which is killed with SIGKILL at a moment drawn at random about every other time.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.sandbox.server import Sandbox
from pipelines.schedule import job
from pipelines.schedule.daemon import ProcessDesk
from pipelines.schedule.keeper import Keeper
from pipelines.schedule.rules import rules_of
from pipelines.settings import Settings, load_settings
from tests.connectors.trackers import receiver as r
from tests.pipelines.job import NOW, pointed_at
from warehouse.engine import open_warehouse
from warehouse.okr_schema import create_schema
from warehouse.rows import read_rows
from warehouse.slot_store import settle_definition

ZONE = "Europe/Budapest"


class KillingDesk(ProcessDesk):
    """The real desk, with a hand on the plug."""

    def __init__(self, settings: Settings, dice: random.Random, longest: float) -> None:
        super().__init__(settings)
        self._dice = dice
        self._longest = longest
        self.kills = 0
        self.launched = 0

    def _process(self, options: Sequence[str]) -> int:
        self.launched += 1
        process = subprocess.Popen(job.arguments(self._settings, *options), stderr=subprocess.DEVNULL)
        patience = self._dice.uniform(0.5, self._longest) if self._dice.random() < 0.5 else None
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kills += 1
            process.kill()
            return process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=12.0, help="a kill comes within so many seconds")
    options = parser.parse_args()
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as name,
        r.receiving() as receiver,
        Sandbox(contacts=300, now=NOW) as sandbox,
        pointed_at(sandbox, Path(name)),
    ):
        settings = _settings(Path(name), receiver, options.runs)
        desk = KillingDesk(settings, random.Random(options.seed), options.longest)
        rules = rules_of(settings, ZONE)
        keeper = Keeper(rules, tuple(settings.trackers), desk, datetime.now(UTC))
        keeper.tick()
        with open_warehouse(settings.warehouse_path) as con:
            slots = read_rows(con, "select state, attempts from okr.slots")
            runs = Counter(row["state"] for row in read_rows(con, "select state from okr.runs"))
            deliveries = Counter(row["state"] for row in read_rows(con, "select state from okr.deliveries"))
            sent = {row["delivery_id"] for row in read_rows(con, "select * from okr.deliveries where state = 'sent'")}
    print(f"{desk.launched} processes, {desk.kills} killed, in {time.perf_counter() - began:.0f} s; runs: {dict(runs)}")
    print(f"slots: {len(slots)}, {Counter(row['state'] for row in slots)}; deliveries: {dict(deliveries)}")
    print(f"receiver: {receiver.calls} calls, {len(receiver.by_id)} messages, {receiver.forged} forged")
    good = (
        all(row["state"] == "done" for row in slots)
        and len(slots) == options.runs == runs["succeeded"]
        and sent == set(receiver.by_id)
        and not receiver.forged
    )
    print("every slot once, ledger and receiver agree" if good else "THEY DO NOT AGREE")
    return 0 if good else 1


def _settings(folder: Path, receiver: r.Receiver, days: int) -> Settings:
    """A schedule that counts since so many days ago, and has not run since."""
    lines = [f'{name} = "{value}"' for name, value in r.settings(receiver).items()]
    text = [
        'sources = ["hubspot", "ga4", "files"]',
        "[schedules.nightly]",
        'cron = "30 2 * * *"',
        'catch_up = "all"',
        f"max_catch_up = {days}",
        "attempts = 20",
        "[trackers.webhook]",
        *lines,
    ]
    (folder / "okr.toml").write_text("\n".join(text), encoding="utf-8")
    settings = load_settings(data_dir=folder)
    (rule,) = rules_of(settings, ZONE)
    now = datetime.now(UTC)
    first = rule.crontab.between(now - timedelta(days=days + 1), now)[-days]
    with open_warehouse(settings.warehouse_path) as con:
        create_schema(con)
        settle_definition(con, rule.name, rule.definition, first - timedelta(minutes=1))
    return settings


if __name__ == "__main__":
    sys.exit(main())
