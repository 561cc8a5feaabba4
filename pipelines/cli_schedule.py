"""The commands that keep the job running, and that show what it did and what trackers took."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipelines.cli_options import options, settings_in


@click.command(epilog="Example: okr schedule")
@click.option("--once", is_flag=True, help="Do what is due now and end: for cron, say, every five minutes.")
@options("data", "debug")
def schedule(once: bool, data_dir: Path | None) -> None:
    """Run what [schedules] in okr.toml say, each slot once.

    It stays in the foreground until SIGTERM or Ctrl-C, and tries undelivered messages again in between.
    """
    from pipelines.schedule.daemon import serve

    sys.exit(serve(settings_in(data_dir), once=once))


@click.command(epilog="Example: okr runs --last 50")
@click.option("--last", default=20, show_default=True, type=click.IntRange(min=1), help="How many.")
@options("data", "json", "debug")
def runs(last: int, data_dir: Path | None, as_json: bool) -> None:
    """List what ran and what was skipped: when, for which slot, how it ended."""
    from pipelines.runs import runs as listed

    found = listed(settings_in(data_dir), last)
    click.echo(found.as_json() if as_json else found.as_text())


@click.command(epilog="Example: okr deliveries --failed")
@click.option("--failed", is_flag=True, help="Only what did not arrive: to be tried again, or refused.")
@click.option("--last", default=40, show_default=True, type=click.IntRange(min=1), help="How many.")
@options("data", "json", "debug")
def deliveries(failed: bool, last: int, data_dir: Path | None, as_json: bool) -> None:
    """List what was sent to which tracker, what waits, what failed."""
    from pipelines.deliveries import deliveries as listed

    found = listed(settings_in(data_dir), last, failed=failed)
    click.echo(found.as_json() if as_json else found.as_text())


@click.command(epilog="Example: okr redeliver webhook")
@click.argument("tracker", required=False)
@options("data", "debug")
def redeliver(tracker: str | None, data_dir: Path | None) -> None:
    """Send again what did not arrive, now that the cause is repaired."""
    from pipelines.deliveries import redeliver as again

    line, code = again(settings_in(data_dir), tracker)
    click.echo(line)
    sys.exit(code)


COMMANDS: dict[str, click.Command] = {
    command.name or "": command for command in (schedule, runs, deliveries, redeliver)
}
