"""`python -m okr_mappings.schema` writes the schemas beside this file and the tables into the README."""

from __future__ import annotations

from okr_mappings.schema import FOLDER, README, readme_text, write_schemas

if __name__ == "__main__":
    write_schemas(FOLDER)
    README.write_text(readme_text(README.read_text(encoding="utf-8")), encoding="utf-8")
