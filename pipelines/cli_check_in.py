"""The command for numbers that no system knows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from pipelines.cli_options import day_of, options, settings_in


@click.command(
    name="check-in",
    epilog='Example: okr check-in customer-interviews 6 --note "One more call."',
    context_settings={"ignore_unknown_options": True},  # so that -5 is a value
)
@click.argument("key_result", required=False)
@click.argument("value", required=False)
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day at whose end it holds (default: today)."
)
@click.option("--note", default="", help="What happened.")
@click.option("--author", help="Who says so (default: git's user.name, else the user of this machine).")
@click.option(
    "--from", "sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Take an Excel tab instead."
)
@click.option("--tab", default="inputs", show_default=True, help="Which tab of that workbook.")
@options("data", "debug")
def check_in(
    key_result: str | None,
    value: str | None,
    day: datetime | None,
    note: str,
    author: str | None,
    sheet: Path | None,
    tab: str,
    data_dir: Path | None,
) -> None:
    """Enter a value that is kept by hand."""
    from pipelines import clock
    from pipelines.check_in import check_in as enter
    from pipelines.check_in import check_in_all
    from pipelines.errors import SettingsError

    settings = settings_in(data_dir)
    if sheet is not None and key_result is None:
        click.echo(check_in_all(settings, sheet, tab, author=author, now=clock.now()))
        return
    if key_result is None or value is None or sheet is not None:
        raise SettingsError("Say KEY_RESULT and VALUE, or --from a workbook: okr check-in --help.")
    click.echo(enter(settings, key_result, value, day=day_of(day), note=note, author=author, now=clock.now()))


COMMANDS: dict[str, click.Command] = {"check-in": check_in}
