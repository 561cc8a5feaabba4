"""What is attached to a mail, forwarded mails within included: each file by its decoded name, or the reason why it is refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imap_tools import MailMessage

from connectors.readers.files.archives import is_archive, members
from connectors.readers.files.declaration import Declaration
from connectors.readers.files.inbox import matches
from connectors.readers.files.sizes import UnreadableFileError, told

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Attachment:
    """One file for one table; with `refused` it is only told of."""

    place: int
    name: str
    content: bytes
    declaration: Declaration | None = None
    refused: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def attachments(message: MailMessage, declarations: Sequence[Declaration], most: int) -> list[Attachment]:
    """Those that a table wants, and those refused. Names that no table's glob means are nobody's business: signatures, logos."""
    found = [each for name, content in _files(message) for each in _wanted(name, content, declarations, most)]
    return [Attachment(place, *rest) for place, rest in enumerate(found, 1)]


_Found = tuple[str, bytes, Declaration | None, str]


def _files(message: MailMessage) -> Iterator[tuple[str, bytes]]:
    for part in message.attachments:
        if part.content_type != "message/rfc822":  # what a forwarded mail holds comes as parts of its own
            yield plain_name(part.filename), part.payload or b""


def plain_name(name: str) -> str:
    """Without folders, which some mail programs write and others smuggle, and without control characters."""
    return _CONTROL.sub("", re.split(r"[/\\]", name)[-1]).strip()


def _wanted(name: str, content: bytes, declarations: Sequence[Declaration], most: int) -> Iterator[_Found]:
    wanted = [declaration for declaration in declarations if matches(declaration.glob, name)]
    if not wanted and not is_archive(name):
        return
    if len(content) > most:
        yield name, b"", None, f"has {told(len(content))}, more than {told(most)} (SOURCES__MAIL__MAX_MB)"
    elif wanted:
        yield from ((name, content, declaration, "") for declaration in wanted)
    else:
        yield from _unpacked(name, content, declarations, most)


def _unpacked(name: str, content: bytes, declarations: Sequence[Declaration], most: int) -> Iterator[_Found]:
    try:
        inner = list(members(name, content, most))
    except UnreadableFileError as trouble:
        yield name, b"", None, str(trouble)
        return
    for path, file in inner:
        for declaration in declarations:
            if matches(declaration.glob, plain_name(path)):
                yield f"{name}/{plain_name(path)}", file, declaration, ""
