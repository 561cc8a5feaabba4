"""The description of a metric: what the mapping files may rely on without seeing its SQL.

The SQL itself and the YAML that fills these types live in `warehouse/metrics/`; loading a mapping needs only the descriptions.
"""

from __future__ import annotations

from dataclasses import dataclass

from okr_mappings.words import Better, Indicator, Kind


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric as its author declares it.

    `unit` is what one of it is: a plural noun for counts (`leads`), an ISO currency code (`EUR`), `%` (the value is a fraction),
    `points`, `hours`, `days`. `signed` marks a scale that runs through zero (NPS), on which a relative percentage means nothing.
    `min_n` is the fewest rows a ratio needs before its status may be judged. `dimensions` are the columns a key result may filter on.
    `evidence_columns` are shown for the rows behind a number; `source_link` is a template over them. `indicator` is None where the
    author does not say whether the metric leads or lags. `keeps_history` is False where the marts know only how things stand now, so
    that a past day cannot be computed later.
    `settle_hours` is for how long a day may still move, where that is longer than its sources say.
    `rows` is what is added up or counted, a plural noun (`deals`).
    """

    name: str
    label: str
    definition: str
    unit: str
    better: Better
    kinds: tuple[Kind, ...]
    dimensions: tuple[str, ...] = ()
    signed: bool = False
    min_n: int = 0
    evidence_columns: tuple[str, ...] = ()
    source_link: str = ""
    indicator: Indicator | None = None
    keeps_history: bool = True
    settle_hours: float = 0.0
    rows: str = "rows"
