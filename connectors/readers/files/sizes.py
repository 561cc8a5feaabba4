"""How large files may be. One is read into memory, so a bound is what keeps a run alive beside an attachment that unfolds for ever."""

from __future__ import annotations

import io
import zipfile

from connectors.errors import ContractError, SettingError
from connectors.readers import settings

MEGABYTE = 1024 * 1024
MOST_BYTES = 512 * MEGABYTE
_RATIO = 200
_HARMLESS = 16 * MEGABYTE
"""Up to here any ratio is fine: an empty column packs a thousand to one."""


class UnreadableFileError(ContractError):
    """The file as a whole makes no sense; the message names what to do."""


def told(size: int) -> str:
    """As people say it."""
    return f"{size / MEGABYTE:,.0f} MB" if size >= MEGABYTE else f"{size / 1024:,.0f} kB"


def most_bytes(source: str, default: int = MOST_BYTES) -> int:
    """The setting MAX_MB of a source."""
    text = settings.optional(source, "max_mb")
    if text and (not text.isdigit() or not int(text)):
        raise SettingError(
            f"{source}: {settings.environment_name(source, 'max_mb')} = {text!r} is no number of megabytes."
        )
    return int(text) * MEGABYTE if text else default


def refuse_bomb(archive: zipfile.ZipFile, most: int) -> None:
    """By its own table of contents."""
    unpacked = sum(entry.file_size for entry in archive.infolist())
    packed = max(1, sum(entry.compress_size for entry in archive.infolist()))
    if unpacked > most:
        raise UnreadableFileError(f"unfolds into {told(unpacked)}, more than {told(most)}; send it in parts")
    if unpacked > _HARMLESS and unpacked / packed > _RATIO:
        raise UnreadableFileError(f"unfolds {unpacked / packed:,.0f} times its size, as zip bombs do; send it unpacked")


def refuse_workbook_bomb(content: bytes, most: int = MOST_BYTES) -> None:
    """A workbook is a zip file; one that is none is the workbook reader's business."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            refuse_bomb(archive, most)
