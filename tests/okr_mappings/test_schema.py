"""The committed schemas are current, and editors that follow them accept what the loader accepts."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from okr_mappings import schema
from tests.okr_mappings.builders import COMPANY, cycle_text

EXAMPLE = Path(schema.FOLDER).parent


@pytest.mark.parametrize("name", schema.MODELS)
def test_the_committed_file_is_current(name: str) -> None:
    committed = (schema.FOLDER / name).read_text(encoding="utf-8")
    assert committed == schema.schema_text(schema.MODELS[name]), (
        "run `python -m okr_mappings.schema` and read `git diff`"
    )


def test_the_readme_is_current() -> None:
    committed = schema.README.read_text(encoding="utf-8")
    assert committed == schema.readme_text(committed), "run `python -m okr_mappings.schema` and read `git diff`"


def test_writing(tmp_path: Path) -> None:
    schema.write_schemas(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(schema.MODELS)


def test_the_example_fits() -> None:
    _validate("company.schema.json", (EXAMPLE / "company.yml").read_text(encoding="utf-8"))
    for path in (EXAMPLE / "cycles").glob("*.yml"):
        _validate("mapping.schema.json", path.read_text(encoding="utf-8"))


def test_a_range_and_the_trailing_window_fit() -> None:
    _validate("company.schema.json", COMPANY + "status: {on_track: 0.8, at_risk: 0.5}\n")
    _validate(
        "mapping.schema.json",
        cycle_text(
            "- {id: h, title: H, kind: range, metric: m, target: {at_most: 24}, window: trailing 30 days, expected: seasonal}"
        ),
    )


@pytest.mark.parametrize(
    "fields", ["wieght: 2", "kind: totl", "window: trailing days", "expected: steep", "filters: {a: []}"]
)
def test_mistakes_do_not(fields: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        _validate(
            "mapping.schema.json",
            cycle_text(f"- {{id: h, title: H, {'' if 'kind' in fields else 'kind: ratio, '}{fields}}}"),
        )


def _validate(name: str, text: str) -> None:
    content = json.loads((schema.FOLDER / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(content)
    jsonschema.validate(_as_json(yaml.safe_load(text)), content)


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
