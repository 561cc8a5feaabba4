"""A filter that asks for what no row has is said, with the nearest that some row has."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from okr_mappings.load import load_mappings
from okr_mappings.mappings import KeyResult
from warehouse.catalog import load_catalog
from warehouse.filter_values import FilterValues

CATALOG = load_catalog()


def filtered(*values: str) -> KeyResult:
    """A key result of the example company, asking for these channels."""
    specs = {name: metric.spec for name, metric in CATALOG.items()}
    plan = load_mappings(Path(str(files("okr_mappings"))), specs).cycles[0]
    leads = next(each for each in plan.key_results if each.id == "organic-leads")
    return replace(leads, filters=(("first_touch_channel", values),))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (("Referral",), ""),
        (
            ("Referral", "Referal"),
            "Its filter asks for first_touch_channel = Referal, which nothing has. Did you mean Referral?",
        ),
        (
            ("TV",),
            "Its filter asks for first_touch_channel = TV, which nothing has. There are: Organic search, Referral.",
        ),
    ],
)
def test_a_mistyped_filter_value_is_said(values: tuple[str, ...], sentence: str) -> None:
    with duckdb.connect() as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.fct_leads as select * from (values ('Referral'), ('Organic search'), (null)) as l(first_touch_channel)"
        )
        assert FilterValues(con, CATALOG).remark(filtered(*values)) == sentence
