"""The commands that look back: what was reported, what became of it, and what moved."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.cli_options import options, settings_in


@click.command(epilog="Example: okr restatements website-sessions")
@click.argument("key_result", required=False)
@options("data", "json", "debug")
def restatements(key_result: str | None, data_dir: Path | None, as_json: bool) -> None:
    """List reported numbers that are other numbers now, and the records that made them so."""
    from pipelines.restatements import restatements as compared

    found = compared(settings_in(data_dir), key_result)
    click.echo(found.as_json() if as_json else found.as_text())


COMMANDS: dict[str, click.Command] = {command.name or "": command for command in (restatements,)}
