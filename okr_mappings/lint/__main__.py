"""`python -m okr_mappings.lint` writes `docs/lint.md`."""

from __future__ import annotations

from okr_mappings.lint.page import TARGET, page

if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
