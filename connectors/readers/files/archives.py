"""Zip and gzip files: what is in them, with bounds on what they may become: a few kilobytes can unfold into more than a machine has.

What an archive says about itself may be a lie, so it is refused by its table of contents and bounded again while it is unpacked. Nothing
is ever written to disk, so names in it lead nowhere.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from connectors.readers.files.sizes import MOST_BYTES, UnreadableFileError, refuse_bomb, told

SUFFIXES = (".zip", ".gz")
MOST_MEMBERS = 1_000
_ENCRYPTED = 0x1
_GZIP = 16 + zlib.MAX_WBITS


def is_archive(name: str) -> bool:
    """By its name: a workbook is a zip file too."""
    return name.lower().endswith(SUFFIXES)


def members(name: str, content: bytes, most: int = MOST_BYTES) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file in it. UnreadableFileError says why it is refused."""
    if name.lower().endswith(".gz"):
        yield PurePosixPath(name).name[: -len(".gz")], _gunzipped(content, most)
        return
    with _opened(content) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_hidden(entry.filename)]
        _refuse(archive, entries, most)
        for entry in entries:
            yield entry.filename, _bounded(archive, entry, most)


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as problem:
        raise UnreadableFileError(f"is no whole zip file ({problem}); deliver it again") from None


def _refuse(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], most: int) -> None:
    if len(entries) > MOST_MEMBERS:
        raise UnreadableFileError(f"holds {len(entries):,} files, more than {MOST_MEMBERS:,}; send fewer in one")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise UnreadableFileError("is protected by a password; send it without one")
    if nested := [entry.filename for entry in entries if is_archive(entry.filename)]:
        raise UnreadableFileError(f"holds an archive of its own, {nested[0]}; pack the files once only")
    refuse_bomb(archive, most)


def _bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    try:
        with archive.open(entry) as file:
            content = file.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as problem:
        raise UnreadableFileError(f"cannot be unpacked at {entry.filename} ({problem}); deliver it again") from None
    if len(content) > most:
        raise UnreadableFileError(f"unfolds at {entry.filename} into more than {told(most)}")
    return content


def _gunzipped(content: bytes, most: int) -> bytes:
    """Several members one after the other are one file, as `cat a.gz b.gz` makes them."""
    parts, rest, size = [], content, 0
    while rest:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            part = unpacker.decompress(rest, most - size + 1)
        except zlib.error as problem:
            raise UnreadableFileError(f"is no gzip file ({problem}); deliver it again") from None
        size += len(part)
        if size > most:
            raise UnreadableFileError(f"unfolds into more than {told(most)}")
        if not unpacker.eof:
            raise UnreadableFileError("is a gzip file that ends in the middle; deliver it again")
        parts.append(part)
        rest = unpacker.unused_data
    return b"".join(parts)


def _is_hidden(name: str) -> bool:
    """Also what a Mac adds to every zip file."""
    return any(part.startswith((".", "~$")) or part == "__MACOSX" for part in PurePosixPath(name).parts)
