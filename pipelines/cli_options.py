"""What commands share: the options that mean the same everywhere, and the edge where errors become a message and an exit code."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from pipelines.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


def edge(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what we raise on purpose into one message and an exit code; keep stack traces for --debug."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        debug = bool(kwargs.pop("debug", False))
        try:
            return command(*args, **kwargs)
        except Exception as error:
            from pipelines.failures import exit_code_of, message_of

            if debug:
                raise
            click.echo(message_of(error), err=True)
            sys.exit(exit_code_of(error))

    return wrapped


def options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    known = {
        "data": click.option(
            "--data",
            "data_dir",
            type=click.Path(file_okay=False, path_type=Path),
            help="The data folder (default: OKR_DATA_DIR or ./data).",
        ),
        "as_of": click.option(
            "--as-of",
            type=click.DateTime(["%Y-%m-%d"]),
            help="The last day to include (default: yesterday in the company's time zone).",
        ),
        "json": click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        "debug": click.option("--debug", is_flag=True, help="Show the stack trace of an error."),
    }

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        command = edge(command)
        for name in reversed(names):
            command = known[name](command)
        return command

    return decorate


def settings_in(data_dir: Path | None) -> Settings:
    from pipelines.settings import load_settings

    return load_settings(data_dir=data_dir)


def day_of(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
