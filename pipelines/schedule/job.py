"""One slot in a process of its own: `python -m pipelines.schedule.job --schedule morning --slot 2026-11-23T05:15:00+00:00 ...`.

Its own process, so that a run that crashes, leaks or must be abandoned takes the scheduler with it never. It reads the settings anew,
claims the slot under the run lock, and ends with the exit code of `okr run`, or 75 when another run was going on.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime
from pathlib import Path

from pipelines.errors import SettingsError
from pipelines.failures import exit_code_of, message_of
from pipelines.run import Claim, execute
from pipelines.schedule.keeper import BUSY
from pipelines.settings import Settings, load_settings
from pipelines.watch import STEPS
from warehouse.errors import LockedError


def arguments(settings: Settings, *more: str) -> list[str]:
    """The command line that does this for an installation."""
    return [sys.executable, "-m", "pipelines.schedule.job", "--data", str(settings.data_dir), *more]


def main(given: list[str] | None = None) -> int:
    """Run it; messages go to standard error."""
    options = _options(given)
    try:
        settings = load_settings(data_dir=options.data)
        outcome = _deliver(settings) if options.deliveries else _run(settings, options)
    except LockedError as error:
        sys.stderr.write(f"{error}\n")
        return BUSY
    except Exception as error:  # noqa: BLE001 - the edge of the process, like that of the command line
        sys.stderr.write(f"{message_of(error)}\n")
        return int(exit_code_of(error))
    return outcome


def _run(settings: Settings, options: argparse.Namespace) -> int:
    schedule = settings.schedules.get(options.schedule)
    if schedule is None:
        raise SettingsError(
            f"there is no schedule {options.schedule!r} in the settings any more. Restart `okr schedule`."
        )
    claim = Claim(options.schedule, options.slot, schedule.attempts)
    steps = schedule.steps or STEPS
    outcome = execute(settings, steps, as_of=options.as_of, sources=schedule.sources, claim=claim)
    for problem in outcome.problems:
        sys.stderr.write(f"! {problem}\n")
    return int(outcome.exit_code)


def _deliver(settings: Settings) -> int:
    return int(execute(settings, ("track",)).exit_code)


def _options(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pipelines.schedule.job")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--schedule")
    parser.add_argument("--slot", type=datetime.fromisoformat)
    parser.add_argument("--as-of", type=date.fromisoformat)
    parser.add_argument("--deliveries", action="store_true", help="only send what trackers did not take")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
