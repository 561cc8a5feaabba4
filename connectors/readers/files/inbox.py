"""What lies in the folder, and which of it is news: files are told apart by their content, never by their names or dates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.errors import SettingError
from connectors.readers.files.declaration import FILE_NAME, Declaration
from connectors.readers.settings import environment_name

Memory = Mapping[str, Mapping[str, Any]]
"""By table and file name: content hash, digest of the declaration, rows set aside, as they were when the file was loaded."""


@dataclass(frozen=True)
class Delivery:
    """One file for one table. `name` is its path below the folder; `modified` orders deliveries, in seconds since 1970."""

    declaration: Declaration
    path: Path
    name: str
    sha256: str
    modified: float

    @property
    def mark(self) -> tuple[str, str]:
        """With the same mark a file need not be read again."""
        return self.sha256, self.declaration.digest


@dataclass(frozen=True)
class Inbox:
    """`news` in the order of delivery, `known` as loaded before (also under another name), `strays` match no table."""

    news: tuple[Delivery, ...]
    known: tuple[Delivery, ...]
    strays: tuple[str, ...]

    def outdated(self, table: str, memory: Memory) -> list[str]:
        """Hashes of the contents whose rows make room: what the news of the table held before, unless another file still holds it."""
        held = {delivery.sha256 for delivery in self.known if delivery.declaration.table == table}
        news = [delivery for delivery in self.news if delivery.declaration.table == table]
        before = [memory[table][d.name][0] for d in news if d.name in memory.get(table, {})]
        return sorted(({delivery.sha256 for delivery in news} | set(before)) - held)


def open_folder(folder: str) -> Path:
    """SettingError when it is not there."""
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise SettingError(f"files: {environment_name('files', 'folder')} names {folder}, and there is no such folder.")
    return path


def look(folder: Path, declarations: Sequence[Declaration], memory: Memory, *, full: bool) -> Inbox:
    """What to read; everything that is there when `full`."""
    news: list[Delivery] = []
    known: list[Delivery] = []
    matched = {folder / FILE_NAME}
    for declaration in declarations:
        marks = {tuple(mark[:2]) for mark in memory.get(declaration.table, {}).values()}
        for path in _files(folder, declaration.glob):
            matched.add(path)
            delivery = _delivery(path, folder, declaration)
            (known if delivery.mark in marks and not full else news).append(delivery)
    news.sort(key=lambda delivery: (delivery.modified, delivery.name))
    strays = [path.relative_to(folder).as_posix() for path in _files(folder, "**/*") if path not in matched]
    return Inbox(tuple(news), tuple(known), tuple(strays))


def _files(folder: Path, glob: str) -> Iterator[Path]:
    """Without hidden files, and without the `~$` files that Excel puts beside an open workbook."""
    for path in sorted(folder.glob(glob)):
        if path.is_file() and not any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts):
            yield path


def _delivery(path: Path, folder: Path, declaration: Declaration) -> Delivery:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Delivery(declaration, path, path.relative_to(folder).as_posix(), sha256, path.stat().st_mtime)
