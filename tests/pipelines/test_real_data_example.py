"""The example of a user's own models, metrics and mappings holds together, without the data."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from sqlglot import exp

from connectors.published.fetching import PUBLISHED
from okr_mappings.load import load_mappings
from okr_mappings.mappings import Mappings
from pipelines.demo_real import DAYS
from warehouse.catalog import load_catalog
from warehouse.model_files import PACKAGED, load_models, parse_select
from warehouse.model_tests import ModelTest, empty_warehouse, load_model_tests, run_model_test
from warehouse.raw_tables import load_sources

HOME = Path(str(files("warehouse").joinpath("examples", "real_data")))
HOMES = (*PACKAGED, HOME)
TESTS = load_model_tests((HOME,))


@pytest.fixture(scope="module")
def mappings() -> Mappings:
    catalog = load_catalog(homes=HOMES, currency="GBP")
    folder = Path(str(files("okr_mappings").joinpath("examples", "real_data")))
    return load_mappings(folder, {name: metric.spec for name, metric in catalog.items()})


@pytest.mark.parametrize("test", TESTS, ids=[f"{test.model}: {test.name}" for test in TESTS])
def test_rows_in_rows_out(test: ModelTest) -> None:
    con, models = empty_warehouse(HOMES)
    assert run_model_test(con, models[test.model], test) == []


def test_every_model_that_decides_something_is_tested() -> None:
    models = [model for model in load_models(HOMES).values() if HOME in model.path.parents]
    deciding = {
        model.name
        for model in models
        if any(parse_select(model.sql, model.path).find_all(exp.Case, exp.Window, exp.Join, exp.SetOperation))
    }
    assert deciding - {test.model for test in TESTS} == set()


def test_every_cycle_is_looked_at_on_one_day_inside_it(mappings: Mappings) -> None:
    running = [[plan.cycle.id for plan in mappings.cycles_at(day)] for day in DAYS]
    assert sorted(running) == [[plan.cycle.id] for plan in mappings.cycles]


def test_staging_reads_what_the_drop_files_declare() -> None:
    declared = yaml.safe_load(
        Path(str(files("connectors.published").joinpath("files.yml"))).read_text(encoding="utf-8")
    )
    tables = {table["table"]: set(table["columns"]) for table in declared["tables"]}
    read = {name: set(columns) - {"_row"} for name, columns in load_sources((HOME,))["files"].tables.items()}
    assert read == tables
    assert {table["glob"] for table in declared["tables"]} == {file.drop for file in PUBLISHED}
