"""What a run needs from files is read once, in the company's currency."""

from __future__ import annotations

from pathlib import Path

import pytest

from okr_mappings.errors import MappingError
from okr_mappings.load import load_company
from pipelines.loaded import load_everything
from pipelines.settings import load_settings
from tests.pipelines import small


def test_money_is_in_the_currency_of_the_company(tmp_path: Path) -> None:
    folder = small.mappings(tmp_path / "mappings")
    (folder / "company.yml").write_text(small.COMPANY.replace("EUR", "HUF"), encoding="utf-8")
    loaded = load_everything(load_settings(data_dir=tmp_path, mappings_dir=folder))
    assert loaded.catalog["won_revenue"].spec.unit == "HUF"
    assert {each.id: each.unit for each in loaded.mappings.cycles[0].key_results}["revenue"] == "HUF"


def test_a_company_file_that_is_not_usable_hides_no_other_problem(tmp_path: Path) -> None:
    folder = small.mappings(tmp_path / "mappings", small.CYCLE.replace("marketing_qualified_leads", "leeds"))
    (folder / "company.yml").write_text(small.COMPANY.replace("currency", "curency"), encoding="utf-8")
    assert load_company(folder) is None
    with pytest.raises(MappingError) as caught:
        load_everything(load_settings(data_dir=tmp_path, mappings_dir=folder))
    assert "curency" in str(caught.value)
    assert "leeds" in str(caught.value)
