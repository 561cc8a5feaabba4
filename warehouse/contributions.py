"""What single records contribute to a number, on two days: who came in, who went.

The value's own expression is applied to one evidence row at a time. That means something only where the value is the sum of these, which
whoever asks has to check (`okr_mappings.movement.is_sum`): a count of distinct companies or a median is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
from sqlglot import exp, parse_one

from okr_mappings.questions import MetricQuestion
from warehouse.deadline import time_limit
from warehouse.engine import Connection
from warehouse.errors import MetricContractError
from warehouse.evidence import EvidencedMetric, evidence_query, value_expression
from warehouse.evidence_rows import has_key
from warehouse.filters import Marts
from warehouse.guard import DIALECT

MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Contributions:
    """Of every record on the first and on the last day, and of those on one of them only; `shared` counts the others.

    `identified`: the records have a key. The readings of a gauge have none, and a new reading is no new record.
    """

    first: tuple[float, ...]
    last: tuple[float, ...]
    entered: tuple[float, ...]
    left: tuple[float, ...]
    shared: int
    identified: bool


def contributions(
    con: Connection,
    catalog: Mapping[str, EvidencedMetric],
    marts: Marts,
    first: MetricQuestion,
    last: MetricQuestion,
    *,
    seconds: float,
) -> Contributions:
    """Two questions that differ in their windows only. Raises MetricError where the records cannot be told."""
    expression = value_expression(catalog, marts, last)
    try:
        with time_limit(con, seconds):
            for name, question in (("rows_first", first), ("rows_last", last)):
                query = evidence_query(catalog, marts, question)
                sql = f"select * from (\n{query.sql}\n) limit {MOST_ROWS + 1}"  # noqa: S608 - guarded
                con.register(name, con.sql(sql, params=query.parameters).to_arrow_table())
            columns = con.sql("select * from rows_last limit 0").columns
            rows = con.execute(_EACH.format(_one_value(expression))).fetchall()
    except duckdb.Error as error:
        raise MetricContractError(f"the records cannot be told: {str(error).partition(chr(10))[0]}") from error
    finally:
        for name in ("rows_first", "rows_last"):
            con.unregister(name)
    found: dict[str, list[float]] = {"first": [], "last": [], "entered": [], "left": []}
    for what, value in rows:
        found[what].append(0.0 if value is None else float(value))
    if max(len(found["first"]), len(found["last"])) > MOST_ROWS:
        raise MetricContractError(f"more than {MOST_ROWS:,} records stand behind it.")
    lists = {what: tuple(values) for what, values in found.items()}
    return Contributions(**lists, shared=len(found["last"]) - len(found["entered"]), identified=has_key(columns))


def _one_value(expression: str) -> str:
    """Raises MetricContractError for a ratio of two columns."""
    tree = parse_one(f"select {expression}", dialect=DIALECT)
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise MetricContractError("a value made of several numbers, as a ratio is, is no sum over its records.")
    return str(tree.expressions[0].unalias().sql(dialect=DIALECT, comments=False))


_EACH = """
with entered as (select * from rows_last except all select * from rows_first),
gone as (select * from rows_first except all select * from rows_last),
numbered as (
    select 'first' as which_rows, row_number() over () as one_row, * from rows_first
    union all by name select 'last' as which_rows, row_number() over () as one_row, * from rows_last
    union all by name select 'entered' as which_rows, row_number() over () as one_row, * from entered
    union all by name select 'left' as which_rows, row_number() over () as one_row, * from gone
)
select which_rows, {} as contribution from numbered as evidence group by which_rows, one_row
"""
