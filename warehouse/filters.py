"""Narrowing a metric to what a key result filters on: table references are rewritten in the syntax tree, values are bound.

`from marts.fct_leads` becomes `from (select * from marts.fct_leads where country in ($filter_1)) as fct_leads`, wherever the
metric reads that table, so numerator and denominator are narrowed alike. A column belongs to the narrowed tables when EVERY fact
(`fct_`) that the metric reads has it; otherwise one part of the number would silently stay whole, and the filter is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlglot import exp

from okr_mappings.questions import FilterValue
from warehouse.engine import Connection
from warehouse.errors import MetricContractError
from warehouse.guard import mart_references

# schema.table -> column -> type, as the database has them
Marts = Mapping[str, Mapping[str, str]]
Filters = Sequence[tuple[str, tuple[FilterValue, ...]]]


def read_marts(con: Connection, schema: str = "marts") -> Marts:
    """The tables of one schema with their columns, from DuckDB's own catalogue."""
    rows = con.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = $schema"
        " and database_name = current_database() order by table_name, column_index",
        {"schema": schema},
    ).fetchall()
    marts: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        marts.setdefault(f"{schema}.{table}", {})[column] = kind
    return marts


def narrow(query: exp.Query, filters: Filters, dimensions: Collection[str], marts: Marts) -> dict[str, FilterValue]:
    """Rewrite `query` in place; the values to bind come back by parameter name. Raises MetricContractError."""
    parameters: dict[str, FilterValue] = {}
    conditions: dict[str, list[exp.Expr]] = {}
    for dimension, values in filters:
        _check_declared(dimension, values, dimensions)
        names = [f"filter_{len(parameters) + index}" for index in range(1, len(values) + 1)]
        parameters.update(zip(names, values, strict=True))
        for table in _tables_with(dimension, query, marts):
            conditions.setdefault(table, []).append(_is_any_of(dimension, names))
    for reference in list(mart_references(query)):
        if wanted := conditions.get(_full_name(reference)):
            _replace(reference, wanted)
    return parameters


def _check_declared(dimension: str, values: Collection[FilterValue], dimensions: Collection[str]) -> None:
    if dimension not in dimensions:
        known = ", ".join(sorted(dimensions)) or "none"
        raise MetricContractError(f"the metric cannot be filtered by {dimension}. Its dimensions are: {known}.")
    if not values:
        raise MetricContractError(f"the filter on {dimension} allows no value at all.")


def _tables_with(dimension: str, query: exp.Query, marts: Marts) -> set[str]:
    read = {_full_name(reference) for reference in mart_references(query)}
    facts = facts_among(read)
    without = sorted(table for table in facts if dimension not in marts.get(table, {}))
    if without:
        raise MetricContractError(
            f"the filter on {dimension} would leave a part of the metric unfiltered: {', '.join(without)} has no such column."
        )
    return facts


def facts_among(tables: Collection[str]) -> set[str]:
    """The tables that a filter narrows: facts, or all where a metric reads none."""
    return {table for table in tables if table.partition(".")[2].startswith("fct_")} or set(tables)


def _full_name(reference: exp.Table) -> str:
    return f"{reference.db}.{reference.name}"


def _is_any_of(dimension: str, names: Sequence[str]) -> exp.Expr:
    return exp.In(
        this=exp.column(exp.to_identifier(dimension, quoted=True)),
        expressions=[exp.Placeholder(this=name) for name in names],
    )


def _replace(reference: exp.Table, conditions: Sequence[exp.Expr]) -> None:
    alias = reference.alias or reference.name
    plain = exp.table_(reference.name, db=reference.db)
    rows = exp.select("*").from_(plain).where(*(condition.copy() for condition in conditions))
    narrowed = rows.subquery(alias)
    for key in ("joins", "laterals"):
        narrowed.set(key, reference.args.get(key))
    _unqualify(reference)
    reference.replace(narrowed)


def _unqualify(reference: exp.Table) -> None:
    """`marts.fct_leads.country` no longer resolves once the table is a subquery; `fct_leads.country` does."""
    for column in reference.root().find_all(exp.Column):
        if column.table == reference.name and column.db == reference.db:
            column.set("db", None)
