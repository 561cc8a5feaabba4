"""The layers: who may read whom, how a SQL file looks, and which sources stand behind a number."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

from warehouse.catalog import Metric, load_catalog
from warehouse.lineage import raw_tables_of, sources_of
from warehouse.model_files import LAYERS, METRICS_MAY_READ, Model, load_models, may_read, tables_in
from warehouse.raw_tables import load_sources

MODELS = load_models()
CATALOG = load_catalog()
FILES = [model.path for model in MODELS.values()] + [metric.path for metric in CATALOG.values()]


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_a_model_reads_only_what_its_layer_may(model: Model) -> None:
    assert [table for table in model.reads if not may_read(table, LAYERS[model.layer])] == []


@pytest.mark.parametrize("metric", CATALOG.values(), ids=list(CATALOG))
def test_a_metric_reads_only_marts(metric: Metric) -> None:
    for sql in (metric.sql, metric.evidence_sql or ""):
        tables = tables_in(sqlglot.parse_one(sql, dialect="duckdb"))
        assert tables
        assert [table for table in tables if not may_read(table, METRICS_MAY_READ)] == []


def test_nothing_is_declared_that_no_model_reads_and_nothing_read_that_is_not_declared() -> None:
    declared = {f"raw_{source.name}.{table}" for source in load_sources().values() for table in source.tables}
    read = {table for model in MODELS.values() for table in model.reads if table.startswith("raw_")}
    assert declared == read


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_sql_file_is_short_and_says_what_a_row_is(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith("-- ")


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_a_model_ends_in_final_and_names_its_columns_before(model: Model) -> None:
    tree = sqlglot.parse_one(model.sql, dialect="duckdb")
    assert model.sql.rstrip().endswith("\nselect * from final")
    assert len(list(tree.find_all(exp.Star))) - len(list(tree.find_all(exp.Count))) <= 1


@pytest.mark.parametrize("engine", ["postgres", "bigquery", "snowflake", "clickhouse", "databricks", "spark"])
def test_every_metric_can_be_said_in_the_words_of_other_engines(engine: str) -> None:
    """sqlglot knows a translation of each part; whether the numbers are equal is for a test against that engine to say."""
    for metric in CATALOG.values():
        for sql in (metric.sql, metric.evidence_sql or ""):
            sqlglot.transpile(sql, read="duckdb", write=engine, unsupported_level=ErrorLevel.RAISE)


@pytest.mark.parametrize("metric", CATALOG.values(), ids=list(CATALOG))
def test_a_metric_keeps_to_the_safe_vocabulary(metric: Metric) -> None:
    """Without what other engines answer differently or not at all: arg_max, quantiles, differences of dates, lists."""
    tree = sqlglot.parse_one(metric.sql, dialect="duckdb")
    assert not list(
        tree.find_all(exp.ArgMax, exp.ArgMin, exp.Quantile, exp.DateDiff, exp.Array, exp.Anonymous, exp.Unnest)
    )
    assert not any(group.args.get("all") for group in tree.find_all(exp.Group))


@pytest.mark.parametrize(
    ("sql", "sources"),
    [
        ("select 1 as metric_value from marts.fct_leads", {"hubspot", "salesforce"}),
        ("select 1 from marts.fct_customers", {"hubspot", "salesforce"}),
        ("with a as (select 1 from marts.fct_invoices) select * from a, marts.fct_web_traffic_daily", {"files", "ga4"}),
        ("select 1 from marts.dim_dates", set()),
        ("select 1 from marts.nobody_makes_this", set()),
    ],
)
def test_the_sources_behind_a_number(sql: str, sources: set[str]) -> None:
    assert sources_of(sql) == sources


def test_the_raw_tables_behind_a_metric() -> None:
    assert raw_tables_of(CATALOG["marketing_qualified_leads"]) == {
        "raw_hubspot.contacts",
        "raw_hubspot.contact_lifecycle_history",
        # merges of companies are read by the same model as those of contacts
        "raw_hubspot.companies",
        "raw_salesforce.leads",
        "raw_salesforce.contacts",
        "raw_salesforce.accounts",
        "raw_salesforce.lead_history",
        "raw_salesforce.campaigns",
        "raw_salesforce.campaign_members",
        "raw_salesforce.stage_rules",
        "raw_salesforce.opportunities",
    }


@pytest.mark.parametrize(
    ("metric", "sources"),
    [
        ("website_sessions", {"ga4"}),
        ("net_promoter_score", {"files", "hubspot", "surveymonkey", "typeform"}),
        ("monthly_recurring_revenue", {"hubspot", "salesforce"}),
        ("follower_gains", {"linkedin"}),
    ],
)
def test_each_metric_has_its_sources(metric: str, sources: set[str]) -> None:
    assert sources_of(CATALOG[metric]) == sources
    assert all(sources_of(other) for other in CATALOG.values())


@pytest.mark.parametrize(
    ("metric", "filters", "sources"),
    [
        ("social_followers", (("network", ("LinkedIn",)),), {"linkedin", "files"}),
        ("social_followers", (("network", ("LinkedIn", "X")),), {"linkedin", "x", "files"}),
        # a sheet may hold a network that no source asks; who else might is not known
        (
            "social_followers",
            (("network", ("LinkedIn", "TikTok")),),
            {"linkedin", "x", "facebook", "instagram", "youtube", "files"},
        ),
        (
            "social_followers",
            (("account", ("Brightwater",)),),
            {"linkedin", "x", "facebook", "instagram", "youtube", "files"},
        ),
        ("net_promoter_score", (("source", ("Typeform",)), ("survey", ("Autumn",))), {"typeform"}),
        ("marketing_qualified_leads", (("country", ("HU",)),), {"hubspot", "salesforce"}),
    ],
)
def test_a_filter_narrows_the_sources_behind_a_number(
    metric: str, filters: tuple[tuple[str, tuple[str, ...]], ...], sources: set[str]
) -> None:
    assert sources_of(CATALOG[metric], filters=filters) == sources


def test_where_values_come_from_is_a_source_behind_the_mart() -> None:
    for model in MODELS.values():
        behind = sources_of(f"select 1 from {model.name}")
        for column in model.description.columns:
            assert set(column.comes_from.values()) <= behind, f"{model.name}.{column.name}"
            assert not column.comes_from or model.layer == "marts"
