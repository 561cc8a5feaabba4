"""The commands that look back: what was reported, what became of it, and what moved."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from pipelines.cli_options import day_of, options, settings_in


@click.command(epilog="Example: okr history website-sessions")
@click.argument("key_result")
@options("data", "as_of", "json", "debug")
def history(key_result: str, data_dir: Path | None, as_of: datetime | None, as_json: bool) -> None:
    """Draw a key result day by day: value, expected path, target, restated days."""
    from pipelines.history import history as look_back

    found = look_back(settings_in(data_dir), key_result, day_of(as_of))
    if as_json or not sys.stdout.isatty():
        click.echo(found.as_json() if as_json else found.as_table())
        return
    from rich.console import Console

    from pipelines.history_chart import chart, styled

    console = Console(highlight=False, soft_wrap=True)
    for line in styled(chart(found, console.width)):
        console.print(line)


@click.command(epilog="Example: okr restatements website-sessions")
@click.argument("key_result", required=False)
@options("data", "json", "debug")
def restatements(key_result: str | None, data_dir: Path | None, as_json: bool) -> None:
    """List reported numbers that are other numbers now, and why."""
    from pipelines.restatements import restatements as compared

    found = compared(settings_in(data_dir), key_result)
    click.echo(found.as_json() if as_json else found.as_text())


@click.command(epilog="Example: okr changes qualified-leads")
@click.argument("key_result", required=False)
@options("data", "json", "debug")
def changes(key_result: str | None, data_dir: Path | None, as_json: bool) -> None:
    """List changes of definition: what, since when, by whom, and both statuses."""
    from pipelines.changes import changes as changed

    found = changed(settings_in(data_dir), key_result)
    click.echo(found.as_json() if as_json else found.as_text())


@click.command(epilog="Example: okr backfill --from 2026-10-01 --to 2026-11-20")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The last day, included.")
@options("data", "debug")
def backfill(first: datetime, last: datetime, data_dir: Path | None) -> None:
    """Compute past days that no run observed, marked as such; nothing is sent."""
    from pipelines.backfill import backfill as fill

    click.echo(fill(settings_in(data_dir), first.date(), last.date()))


@click.command(epilog="Example: okr movement qualified-leads --since 2026-11-14")
@click.argument("key_result")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The reported day to compare with.")
@options("data", "json", "debug")
def movement(key_result: str, since: datetime, data_dir: Path | None, as_json: bool) -> None:
    """Split a change into new, lost, restated, definition and target parts."""
    from pipelines.movement import moved

    found = moved(settings_in(data_dir), key_result, since.date())
    click.echo(found.as_json() if as_json else found.as_text())


COMMANDS: dict[str, click.Command] = {
    command.name or "": command for command in (history, restatements, changes, movement, backfill)
}
