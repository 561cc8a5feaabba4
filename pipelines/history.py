"""`okr history`: one key result day by day, as it was reported and as it is known now.

The value of a day is the one known now; `reported` is what was said of it then. Both come from the published copy, so nothing is
computed here but the expected path.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from okr_mappings import expected
from okr_mappings.calendar import Cycle
from okr_mappings.display import format_change, format_value
from okr_mappings.document import to_plain
from okr_mappings.expected import Curve
from okr_mappings.mappings import KeyResult
from okr_mappings.plan import VALUE, questions
from okr_mappings.restated import differs, subtract
from okr_mappings.snapshot import OBSERVED, DayValue, Snapshot
from okr_mappings.words import Kind
from pipelines.errors import NothingPublishedError
from pipelines.find import find_key_result, published_copy
from pipelines.loaded import load_everything
from pipelines.report.figures import bounds
from pipelines.settings import Settings
from warehouse import snapshot_store
from warehouse.catalog import Metric
from warehouse.engine import Connection
from warehouse.errors import MetricError
from warehouse.gaps import Observed, observed_days

CURVED = (Kind.TOTAL, Kind.LEVEL, Kind.RATIO)


@dataclass(frozen=True, slots=True)
class HistoryDay:
    """One day. `value` is None in a gap, `reported` where nobody said anything; `target` is the one of that day, where it is known.

    `observation` is empty for a day without a snapshot; `restated` compares what was observed with what is known now. `observed` says of
    a gauge (followers, subscribers) that nobody counted on that day, or that something was counted for the first time.
    """

    day: date
    value: float | None
    reported: float | None
    expected: float | None
    target: float | None
    observation: str
    provisional: bool
    restated: bool
    target_changed: bool
    observed: str = ""


@dataclass(frozen=True)
class History:
    """The days up to `latest.as_of`; `cycle` goes on to its end."""

    key_result: KeyResult
    cycle: Cycle
    latest: Snapshot
    days: tuple[HistoryDay, ...]

    @property
    def target_lines(self) -> tuple[float, ...]:
        """What is aimed at: the target of the last report, or the bounds of a range."""
        low, high = bounds(self.latest)
        levels = (low, high) if self.latest.kind is Kind.RANGE else (self.latest.target,)
        return tuple(level for level in levels if level is not None)

    def as_json(self) -> str:
        about = {
            "cycle_id": self.cycle.id,
            "key_result_id": self.key_result.id,
            "title": self.latest.title,
            "unit": self.latest.unit,
            "as_of": self.latest.as_of.isoformat(),
            "target": self.latest.target,
            "target_high": self.latest.target_high,
        }
        return json.dumps({**about, "days": [to_plain(day) for day in self.days]}, ensure_ascii=False, indent=2)

    def as_table(self) -> str:
        """A line per day, for `grep` and for mail."""
        unit = self.latest.unit
        rows = [("day", "value", "expected", "target", "")]
        rows += [
            (
                str(day.day),
                format_value(day.value, unit),
                format_value(day.expected, unit),
                format_value(day.target, unit),
                "; ".join(notes(day, unit)),
            )
            for day in self.days
        ]
        widths = [max(len(row[place]) for row in rows) for place in range(5)]
        return "\n".join(
            "  ".join([row[0], *(row[place].rjust(widths[place]) for place in (1, 2, 3)), row[4]]).rstrip()
            for row in rows
        )


def history(settings: Settings, key_result_id: str, as_of: date | None) -> History:
    """Up to `as_of`, or the last day that has a report. Raises SettingsError, NothingPublishedError."""
    loaded = load_everything(settings)
    plan, key_result = find_key_result(loaded.mappings, key_result_id, as_of)
    with published_copy(settings) as con:
        stored = snapshot_store.history(con, plan.cycle.id, key_result_id)
        series = snapshot_store.daily_values(con, plan.cycle.id).get(key_result_id, ())
        gaps = _observed(con, loaded.catalog, key_result, plan.cycle, stored)
    reported = [each for each in stored if as_of is None or each.as_of <= as_of]
    if not reported:
        raise NothingPublishedError(f"{key_result_id} was not reported{f' by {as_of}' if as_of else ''} yet.")
    days = (replace(day, observed=gaps.get(day.day, "")) for day in _days(key_result, plan.cycle, reported, series))
    return History(key_result, plan.cycle, reported[-1], tuple(days))


def _observed(
    con: Connection, catalog: dict[str, Metric], key_result: KeyResult, cycle: Cycle, stored: Sequence[Snapshot]
) -> dict[date, str]:
    """What is to be said of days on which a gauge was not read, or not wholly."""
    if not stored:
        return {}
    last = stored[-1].as_of
    asked = next((each for each in questions(key_result, cycle, last) if each.role == VALUE), None)
    if asked is None or key_result.kind not in (Kind.LEVEL, Kind.RANGE):
        return {}
    days = [cycle.start + timedelta(days=number) for number in range((min(last, cycle.end) - cycle.start).days + 1)]
    try:
        found = observed_days(con, catalog, asked, days)
    except MetricError:
        return {}
    return {day: text for day, each in found.items() if (text := _told(each))}


def _told(observed: Observed) -> str:
    texts = []
    if observed.carried == observed.series:
        texts.append(f"not counted: the number of {observed.oldest}")
    elif observed.carried:
        texts.append(f"{observed.carried} of {observed.series} not counted, the oldest on {observed.oldest}")
    if observed.joined:
        whole = observed.joined == observed.series
        texts.append("first count" if whole else f"{observed.joined} of {observed.series} counted for the first time")
    return "; ".join(texts)


def notes(day: HistoryDay, unit: str) -> list[str]:
    """What is to be said of a day besides its numbers."""
    found = []
    if day.value is None:
        found.append("no number")
    if day.restated and day.reported is not None:
        moved = "" if day.value is None else f" ({format_change(subtract(day.value, day.reported), unit)})"
        found.append(f"reported {format_value(day.reported, unit)}{moved}")
    found += ["provisional"] if day.provisional else []
    found += [day.observation.replace("_", " ")] if day.observation not in ("", OBSERVED) else []
    found += ["target changed"] if day.target_changed else []
    found += [day.observed] if day.observed else []
    return found


def _days(
    key_result: KeyResult, cycle: Cycle, reported: Sequence[Snapshot], series: Sequence[DayValue]
) -> tuple[HistoryDay, ...]:
    by_day = {each.as_of: each for each in reported}
    values = {point.day: point.value for point in series}
    found: list[HistoryDay] = []
    target, baseline = reported[0].target, reported[0].baseline  # before the first report nobody had said another one
    for number in range((min(reported[-1].as_of, cycle.end) - cycle.start).days + 1):
        day = cycle.start + timedelta(days=number)
        snapshot = by_day.get(day)
        changed = snapshot is not None and differs(snapshot.target, target)
        target, baseline = (snapshot.target, snapshot.baseline) if snapshot else (target, baseline)
        share = snapshot.expected if snapshot else _share(key_result, cycle, day)
        value = values.get(day, snapshot.value if snapshot else None)
        path = _expected_value(key_result, baseline, target, share)
        found.append(_day(day, value, snapshot, path, target, target_changed=changed))
    return tuple(found)


def _day(
    day: date,
    value: float | None,
    snapshot: Snapshot | None,
    path: float | None,
    target: float | None,
    *,
    target_changed: bool,
) -> HistoryDay:
    said = snapshot.value if snapshot else None
    observed = snapshot is not None and snapshot.observation == OBSERVED
    return HistoryDay(
        day=day,
        value=value,
        reported=said,
        expected=path,
        target=target,
        observation=snapshot.observation if snapshot else "",
        provisional=snapshot is not None and snapshot.provisional,
        restated=observed and said is not None and differs(value, said),
        target_changed=target_changed,
    )


def _expected_value(
    key_result: KeyResult, baseline: float | None, target: float | None, share: float | None
) -> float | None:
    """Where it should be by the end of the day, as a value; None for kinds that have no path, and for seasons not told."""
    start = 0.0 if key_result.kind is Kind.TOTAL else baseline
    if key_result.kind not in CURVED or start is None or target is None or share is None:
        return None
    return start + share * (target - start)


def _share(key_result: KeyResult, cycle: Cycle, day: date) -> float | None:
    if key_result.expected.curve is Curve.LINEAR:
        return expected.linear(cycle, day)
    if key_result.expected.curve is Curve.PHASED:
        return expected.phased(key_result.expected.points, cycle, day)
    return None
