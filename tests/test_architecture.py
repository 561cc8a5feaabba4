"""The house itself: our four package names belong to us, and the command starts without the heavy libraries."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("connectors", "okr_mappings", "pipelines", "warehouse")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_our_package_names(package: str) -> None:
    # PyPI has distributions that install top-level packages named `connectors` and `pipelines`.
    assert set(packages_distributions().get(package, [])) <= {"okr-numbers"}


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_the_checkouts_own(package: str) -> None:
    module = __import__(package)
    assert Path(module.__path__[0]).parent == ROOT


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"dlt", "duckdb", "pydantic", "rich", "pyarrow", "sqlglot"}),
        (["status", "--data", "no-such-folder"], {"dlt", "duckdb", "pydantic", "pyarrow", "sqlglot"}),
    ],
)
def test_light_commands_load_no_heavy_library(arguments: list[str], unwanted: set[str]) -> None:
    code = (
        "import sys\n"
        "from pipelines.cli import app\n"
        f"try: app({arguments!r})\n"
        "except SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if '.' not in name), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(eval(done.stderr.strip().splitlines()[-1]))
    assert not loaded & unwanted


def test_every_command_of_the_help_exists_and_has_an_example() -> None:
    from pipelines.cli import SECTIONS, app

    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(app.commands)
    assert all("Example: okr" in (command.epilog or "") for command in app.commands.values())


def test_no_python_file_outgrows_its_room() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long
