"""`okr_history`: a row for every snapshot that was shown, added below the last one, told apart by snapshot and key result.

Only its headings and its first two columns are read, so that it may grow long.
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.delivering.google_sheets.cells import Edit, at, text
from connectors.delivering.google_sheets.columns import HISTORY_COLUMNS, HeadingError, headings_in, values
from connectors.spreadsheets.cells import Matrix, quoted
from okr_mappings.snapshot import Snapshot

HISTORY = "okr_history"
RANGES = (f"{quoted(HISTORY)}!1:1", f"{quoted(HISTORY)}!A:B")


def plan_history(head: Matrix, keys: Matrix, snapshots: Iterable[Snapshot]) -> tuple[list[Edit], int, list[int]]:
    """The rows to add, how many the tab needs, and where its columns are. HeadingError when it is not understood."""
    names = [column.name for column in HISTORY_COLUMNS]
    fresh = not any(map(any, head)) and not any(map(any, keys))
    places = {name: place for place, name in enumerate(names)} if fresh else headings_in(head, names, HISTORY)
    if (places["snapshot_id"], places["key_result_id"]) != (0, 1):
        raise HeadingError(f"the tab '{HISTORY}' no longer begins with snapshot_id and key_result_id. Move them back.")
    known = {(text(at(keys, row, 0)), text(at(keys, row, 1))) for row in range(1, len(keys))}
    edits = [Edit(HISTORY, 0, {place: name for name, place in places.items()})] if fresh else []
    row = max(len(keys), 1)
    for snapshot in snapshots:
        key = (snapshot.snapshot_id, snapshot.key_result_id)
        if key not in known:
            known.add(key)
            line = dict(zip(places.values(), values(HISTORY_COLUMNS, snapshot), strict=True))
            cells = {place: value for place, value in line.items() if value is not None}
            edits.append(Edit(HISTORY, row, cells, (snapshot.cycle_id, snapshot.key_result_id)))
            row += 1
    return edits, row, list(places.values())
