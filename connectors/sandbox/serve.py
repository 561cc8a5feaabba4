"""Runs the sandbox until it is told to stop: what `okr sandbox` and `python -m connectors.sandbox` do."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from connectors.sandbox.clock import DEMO_NOW
from connectors.sandbox.server import Sandbox

SERVICE_ACCOUNT_FILE = "service_account.json"
SETTINGS_FILE = "sources.env"


def serve(
    port: int = 8787,
    contacts: int = 4000,
    seed: int = 7,
    now: datetime = DEMO_NOW,
    files_folder: Path | None = None,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Blocks until SIGTERM or SIGINT. With a folder, writes the drop files and beside it the service account's key, the rules of
    the mailbox (served on the next port, or on a free one like the address), and the settings of networks, surveys and mailbox.

    `ready` gets the address once the server answers. Must be called from the main thread, as signals arrive there.
    """
    stop = threading.Event()
    before = {kind: signal.signal(kind, lambda *_: stop.set()) for kind in (signal.SIGTERM, signal.SIGINT)}
    try:
        with Sandbox(contacts=contacts, seed=seed, now=now, port=port, imap_port=port and port + 1) as sandbox:
            if files_folder is not None:
                sandbox.write_files(files_folder)
                sandbox.service_account_file(files_folder.parent)
                _write_settings(sandbox, files_folder.parent)
            ready(sandbox.url)
            stop.wait()
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _write_settings(sandbox: Sandbox, folder: Path) -> None:
    """A shell script: too many lines to be printed, and the port of the mailbox is known only now."""
    found = sandbox.social.settings(sandbox.url) | sandbox.survey_settings() | sandbox.mail_settings(folder)
    lines = [f"export SOURCES__{name}={shlex.quote(value)}" for name, value in found.items()]
    (folder / SETTINGS_FILE).write_text("\n".join([*lines, ""]), encoding="utf-8")
