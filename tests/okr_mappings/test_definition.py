from __future__ import annotations

from pathlib import Path

import pytest

from okr_mappings.definition import Definition, FieldChange, definition, field_changes
from tests.okr_mappings.builders import cycle_text, load

BEFORE = """
- id: leads
  title: Win leads
  kind: total
  metric: leads_created
  target: 350
"""


def defined(folder: Path, key_result: str, sql: str = "select 1") -> Definition:
    plan = load(folder, cycle_text(key_result)).cycles[0]
    return definition(plan.key_results[0], plan.cycle, sql)


@pytest.mark.parametrize(
    ("after", "expected", "moves_the_value"),
    [
        (BEFORE.replace("350", "300"), FieldChange("target", "350", "300"), False),
        (BEFORE + "  weight: 2\n", FieldChange("weight", "1", "2"), False),
        (BEFORE + "  baseline: 20\n", FieldChange("baseline", "0", "20"), False),
        (
            BEFORE + "  filters: {country: [Hungary, Germany]}\n",
            FieldChange("filters", "none", "country = Hungary, Germany"),
            True,
        ),
    ],
)
def test_a_change_is_told_field_by_field(
    tmp_path: Path, after: str, expected: FieldChange, *, moves_the_value: bool
) -> None:
    old, new = defined(tmp_path, BEFORE), defined(tmp_path, after)
    assert field_changes(old.content, new.content) == (expected,)
    assert old.definition_hash != new.definition_hash
    assert (old.value_hash != new.value_hash) is moves_the_value


def test_another_sql_is_another_meaning_of_the_value(tmp_path: Path) -> None:
    old, new = defined(tmp_path, BEFORE), defined(tmp_path, BEFORE, "select\n2")
    assert field_changes(old.content, new.content) == (FieldChange("sql", "select 1", "select 2"),)
    assert old.value_hash != new.value_hash


def test_a_comment_in_its_sql_is_no_other_definition(tmp_path: Path) -> None:
    old, new = defined(tmp_path, BEFORE), defined(tmp_path, BEFORE, "-- the first number\nSELECT 1")
    assert (new.definition_hash, new.value_hash) == (old.definition_hash, old.value_hash)
    assert new.content["sql"] == "-- the first number\nSELECT 1"  # kept as it was run
    assert field_changes(old.content, new.content) == ()


def test_titles_owners_notes_and_check_ins_are_no_definition(tmp_path: Path) -> None:
    new = defined(tmp_path, BEFORE.replace("Win leads", "Win many leads") + "  notes: soon\n  owner: Anna\n")
    assert new == defined(tmp_path, BEFORE)


def test_a_field_that_an_older_version_did_not_store_is_no_change() -> None:
    assert field_changes({"target": None}, {"target": None, "newer": 1}) == ()
