"""`okr status --watch`: the status, drawn again when a new publish lands, the window changes, or a minute has passed.

On a terminal it fills the screen and leaves no trace when it ends; anywhere else every new publish is written below the last one, so that
it can be piped. What does not fit into the window is counted, not scrolled.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from okr_mappings.snapshot import ProgressDocument
from pipelines.errors import NothingPublishedError
from pipelines.published import data_folder, progress_path, read_document
from pipelines.report.cells import wrap
from pipelines.terminal import Line, Piece, as_rich, lines, status_plain, with_overdue

PAUSE = 1.0
RENEWED_AFTER = 60.0
Mark = tuple[int, int, int] | None


def watch(
    data_dir: Path | None, stream: TextIO | None = None, *, pause: float = PAUSE, looks: int | None = None
) -> None:
    """Until Ctrl-C, or for so many `looks`."""
    out = stream or sys.stdout
    with suppress(KeyboardInterrupt):
        if out.isatty():
            _on_screen(data_dir, out, pause, looks)
        else:
            _below_each_other(data_dir, out, pause, looks)


def mark_of(data_dir: Path | None) -> Mark:
    """What changes with every publish; None before the first."""
    try:
        stat = progress_path(data_folder(data_dir)).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def _below_each_other(data_dir: Path | None, out: TextIO, pause: float, looks: int | None) -> None:
    shown: Mark = None
    while looks is None or looks > 0:
        mark = mark_of(data_dir)
        document = _document(data_dir) if mark != shown else None
        if isinstance(document, ProgressDocument):
            out.write(("\n" if shown else "") + status_plain(with_overdue(document)))
            out.flush()
            shown = mark
        looks = _next(looks, pause)


def _on_screen(data_dir: Path | None, out: TextIO, pause: float, looks: int | None) -> None:
    from rich.console import Console

    console = Console(file=out, highlight=False, soft_wrap=True)
    shown: object = None
    with console.screen(hide_cursor=True):
        while looks is None or looks > 0:
            now = (mark_of(data_dir), console.size, time.monotonic() // RENEWED_AFTER)
            if now != shown:
                console.clear()
                for place, line in enumerate(_screen(_document(data_dir), console.width, console.height)):
                    console.print(as_rich(line), end="" if place == console.height - 1 else "\n")
                shown = now
            looks = _next(looks, pause)


def _screen(document: ProgressDocument | str, width: int, height: int) -> list[Line]:
    """At most `height` lines, the last one saying what this is."""
    if isinstance(document, str):
        return [*([Piece(part)] for part in wrap(document, width)), [], _foot("", 0, width)]
    drawn = lines(with_overdue(document), width)
    room = max(height - 2, 1)
    return [*drawn[:room], [], _foot(f"{document.published_at:%H:%M:%S} UTC", max(len(drawn) - room, 0), width)][
        -height:
    ]


def _foot(published: str, more: int, width: int) -> Line:
    parts = [
        f"{more} more lines" if more else "",
        f"published {published}" if published else "waiting for the first publish",
        "Ctrl-C ends",
    ]
    return [Piece(" · ".join(part for part in parts if part)[:width], "dim")]


def _document(data_dir: Path | None) -> ProgressDocument | str:
    try:
        return read_document(data_dir)
    except NothingPublishedError as error:
        return str(error)


def _next(looks: int | None, pause: float) -> int | None:
    time.sleep(pause)
    return None if looks is None else looks - 1
