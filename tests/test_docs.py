"""Documentation that a machine can check is checked: it cannot promise what is not there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from connectors import registry
from pipelines import reference
from pipelines.cli import app
from warehouse.catalog import load_catalog

ROOT = Path(__file__).parent.parent
READMES = (
    "README.md",
    *(f"{folder}/README.md" for folder in ("okr_mappings", "connectors", "warehouse", "benchmarks")),
)


def test_the_reference_is_current() -> None:
    # `python -m pipelines.reference` writes it
    assert reference.TARGET.read_text(encoding="utf-8") == reference.render()


@pytest.mark.parametrize("readme", READMES)
def test_links_lead_somewhere(readme: str) -> None:
    page = ROOT / readme
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if not t.startswith("http") and not (page.parent / t).exists()]
    assert not missing


def test_every_command_that_the_readme_shows_exists() -> None:
    words = set(re.findall(r"\bokr ([a-z][a-z-]+)\b", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert words <= set(app.commands) | {"numbers"}


@pytest.mark.parametrize("name", registry.source_names())
def test_every_source_has_its_row(name: str) -> None:
    assert f"`{name}`" in (ROOT / "connectors/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", registry.tracker_names())
def test_every_tracker_has_its_row(name: str) -> None:
    assert f"`{name}`" in (ROOT / "connectors/README.md").read_text(encoding="utf-8")


def test_every_metric_is_in_the_dictionary() -> None:
    page = (ROOT / "warehouse/README.md").read_text(encoding="utf-8")
    assert [name for name in load_catalog() if f"`{name}`" not in page] == []


def test_nothing_committed_names_a_place_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    forbidden = re.compile(r"/home/\w+/|/Users/\w+/|C:\\Users\\")
    named = [
        name
        for name in listed.stdout.split()
        if (ROOT / name).suffix in {".py", ".md", ".toml", ".yml", ".txt", ".sql"}
        and name != "tests/test_docs.py"
        and forbidden.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert named == []


def test_the_wheel_holds_code_sql_and_yaml_and_no_tests(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    wheel = next(iter(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])))
    from zipfile import ZipFile

    names = ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "connectors",
        "okr_mappings",
        "pipelines",
        "warehouse",
    }
    assert "warehouse/metrics/_metrics.yml" in names
    assert "okr_mappings/cycles/2026-q4.yml" in names
    assert not [name for name in names if "/tests/test_" in name]
