"""`okr movement`: why a number is another one than on an earlier day, in parts that add up exactly.

The parts are defined in `okr_mappings.movement`. Everything is asked of the published copy, so that data and reports belong together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import cast

from okr_mappings.calendar import Cycle, Every
from okr_mappings.definition import Content, definition
from okr_mappings.document import to_plain
from okr_mappings.identity import sql_hash
from okr_mappings.mappings import Filters, KeyResult
from okr_mappings.movement import Evaluated, Flow, Movement, Way, digits_needed, is_sum, movement, rounded
from okr_mappings.plan import VALUE, value_window
from okr_mappings.questions import MetricQuestion
from okr_mappings.snapshot import OBSERVED, Snapshot
from okr_mappings.words import Kind
from pipelines.errors import NothingPublishedError
from pipelines.find import find_key_result, published_copy
from pipelines.loaded import load_everything
from pipelines.settings import Settings
from warehouse import definition_store, snapshot_store
from warehouse.catalog import Metric
from warehouse.contributions import contributions
from warehouse.engine import Connection
from warehouse.errors import MetricError
from warehouse.execute import answer
from warehouse.filters import read_marts

MEANINGS = {
    "restated": "the data of the first day is another one now",
    "definition": "the first day under the definition of now",
    "restated and definition": "the old definition cannot be asked any more, so both together",
    "new": "records that came, or took away no longer",
    "lost": "records that went, or came and take away",
    "net": "",
    "target": "moves the progress, not the value",
}


@dataclass(frozen=True)
class Moved:
    """A movement between two days; `remarks` say what could not be told apart, and why."""

    latest: Snapshot
    first: date
    movement: Movement
    records: Mapping[str, int]
    remarks: tuple[str, ...]

    def as_text(self) -> str:
        """Rounded so that what is printed adds up; `as_json` has every digit."""
        head = [f"{self.latest.key_result_id}  {self.latest.title}", self._headline()]
        rows = self._rows()
        widths = [max(len(row[place]) for row in rows) for place in range(3)]
        head += [
            f"  {row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}".rstrip() for row in rows
        ]
        return "\n".join([*head, *self.remarks])

    def _headline(self) -> str:
        found, digits = self.movement, self._digits
        texts = [self._amount(rounded([each], each, digits)[0], digits) for each in (self._start, self._end)]
        change = self._amount(self._end - self._start, digits, sign="+")
        progress = ""
        if found.progress_start is not None and found.progress_end is not None:
            progress = f"; progress {_percent(found.progress_start)} → {_percent(found.progress_end)}"
        return f"{self.first} → {self.latest.as_of}: {texts[0]} → {texts[1]} ({change}){progress}"

    def _rows(self) -> list[tuple[str, str, str, str]]:
        digits = self._digits
        scaled = [part.amount * self._scale for part in self.movement.parts]
        amounts = rounded(scaled, self._end - self._start, digits)
        rows = []
        for part, amount in zip(self.movement.parts, amounts, strict=True):
            share = "" if part.progress is None else f"{float(part.progress) * 100:+.1f} %"
            count = self.records.get(part.name)
            meaning = f"{count:,} {MEANINGS[part.name]}" if count is not None else MEANINGS[part.name]
            text = "" if part.name == "target" else self._amount(amount, digits, sign="+")
            rows.append((part.name, text, share, meaning))
        return rows

    @property
    def _scale(self) -> int:
        return 100 if self.latest.unit == "%" else 1

    @property
    def _digits(self) -> int:
        amounts = [self.movement.start, self.movement.end, *(part.amount for part in self.movement.parts)]
        return digits_needed([amount * self._scale for amount in amounts], 2)

    @property
    def _start(self) -> Decimal:
        return rounded([self.movement.start * self._scale], self.movement.start * self._scale, self._digits)[0]

    @property
    def _end(self) -> Decimal:
        return rounded([self.movement.end * self._scale], self.movement.end * self._scale, self._digits)[0]

    def _amount(self, amount: Decimal, digits: int, *, sign: str = "-") -> str:
        number = f"{amount:{sign},.{digits}f}"
        if self.latest.unit == "%":
            return f"{number} {'points' if sign == '+' else '%'}"
        return f"{number} {self.latest.unit}"

    def as_json(self) -> str:
        """Amounts as decimal texts, so that they add up for whoever reads them as such; shares as fractions."""
        found = self.movement
        content = {
            "cycle_id": self.latest.cycle_id,
            "key_result_id": self.latest.key_result_id,
            "unit": self.latest.unit,
            "from": self.first.isoformat(),
            "to": self.latest.as_of.isoformat(),
            "start": str(found.start),
            "end": str(found.end),
            "parts": {part.name: str(part.amount) for part in found.parts},
            "progress_start": _text(found.progress_start),
            "progress_end": _text(found.progress_end),
            "progress_parts": {part.name: str(part.progress) for part in found.parts if part.progress is not None},
            "records": to_plain(self.records),
            "remarks": list(self.remarks),
        }
        return json.dumps(content, ensure_ascii=False, indent=2)


def moved(settings: Settings, key_result_id: str, since: date) -> Moved:
    """From the report of `since` to the last one. Raises SettingsError, NothingPublishedError and MetricError."""
    loaded = load_everything(settings)
    plan, key_result = find_key_result(loaded.mappings, key_result_id, since)
    with published_copy(settings) as con:
        reported = snapshot_store.history(con, plan.cycle.id, key_result_id)
        first, latest = _first(reported, since, key_result_id), reported[-1]
        asker = _Asker(con, loaded.catalog, key_result, plan.cycle, settings.metric_timeout_seconds)
        return asker.moved(first, latest)


def between(
    con: Connection,
    catalog: Mapping[str, Metric],
    key_result: KeyResult,
    cycle: Cycle,
    first: Snapshot,
    latest: Snapshot,
    seconds: float,
) -> Moved:
    """The same for two reports already at hand. Raises NothingPublishedError and MetricError."""
    return _Asker(con, catalog, key_result, cycle, seconds).moved(first, latest)


def _first(reported: list[Snapshot], since: date, key_result_id: str) -> Snapshot:
    found = [each for each in reported if each.as_of == since and each.value is not None]
    if found:
        return found[0]
    days = ", ".join(str(each.as_of) for each in reported if each.value is not None) or "none"
    raise NothingPublishedError(
        f"{key_result_id} was not reported with a value on {since}. Days with one: {days}. `okr backfill` computes others."
    )


class _Asker:
    """One key result's questions to one published copy."""

    def __init__(
        self, con: Connection, catalog: Mapping[str, Metric], key_result: KeyResult, cycle: Cycle, seconds: float
    ) -> None:
        self._con = con
        self._catalog = catalog
        self._key_result = key_result
        self._cycle = cycle
        self._seconds = seconds

    def moved(self, first: Snapshot, latest: Snapshot) -> Moved:
        start, end = self._value(first.as_of), self._value(latest.as_of)
        if start is None or end is None or first.value is None:
            raise NothingPublishedError(f"{latest.key_result_id} has no number on both days as the data stands now.")
        evaluated = Evaluated(first.value, self._under_old(first, start), start, end)
        flow, records, remark = self._flow(first.as_of, latest.as_of, start, end)
        remarks = [remark] if remark else []
        if latest.mapping_hash != self._key_result.mapping_hash:
            remarks.append(
                f"The mapping has changed since the report of {latest.as_of}: the parts follow the mapping of today."
            )
        if first.observation != OBSERVED:
            remarks.append(f"{first.as_of} was {first.observation}, not observed: nobody saw that value then.")
        found = movement(evaluated, flow, self._way(first), self._way(latest))
        return Moved(latest, first.as_of, found, records, tuple(remarks))

    def _question(self, day: date) -> MetricQuestion:
        window = value_window(self._key_result, self._cycle, self._cycle.last_day(day))
        key_result = self._key_result
        return MetricQuestion(key_result.id, VALUE, key_result.metric_name, window, key_result.sql, key_result.filters)

    def _value(self, day: date) -> float | None:
        if self._key_result.by_hand:
            series = snapshot_store.daily_values(self._con, self._cycle.id).get(self._key_result.id, ())
            return next((point.value for point in series if point.day == day), None)
        return self._ask(self._catalog, self._question(day))

    def _ask(self, catalog: Mapping[str, Metric], question: MetricQuestion) -> float | None:
        found = answer(self._con, catalog, [question], seconds=self._seconds)[0]
        return None if found.error else found.value

    def _under_old(self, first: Snapshot, start: float) -> float | None:
        """The first day under the definition that it was reported under, from the data of now."""
        stored = definition_store.definitions(self._con, self._cycle.id, self._key_result.id)
        hashes = (first.mapping_hash, first.sql_hash)
        old = next((each.definition for each in stored if (each.mapping_hash, each.sql_hash) == hashes), None)
        if old is None:
            same = first.mapping_hash == self._key_result.mapping_hash and sql_hash(first.sql) == sql_hash(self._sql)
            return start if same else None
        if old.value_hash == definition(self._key_result, self._cycle, self._sql).value_hash:
            return start
        return self._ask_old(old.content, first.as_of)

    @property
    def _sql(self) -> str:
        metric = self._key_result.metric
        return self._catalog[metric.name].sql if metric else self._key_result.sql or ""

    def _ask_old(self, content: Content, day: date) -> float | None:
        name, sql = str(content["metric"]), str(content["sql"])
        if content["by_hand"] or (name and name not in self._catalog):
            return None
        every, days = content["every"], content["window_days"]
        old = replace(
            self._key_result,
            kind=Kind(str(content["kind"])),
            every=Every(str(every)) if every else None,
            window_days=days if isinstance(days, int) else None,
        )
        filters = tuple(
            (column, tuple(values)) for column, values in cast("list[tuple[str, list[str]]]", content["filters"])
        )
        window = value_window(old, self._cycle, self._cycle.last_day(day))
        question = MetricQuestion(old.id, VALUE, name, window, None if name else sql, cast("Filters", filters))
        catalog = {**self._catalog, name: replace(self._catalog[name], sql=sql)} if name else self._catalog
        return self._ask(catalog, question)

    def _flow(self, first: date, last: date, start: float, end: float) -> tuple[Flow | None, dict[str, int], str]:
        """What came and what went; None, with the reason, where the value is no sum over its records."""
        if self._key_result.by_hand:
            return None, {}, "net: the value is kept by hand."
        if not self._key_result.is_flow and self._key_result.kind is not Kind.LEVEL:
            return None, {}, "net: a ratio is no sum over its records, so what came and what went cannot be told apart."
        try:
            found = contributions(
                self._con, self._catalog, read_marts(self._con), self._question(first), self._question(last),
                seconds=self._seconds,
            )  # fmt: skip
        except MetricError as error:
            return None, {}, f"net: {error}"
        if not (is_sum(start, found.first) and is_sum(end, found.last)):
            return (
                None,
                {},
                "net: the value is not the sum over its records, so what came and what went cannot be told apart.",
            )
        if self._key_result.kind is Kind.LEVEL and not found.identified:
            return None, {}, "net: a gauge is read anew every day, so no record came or went."
        gains = sum(each >= 0 for each in found.entered) + sum(each < 0 for each in found.left)
        records = {"new": gains, "lost": len(found.entered) + len(found.left) - gains}
        return Flow(found.entered, found.left), records, ""

    def _way(self, snapshot: Snapshot) -> Way | None:
        """Only where progress is a straight line: not for a total that is held against an earlier period's pace."""
        straight = snapshot.kind in (Kind.LEVEL, Kind.RATIO) or (snapshot.kind is Kind.TOTAL and snapshot.baseline == 0)
        if not straight or snapshot.baseline is None or snapshot.target is None:
            return None
        return Way(snapshot.baseline, snapshot.target)


def _percent(share: Fraction) -> str:
    return f"{float(share) * 100:.1f} %"


def _text(share: Fraction | None) -> str | None:
    return None if share is None else str(share)
