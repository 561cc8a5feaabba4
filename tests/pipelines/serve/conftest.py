"""One published folder for the tests that only read: Brightwater's sixteen key results, and a report of the day before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from okr_mappings.words import Status
from tests.pipelines.report.documents import brightwater
from tests.pipelines.serve.hostile import publish_hostile
from tests.pipelines.serve.served import publish_by_hand, serving, settings_of

DAY_BEFORE = date(2026, 11, 20)


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("served")
    document = brightwater()
    first = document.key_results[0]
    before = replace(
        first,
        as_of=DAY_BEFORE,
        value=41.0,
        status=Status.OFF_TRACK,
        reason="It was behind on that day.",
        snapshot_id="s0",
    )
    publish_by_hand(made, document, before=[before])
    return made


@pytest.fixture(scope="package")
def client(folder: Path) -> Iterator[httpx.Client]:
    with serving(settings_of(folder)) as opened:
        yield opened


@pytest.fixture(scope="package")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    made = tmp_path_factory.mktemp("hostile")
    publish_hostile(made)
    with serving(settings_of(made)) as opened:
        yield opened
