"""`okr runs`: every execution and every slot that was not run, newest first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pipelines.ledger import open_ledger, zone_of
from pipelines.settings import Settings
from warehouse.engine import Connection
from warehouse.run_store import Run, recent_runs
from warehouse.slot_store import CRASHED, FAILED, SKIPPED, Slot, recent_slots


@dataclass(frozen=True, slots=True)
class Line:
    """One execution, or one slot without any: then `run_id` and `started_at` are None. `seconds` is None while it runs."""

    run_id: str | None
    command: str
    schedule: str | None
    slot: datetime | None
    as_of: str | None
    started_at: datetime | None
    seconds: float | None
    state: str
    exit_code: int | None
    note: str

    @property
    def moment(self) -> datetime | None:
        """Where it stands in the list."""
        return self.started_at or self.slot


@dataclass(frozen=True)
class Listed:
    """`zone` is the company's, for people; JSON has UTC."""

    lines: tuple[Line, ...]
    zone: str
    note: str

    def as_json(self) -> str:
        """For programs."""
        return json.dumps({"note": self.note, "runs": [asdict(line) for line in self.lines]}, default=str, indent=2)

    def as_text(self) -> str:
        """For people."""
        rows: list[tuple[str, ...]] = [("started", "command", "schedule", "slot", "as of", "took", "state", "exit", "")]
        rows += [self._row(line) for line in self.lines]
        notes = [self.note] if self.note else []
        return "\n".join([*notes, *(_aligned(rows) if self.lines else ["Nothing has run yet."])])

    def _row(self, line: Line) -> tuple[str, ...]:
        return (
            self._local(line.started_at, seconds=True),
            line.command,
            line.schedule or "",
            self._local(line.slot),
            line.as_of or "",
            f"{line.seconds:.1f} s" if line.seconds is not None else "",
            line.state,
            "" if line.exit_code is None else str(line.exit_code),
            line.note,
        )

    def _local(self, moment: datetime | None, *, seconds: bool = False) -> str:
        form = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
        return moment.astimezone(ZoneInfo(self.zone)).strftime(form) if moment else "–"


def runs(settings: Settings, last: int) -> Listed:
    """The last so many. Raises WarehouseError before the first run."""
    zone = zone_of(settings)
    with open_ledger(settings) as (con, note):
        return Listed(lines_of(con, last), zone, note)


def lines_of(con: Connection, last: int) -> tuple[Line, ...]:
    """The last so many, newest first."""
    lines = [_of_run(run) for run in recent_runs(con, last)]
    lines += [_of_slot(slot) for slot in recent_slots(con, last) if _has_no_run(slot)]
    lines.sort(key=lambda line: str(line.moment), reverse=True)
    return tuple(lines[:last])


def _has_no_run(slot: Slot) -> bool:
    return slot.state == SKIPPED or (slot.state in (CRASHED, FAILED) and slot.run_id is None)


def _of_run(run: Run) -> Line:
    ended = run.finished_at if run.state != "killed" else None  # when that was noticed says nothing
    took = (ended - run.started_at).total_seconds() if ended and ended >= run.started_at else None
    code, detail = run.detail.get("exit_code"), run.detail.get("detail")
    return Line(
        run.run_id,
        run.command,
        run.schedule,
        run.slot,
        str(run.as_of) if run.as_of else None,
        run.started_at,
        took,
        run.state,
        code if isinstance(code, int) else None,
        "" if run.state == "succeeded" else str(detail or "").partition("\n")[0],
    )


def _of_slot(slot: Slot) -> Line:
    return Line(None, "–", slot.schedule, slot.slot, None, None, None, slot.state, slot.exit_code, slot.note)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
