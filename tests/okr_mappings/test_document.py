"""The published document comes back exactly as it was, or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_mappings.document import document_from_dict, document_to_dict, snapshot_from_dict, snapshot_to_dict, to_plain
from okr_mappings.errors import DocumentError
from okr_mappings.snapshot import (
    SCHEMA_VERSION,
    DayValue,
    ObjectiveProgress,
    ProgressDocument,
    Snapshot,
    SourceFreshness,
    SubPeriod,
    TeamName,
)
from okr_mappings.words import Better, Kind, SourceState, Status

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
DAY = date(2026, 11, 21)
CRM = SourceFreshness("crm", SourceState.FRESH, NOW, "")
SNAPSHOT = Snapshot(
    snapshot_id="abc",
    run_id="run-1",
    as_of=DAY,
    computed_at=NOW,
    cycle_id="2026-Q4",
    cycle_start=date(2026, 10, 1),
    cycle_end=date(2026, 12, 31),
    team_id="sales",
    objective_id="grow",
    key_result_id="leads",
    title="Több érdeklődő",
    owner="Réka",
    kind=Kind.RECURRING,
    metric="leads_created",
    unit="leads",
    better=Better.HIGHER,
    parameters={"window_start": "2026-10-01", "frozen": False, "share": 0.5, "n": 3, "nothing": None},
    sql="select 1",
    sql_hash="def",
    mapping_path="cycles/2026-q4.yml",
    mapping_line=12,
    mapping_hash="0123",
    value=210.0,
    numerator=None,
    denominator=None,
    n=None,
    baseline=0.0,
    target=350.0,
    target_high=None,
    progress=0.6,
    score=0.6,
    expected=52 / 92,
    status=Status.ON_TRACK,
    reason="210 of 350 leads.",
    formula="210 / 350 = 0.6",
    provisional=True,
    weight=1.0,
    data_through=NOW,
    sources=(CRM, SourceFreshness("files", SourceState.NEVER, None)),
    last_good_as_of=DAY,
    sub_periods=(SubPeriod("October 2026", date(2026, 10, 1), date(2026, 10, 31), None, 50.0, "hit"),),
)
OBJECTIVE = ObjectiveProgress(
    "2026-Q4", "grow", "Grow", "sales", "", ("up",), 0.6, 0.5, Status.ON_TRACK, 1, 1, ("leads",)
)
DOCUMENT = ProgressDocument(
    schema_version=SCHEMA_VERSION,
    company="Brightwater",
    time_zone="Europe/Budapest",
    currency="EUR",
    cycle_id="2026-Q4",
    cycle_label="Q4 2026",
    cycle_start=date(2026, 10, 1),
    cycle_end=date(2026, 12, 31),
    as_of=DAY,
    run_id="run-1",
    published_at=NOW,
    teams=(TeamName("sales", "Sales"),),
    objectives=(OBJECTIVE,),
    key_results=(SNAPSHOT,),
    sources=(CRM,),
    history={"leads": (DayValue(DAY, 210.0), DayValue(DAY, None))},
)


def through_json(content: object) -> Any:
    return json.loads(json.dumps(content, allow_nan=False))


def test_a_document_comes_back_exactly() -> None:
    assert document_from_dict(through_json(document_to_dict(DOCUMENT))) == DOCUMENT


def test_plain_values_are_plain() -> None:
    content = document_to_dict(DOCUMENT)
    assert content["as_of"] == "2026-11-21"
    assert content["published_at"] == "2026-11-22T05:00:00+00:00"
    assert content["history"] == {
        "leads": [{"day": "2026-11-21", "value": 210.0}, {"day": "2026-11-21", "value": None}]
    }
    assert snapshot_to_dict(SNAPSHOT)["status"] == "on_track"
    assert type(snapshot_to_dict(SNAPSHOT)["status"]) is str


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.sampled_from(Status))
def test_any_snapshot_comes_back_exactly(value: float, title: str, status: Status) -> None:
    snapshot = replace(SNAPSHOT, value=value, title=title, status=status)
    assert snapshot_from_dict(through_json(snapshot_to_dict(snapshot))) == snapshot


def test_fields_with_a_default_may_be_missing() -> None:
    content = snapshot_to_dict(SNAPSHOT)
    for name in ("notes", "projected_p50", "sub_periods"):
        del content[name]
    assert snapshot_from_dict(content) == replace(SNAPSHOT, sub_periods=())


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused(number: float) -> None:
    with pytest.raises(DocumentError, match="no number that can be published"):
        document_to_dict(replace(DOCUMENT, key_results=(replace(SNAPSHOT, value=number),)))
    with pytest.raises(DocumentError, match="A set cannot be published"):
        to_plain({1})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 99}, "schema version 99; this program reads 1. Run `okr publish` again."),
        ({"schema_version": None}, "schema version None"),
        ({"as_of": "yesterday"}, "The document is damaged"),
        ({"teams": {}}, "expected a list"),
        ({"company": 5}, "expected str"),
        ({"objectives": [{}]}, "The document is damaged"),
        ({"objectives": [{**snapshot_to_dict(SNAPSHOT)}]}, "The document is damaged"),
        ({"key_results": [{**snapshot_to_dict(SNAPSHOT), "value": "many"}]}, "expected float"),
        ({"key_results": [{**snapshot_to_dict(SNAPSHOT), "value": True}]}, "expected float"),
        ({"key_results": [{**snapshot_to_dict(SNAPSHOT), "status": "green"}]}, "not a valid Status"),
    ],
)
def test_a_damaged_document_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        document_from_dict({**document_to_dict(DOCUMENT), **change})


def test_every_field_is_written() -> None:
    assert list(document_to_dict(DOCUMENT)) == [field.name for field in fields(ProgressDocument)]


def test_reading_a_document_imports_nothing_heavy() -> None:
    code = (
        "import sys, okr_mappings.document, okr_mappings.display;"
        "print([name for name in ('pydantic', 'yaml', 'ruamel', 'dlt', 'duckdb') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
