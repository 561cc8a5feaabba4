"""What our tabs hold: a heading, a value and a number format per column; and which of it people may have in tabs of their own.

A row of `okr_data` ends with a check of its own cells, by which a later run sees that somebody changed one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.delivering.google_sheets.cells import at, cell, day_text, kept, plain
from connectors.spreadsheets.cells import CellValue, Matrix
from okr_mappings.display import status_label
from okr_mappings.snapshot import ProgressDocument, Snapshot
from okr_mappings.words import Status

Key = tuple[str, str]
"""Cycle and key result id."""

DAY, MOMENT, SHARE = ("DATE", "yyyy-mm-dd"), ("DATE_TIME", "yyyy-mm-dd hh:mm"), ("PERCENT", "0%")
CHECK = "row_check"


class HeadingError(Exception):
    """A heading is missing or doubled; nothing is written to a tab that is not understood."""


@dataclass(frozen=True, slots=True)
class Column:
    """`number` is the type and pattern of a number format; none for texts and plain numbers."""

    name: str
    value: Callable[[Snapshot], object]
    number: tuple[str, str] | None = None


def _current(snapshot: Snapshot) -> float | None:
    """The value; of a stale one the last good one."""
    stale = snapshot.value is None and snapshot.status is Status.STALE
    return snapshot.last_good_value if stale else snapshot.value


_NUMBERS = (
    Column("value", lambda s: s.value),
    Column("current", _current),
    Column("baseline", lambda s: s.baseline),
    Column("target", lambda s: s.target),
    Column("target_high", lambda s: s.target_high),
    Column("unit", lambda s: s.unit),
    Column("progress", lambda s: s.progress, SHARE),
    Column("score", lambda s: s.score),
    Column("expected", lambda s: s.expected, SHARE),
    Column("status", lambda s: s.status.value),
    Column("as_of", lambda s: s.as_of, DAY),
    Column("data_through_utc", lambda s: s.data_through, MOMENT),
)
HISTORY_COLUMNS = (
    Column("snapshot_id", lambda s: s.snapshot_id),
    Column("key_result_id", lambda s: s.key_result_id),
    Column("cycle_id", lambda s: s.cycle_id),
    *(column for column in _NUMBERS if column.name not in {"current", "baseline", "target_high", "unit"}),
    Column("computed_at_utc", lambda s: s.computed_at, MOMENT),
)


def data_columns(documents: Sequence[ProgressDocument]) -> tuple[Column, ...]:
    """Those of `okr_data`, without the check."""
    teams = {team.team_id: team.name for document in documents for team in document.teams}
    objectives = {(o.cycle_id, o.objective_id): o.title for document in documents for o in document.objectives}
    return (
        Column("key_result_id", lambda s: s.key_result_id),
        Column("cycle_id", lambda s: s.cycle_id),
        Column("team", lambda s: teams.get(s.team_id, s.team_id)),
        Column("objective", lambda s: objectives.get((s.cycle_id, s.objective_id))),
        Column("key_result", lambda s: s.title),
        Column("owner", lambda s: s.owner),
        *_NUMBERS,
        Column("last_good_as_of", lambda s: s.last_good_as_of, DAY),
        Column("projected_p50", lambda s: s.projected_p50),
        Column("reason", lambda s: s.reason),
        Column("source_link", lambda s: s.source_link),
        Column("snapshot_id", lambda s: s.snapshot_id),
    )


def values(columns: Sequence[Column], snapshot: Snapshot) -> list[CellValue]:
    return [cell(column.value(snapshot)) for column in columns]


def check_of(row: Sequence[CellValue]) -> str:
    """Over what a sheet gives back, to the digits that survive; it guards against hands, not against malice."""
    parts = [
        kept(value) if isinstance(value, str) else f"{value:.11g}" if _is_number(value) else repr(value)
        for value in row
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]


def _is_number(value: CellValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def headings_in(matrix: Matrix, names: Sequence[str], title: str, *, row: int = 0) -> dict[str, int]:
    """Heading -> column. HeadingError names every one that is missing or doubled."""
    width = len(matrix[row]) if row < len(matrix) else 0
    found = [plain(at(matrix, row, column)) for column in range(width)]
    places = {name: [c for c, heading in enumerate(found) if heading == plain(name)] for name in names}
    missing = [name for name, columns in places.items() if not columns]
    doubled = [name for name, columns in places.items() if len(columns) > 1]
    said = []
    if missing:
        said.append(
            f"has no column headed {_listed(missing)} in row {row + 1}; it was renamed or deleted. Write that heading again"
        )
    if doubled:
        said.append(f"has several columns headed {_listed(doubled)} in row {row + 1}. Rename all but one")
    if said:
        raise HeadingError(f"the tab '{title}' {', and '.join(said)}.")
    return {name: columns[0] for name, columns in places.items()}


def _listed(names: Sequence[str]) -> str:
    return " or ".join(f"'{name}'" for name in names)


def _status(value: CellValue) -> CellValue:
    return status_label(Status(value)) if isinstance(value, str) and value in set(Status) else value


_FOR_PEOPLE: Mapping[str, Callable[[CellValue], CellValue]] = {
    "status": _status,
    "as_of": day_text,
    "data_through_utc": day_text,
    "last_good_as_of": day_text,
}
# what a tab of people's own may show, by the name of its column in okr_data
OFFERED = (
    *(
        "current",
        "value",
        "baseline",
        "target",
        "target_high",
        "unit",
        "progress",
        "score",
        "expected",
        "status",
        "as_of",
    ),
    *(
        "data_through_utc",
        "last_good_as_of",
        "projected_p50",
        "reason",
        "key_result",
        "objective",
        "team",
        "owner",
        "source_link",
    ),
)


def for_people(name: str, value: CellValue) -> CellValue:
    """A cell of `okr_data` as it stands in a tab of people's own: status in words, days as text, whatever their formats are."""
    convert = _FOR_PEOPLE.get(name)
    return value if convert is None else convert(value)
