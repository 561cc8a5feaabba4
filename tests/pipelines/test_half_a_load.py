from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sandbox.faults import Fault, FaultKind
from pipelines.restatements import restatements
from tests.pipelines.bench import D20, D21, DAY, bench


def test_what_half_a_load_changes_is_no_restatement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is anything told of rows when remembering them is switched off."""
    monkeypatch.setenv("OKR_EVIDENCE_ROWS", "0")
    with bench(tmp_path) as found:
        found.run(D20)
        found.company.redate_deal(703, "2026-11-30T10:00:00Z")
        found.sandbox.faults.add(Fault("/crm/v3/objects/contacts", FaultKind.FORBIDDEN, times=None))
        found.run(D21)
        assert restatements(found.settings, None).found == ()
        found.sandbox.faults.clear()
        found.run(D21 + DAY)
        (only,) = restatements(found.settings, None).found
    assert (only.key_result_id, only.day, only.difference) == ("revenue", D20, -500.0)
    assert (only.records_removed, only.records) == (None, {})
