"""What lies in the folder, and which of it is news: files are told apart by their content, never by their names or dates.

Archives are looked into: a file in `reports.zip` is taken as if it lay beside it, and is called `reports.zip/october.csv`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import PurePosixPath
from typing import Any

from connectors.readers.files.archives import is_archive, members
from connectors.readers.files.declaration import FILE_NAME, Declaration
from connectors.readers.files.place import Found, Place
from connectors.readers.files.sizes import MOST_BYTES, UnreadableFileError, told

Memory = Mapping[str, Mapping[str, Any]]
"""By table and file name: content hash, digest of the declaration, rows set aside, as they were when the file was loaded; and what the
place said then of the content, so that a file far away need not be fetched to see that it is the same."""


@dataclass(frozen=True)
class Delivery:
    """One file for one table. `name` is its path below the folder; `modified` orders deliveries, in seconds since 1970."""

    declaration: Declaration
    name: str
    sha256: str
    modified: float
    read: Callable[[], bytes] = field(compare=False)
    stamp: str = field(default="", compare=False)

    @property
    def mark(self) -> tuple[str, str]:
        """With the same mark a file need not be read again."""
        return self.sha256, self.declaration.digest


@dataclass(frozen=True)
class Inbox:
    """`news` in the order of delivery, `known` as loaded before (also under another name), `strays` match no table, each with the reason.

    `troubles` are files that belong to a table and cannot be read.
    """

    news: tuple[Delivery, ...]
    known: tuple[Delivery, ...]
    strays: tuple[str, ...]
    troubles: tuple[str, ...] = ()

    def outdated(self, table: str, memory: Memory) -> list[str]:
        """Hashes of the contents whose rows make room: what the news of the table held before, unless another file still holds it."""
        held = {delivery.sha256 for delivery in self.known if delivery.declaration.table == table}
        news = [delivery for delivery in self.news if delivery.declaration.table == table]
        before = [memory[table][d.name][0] for d in news if d.name in memory.get(table, {})]
        return sorted(({delivery.sha256 for delivery in news} | set(before)) - held)


@dataclass
class _Look:
    """A look at a place under way. `now` stands for the moment of a file whose place knows none."""

    place: Place
    declarations: Sequence[Declaration]
    memory: Memory
    now: float
    most: int
    full: bool
    news: list[Delivery] = field(default_factory=list)
    known: list[Delivery] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def at(self, file: Found) -> None:
        wanted = self._wanted(file.name)
        if is_archive(file.name) and not wanted:
            self._into(file)
        elif not wanted:
            self.strays.append(f"{file.name} belongs to no table of {FILE_NAME} and is not read")
        elif file.size is not None and file.size > self.most:
            self.troubles.append(_too_large(file, self.most))
        else:
            for declaration in wanted:
                self._sort(self._delivery(file, declaration))

    def _wanted(self, name: str) -> list[Declaration]:
        return [declaration for declaration in self.declarations if _pattern(declaration.glob).fullmatch(name)]

    def _into(self, file: Found) -> None:
        if file.size is not None and file.size > self.most:
            self.strays.append(_too_large(file, self.most))
            return
        folder = PurePosixPath(file.name).parent
        matched = False
        try:
            for inner, content in members(file.name, self.place.read(file.name), self.most):
                for declaration in self._wanted((folder / inner).as_posix()):
                    matched = True
                    read = partial(_member, self.place, file.name, inner, self.most)
                    sha256 = hashlib.sha256(content).hexdigest()
                    name = f"{file.name}/{inner}"
                    self._sort(Delivery(declaration, name, sha256, file.modified or self.now, read))
        except UnreadableFileError as trouble:
            self.strays.append(f"{file.name} {trouble}")
            return
        if not matched:
            self.strays.append(f"{file.name} holds nothing for a table of {FILE_NAME} and is not read")

    def _sort(self, delivery: Delivery) -> None:
        marks = {tuple(mark[:2]) for mark in self.memory.get(delivery.declaration.table, {}).values()}
        (self.known if delivery.mark in marks and not self.full else self.news).append(delivery)

    def _delivery(self, file: Found, declaration: Declaration) -> Delivery:
        before = self.memory.get(declaration.table, {}).get(file.name, ())
        if file.stamp and len(before) > 3 and before[3] == file.stamp:
            sha256 = str(before[0])
        else:
            sha256 = hashlib.sha256(self.place.read(file.name)).hexdigest()
        read = partial(self.place.read, file.name)
        return Delivery(declaration, file.name, sha256, file.modified or self.now, read, file.stamp)


def look(
    place: Place,
    declarations: Sequence[Declaration],
    memory: Memory,
    *,
    now: float,
    most: int = MOST_BYTES,
    full: bool = False,
) -> Inbox:
    """What to read; everything that is there when `full`."""
    looking = _Look(place, declarations, memory, now, most, full)
    for file in place.files():
        if file.name != FILE_NAME:
            looking.at(file)
    looking.news.sort(key=lambda delivery: (delivery.modified, delivery.name))
    return Inbox(tuple(looking.news), tuple(looking.known), tuple(looking.strays), tuple(looking.troubles))


def matches(glob: str, name: str) -> bool:
    """Whether a declaration's glob means this name."""
    return _pattern(glob).fullmatch(name) is not None


def _too_large(file: Found, most: int) -> str:
    return f"{file.name} has {told(file.size or 0)}, more than {told(most)}; deliver it in parts, or raise SOURCES__FILES__MAX_MB"


def _member(place: Place, archive: str, inner: str, most: int) -> bytes:
    found: Iterator[bytes] = (content for name, content in members(archive, place.read(archive), most) if name == inner)
    return next(found)


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """As pathlib globs: `*` stays within a folder, `**/` goes through any number of them."""
    written = ""
    for sign in re.findall(r"\*\*/|\*|\?|\[[^\]]+\]|.", glob):
        if sign == "**/":
            written += r"(?:.*/)?"
        elif sign == "*":
            written += r"[^/]*"
        elif sign == "?":
            written += r"[^/]"
        elif len(sign) > 1:
            written += sign.replace("[!", "[^", 1)
        else:
            written += re.escape(sign)
    return re.compile(written)
