"""Files that readers may open at any moment: written beside the target, made durable, then put in its place in one step.

A killed writer leaves a leftover under a name of its own, never half a file under the real name; the next writer removes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yields a path in the same folder to write to; on leaving without an exception it becomes `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(target)
        _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_file(target: Path, content: bytes) -> None:
    with replacing(target) as temporary:
        temporary.write_bytes(content)


def remove_leftovers(target: Path) -> None:
    """What killed writers of this file left; the caller sees to it (run lock) that no other writer is alive."""
    for leftover in target.parent.glob(f".{target.name}.*.new*"):
        leftover.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
