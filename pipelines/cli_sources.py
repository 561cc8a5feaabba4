"""The command that sets up a source."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli_options import options, settings_in

if TYPE_CHECKING:
    from connectors.contract import Asked


@click.command(epilog="Example: okr connect hubspot")
@click.argument("source", required=False)
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting instead of a question; the value - is read from standard input, which suits secrets.",
)
@click.option("--check", "only_check", is_flag=True, help="Try what is set already; ask and store nothing.")
@click.option("--consent", is_flag=True, help="Let a person consent in a browser, also when a token is set already.")
@click.option("--paste", is_flag=True, help="The browser is on another machine: paste the address it was sent to.")
@options("data", "debug")
def connect(
    source: str | None, given: tuple[str, ...], only_check: bool, consent: bool, paste: bool, data_dir: Path | None
) -> None:
    """Set up a source or google_sheets: what to click, and a test call.

    Without a name it lists what there is.
    """
    from pipelines import connect as connecting

    if source is None:
        click.echo("\n".join([*connecting.choices(), "", "Next: okr connect <name>"]))
        return
    interactive = sys.stdin.isatty() and not only_check and not given
    if interactive:
        click.echo(connecting.instructions(source) + "\n")
    answers = connecting.collect(source, _pairs(given), _ask if interactive else None)
    place = settings_in(data_dir).data_dir
    if consent or (interactive and connecting.wants_consent(source, answers)):
        answers = connecting.consented(source, answers, place, _show_address, _ask_address if paste else None)
    click.echo(connecting.try_out(source, answers, place))
    if only_check:
        return
    for line in connecting.store(source, answers):
        click.echo(line)
    if connecting.is_tracker(source):
        click.echo("Next: run `okr track`, which sends what was published last.")
        return
    click.echo(f'Next: put "{source}" among the sources in okr.toml (sources = ["{source}"]), then run `okr ingest`.')


def _show_address(address: str) -> None:
    click.echo(f"Open this address in a browser, and consent there:\n\n  {address}\n")


def _ask_address(redirect: str) -> str:
    click.echo(f"Afterwards the browser shows an address that begins with {redirect}, or an error page at it.")
    address: str = click.prompt("That address")
    return address


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} should be NAME=VALUE", param_hint="--set")
        pairs[name.strip()] = sys.stdin.readline().strip() if value == "-" else value
    return pairs


def _ask(asked: Asked, known: bool) -> str:
    hint = "Enter keeps what is stored" if known else f"e.g. {asked.example}" if asked.example else ""
    optional = "" if asked.required or known else ", Enter for none"
    text = f"{asked.prompt} ({hint}{optional})" if hint else asked.prompt
    while True:
        value: str = click.prompt(text, default="", show_default=False, hide_input=asked.secret)
        if value or known or not asked.required:
            return value


COMMANDS: dict[str, click.Command] = {command.name or "": command for command in (connect,)}
