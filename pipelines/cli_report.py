"""`okr report`: a page of the numbers as one file."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from pipelines.cli_options import day_of, options, settings_in

MEETINGS = ("weekly", "monthly", "quarterly")


@click.command(epilog="Example: okr report --for weekly --team marketing --language hu")
@click.option("--for", "meeting", type=click.Choice(MEETINGS), help="The page for one of three meetings.")
@click.option("--team", default="", help="Only this team and the teams below it, by id or name.")
@click.option("--person", default="", help="Only what this person owns.")
@click.option("--language", default="", help="en, hu, tr, fi or zh (default: the setting `language`).")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Where to; - prints it (default: a name that says what it is, in the working folder).",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="As of the last reported day up to this one (default: the newest).",
)
@options("data", "debug")
def report(
    meeting: str | None,
    team: str,
    person: str,
    language: str,
    output: Path | None,
    data_dir: Path | None,
    as_of: datetime | None,
) -> None:
    """Write the numbers as one HTML file that opens anywhere, also offline."""
    from pipelines.reports import Wanted, report_page

    wanted = Wanted(meeting or "", team, person, day_of(as_of), language)
    name, html = report_page(settings_in(data_dir), wanted)
    if str(output) == "-":
        sys.stdout.buffer.write(html.encode())
        return
    place = output or Path(name)
    place.write_text(html, encoding="utf-8", newline="\n")
    click.echo(f"{place} ({len(html.encode()) / 1000:,.0f} kB)")


COMMANDS: dict[str, click.Command] = {"report": report}
