"""The columns of a team's sheet: headings, widths, formats, and what each shows of a key result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from connectors.delivering.workbook import look
from connectors.delivering.workbook.pen import CellValue
from okr_mappings.display import format_target, status_label
from okr_mappings.interval import sample_words
from okr_mappings.snapshot import Snapshot
from okr_mappings.words import Kind, Status

OBJECTIVE = "Objective"
STATUS = "Status"
LINK = "Source"
UNIT = "Unit"
CYCLE = "Cycle"
KEY = "Key result id"


@dataclass(frozen=True, slots=True)
class Line:
    """What one row shows; `objective` is its title, None when it is not known and what stands there stays."""

    snapshot: Snapshot
    objective: str | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Column:
    """One column of ours. `number` is its format, empty for that of the unit; `value` is None where people write."""

    heading: str
    width: float
    value: Callable[[Line], CellValue] | None
    number: str = "General"
    wrap: bool = False
    horizontal: look.Horizontal = None


def _current(line: Line) -> float | None:
    """The value; for a stale one the last good one, which the remark dates."""
    snapshot = line.snapshot
    return snapshot.last_good_value if snapshot.value is None and snapshot.status is Status.STALE else snapshot.value


def _target(line: Line) -> CellValue:
    """A number wherever one number says it; a range in words."""
    snapshot = line.snapshot
    if snapshot.kind is not Kind.RANGE:
        return snapshot.target
    return format_target(snapshot.kind, snapshot.target, snapshot.target_high, snapshot.unit)


def _data_through(line: Line) -> CellValue:
    """What is complete through a day shows that day's last minute, not the next one's midnight."""
    moment = line.snapshot.data_through
    if moment is None:
        return None
    local = moment.astimezone(line.zone)
    covered = local - timedelta(minutes=1) if (local.hour, local.minute) == (0, 0) else local
    return covered.replace(tzinfo=None, second=0, microsecond=0)


def _remark(line: Line) -> str:
    snapshot = line.snapshot
    parts = [snapshot.reason]
    if snapshot.value is None and snapshot.status is Status.STALE and snapshot.last_good_as_of is not None:
        parts.append(f"The number shown is of {snapshot.last_good_as_of.isoformat()}.")
    if snapshot.provisional:
        parts.append("Provisional: the source may still correct its last days.")
    if sample := sample_words(snapshot.n, snapshot.interval_low, snapshot.interval_high, snapshot.unit):
        parts.append(f"{sample}.")
    return " ".join(part for part in [*parts, snapshot.notes] if part)


COLUMNS = (
    Column(OBJECTIVE, 32, lambda line: line.objective, wrap=True),
    Column("Key result", 42, lambda line: line.snapshot.title, wrap=True),
    Column("Owner", 18, lambda line: line.snapshot.owner, wrap=True),
    Column("Baseline", 12, lambda line: line.snapshot.baseline, "", horizontal="right"),
    Column("Target", 17, _target, "", wrap=True, horizontal="right"),
    Column("Current", 12, _current, "", horizontal="right"),
    Column(UNIT, 12, lambda line: line.snapshot.unit, horizontal="left"),
    Column("Progress", 11, lambda line: line.snapshot.progress, look.SHARE, horizontal="right"),
    Column("Expected", 11, lambda line: line.snapshot.expected, look.SHARE, horizontal="right"),
    Column(STATUS, 16, lambda line: status_label(line.snapshot.status), wrap=True, horizontal="center"),
    Column("Data through", 19, _data_through, look.MOMENT, horizontal="left"),
    Column(LINK, 11, lambda line: line.snapshot.source_link, wrap=True),
    Column("Remark", 46, _remark, wrap=True),
    Column("Notes", 34, None, wrap=True),
    Column(CYCLE, 11, lambda line: line.snapshot.cycle_id),
    Column(KEY, 24, lambda line: line.snapshot.key_result_id),
)
OWNED = tuple(column for column in COLUMNS if column.value is not None)
