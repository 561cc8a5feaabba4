"""The publication that is shown, and the thread that looks for a newer one.

A newer one is read beside the one that is shown and takes its place in one step, so that no question ever waits or sees half of it. One
that cannot be read, or whose parts do not belong together yet, is left alone; after GIVE_UP seconds a pair that still does not agree
(a run was killed between the two) is shown all the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from pipelines.languages import marked
from pipelines.serve.publication import Mark, Publication, load, mark_of
from pipelines.settings import Settings
from warehouse.errors import WarehouseError

LOOK_SECONDS = 0.5
GONE = marked("What was published has gone; this is the last of it.")
GIVE_UP = 10.0


class Shelf:
    def __init__(self, settings: Settings, *, warm: Callable[[Publication], None] = lambda _: None) -> None:
        self._settings = settings
        self._warm = warm
        self._stop = threading.Event()
        self._refused: tuple[Mark, float] | None = None
        self._thread = threading.Thread(target=self._watch, name="okr-serve-shelf", daemon=True)
        self.current: Publication | None = None
        self.trouble = ""

    def start(self) -> None:
        self.look()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def look(self) -> None:
        """Take what is new, if there is anything."""
        mark = mark_of(self._settings.data_dir)
        if mark is None:
            self.trouble = "" if self.current is None else GONE
            return
        if self.current is not None and self.current.mark == mark:
            self.trouble = ""
            return
        self._take(mark)

    def _take(self, mark: Mark) -> None:
        try:
            found, why_not = load(self._settings)
        except WarehouseError as error:
            found, why_not = None, str(error)
        if found is None:
            self.trouble = why_not
        elif why_not and not self._waited_long(mark):
            self.trouble = ""  # the rest of it is on its way
        else:
            with suppress(
                Exception
            ):  # a page that cannot be drawn fails when it is asked for; the numbers do not wait for it
                self._warm(found)
            self.current, self.trouble, self._refused = found, "", None

    def _waited_long(self, mark: Mark) -> bool:
        """Since this pair was first seen not to agree. At the start there is nothing to show instead."""
        if self.current is None:
            return True
        if self._refused is None or self._refused[0] != mark:
            self._refused = (mark, time.monotonic())
        return time.monotonic() - self._refused[1] > GIVE_UP

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the looking
                self.trouble = f"unexpected {type(error).__name__}: {error}"
