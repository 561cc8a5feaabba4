"""Fixtures of the sources: a sandbox with a small company, and a bench to load it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from tests.connectors.bench import Bench
from tests.connectors.company import NOW, small_company
from tests.connectors.small_org import small_org


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(small_company(), now=NOW, salesforce=small_org()) as running:
        yield running


@pytest.fixture
def bench(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """All settings made, the files of the small company in the inbox."""
    bench = Bench(sandbox, tmp_path, monkeypatch)
    bench.configure()
    sandbox.write_files(bench.inbox)
    return bench
