"""What a person sees when a run is over: the table, what went wrong, where everything lies."""

from __future__ import annotations

import sys

import click

from pipelines import terminal
from pipelines.published import read_document
from pipelines.run import RunOutcome
from pipelines.settings import Settings

SHOWN_PROBLEMS = 12


def show_outcome(settings: Settings, outcome: RunOutcome, *, table: bool) -> None:
    """The table goes to standard output, everything else to standard error, so that a pipe gets the numbers only."""
    if table:
        terminal.show_status(read_document(settings.data_dir))
        click.echo()
    for line in outcome.lines:
        click.echo(f"  {line}", err=True)
    for problem in outcome.problems[:SHOWN_PROBLEMS]:
        click.secho(f"! {problem}", err=True, fg="yellow" if sys.stderr.isatty() else None)
    hidden = len(outcome.problems) - SHOWN_PROBLEMS
    if hidden > 0:
        click.echo(f"  and {hidden} more: see {settings.data_dir / 'okr.log'}", err=True)


def show_places(settings: Settings) -> None:
    """Where the results lie."""
    places = [
        ("report", settings.report_path),
        ("pages for meetings", settings.reports_dir),
        ("published database", settings.published_path),
        ("feeds", settings.feeds_dir),
    ]
    for tracker, options in settings.trackers.items():
        if tracker == "excel":
            places.insert(0, ("tracker workbook", settings.data_dir / options.get("workbook", "tracker.xlsx")))
    width = max(len(name) for name, _ in places)
    for name, path in places:
        click.echo(f"  {name:<{width}}  {path}")
