"""The transform: all or nothing, repeatable, builds without sources, drops what is gone, and says where it hurts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.company.build import CURRENCY, TIME_ZONE, insert_company
from tests.warehouse.homes import MARTS, SOURCES, STAGING, write_home
from warehouse.errors import CheckError, DescriptionError, ModelError, WarehouseError
from warehouse.model_runner import TransformResult, transform


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema raw_shop")
    con.execute("create table raw_shop.orders (id varchar, amount decimal(18,2), ordered_at timestamp with time zone)")
    con.execute(
        "insert into raw_shop.orders values ('a', 1.50, '2026-11-20 23:30:00+00'), ('b', 2.00, '2026-11-21 12:00:00+00')"
    )
    con.execute("create table raw_shop.prices as select 1.50::decimal(18,2) as price")
    return con


def run(con: duckdb.DuckDBPyConnection, home: Path) -> TransformResult:
    return transform(con, TIME_ZONE, CURRENCY, homes=(home,))


def orders(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute("select * from marts.fct_orders order by all").fetchall()


def test_builds_views_tables_and_macros_in_order(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    result = run(con, write_home(tmp_path))
    assert [(model.name, model.kind, model.rows) for model in result.models] == [
        ("staging.stg_shop__orders", "view", None),
        ("marts.fct_orders", "table", 2),
    ]
    assert result.metrics == ("orders",)
    # both orders are of 21 November in Budapest, although one is of the 20th in UTC
    assert con.execute("select * from metrics.orders(date '2026-11-21', date '2026-11-21')").fetchall() == [(2,)]


def test_descriptions_travel_with_the_database(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    run(con, write_home(tmp_path))
    assert con.execute("select comment from duckdb_tables() where table_name = 'fct_orders'").fetchall() == [
        ("What was ordered.",)
    ]
    comment = "select comment from duckdb_columns() where schema_name = 'marts' and column_name = 'amount'"
    assert con.execute(comment).fetchall() == [("Amount.",)]


def test_twice_changes_nothing(tmp_path: Path) -> None:
    con = duckdb.connect()
    insert_company(con)
    first = transform(con, TIME_ZONE, CURRENCY)
    before = {model.name: con.execute(f"from {model.name} order by all").fetchall() for model in first.models}
    second = transform(con, TIME_ZONE, CURRENCY)
    assert {name: con.execute(f"from {name} order by all").fetchall() for name in before} == before
    assert [(model.name, model.rows) for model in second.models] == [(model.name, model.rows) for model in first.models]
    assert second.checks == first.checks


def test_without_any_raw_table_everything_builds_empty() -> None:
    con = duckdb.connect()
    result = transform(con, TIME_ZONE, CURRENCY)
    assert {model.name: model.rows for model in result.models if model.rows} == {
        "marts.dim_dates": 9497
    }  # 26 years, 7 leap days
    assert con.execute(
        "select count(*) from information_schema.schemata where schema_name like 'raw_%'"
    ).fetchall() == [(0,)]


def test_a_column_that_is_not_there_yet_reads_as_null_and_later_as_itself(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    con.execute("alter table raw_shop.orders drop column amount")
    home = write_home(tmp_path)
    run(con, home)
    assert [row[1] for row in orders(con)] == [None, None]
    con.execute("alter table raw_shop.orders add column amount decimal(18,2)")
    con.execute("update raw_shop.orders set amount = 7")
    run(con, home)
    assert [row[1] for row in orders(con)] == [7, 7]


def test_a_column_of_another_type_is_cast_and_a_naive_time_is_utc(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    con.execute("set timezone = 'America/New_York'")
    con.execute("drop table raw_shop.orders")
    con.execute("create table raw_shop.orders (id bigint, amount varchar, ordered_at timestamp)")
    con.execute("insert into raw_shop.orders values (1, '1.5', '2026-11-20 23:30:00')")
    run(con, write_home(tmp_path))
    assert con.execute("select order_key, amount, cast(ordered_date as varchar) from marts.fct_orders").fetchall() == [
        ("1", 1.5, "2026-11-21")
    ]


def test_a_broken_check_leaves_everything_as_it_was(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    home = write_home(tmp_path)
    run(con, home)
    before = orders(con)
    con.execute(
        "insert into raw_shop.orders values ('a', 3, '2026-11-21 12:00:00+00'), (null, 4, '2026-11-21 12:00:00+00')"
    )
    with pytest.raises(CheckError) as error:
        run(con, home)
    assert orders(con) == before
    assert "marts.fct_orders.order_key: unique is broken 1 times; for example order_key=a, rows=2" in str(error.value)
    assert "marts.fct_orders.order_key: not_null is broken 1 times; for example order_key=None, amount=4.00" in str(
        error.value
    )


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("{accepted_values: ['1.50']}", "accepted_values is broken 1 times; for example amount=2.00"),
        ("unique", ""),
        (
            "{relationships: {to: raw_shop.prices.price}}",
            "relationship to raw_shop.prices.price is broken 1 times; for example amount=2.00",
        ),
    ],
)
def test_promises_about_a_column(con: duckdb.DuckDBPyConnection, tmp_path: Path, check: str, words: str) -> None:
    described = MARTS.replace("description: Amount., unit: EUR", f"description: Amount., unit: EUR, checks: [{check}]")
    home = write_home(tmp_path, {"models/marts/_marts.yml": described})
    if not words:
        assert run(con, home).warnings == ()
        return
    with pytest.raises(CheckError, match=words):
        run(con, home)


def test_a_promise_that_cannot_be_checked_is_the_models_fault(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    check = "checks: [{relationships: {to: marts.dim_nobody.key}}]"
    described = MARTS.replace("description: Amount., unit: EUR", f"description: Amount., unit: EUR, {check}")
    with pytest.raises(
        ModelError, match=r"marts\.fct_orders\.amount: relationship to .* cannot be checked: Catalog Error"
    ):
        run(con, write_home(tmp_path, {"models/marts/_marts.yml": described}))


def test_a_warning_is_reported_and_lets_pass(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    check = "checks: [{accepted_values: ['1.50'], severity: warn}]"
    described = MARTS.replace("description: Amount., unit: EUR", f"description: Amount., unit: EUR, {check}")
    result = run(con, write_home(tmp_path, {"models/marts/_marts.yml": described}))
    assert [str(warning) for warning in result.warnings] == [
        "marts.fct_orders.amount: accepted_values is broken 1 times; for example amount=2.00"
    ]


def test_columns_are_as_described(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    described = MARTS.replace("name: amount", "name: price")
    metrics = {"metrics/_metrics.yml": "metrics: []", "metrics/orders.sql": None}
    with pytest.raises(CheckError, match=r"amount is not described \| price is described but not built"):
        run(con, write_home(tmp_path, {"models/marts/_marts.yml": described, **metrics}))


def test_what_no_file_makes_any_more_is_dropped(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    second = {
        "models/marts/fct_old.sql": "select order_id as old_key from staging.stg_shop__orders\n",
        "models/marts/_marts.yml": f"{MARTS}  - name: fct_old\n    description: Old.\n    grain: order\n    key: [old_key]\n"
        "    columns: [{name: old_key, description: Id.}]\n",
    }
    run(con, write_home(tmp_path / "before", second))
    con.execute("create or replace macro metrics.gone(window_start, as_of) as table select 1 as metric_value")
    result = run(con, write_home(tmp_path / "after"))
    assert result.dropped == ("marts.fct_old", "metrics.gone")
    tables = con.execute("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
    assert tables == [("fct_orders",)]


def test_a_view_that_became_a_table_is_replaced(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    con.execute("create schema marts; create view marts.fct_orders as select 1 as order_key")
    run(con, write_home(tmp_path))
    assert len(orders(con)) == 2


def test_an_error_names_file_line_and_what_duckdb_said(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    sql = "select\n    order_id as order_key,\n    amount,\n    ordered_dat as ordered_date\nfrom staging.stg_shop__orders\n"
    with pytest.raises(
        ModelError, match=r"fct_orders\.sql:4: Binder Error: Referenced column \"ordered_dat\" not found"
    ):
        run(con, write_home(tmp_path, {"models/marts/fct_orders.sql": sql}))


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select\n    order_id,\n    (amount\nfrom staging.stg_shop__orders", r"fct_orders\.sql:4: "),
        ("select 1 as a; select 2 as b", r"fct_orders\.sql:1: one SELECT is expected, found 2"),
        ("drop table x", r"fct_orders\.sql:1: one SELECT is expected"),
        (
            "select order_id\nfrom staging.stg_shop__order",
            r"fct_orders\.sql:2: there is no model staging\.stg_shop__order\. Did you mean",
        ),
        (
            "select id\nfrom raw_shop.orders",
            r"fct_orders\.sql:2: marts may not read raw_shop\.orders, only staging, intermediate, marts",
        ),
        ("select order_key\nfrom marts.fct_orders", r"fct_orders\.sql:1: models need each other in a circle"),
    ],
)
def test_what_is_wrong_with_a_model_is_known_before_anything_runs(tmp_path: Path, sql: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        run(duckdb.connect(), write_home(tmp_path, {"models/marts/fct_orders.sql": sql}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"models/marts/fct_more.sql": "select 1 as a"}, r"fct_more\.sql:1: not described in _marts\.yml"),
        ({"models/marts/fct_orders.sql": None}, r"_marts\.yml:3: there is no fct_orders\.sql"),
        (
            {"models/staging/_staging.yml": STAGING.replace("grain:", "grains:")},
            r"_staging\.yml:(3|5): models\.0\.grain",
        ),
        (
            {"models/staging/_staging.yml": STAGING.replace("key: [order_id]", "key: []")},
            r"_staging\.yml:6: models\.0\.key",
        ),
        ({"models/staging/_staging.yml": STAGING + "models: []"}, r"_staging\.yml:11: `models` is written twice"),
        ({"models/staging/_staging.yml": "models: ["}, r"_staging\.yml:(1|2): This is not YAML"),
        ({"models/staging/_staging.yml": "# nothing"}, r"_staging\.yml:1: the file is empty"),
        (
            {"models/staging/_sources.yml": SOURCES.replace("error_after_hours: 48", "error_after_hours: 12")},
            r"_sources\.yml:5: shop\.error_after_hours: Value error, must not be less than warn_after_hours",
        ),
        (
            {"models/staging/_sources.yml": SOURCES.replace("timestamp with time zone", "timestamptz")},
            r"_sources\.yml:8: shop\.tables\.orders\.ordered_at: String should match pattern",
        ),
        (
            {"models/staging/_sources.yml": "shop: {label: Shop}"},
            r"_sources\.yml:1: shop\.warn_after_hours: Field required",
        ),
    ],
)
def test_what_is_wrong_with_a_description_has_file_and_line(
    tmp_path: Path, changes: dict[str, str | None], words: str
) -> None:
    with pytest.raises(DescriptionError, match=words):
        run(duckdb.connect(), write_home(tmp_path, changes))


def test_two_homes_may_not_make_the_same_model(tmp_path: Path) -> None:
    one, two = write_home(tmp_path / "one"), write_home(tmp_path / "two")
    with pytest.raises(ModelError, match=r"staging\.stg_shop__orders exists already"):
        transform(duckdb.connect(), TIME_ZONE, CURRENCY, homes=(one, two))


def test_an_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="'Europe/Budapesht' is no time zone"):
        transform(duckdb.connect(), "Europe/Budapesht", CURRENCY, homes=(write_home(tmp_path),))


_KILLED = """
import os, signal, sys
from pathlib import Path
import duckdb
from warehouse.model_runner import transform

def at(name, number, of):
    if name == "marts.fct_leads":
        os.kill(os.getpid(), signal.SIGKILL)

con = duckdb.connect(sys.argv[1])
con.execute("delete from raw_hubspot.deals")
con.execute("checkpoint")
transform(con, "Asia/Tokyo", "JPY", on_model=at)
"""


@pytest.mark.skipif(not hasattr(os, "kill"), reason="needs SIGKILL")
def test_a_killed_transform_leaves_the_tables_of_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as con:
        insert_company(con)
        transform(con, TIME_ZONE, CURRENCY)
        before = con.execute("from marts.fct_deals order by all").fetchall()
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(path)], check=False, timeout=60, cwd=Path(__file__).parents[2]
    )
    assert killed.returncode == -signal.SIGKILL
    with duckdb.connect(path) as con:
        assert con.execute("from marts.fct_deals order by all").fetchall() == before
        assert con.execute("select staging.company_currency()").fetchall() == [("EUR",)]
        # and the next one works
        assert transform(con, TIME_ZONE, CURRENCY).models
