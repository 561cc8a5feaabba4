"""`okr check` doubts what would pass as a smaller number or as no data, and refuses nothing for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from pipelines.check import check
from pipelines.settings import load_settings
from tests.pipelines.job import NOW, pointed_at, run_job
from tests.pipelines.small import CYCLE, company, mappings

FILTERED = CYCLE.replace(
    "        target: 10\n",
    """\
        target: 10
      - id: paid
        title: Win 5 from paid search
        kind: total
        metric: marketing_qualified_leads
        filters: {first_touch_channel: Payed search}
        target: 5
      - id: followers
        title: Have 100 followers on LinkedIn
        kind: level
        metric: social_followers
        filters: {network: LinkedIn}
        baseline: 0
        target: 100
""",
    1,
)


def test_doubts_name_the_place_and_fail_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.clock.now", lambda: datetime(2026, 11, 22, 5, tzinfo=UTC))
    where = mappings(tmp_path / "mappings", FILTERED)
    settings = load_settings(data_dir=tmp_path, sources=("hubspot", "ga4"), trackers={}, mappings_dir=where)
    with Sandbox(company(), now=NOW) as sandbox, pointed_at(sandbox, tmp_path):
        (before,) = check(settings).doubts
        run_job(tmp_path, ("ingest", "transform"), sources=("hubspot", "ga4"), trackers={}, mappings_dir=where)
        found = check(settings)
    assert "key result followers needs files or linkedin, and `sources` names none of them" in before
    assert found.problems == ()
    assert before in found.doubts
    (other,) = set(found.doubts) - {before}
    assert "2026-q4.yml:" in other
    assert "key result paid: Its filter asks for first_touch_channel = Payed search, which nothing has." in other
    assert "Did you mean Paid search?" in other or "There are:" in other
    assert "look  " in found.as_text()
