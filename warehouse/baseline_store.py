"""Measured baselines, frozen when they were first measured.

Data before a cycle may be corrected later (a deal is reopened, a contact merged). The baseline that the team agreed on does not
move with it: the first one stays, with a hash of the rows behind it, and `okr explain` can show the difference. The key holds the
hash of the definition, so that a key result whose metric or filters change gets a baseline that fits.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from warehouse.engine import Connection
from warehouse.rows import read_rows
from warehouse.transaction import transaction


@dataclass(frozen=True, slots=True)
class FrozenBaseline:
    """`day` is the last day that entered the value; `definition_hash` names metric, filters and window."""

    cycle_id: str
    key_result_id: str
    definition_hash: str
    day: date
    value: float
    numerator: float | None
    denominator: float | None
    n: int | None
    sql_hash: str
    evidence_hash: str
    evidence_rows: int
    run_id: str
    frozen_at: datetime


_COLUMNS = tuple(field.name for field in fields(FrozenBaseline))


def frozen_baseline(con: Connection, cycle_id: str, key_result_id: str, definition_hash: str) -> FrozenBaseline | None:
    return frozen_baselines(con, cycle_id).get((key_result_id, definition_hash))


def frozen_baselines(con: Connection, cycle_id: str) -> dict[tuple[str, str], FrozenBaseline]:
    """By (key result id, definition hash)."""
    rows = read_rows(con, "select * from okr.baselines where cycle_id = $cycle order by all", {"cycle": cycle_id})
    baselines = [FrozenBaseline(**row) for row in rows]  # type: ignore[arg-type]
    return {(baseline.key_result_id, baseline.definition_hash): baseline for baseline in baselines}


def freeze_baseline(con: Connection, baseline: FrozenBaseline) -> FrozenBaseline:
    """The baseline that counts: this one, or the one frozen before it."""
    with transaction(con):
        known = frozen_baseline(con, baseline.cycle_id, baseline.key_result_id, baseline.definition_hash)
        if known is None:
            con.execute(
                f"insert into okr.baselines ({', '.join(_COLUMNS)}) values ({', '.join('$' + name for name in _COLUMNS)})",  # noqa: S608
                {name: getattr(baseline, name) for name in _COLUMNS},
            )
    return known or baseline
