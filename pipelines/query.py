"""`okr query`: one question to the published copy, which no run ever locks."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence

import click

from pipelines.errors import NothingPublishedError
from pipelines.settings import Settings
from warehouse.ask import Table, ask

SHOWN_ROWS = 50


def query(settings: Settings, sql: str, *, as_json: bool) -> None:
    """A table for a person (at most 50 rows), all rows as CSV into a pipe, or JSON."""
    if not settings.published_path.exists():
        raise NothingPublishedError(
            f"{settings.published_path}: nothing is published yet. Run `okr run` (or `okr demo`, then add --data data/demo)."
        )
    table = ask(settings.published_path, sql)
    if as_json:
        click.echo(
            json.dumps([dict(zip(table.columns, row, strict=True)) for row in table.rows], default=str, indent=2)
        )
    elif sys.stdout.isatty():
        show_table(table.columns, table.rows[:SHOWN_ROWS])
        if len(table.rows) > SHOWN_ROWS:
            click.echo(f"{SHOWN_ROWS} of {len(table.rows):,} rows; pipe the command to get all as CSV")
    else:
        _write_csv(table)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Numbers to the right, text to the left."""
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(columns):
        number = rows and isinstance(rows[0][place], int | float)
        shown.add_column(name, justify="right" if number else "left")
    for row in rows:
        shown.add_row(*(Text("" if value is None else str(value)) for value in row))
    Console().print(shown)


def _write_csv(table: Table) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(table.columns)
    writer.writerows(["" if value is None else value for value in row] for row in table.rows)
