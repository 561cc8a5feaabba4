"""Who changed a line of a mapping file, and when, as the repository around it tells; None without a repository, or without git."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SECONDS = 10
_FORMAT = "--format=%H%x09%cI%x09%an%x09%s"
_NOT_COMMITTED = "0" * 40


@dataclass(frozen=True, slots=True)
class Author:
    """`commit` is empty for a change that was not committed yet."""

    name: str
    commit: str = ""
    committed_at: datetime | None = None
    subject: str = ""


NOT_COMMITTED = Author("not committed")


def author_of_line(path: Path, line: int, before: datetime, *, newest: bool) -> Author | None:
    """The last commit up to `before` that touched the line; `newest`: whether the change is the line's present state."""
    if newest and _is_uncommitted(path, line):
        return NOT_COMMITTED
    return _last(_git(path.parent, "log", "-s", _FORMAT, f"-L{line},{line}:{path.name}"), before)


def author_of_file(path: Path, before: datetime) -> Author | None:
    """The last commit up to `before` that touched the file."""
    return _last(_git(path.parent, "log", _FORMAT, "--", path.name), before)


def line_of_field(path: Path, first_line: int, field: str) -> int:
    """Where the field of the key result that begins at `first_line` is written; `first_line` where it is not."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = lines[first_line - 1] if first_line <= len(lines) else ""
    indent = len(head) - len(head.lstrip())
    for number, text in enumerate(lines[first_line - 1 :], start=first_line):
        outside = text.strip() and len(text) - len(text.lstrip()) <= indent
        if outside and number > first_line:
            break
        if re.match(rf"[\s-]*{re.escape(field)}\s*:", text):
            return number
    return first_line


def _is_uncommitted(path: Path, line: int) -> bool:
    blamed = _git(path.parent, "blame", "--porcelain", f"-L{line},{line}", "--", path.name)
    return bool(blamed) and blamed[0].startswith(_NOT_COMMITTED)


def _last(log: Sequence[str], before: datetime) -> Author | None:
    for entry in log:
        parts = entry.split("\t", 3)
        if len(parts) == 4 and datetime.fromisoformat(parts[1]) <= before:
            return Author(parts[2], parts[0][:10], datetime.fromisoformat(parts[1]), parts[3])
    return None


def _git(folder: Path, *arguments: str) -> list[str]:
    """The lines that git prints; none when it cannot tell."""
    program = shutil.which("git")
    if program is None:
        return []
    try:
        done = subprocess.run(  # noqa: S603 - arguments are never a shell's
            [program, "--no-pager", *arguments], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return []
    return done.stdout.splitlines()
