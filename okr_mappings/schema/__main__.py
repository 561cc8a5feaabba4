"""`python -m okr_mappings.schema` writes the schemas beside this file."""

from __future__ import annotations

from okr_mappings.schema import FOLDER, write_schemas

if __name__ == "__main__":
    write_schemas(FOLDER)
