"""What a person sees when a run is over: the table, what went wrong, where everything lies."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from okr_mappings.snapshot import SourceFreshness
from pipelines import terminal
from pipelines.published import read_document
from pipelines.run import RunOutcome
from pipelines.settings import Settings

SHOWN_PROBLEMS = 12
SHORT = 24
"""Of what is no longer than this there is nothing to save."""


def show_outcome(settings: Settings, outcome: RunOutcome, *, table: bool) -> None:
    """The table goes to standard output, everything else to standard error, so that a pipe gets the numbers only."""
    shown: tuple[SourceFreshness, ...] = ()
    if table:
        document = read_document(settings.data_dir)
        terminal.show_status(document)
        click.echo()
        # whoever sends the table elsewhere sees these lines only
        shown = document.sources if sys.stdout.isatty() == sys.stderr.isatty() else ()
    for line in outcome.lines:
        click.echo(f"  {line}", err=True)
    problems = said_once(outcome.problems, shown)
    for problem in problems[:SHOWN_PROBLEMS]:
        click.secho(f"! {problem}", err=True, fg="yellow" if sys.stderr.isatty() else None)
    hidden = len(problems) - SHOWN_PROBLEMS
    if hidden > 0:
        click.echo(f"  and {hidden} more: see {settings.data_dir / 'okr.log'}", err=True)


def said_once(problems: Iterable[str], shown: Iterable[SourceFreshness] = ()) -> list[str]:
    """Without what the table has said of the `shown` sources; an error behind many key results stands once, and is referred to."""
    notes = [(each.source.partition(".")[0], each.note) for each in shown if each.note]
    told: list[tuple[str, str]] = []
    left = []
    for problem in problems:
        source, _, text = problem.partition(": ")
        for name, earlier in told:
            problem = problem.replace(earlier, f"{name}, see above")  # noqa: PLW2901 - one after the other
        if not any(source == name and text in note for name, note in notes):
            left.append(problem)
        if len(text) > SHORT:
            told.append((source, problem.rstrip(".")))
    return left


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
