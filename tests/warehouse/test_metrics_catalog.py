"""The catalogue refuses what would give a wrong number later, and says where it stands."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from okr_mappings.identity import sql_hash
from okr_mappings.words import Better, Kind
from tests.warehouse.homes import METRICS, write_home
from warehouse.catalog import load_catalog
from warehouse.errors import DescriptionError
from warehouse.model_files import PACKAGED

FLOW = "select count(*) as metric_value from marts.fct_orders where ordered_date between $window_start and $as_of"


def test_a_metric_has_everything_a_mapping_needs() -> None:
    metric = load_catalog()["net_promoter_score"]
    assert (metric.spec.unit, metric.spec.better, metric.spec.signed, metric.spec.min_n) == (
        "points",
        Better.HIGHER,
        True,
        30,
    )
    assert Kind.RATIO in metric.spec.kinds
    assert metric.spec.dimensions == ("survey", "source")
    assert metric.path.name == "net_promoter_score.sql"
    assert metric.sql_hash == sql_hash(metric.sql)


def test_money_is_in_the_currency_of_the_company() -> None:
    assert load_catalog(currency="HUF")["won_revenue"].spec.unit == "HUF"
    assert load_catalog()["won_revenue"].spec.unit == "EUR"


def test_evidence_is_derived_from_a_plain_aggregate(tmp_path: Path) -> None:
    metric = load_catalog(homes=(write_home(tmp_path),))["orders"]
    words = "SELECT order_key, amount FROM marts.fct_orders WHERE ordered_date BETWEEN $window_start AND $as_of"
    assert " ".join((metric.evidence_sql or "").split()) == words


def test_the_hash_follows_the_sql(tmp_path: Path) -> None:
    before = load_catalog(homes=(write_home(tmp_path / "a"),))["orders"].sql_hash
    after = load_catalog(homes=(write_home(tmp_path / "b", {"metrics/orders.sql": FLOW + " and amount > 0"}),))[
        "orders"
    ].sql_hash
    assert before != after
    commented = load_catalog(homes=(write_home(tmp_path / "c", {"metrics/orders.sql": f"-- all of them\n{FLOW}"}),))[
        "orders"
    ]
    assert commented.sql_hash == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metrics/more.sql": FLOW}, r"more\.sql:1: not described in _metrics\.yml"),
        ({"metrics/orders.sql": None}, r"_metrics\.yml:3: orders: there is no orders\.sql"),
        (
            {"metrics/orders.sql": FLOW.replace("metric_value", "orders")},
            r"returns one column metric_value; it returns orders",
        ),
        (
            {"metrics/orders.sql": FLOW.replace("marts.fct_orders", "staging.stg_shop__orders")},
            r"orders\.sql:1: .*staging\.stg_shop__orders",
        ),
        ({"metrics/orders.sql": FLOW.replace("$as_of", "$today")}, r"orders\.sql:1: .*today"),
        ({"metrics/orders.sql": FLOW + "; drop table x"}, r"orders\.sql:1: .*exactly one SELECT"),
        (
            {"metrics/_metrics.yml": METRICS.replace("kinds: [total]", "kinds: [ratio]")},
            r"_metrics\.yml:3: orders: a ratio returns n",
        ),
        (
            {"metrics/_metrics.yml": METRICS.replace("kinds: [total]", "kinds: [sum]")},
            r"_metrics\.yml:8: metrics\.0\.kinds\.0: Input",
        ),
        (
            {"metrics/_metrics.yml": METRICS.replace("unit: orders", "units: orders")},
            r"_metrics\.yml:6: metrics\.0\.units: Extra",
        ),
        (
            {"metrics/_metrics.yml": METRICS.replace("kinds: [total]", "kinds: [total]\n    dimensions: [colour]")},
            r"orders: there is no column colour to filter on",
        ),
        (
            {"metrics/_metrics.yml": METRICS.replace("[order_key, amount]", "[order_key, price]")},
            r"has the evidence column price",
        ),
        (
            {"metrics/_metrics.yml": METRICS + '    source_link: "https://shop/{order_id}"\n'},
            r"source_link names order_id, which is no evidence column",
        ),
        (
            {
                "metrics/orders.sql": "with a as (select amount from marts.fct_orders where ordered_date <= $as_of)"
                " select sum(amount) as metric_value from a"
            },
            r"cannot be derived from the SQL: declare evidence\.sql",
        ),
    ],
)
def test_mistakes_are_refused_with_file_and_line(tmp_path: Path, changes: dict[str, str | None], words: str) -> None:
    with pytest.raises(DescriptionError, match=words):
        load_catalog(homes=(write_home(tmp_path, changes),))


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {
        "metrics/more.sql": FLOW,
        "metrics/orders.sql": FLOW.replace("metric_value", "orders"),
    }
    with pytest.raises(DescriptionError) as error:
        load_catalog(homes=(write_home(tmp_path, changes),))
    assert len(error.value.findings) == 2


def test_two_homes_may_not_name_the_same_metric(tmp_path: Path) -> None:
    one, two = write_home(tmp_path / "one"), write_home(tmp_path / "two", {})
    for path in (two / "models").rglob("*.*"):
        path.unlink()
    with pytest.raises(DescriptionError, match="there are two metrics named orders"):
        load_catalog(homes=(one, two))


def test_the_packaged_metrics_parse_in_duckdb() -> None:
    con = duckdb.connect()
    for metric in load_catalog(homes=PACKAGED).values():
        con.extract_statements(metric.sql)
