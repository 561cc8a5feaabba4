"""What a key result asks of the warehouse and what comes back: the seam between meaning and database.

`okr_mappings.plan` turns a key result into `MetricQuestion`s; the warehouse answers each with a `MetricAnswer`;
`okr_mappings.assess` turns answers into progress and status. Neither side knows the other's insides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FilterValue = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Window:
    """Calendar days `[start, end]` in the company time zone, both ends included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class MetricQuestion:
    """One number wanted: a metric (by name, or `sql` of its own) with filters, over a window.

    `role` says what the number is for, unique within the key result: `value`, `baseline`, `previous_cycle`,
    `same_cycle_last_year`, `sub_period:<n>`, `seasonal:<n>`. `filters` map a declared dimension to the values allowed (any of them).
    """

    key_result_id: str
    role: str
    metric: str
    window: Window
    sql: str | None = None
    filters: tuple[tuple[str, tuple[FilterValue, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class MetricAnswer:
    """The number, or why there is none.

    A ratio carries `numerator`, `denominator` and `n` (rows that entered it). `value` is None when there was nothing to compute from
    (`error` empty) or when the query failed (`error` says why, in one sentence). `n_unknown` rows should count but have no amount,
    so they are not in the value. Of the `n` answers to a survey `n_decided` were promoters or detractors; with fewer than `n_least` rows
    the value is withheld, because it would show what single people said.
    """

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    n: int | None = None
    error: str = ""
    n_unknown: int = 0
    n_decided: int | None = None
    n_least: int = 0

    @property
    def is_withheld(self) -> bool:
        """There is something, but too little of it to be shown."""
        return self.n is not None and 0 < self.n < self.n_least
