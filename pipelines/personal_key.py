"""The key of this installation that e-mail addresses are hashed with: made once, kept in the data folder, never published.

It lies beside the warehouse because the two belong together: codes of another key match nothing. Whoever backs up the data folder has it
too; whoever publishes the feeds has not. docs/personal-data.md says what happens when it is lost.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from connectors.personal import KEY_BYTES, Personal
from pipelines.errors import SettingsError

FILE = "personal.key"


def personal(data_dir: Path, *, keep: bool) -> Personal:
    """With the key of this data folder, which is made when there is none."""
    path = data_dir / FILE
    if not path.exists():
        _make(path)
    return Personal(_read(path), keep)


def _make(path: Path) -> None:
    """Of two processes at once, the first one's key stays: a link never replaces what is there, and never shows half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".personal", dir=path.parent)  # readable by the owner only
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        except OSError:  # a file system without links
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as problem:
        raise SettingsError(f"{path} cannot be read as a key ({problem}). {_ADVICE}") from None
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{path} holds {len(key)} bytes, a key has {KEY_BYTES}. {_ADVICE}")
    return key


_ADVICE = "Restore it from a backup; or delete it, and the next run makes a new one and reads everything again."
