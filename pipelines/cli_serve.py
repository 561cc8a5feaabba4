"""The commands that show the numbers to others: the dashboard with its API, and tokens for who may read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipelines.cli_options import options, settings_in


@click.command(epilog="Example: okr serve --port 8420")
@click.option("--host", help="The address to listen on (default: serve.host, 127.0.0.1); any other needs a token.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port (default: serve.port, 8420); 0 picks a free one.")
@options("data", "debug")
def serve(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Serve the dashboard and the API from what was published last."""
    from pipelines.serve.server import serve as listen

    sys.exit(listen(settings_in(data_dir), host, port, lambda line: click.echo(line, err=True)))


@click.command(epilog="Example: okr token powerbi --team sales")
@click.argument("name")
@click.option("--team", "teams", multiple=True, help="The id of a team it may see; all teams without this.")
@options("debug")
def token(name: str, teams: tuple[str, ...]) -> None:
    """Make a token for `okr serve`, and print what okr.toml needs to know of it."""
    from pipelines.serve.server import token_lines

    click.echo(token_lines(name, teams))


COMMANDS: dict[str, click.Command] = {command.name or "": command for command in (serve, token)}
