"""Finding the key result that a person named, with the cycle that they mean, and the published copy to read it from."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from okr_mappings.mappings import CyclePlan, KeyResult, Mappings
from pipelines.errors import NothingPublishedError, SettingsError
from pipelines.settings import Settings
from warehouse.engine import Connection, open_guarded
from warehouse.okr_schema import remembers


@contextmanager
def published_copy(settings: Settings, *, of_any_version: bool = False) -> Iterator[Connection]:
    """A guarded connection on what was published last, also while a run is writing. Raises NothingPublishedError.

    A copy that an older version left has no history of restatements and definitions; only who needs none takes it.
    """
    if not settings.published_path.exists():
        raise NothingPublishedError(f"{settings.published_path}: nothing is published yet. Run `okr run` first.")
    with open_guarded(settings.published_path, memory_limit=settings.metric_memory) as con:
        if not of_any_version and not remembers(con):
            raise NothingPublishedError(
                f"{settings.published_path} was published by an older version, which kept no such history. Run `okr run` once."
            )
        yield con


def find_key_result(mappings: Mappings, key_result_id: str, as_of: date | None) -> tuple[CyclePlan, KeyResult]:
    """In the running cycle first, else in the newest that has it. Raises SettingsError for an unknown one."""
    plans = sorted(mappings.cycles, key=lambda plan: plan.cycle.start, reverse=True)
    running = list(mappings.cycles_at(as_of)) if as_of else []
    for plan in [*running, *plans]:
        for key_result in plan.key_results:
            if key_result.id == key_result_id:
                return plan, key_result
    known = sorted({each.id for plan in plans for each in plan.key_results})
    near = difflib.get_close_matches(key_result_id, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
    raise SettingsError(f"there is no key result {key_result_id!r}. {hint}")


def last_published_day(con: Connection) -> date:
    """The day of the latest observed snapshot. Raises NothingPublishedError."""
    row = con.execute("select max(as_of) from okr.progress_history where observation = 'observed'").fetchall()
    day = row[0][0]
    if not isinstance(day, date):
        raise NothingPublishedError("no day was reported yet. Run `okr run` first.")
    return day
