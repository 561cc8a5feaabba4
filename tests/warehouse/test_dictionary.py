"""The data dictionary in warehouse/README.md is what stands beside the SQL, today."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.dictionary import BEGIN, END, README, dictionary, main, written_into
from warehouse.errors import DescriptionError


def test_the_readme_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == written_into(text), "run: python -m warehouse.dictionary"


def test_check_agrees() -> None:
    assert main(["--check"]) == 0


def test_it_is_written_and_found_current_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"{BEGIN}\nold\n{END}\n", encoding="utf-8")
    assert main(["--check"], readme) == 1
    assert "is not current. Run: python -m warehouse.dictionary" in capsys.readouterr().out
    assert main([], readme) == 0
    assert main(["--check"], readme) == 0


def test_it_tells_tables_columns_units_questions_and_metrics() -> None:
    text = dictionary()
    assert "### fct_deals" in text
    assert "| `amount_cents` | cents of the company currency | Value of the deal." in text
    assert "* Which won deals have no amount?" in text
    assert (
        "| Net promoter score<br>`net_promoter_score` | points | higher | ratio, range, recurring | `survey`, `source` |"
        " files, hubspot, surveymonkey, typeform |" in text
    )
    assert "| Google Analytics 4 | `raw_ga4` | 36 h | 72 h | 72 h |" in text


def test_text_around_the_markers_stays() -> None:
    text = written_into(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert text.startswith(f"before\n{BEGIN}\n\n## Metrics")
    assert text.endswith(f"\n{END}\nafter\n")


def test_without_markers_it_refuses() -> None:
    with pytest.raises(DescriptionError, match="markers"):
        written_into("nothing")
