"""Part of `snapshot`: what was reported before and is another number now, what changed in the definitions, which rows stand behind today.

`look` reads on the guarded connection, `store` writes; both may be run twice without harm. A day is compared only with a value of
the same meaning (`value_hash`), and only while every source behind it is complete. Rows are a bonus: they have a time budget, and
what does not fit into it is told by its values alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa

from okr_mappings.definition import Definition, definition
from okr_mappings.mappings import CyclePlan, KeyResult
from okr_mappings.plan import VALUE, questions, value_window
from okr_mappings.questions import MetricQuestion, Window
from okr_mappings.restated import ReportedDay, RestatedDay, newly_restated
from okr_mappings.snapshot import DayValue
from pipelines.jobs.context import JobContext
from warehouse import definition_store, evidence_rows, restatement_store
from warehouse.definition_store import Defined
from warehouse.engine import Connection
from warehouse.evidence_rows import Remembered
from warehouse.filters import read_marts
from warehouse.restatement_store import BASELINE, Entry, ReportedValue

ROWS_SECONDS = 10.0


@dataclass(frozen=True)
class FrozenNow:
    """A frozen baseline as if it were a reported day, and what it would be today."""

    key_result_id: str
    frozen: ReportedDay
    now: float | None


@dataclass(frozen=True)
class News:
    """What one look found for a cycle."""

    cycle_id: str
    defined: tuple[Defined, ...]
    entries: tuple[Entry, ...]
    rows: tuple[Remembered, ...]


def look(
    con: Connection,
    context: JobContext,
    plan: CyclePlan,
    history: Mapping[str, Sequence[DayValue]],
    usable: Collection[str],
    baselines: Sequence[FrozenNow],
) -> News:
    """`usable` are the key results whose sources are complete; `history` their values on each day of the cycle, as of now."""
    meanings = {each.id: definition(each, plan.cycle, context.sql_of(each)[0]) for each in plan.key_results}
    watched = [each for each in plan.key_results if each.id in usable]
    rows = RowReader(con, context, plan, meanings, time.monotonic() + ROWS_SECONDS)
    entries = [
        Entry(each.key_result_id, restatement_store.VALUE, day, rows.changes(each.key_result_id, day))
        for each, day in _restated_days(con, context, plan, history, meanings, watched)
    ]
    entries += _restated_baselines(con, plan, [each for each in baselines if each.key_result_id in usable])
    return News(
        plan.cycle.id,
        tuple(_defined(context, each, meanings[each.id]) for each in plan.key_results),
        tuple(entries),
        tuple(rows.of_today([each for each in watched if not each.by_hand])),
    )


def store(con: Connection, context: JobContext, news: News) -> str:
    """Returns what the step's line says of it, nothing when there is no news."""
    changed = definition_store.record_definitions(con, news.cycle_id, news.defined, context.run_id, context.now)
    restatement_store.log_restatements(con, news.cycle_id, news.entries, context.run_id, context.now)
    evidence_rows.remember(con, news.cycle_id, news.rows)
    settled = {each.key_result_id for each in news.entries if not each.restated.reported.provisional}
    text = f", {len(settled)} restated" if settled else ""
    return f"{text}, {changed} defined anew" if changed else text


def _defined(context: JobContext, key_result: KeyResult, meaning: Definition) -> Defined:
    return Defined(
        key_result.id,
        key_result.title,
        meaning,
        key_result.mapping_hash,
        context.sql_of(key_result)[1],
        key_result.path,
        key_result.line,
        context.as_of,
    )


def _restated_days(
    con: Connection,
    context: JobContext,
    plan: CyclePlan,
    history: Mapping[str, Sequence[DayValue]],
    meanings: Mapping[str, Definition],
    watched: Sequence[KeyResult],
) -> Iterator[tuple[ReportedValue, RestatedDay]]:
    """Newest day first, so that the rows of what people looked at last are compared before the time is up."""
    cycle_id = plan.cycle.id
    reported = restatement_store.reported_values(con, cycle_id, context.as_of)
    known = restatement_store.last_known(con, cycle_id)
    comparable = _same_meaning(con, context, plan, meanings)
    series = {each.id: {point.day: point.value for point in history.get(each.id, ())} for each in watched}
    for each in reversed(reported):
        if each.key_result_id not in series or not comparable(each):
            continue
        key = (each.key_result_id, restatement_store.VALUE, each.day.day, each.day.snapshot_id)
        before = {each.day.day: known[key]} if key in known else {}
        for day in newly_restated([each.day], series[each.key_result_id], before):
            yield each, day


def _same_meaning(
    con: Connection, context: JobContext, plan: CyclePlan, meanings: Mapping[str, Definition]
) -> Callable[[ReportedValue], bool]:
    """Reports made before definitions were stored count as the same only under the very same mapping and SQL."""
    stored = definition_store.definitions(con, plan.cycle.id)
    hashes = {(each.key_result_id, each.mapping_hash, each.sql_hash): each.definition.value_hash for each in stored}
    hashes |= {
        (each.id, each.mapping_hash, context.sql_of(each)[1]): meanings[each.id].value_hash for each in plan.key_results
    }
    return lambda each: (
        hashes.get((each.key_result_id, each.mapping_hash, each.sql_hash)) == meanings[each.key_result_id].value_hash
    )


def _restated_baselines(con: Connection, plan: CyclePlan, baselines: Sequence[FrozenNow]) -> list[Entry]:
    known = restatement_store.last_known(con, plan.cycle.id)
    entries = []
    for each in baselines:
        day = each.frozen.day
        key = (each.key_result_id, BASELINE, day, each.frozen.snapshot_id)
        found = newly_restated([each.frozen], {day: each.now}, {day: known[key]} if key in known else {})
        entries += [Entry(each.key_result_id, BASELINE, restated) for restated in found]
    return entries


class RowReader:
    """Asks for the rows behind values, equal questions once, until the time is up."""

    def __init__(
        self,
        con: Connection,
        context: JobContext,
        plan: CyclePlan,
        meanings: Mapping[str, Definition],
        deadline: float,
    ) -> None:
        self._con = con
        self._context = context
        self._plan = plan
        self._meanings = meanings
        self._deadline = deadline
        self._marts = read_marts(con)
        self._by_id = {each.id: each for each in plan.key_results}
        self._known: dict[str, pa.Table | None] = {}

    def changes(self, key_result_id: str, day: RestatedDay) -> evidence_rows.RecordChanges | None:
        """What happened to the rows of a restated day; None where that is not known."""
        key_result = self._by_id[key_result_id]
        rows = None if key_result.by_hand else self._rows(key_result, day.reported.day)
        if rows is None:
            return None
        value_hash = self._meanings[key_result_id].value_hash
        return evidence_rows.record_changes(
            self._con, self._plan.cycle.id, key_result_id, value_hash, day.reported.day, rows
        )

    def of_today(self, key_results: Sequence[KeyResult]) -> Iterator[Remembered]:
        if not self._plan.cycle.has_started(self._context.as_of):
            return
        for each in key_results:
            rows = self._rows(each, self._context.as_of)
            if rows is not None:
                yield Remembered(each.id, self._meanings[each.id].value_hash, self._context.as_of, rows)

    def _rows(self, key_result: KeyResult, day: date) -> pa.Table | None:
        left = self._deadline - time.monotonic()
        most = self._context.settings.evidence_rows
        if left <= 0 or most == 0:
            return None
        asked = self._question(key_result, day)
        key = repr(replace(asked, key_result_id=""))
        if key not in self._known:
            self._known[key] = evidence_rows.fingerprints(
                self._con, self._context.catalog, self._marts, asked, most_rows=most, seconds=left
            )
        return self._known[key]

    def _question(self, key_result: KeyResult, day: date) -> MetricQuestion:
        asked = next(each for each in questions(key_result, self._plan.cycle, day) if each.role == VALUE)
        window: Window = value_window(key_result, self._plan.cycle, self._plan.cycle.last_day(day))
        return replace(asked, window=window)
