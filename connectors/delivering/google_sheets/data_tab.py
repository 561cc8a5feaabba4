"""`okr_data`, the tab that is ours: one row per key result, for formulas, pivots and Data Studio.

Of a running cycle it holds exactly the documents; below, of an earlier one, what was shown last, so that a lookup by id finds the present.
Rows keep the order they have and columns are found by their headings, so people may sort it and add columns of their own. What
they typed over our cells is put right and told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from connectors.delivering.google_sheets.cells import Edit, at, name_of, plain, same, text
from connectors.delivering.google_sheets.columns import CHECK, Column, Key, check_of, headings_in, values
from connectors.spreadsheets.cells import CellValue, Matrix
from okr_mappings.snapshot import Snapshot

DATA = "okr_data"
_SHOWN = 5
_EXCERPT = 40


@dataclass(frozen=True, slots=True)
class Found:
    """One row as it stands; `trusted` when its check says that nobody touched it."""

    place: int
    values: tuple[CellValue, ...]
    trusted: bool


@dataclass(frozen=True, slots=True)
class DataPlan:
    """The edits, how many rows the tab needs, the rows that stood there before, and what people did to them."""

    edits: list[Edit]
    rows: int
    places: Sequence[int]
    before: Mapping[Key, Found]
    drift: list[str] = field(default_factory=list)


def plan_data(
    matrix: Matrix,
    columns: Sequence[Column],
    snapshots: Mapping[Key, Snapshot],
    running: Set[str],
    unacknowledged: Set[Key],
) -> DataPlan:
    """HeadingError when the tab is not understood. `unacknowledged` may be missing from it; others were there."""
    names = [*(column.name for column in columns), CHECK]
    fresh = not any(any(value not in (None, "") for value in line) for line in matrix)
    places = list(range(len(names))) if fresh else _places(matrix, names)
    lacking = [] if fresh else [place for place in places if at(matrix, 0, place) is None]
    before, drift = _stands(matrix, names, places)
    wanted = {key: values(columns, snapshot) for key, snapshot in snapshots.items()}
    kept = [*(key for key in before if key in wanted or key[0] not in running), *wanted]
    order = sorted(dict.fromkeys(kept), key=lambda key: key[0] not in running)
    if not fresh and not lacking:
        drift += _typed_over(names, places, before, wanted)
        gone = [key[1] for key in wanted if key not in before and key not in unacknowledged]
        drift += [f"the row of {key} was gone" for key in gone]
    heads = {place: name for place, name in zip(places, names, strict=True) if fresh or place in lacking}
    edits: list[Edit] = [Edit(DATA, 0, dict(heads))] if heads else []
    for row, key in enumerate(order, start=1):
        line = wanted[key] if key in wanted else list(before[key].values)
        edits += _edit(matrix, row, places, [*line, check_of(line)], key)
    for row in range(len(order) + 1, len(matrix)):
        edits += _edit(matrix, row, places, [None] * len(places), None)
    return DataPlan(edits, len(order) + 1, places, before, drift)


def _places(matrix: Matrix, names: Sequence[str]) -> list[int]:
    """Where our headings stand. One that is missing goes to the right, unless there is a strange or blank one, which may be the same."""
    width = max(map(len, matrix), default=0)
    stands = [plain(at(matrix, 0, column)) for column in range(width)]
    ours = [plain(name) for name in names]
    filled = {column for line in matrix for column, value in enumerate(line) if value not in (None, "")}
    if any(heading not in ours for column, heading in enumerate(stands) if column in filled):
        return list(headings_in(matrix, names, DATA).values())
    found = headings_in(matrix, [name for name in names if plain(name) in stands], DATA)
    missing = [name for name in names if name not in found]
    found |= {name: width + place for place, name in enumerate(missing)}
    return [found[name] for name in names]


def _stands(matrix: Matrix, names: Sequence[str], places: Sequence[int]) -> tuple[dict[Key, Found], list[str]]:
    found: dict[Key, Found] = {}
    drift: list[str] = []
    cycle, identity = names.index("cycle_id"), names.index("key_result_id")
    for row in range(1, len(matrix)):
        *line, check = [at(matrix, row, place) for place in places]
        key = (text(line[cycle]), text(line[identity]))
        if all(key) and key not in found:
            found[key] = Found(row, tuple(line), check == check_of(line))
        elif any(value is not None for value in (*line, check)):
            what = f"a second row of {key[1]}" if all(key) else "a row without a key result"
            drift.append(f"row {row + 1} was {what}: {_excerpt(' '.join(text(v) for v in line if v is not None))}")
    return found, drift


def _typed_over(
    names: Sequence[str],
    places: Sequence[int],
    before: Mapping[Key, Found],
    wanted: Mapping[Key, list[CellValue]],
) -> list[str]:
    """The very cells where the same snapshot stands there, else only the row: what it held before is known no more."""
    told = []
    identity = names.index("snapshot_id")
    for key, row in before.items():
        if row.trusted:
            continue
        line = wanted.get(key)
        known = line is not None and line[identity] == row.values[identity]
        cells = [
            f"{name_of(row.place, place)} ({name}): {_excerpt(text(stands))} over {_excerpt(text(ours))}"
            for name, place, stands, ours in zip(names, places, row.values, line or (), strict=False)
            if known and not same(stands, ours)
        ]
        told += cells or [f"row {row.place + 1} ({key[1]})"]
    return told


def _edit(matrix: Matrix, row: int, places: Sequence[int], line: Sequence[CellValue], key: Key | None) -> list[Edit]:
    cells = {place: value for place, value in zip(places, line, strict=True) if not same(at(matrix, row, place), value)}
    return [Edit(DATA, row, cells, key)] if cells else []


def _excerpt(words: str) -> str:
    return repr(words if len(words) <= _EXCERPT else words[: _EXCERPT - 1] + "…")


def drift_line(title: str, drift: Sequence[str]) -> str:
    """One sentence for people."""
    more = f" and {len(drift) - _SHOWN} more" if len(drift) > _SHOWN else ""
    return f"'{title}' was changed by hand: {'; '.join(drift[:_SHOWN])}{more}. It shows our values again."
