"""What `okr lint` says, worked out in a process of its own: it reads every mapping and computes past numbers, which takes seconds.

The findings of the publication before stay on the page until the new ones are there. Only the very first question waits a little, and
that of a viewer of some teams: findings about other mappings than those that are shown cannot be sorted by what they name.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from pipelines.lint import Advice, advise
from pipelines.serve.publication import Mark, Publication
from pipelines.serve.workshop import WorkshopError, apart
from pipelines.settings import Settings

PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Found:
    """`advice` is None where the mappings cannot be loaded; `trouble` says why, for who can repair it."""

    advice: Advice | None
    trouble: str = ""


class Advising:
    """`patience` is how many seconds a question waits for findings that are not there yet."""

    def __init__(self, settings: Settings, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._settings = settings
        self._changed = threading.Condition()
        self._found: Found | None = None
        self._mark: Mark | None = None
        self._version = 0
        self._working = False
        self._thread: threading.Thread | None = None

    def state(self, publication: Publication) -> int:
        """Changes when the page has to be made anew; begins the work where there is something newer to look at."""
        self.begin(publication)
        return self._version

    def begin(self, publication: Publication) -> None:
        with self._changed:
            if self._mark == publication.mark or self._working:
                return
            self._working = True
            self._thread = threading.Thread(target=self._work, args=(publication.mark,), daemon=True)
            self._thread.start()

    def of(self, publication: Publication, *, exactly: bool) -> Found | None:
        """The newest there is; with `exactly` those of this publication. None where that takes longer than one likes to wait."""
        with self._changed:
            self.begin(publication)
            self._changed.wait_for(lambda: self._is_there(publication, exactly=exactly), self.patience)
            return self._found if self._is_there(publication, exactly=exactly) else None

    def _is_there(self, publication: Publication, *, exactly: bool) -> bool:
        return self._found is not None and (not exactly or self._mark == publication.mark)

    def stop(self) -> None:
        """After the workshop is closed."""
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _work(self, mark: Mark) -> None:
        try:
            found = apart(looked_at, self._settings)
        except WorkshopError as error:
            found = Found(None, f"The mappings could not be looked at: {error}. See `okr lint`.")
        with self._changed:
            self._found, self._mark = found, mark
            self._version += 1
            self._working = False
            self._changed.notify_all()


def looked_at(settings: Settings) -> Found:
    try:
        return Found(advise(settings))
    except Exception as error:  # noqa: BLE001 - mappings that are being edited; what is wrong is for who can repair it
        return Found(None, str(error))
