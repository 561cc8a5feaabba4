"""The metrics: `metrics/<name>.sql` with its entry in `metrics/_metrics.yml`, checked against each other and against the marts.

`load_catalog` is what everybody reads. `install_metrics` stores every metric in the database as a table macro
`metrics.<name>(window_start, as_of)`, so that an analyst runs the very SQL that the key results use. The evidence query (the rows
behind a number) is derived from a plain `select ... from ... where ...`; a metric with more to it declares its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlglot import exp

from okr_mappings.identity import sql_hash
from okr_mappings.metric import MetricSpec
from okr_mappings.words import Better, Indicator, Kind
from warehouse.errors import DescriptionError, MetricRefusedError, ModelError
from warehouse.execute import N_UNKNOWN
from warehouse.guard import check
from warehouse.model_files import METRICS_MAY_READ, PACKAGED, Model, load_models, parse_select
from warehouse.yaml_lines import line_of_text, load_yaml

COMPANY_CURRENCY = "company currency"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its description, its SQL over `$window_start` and `$as_of`, and how to show the rows behind a number.

    `sql_hash` changes when the SQL does, not when its comments do. `evidence_sql` has the same parameters; `evidence_value` is the
    expression over its rows that gives the metric's value again. `additive` says that the metric over a window is the sum of the metric
    over its days, and over all rows the sum over each value of a dimension; a ratio is additive when its numerator and denominator are.
    """

    spec: MetricSpec
    sql: str
    sql_hash: str
    path: Path
    evidence_sql: str | None
    evidence_value: str
    additive: bool


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Evidence(_Strict):
    columns: tuple[str, ...] = Field(min_length=1)
    value: str
    sql: str | None = None


class _Entry(_Strict):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    definition: str
    unit: str
    better: Better
    kinds: tuple[Kind, ...] = Field(min_length=1)
    dimensions: tuple[str, ...] = ()
    signed: bool = False
    min_n: int = Field(default=0, ge=0)
    additive: bool = False
    evidence: _Evidence
    source_link: str = ""
    indicator: Indicator | None = None
    keeps_history: bool = True
    settle_hours: float = Field(default=0, ge=0)
    rows: str = "rows"


class _File(_Strict):
    metrics: tuple[_Entry, ...]


_METRICS_FILE = TypeAdapter(_File)


def load_catalog(
    folder: Path | None = None,
    *,
    homes: Sequence[Path] = PACKAGED,
    models: dict[str, Model] | None = None,
    currency: str = "EUR",
) -> dict[str, Metric]:
    """Every metric of every home by name; `folder` reads one folder of metrics instead. `currency` is the company's.

    DescriptionError lists every mistake: a file without an entry, SQL outside the contract, a column that no mart has.
    """
    marts = _columns_of_marts(load_models(homes) if models is None else models)
    metrics: dict[str, Metric] = {}
    findings: list[str] = []
    for where in [folder] if folder else [home / "metrics" for home in homes]:
        found, mistakes = _read_folder(where, marts, currency)
        findings += mistakes + [
            f"{found[name].path}:1: there are two metrics named {name}" for name in found.keys() & metrics.keys()
        ]
        metrics |= found
    if findings:
        raise DescriptionError(sorted(findings))
    return metrics


def _read_folder(where: Path, marts: dict[str, frozenset[str]], currency: str) -> tuple[dict[str, Metric], list[str]]:
    described = where / "_metrics.yml"
    entries = {entry.name: entry for entry in load_yaml(described, _METRICS_FILE).metrics}
    files = {path.stem: path for path in sorted(where.glob("*.sql"))}
    findings = [f"{files[name]}:1: not described in _metrics.yml" for name in files.keys() - entries.keys()]
    metrics = {}
    for name, entry in entries.items():
        try:
            metrics[name] = _metric(entry, files.get(name), marts, currency)
        except DescriptionError as error:
            line = line_of_text(described, f"name: {name}")
            findings += [f"{described}:{line}: {name}: {text}" for text in error.findings]
        except (ModelError, MetricRefusedError) as error:
            findings.append(f"{files[name]}:1: {error}")
    return metrics, findings


def install_metrics(con: duckdb.DuckDBPyConnection, catalog: dict[str, Metric]) -> tuple[str, ...]:
    """(Re)create the table macro of every metric and drop those of metrics that are gone; returns what was dropped."""
    rows = con.execute(
        "select distinct function_name from duckdb_functions()"
        " where schema_name = 'metrics' and function_type = 'table_macro' and database_name = current_database()"
    ).fetchall()
    stale = sorted({name for (name,) in rows} - catalog.keys())
    for name in stale:
        con.execute(f"drop macro table metrics.{name}")
    for name, metric in catalog.items():
        con.execute(f"create or replace macro metrics.{name}(window_start, as_of) as table {macro_body(metric)}")
        definition = metric.spec.definition.replace("'", "''")
        con.execute(f"comment on macro table metrics.{name} is '{definition}'")
    return tuple(f"metrics.{name}" for name in stale)


def macro_body(metric: Metric) -> str:
    """The metric's SQL with its placeholders turned into the macro's parameters."""

    def parameter(node: exp.Expression) -> exp.Expression:
        return exp.cast(exp.column(node.name), "date") if isinstance(node, exp.Placeholder) else node

    return parse_select(metric.sql, metric.path).transform(parameter).sql(dialect="duckdb", comments=False)


def _metric(entry: _Entry, path: Path | None, marts: dict[str, frozenset[str]], currency: str) -> Metric:
    if path is None:
        raise DescriptionError([f"there is no {entry.name}.sql"])
    sql = path.read_text(encoding="utf-8").strip()
    query = check(sql, marts)
    evidence_sql = entry.evidence.sql or _derived_evidence(query, entry.evidence.columns)
    findings = _contract_findings(entry, query, marts)
    findings += _evidence_findings(entry, evidence_sql, marts)
    if findings:
        raise DescriptionError(findings)
    return Metric(
        spec=_spec(entry, currency),
        sql=sql,
        sql_hash=sql_hash(sql),
        path=path,
        evidence_sql=evidence_sql,
        evidence_value=entry.evidence.value,
        additive=entry.additive,
    )


def _spec(entry: _Entry, currency: str) -> MetricSpec:
    return MetricSpec(
        name=entry.name,
        label=entry.label,
        definition=entry.definition,
        unit=currency if entry.unit == COMPANY_CURRENCY else entry.unit,
        better=entry.better,
        kinds=entry.kinds,
        dimensions=entry.dimensions,
        signed=entry.signed,
        min_n=entry.min_n,
        evidence_columns=entry.evidence.columns,
        source_link=entry.source_link,
        indicator=entry.indicator,
        keeps_history=entry.keeps_history,
        settle_hours=entry.settle_hours,
        rows=entry.rows,
    )


def _contract_findings(entry: _Entry, query: exp.Query, marts: dict[str, frozenset[str]]) -> list[str]:
    columns = set(query.named_selects) - {N_UNKNOWN}
    findings = []
    if Kind.RATIO in entry.kinds:
        if "n" not in columns or not ({"numerator", "denominator"} <= columns or "metric_value" in columns):
            findings.append(
                f"a ratio returns n, and numerator and denominator or metric_value; it returns {_words(columns)}"
            )
    elif columns != {"metric_value"}:
        findings.append(f"the SQL returns one column metric_value; it returns {_words(columns)}")
    known = _columns_read(query, marts)
    findings += [f"there is no column {name} to filter on" for name in entry.dimensions if name not in known]
    return findings


def _evidence_findings(entry: _Entry, evidence_sql: str | None, marts: dict[str, frozenset[str]]) -> list[str]:
    if evidence_sql is None:
        return ["its rows cannot be derived from the SQL: declare evidence.sql"]
    query = check(evidence_sql, marts)
    findings = []
    if tuple(query.named_selects) != entry.evidence.columns:
        findings.append(f"evidence.sql returns {_words(query.named_selects)} instead of the evidence columns")
    known = _columns_read(query, marts)
    derived = entry.evidence.sql is None
    findings += [
        f"no mart it reads has the evidence column {name}"
        for name in entry.evidence.columns
        if derived and name not in known
    ]
    placeholders = [part.split("}")[0] for part in entry.source_link.split("{")[1:]]
    findings += [
        f"source_link names {name}, which is no evidence column"
        for name in placeholders
        if name not in entry.evidence.columns
    ]
    return findings


def _derived_evidence(query: exp.Query, columns: Collection[str]) -> str | None:
    """The rows that a plain aggregate over one table counts; None for anything more."""
    beyond = ("with_", "with", "joins", "group", "having", "qualify", "windows", "distinct", "order", "limit")
    if not isinstance(query, exp.Select) or any(query.args.get(name) for name in beyond):
        return None
    rows = query.copy()
    rows.set("expressions", [exp.column(name) for name in columns])
    return str(rows.sql(dialect="duckdb", comments=False, pretty=True))


def _columns_of_marts(models: dict[str, Model]) -> dict[str, frozenset[str]]:
    return {
        model.name: frozenset(column.name for column in model.description.columns)
        for model in models.values()
        if model.layer in METRICS_MAY_READ
    }


def _columns_read(query: exp.Query, marts: dict[str, frozenset[str]]) -> frozenset[str]:
    tables = {f"{table.db}.{table.name}" for table in query.find_all(exp.Table) if table.db}
    return frozenset().union(*(marts.get(table, frozenset()) for table in tables))


def _words(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
