"""Filter values that no row has: mostly a typing mistake, which would otherwise pass as a smaller number."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from okr_mappings.mappings import KeyResult
from warehouse.engine import Connection
from warehouse.execute import NamedMetric
from warehouse.filters import Marts, read_marts
from warehouse.model_files import tables_of_text

MOST_VALUES = 10_000


@dataclass
class FilterValues:
    """What the marts hold, looked up once per table and column; columns with more than 10,000 values are not judged."""

    con: Connection
    catalog: Mapping[str, NamedMetric]
    _known: dict[tuple[str, str], frozenset[str] | None] = field(default_factory=dict)
    _marts: Marts | None = None

    def remark(self, key_result: KeyResult) -> str:
        """One sentence per value that nothing has, with the nearest that something has; empty when all is well."""
        if key_result.metric is None:
            return ""
        sentences = [
            _sentence(name, str(value), known)
            for name, values in key_result.filters
            if (known := self._values(key_result.metric.name, name))
            for value in values
            if isinstance(value, str) and value not in known
        ]
        return " ".join(sentences)

    def _values(self, metric: str, column: str) -> frozenset[str]:
        if self._marts is None:
            self._marts = read_marts(self.con)
        found: set[str] = set()
        for table in sorted(tables_of_text(self.catalog[metric].sql)):
            if column in self._marts.get(table, {}):
                values = self._distinct(table, column)
                if values is None:
                    return frozenset()
                found |= values
        return frozenset(found)

    def _distinct(self, table: str, column: str) -> frozenset[str] | None:
        if (table, column) not in self._known:
            rows = self.con.execute(
                f'select distinct "{column}" from {table} where "{column}" is not null limit {MOST_VALUES + 1}'  # noqa: S608 - names of our own catalogue
            ).fetchall()
            self._known[(table, column)] = None if len(rows) > MOST_VALUES else frozenset(str(row[0]) for row in rows)
        return self._known[(table, column)]


def _sentence(dimension: str, value: str, known: Sequence[str] | frozenset[str]) -> str:
    near = difflib.get_close_matches(value, sorted(known), n=1)
    hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(sorted(known)[:8])}."
    return f"Its filter asks for {dimension} = {value}, which nothing has.{hint}"
