"""What a person, or a log, sees while a run works.

On a terminal: a bar per step and per source. Anywhere else: one `key=value` line per event on standard error, run_id always first.
Every event also goes to `okr.log` in the data folder, so that "what happened on Friday" has an answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipelines import clock

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

STEPS = ("ingest", "transform", "snapshot", "publish", "track")


class Watch(Protocol):
    """Told of everything a run does; changes nothing."""

    def step(self, name: str) -> None:
        """A step begins; the one before it has ended."""

    def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
        """A source has read `rows` of one resource so far, of `expected` in all where that is known."""

    def event(self, name: str, **facts: object) -> None:
        """Something worth a line in the log."""

    def done(self) -> None:
        """The last step has ended."""


class LogWatch:
    """Lines only: for pipes, schedulers and the log file."""

    def __init__(self, run_id: str, log: Path | None, *, echo: bool) -> None:
        self._run_id = run_id
        self._log = log
        self._echo = echo

    def step(self, name: str) -> None:
        self.event(name, state="started")

    def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
        """Too many for a log: the totals come with the event that ends the source."""

    def event(self, name: str, **facts: object) -> None:
        pairs = " ".join(f"{key}={_quoted(value)}" for key, value in facts.items())
        line = f"{clock.now():%Y-%m-%dT%H:%M:%S.%f}Z run_id={self._run_id} event={name} {pairs}".rstrip()
        if self._echo:
            sys.stderr.write(line + "\n")
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(line + "\n")

    def done(self) -> None:
        self.event("run", state="finished")


class BarWatch:
    """Bars on a terminal; the log file gets the same lines as always."""

    def __init__(self, progress: Progress, log: LogWatch) -> None:
        self._progress = progress
        self._log = log
        self._steps = progress.add_task("[bold]okr run", total=len(STEPS), note="")
        self._current: TaskID | None = None
        self._resources: dict[tuple[str, str], TaskID] = {}

    def step(self, name: str) -> None:
        self._log.step(name)
        self._end_step()
        self._current = self._progress.add_task(f"  {name}", total=None, note="")

    def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
        key = (source, resource)
        if key not in self._resources:
            self._resources[key] = self._progress.add_task(f"    {source} {resource}", total=expected, note="")
        self._progress.update(self._resources[key], total=expected, completed=rows, note=self._pace(key, rows))

    def _pace(self, key: tuple[str, str], rows: int) -> str:
        """Rows so far, and per second since the first of them; too soon to say in the first tenth of a second."""
        task = next(task for task in self._progress.tasks if task.id == self._resources[key])
        seconds = task.elapsed or 0.0
        return f"{rows:,} rows" + (f", {rows / seconds:,.0f}/s" if seconds > 0.1 else "")

    def event(self, name: str, **facts: object) -> None:
        self._log.event(name, **facts)
        if self._current is not None and "note" in facts:
            self._progress.update(self._current, note=str(facts["note"]))

    def done(self) -> None:
        self._log.done()
        self._end_step()

    def _end_step(self) -> None:
        for task in self._resources.values():
            read = next(t.completed for t in self._progress.tasks if t.id == task)
            self._progress.update(task, total=max(read, 1), completed=max(read, 1))
        self._resources.clear()
        if self._current is not None:
            self._progress.update(self._current, total=1, completed=1)
            self._progress.advance(self._steps)
            self._current = None


@contextmanager
def watching(run_id: str, data_dir: Path) -> Iterator[Watch]:
    """Bars when a person looks, lines otherwise."""
    data_dir.mkdir(parents=True, exist_ok=True)
    interactive = sys.stderr.isatty()
    log = LogWatch(run_id, data_dir / "okr.log", echo=not interactive)
    if not interactive:
        yield log
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    columns = (
        TextColumn("{task.description:<32}"),
        BarColumn(12),
        TimeElapsedColumn(),
        # a note takes what is left: a long one must not squeeze away the names
        TextColumn("[dim]{task.fields[note]}", table_column=Column(ratio=1, no_wrap=True)),
    )
    with Progress(*columns, console=Console(stderr=True), expand=True) as progress:
        yield BarWatch(progress, log)


def _quoted(value: object) -> str:
    text = str(value)
    return f'"{text}"'.replace("\n", " ") if " " in text or not text else text
