"""dlt's settings files, changed in place: one table, everything else as it was, readable by its owner only."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import ParseError
from tomlkit.items import Table

from pipelines.errors import SettingsError


def stored_values(path: Path, source: str, section: str = "sources") -> dict[str, str]:
    """The texts under [sources.<source>]; empty without the file."""
    sources = _read(path).get(section)
    table = sources.get(source) if sources is not None else None
    return {} if table is None else {str(name): str(value) for name, value in table.items()}


def store_values(path: Path, source: str, values: Mapping[str, str], section: str = "sources") -> None:
    """Put the values under [sources.<source>], or another section; an empty one is taken out.

    Replaced in one step. A file with secrets of sources gets mode 0600, `okr.toml` keeps the one it has.
    """
    document = _read(path)
    table = _table(document, source, section)
    for name, value in values.items():
        if value:
            table[name] = value
        else:
            table.pop(name, None)
    keeps = section != "sources" and path.exists()
    _write(path, tomlkit.dumps(document), stat.S_IMODE(path.stat().st_mode) if keeps else 0o600)


def _table(document: tomlkit.TOMLDocument, source: str, section: str) -> Table:
    if section not in document:
        document[section] = tomlkit.table(is_super_table=True)
    sources = document[section]
    if source not in sources:
        sources[source] = tomlkit.table()
    found = sources[source]
    if not isinstance(found, Table):
        raise SettingsError(f"[{section}.{source}] is no table of settings.")
    return found


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (ParseError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{path} cannot be read: {problem}. Correct it first; nothing was changed.") from problem


def _write(path: Path, text: str, mode: int) -> None:
    """Never readable by others when it shall not be, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
