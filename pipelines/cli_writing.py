"""The commands for those who write mappings: advice on style, and tests of what a mapping computes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipelines.cli_options import options, settings_in


@click.command(epilog="Example: okr lint --profile strict")
@click.option("--profile", default="default", show_default=True, help="default, strict, relaxed, or a YAML file.")
@click.option("--explain", "rule", metavar="RULE", help="Say what a rule wants, why, and who says so.")
@click.option("--no-data", is_flag=True, help="Look at the words only, not at the published numbers.")
@options("data", "json", "debug")
def lint(profile: str, rule: str | None, no_data: bool, data_dir: Path | None, as_json: bool) -> None:
    """Advise on objectives and key results: wording, shape, and numbers."""
    if rule:
        from pipelines.lint import explain

        click.echo(explain(rule))
        return
    from pipelines.lint import advise

    advice = advise(settings_in(data_dir), profile, with_data=not no_data)
    click.echo(advice.as_json() if as_json else advice.as_text())
    sys.exit(advice.exit_code)


@click.command(epilog="Example: okr test")
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@options("data", "json", "debug")
def test(files: tuple[Path, ...], data_dir: Path | None, as_json: bool) -> None:
    """Run the tests beside the mappings: given these rows, that value."""
    from pipelines.mapping_tests import run_tests

    tested = run_tests(settings_in(data_dir), files)
    click.echo(tested.as_json() if as_json else tested.as_text())
    sys.exit(tested.exit_code)


COMMANDS: dict[str, click.Command] = {command.name or "": command for command in (lint, test)}
