"""JSON Schemas of the mapping files, for editors that complete and check while one types.

The two .json files are generated from the models by `python -m okr_mappings.schema` and committed; a test fails when they are not current.
"""

from __future__ import annotations

import json
from pathlib import Path

from okr_mappings.model import Block, CompanyFile, CycleFile

FOLDER = Path(__file__).parent
MODELS: dict[str, type[Block]] = {"mapping.schema.json": CycleFile, "company.schema.json": CompanyFile}


def schema_text(model: type[Block]) -> str:
    """The schema as it stands in the file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    for name, model in MODELS.items():
        (folder / name).write_text(schema_text(model), encoding="utf-8")
