"""Where files lie: a local folder or any address that fsspec can open (s3, gs, az, sftp, https, memory ...), all alike to the reader.

A place is only read. The libraries for a kind of address come with fsspec's own packages (s3fs, gcsfs, adlfs, paramiko, aiohttp), and so do
their credentials: from their environment variables, or from SOURCES__FILES__STORAGE_OPTIONS, a JSON object for the library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from connectors.errors import ConnectorError, ForbiddenError, RetriableError, SettingError
from connectors.readers import settings
from connectors.readers.settings import environment_name

_MOMENTS = ("mtime", "LastModified", "last_modified", "modified", "updated", "created")
_STAMPS = ("ETag", "etag", "content_md5", "md5Hash", "version_id", "sha1")
_PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "sftp": "paramiko",
    "http": "aiohttp",
    "https": "aiohttp",
}


@dataclass(frozen=True)
class Found:
    """One file. `modified` in seconds since 1970, None where the place does not say; `stamp` changes with the content, '' likewise."""

    name: str
    size: int | None
    modified: float | None
    stamp: str


@dataclass(frozen=True)
class Place:
    """An fsspec file system and a root in it; `shown` is the address without a password."""

    files_of: Any
    root: str
    shown: str
    is_local: bool

    def files(self) -> list[Found]:
        """All below the root by their relative names, in order, without hidden ones and the `~$` files of an open workbook."""
        with _explained(self.shown, "cannot be listed"):
            self.files_of.invalidate_cache()
            listed = self.files_of.find(self.root, detail=True, **_strictly(self.files_of))
        found = [
            _found(self._relative(path), details)
            for path, details in listed.items()
            if details.get("type", "file") == "file"
        ]
        return sorted((file for file in found if not _is_hidden(file.name)), key=lambda file: file.name)

    def read(self, name: str) -> bytes:
        with _explained(f"{self.shown}/{name}", "cannot be read"):
            content: bytes = self.files_of.cat_file(f"{self.root.rstrip('/')}/{name}")
        return content

    def _relative(self, path: str) -> str:
        return path.removeprefix(self.root.rstrip("/")).lstrip("/")


def _strictly(files_of: Any) -> dict[str, str]:
    """fsspec's own walk leaves out folders that it cannot list, which would look like files taken away."""
    from fsspec.asyn import AsyncFileSystem
    from fsspec.spec import AbstractFileSystem

    kind = type(files_of)
    walks = (
        kind._find is AsyncFileSystem._find
        if issubclass(kind, AsyncFileSystem)
        else kind.find is AbstractFileSystem.find
    )
    return {"on_error": "raise"} if walks else {}


def open_place(address: str) -> Place:
    """SettingError when there is no such folder, or no library for its kind."""
    if "://" not in address:
        return _local(address)
    kind = address.partition("://")[0]
    shown = _without_password(address)
    import fsspec

    options = _options()
    try:
        files_of, root = fsspec.core.url_to_fs(address, **options)
    except ImportError as problem:
        package = _PACKAGES.get(kind, "the one it names")
        raise SettingError(
            f"files: {shown} needs a library that is not installed ({problem}). Install it: pip install {package}."
        ) from None
    except (ValueError, TypeError) as problem:
        named = environment_name("files", "folder")
        raise SettingError(f"files: {named} names {shown}, which cannot be opened: {problem}") from None
    except Exception as problem:  # noqa: BLE001 - each library has its own
        raise _trouble(shown, "cannot be opened", problem) from None
    if kind in ("file", "local"):
        return _local(root)
    return Place(files_of, root, shown.rstrip("/"), is_local=False)


def _local(folder: str) -> Place:
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise SettingError(f"files: {environment_name('files', 'folder')} names {folder}, and there is no such folder.")
    from fsspec.implementations.local import LocalFileSystem

    root = path.absolute().as_posix()
    return Place(LocalFileSystem(), root, str(path), is_local=True)


def _options() -> dict[str, Any]:
    text = settings.stored_secret("files", "storage_options")
    try:
        options = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        options = None
    if not isinstance(options, dict):
        raise SettingError(
            f'files: {environment_name("files", "storage_options")} is no JSON object, like {{"anon": true}}.'
        )
    return options


def _found(name: str, details: Mapping[str, Any]) -> Found:
    size = details.get("size")
    stamps = [str(details[word]) for word in _STAMPS if details.get(word)]
    return Found(
        name, int(size) if size is not None else None, _modified(details), f"{size}:{stamps[0]}" if stamps else ""
    )


def _modified(details: Mapping[str, Any]) -> float | None:
    for word in _MOMENTS:
        value = details.get(word)
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                continue
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return None


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "~$")) for part in PurePosixPath(name).parts)


@contextmanager
def _explained(where: str, what: str) -> Iterator[None]:
    """Each library has errors of its own: they are told apart by what a person should do."""
    try:
        yield
    except ConnectorError:
        raise
    except Exception as problem:  # noqa: BLE001 - as above
        raise _trouble(where, what, problem) from None


def _trouble(where: str, what: str, problem: Exception) -> ConnectorError:
    why = " ".join(str(problem).split())[:200] or type(problem).__name__
    if isinstance(problem, FileNotFoundError):
        return SettingError(f"files: {where} is not there. Check {environment_name('files', 'folder')}.")
    if isinstance(problem, PermissionError):
        return ForbiddenError(f"files: {where} {what}: {why}. Give the job the right to list and read it.")
    return RetriableError(f"files: {where} {what}: {why}. Nothing was loaded; the next run tries again.")


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    if parts.password is None and not parts.query:
        return address
    host = parts.netloc.rpartition("@")[2]
    user = f"{parts.username}@" if parts.username else ""
    return urlunsplit(parts._replace(netloc=f"{user}{host}", query=""))
