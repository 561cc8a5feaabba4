"""Every model with a decision in it has tests of rows in, rows out, and the harness that runs them notices what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp

from tests.warehouse.homes import write_home
from warehouse.errors import DescriptionError
from warehouse.model_files import PACKAGED, Model, load_models, parse_select
from warehouse.model_tests import ModelTest, empty_warehouse, load_model_tests, main, run_model_test

TESTS = load_model_tests()
LEADS = next(test for test in TESTS if test.model == "marts.fct_leads")


@pytest.fixture(scope="module")
def warehouse() -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, Model]]]:
    con, models = empty_warehouse()
    yield con, models
    con.close()


@pytest.mark.parametrize("test", TESTS, ids=[f"{test.model}: {test.name}" for test in TESTS])
def test_rows_in_rows_out(warehouse: tuple[duckdb.DuckDBPyConnection, dict[str, Model]], test: ModelTest) -> None:
    con, models = warehouse
    assert run_model_test(con, models[test.model], test) == []


def test_every_model_that_decides_something_is_tested() -> None:
    deciding = {
        name
        for name, model in load_models().items()
        if any(
            True for _ in parse_select(model.sql, model.path).find_all(exp.Case, exp.Window, exp.Join, exp.SetOperation)
        )
    }
    assert deciding - {test.model for test in TESTS} == set()


def test_a_wrong_expectation_is_named(warehouse: tuple[duckdb.DuckDBPyConnection, dict[str, Model]]) -> None:
    con, models = warehouse
    wrong = replace(LEADS, expect=({"lead_key": "hubspot:1"}, {"lead_key": "hubspot:9"}))
    assert run_model_test(con, models["marts.fct_leads"], wrong) == [
        "missing: lead_key='hubspot:9'",
        "unexpected: lead_key='hubspot:2'",
    ]


def test_a_row_too_few_is_noticed_even_when_it_looks_like_another(
    warehouse: tuple[duckdb.DuckDBPyConnection, dict[str, Model]],
) -> None:
    con, models = warehouse
    test = replace(LEADS, expect=({"lead_key": "hubspot:1"}, {"lead_key": "hubspot:2"}, {"lead_key": "hubspot:2"}))
    assert run_model_test(con, models["marts.fct_leads"], test) == ["missing: lead_key='hubspot:2'"]


def test_a_column_that_does_not_exist_is_named(warehouse: tuple[duckdb.DuckDBPyConnection, dict[str, Model]]) -> None:
    con, models = warehouse
    test = replace(LEADS, given={"staging.stg_hubspot__contacts": ({"contactid": "1"},)})
    [finding] = run_model_test(con, models["marts.fct_leads"], test)
    assert "contactid" in finding


def test_a_test_leaves_nothing_behind(warehouse: tuple[duckdb.DuckDBPyConnection, dict[str, Model]]) -> None:
    con, models = warehouse
    run_model_test(con, models["marts.fct_leads"], LEADS)
    assert con.execute("select count(*) from staging.stg_hubspot__contacts").fetchall() == [(0,)]


SHOP_TEST = """
model: marts.fct_orders
tests:
  - name: as it comes
    given:
      staging.stg_shop__orders:
        - {order_id: a, amount: 1.5}
    expect:
      - {order_key: a, amount: AMOUNT}
"""


@pytest.mark.parametrize(("amount", "code", "words"), [("1.5", 0, "33 of 33"), ("2", 1, "32 of 33")])
def test_the_command_runs_the_tests_of_other_homes_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], amount: str, code: int, words: str
) -> None:
    home = write_home(tmp_path, {"models/tests/fct_orders.yml": SHOP_TEST.replace("AMOUNT", amount)})
    words = words.replace("33", str(len(TESTS) + 1)).replace("32", str(len(TESTS)))
    assert main([str(home)]) == code
    assert f"{words} model tests passed" in capsys.readouterr().out


def test_a_test_file_with_unknown_words_is_refused_with_its_line(tmp_path: Path) -> None:
    home = write_home(tmp_path, {"models/tests/fct_orders.yml": SHOP_TEST.replace("expect:", "expects:")})
    with pytest.raises(DescriptionError, match=r"fct_orders\.yml:4: tests\.0\.expect: Field required"):
        load_model_tests((*PACKAGED, home))
