"""House style: what can be computed and is still no good key result. Section 9 of the semantics.

Loading refuses what cannot be computed; these findings advise. Every rule is a small function in one of the tables of `structure.py`
(how many, whose, for what), `wording.py`, `amounts.py` and `measured.py` (with the numbers at hand, see `facts.py`); a profile says how
severe it is. `python -m okr_mappings.lint` writes `docs/lint.md` from the rules.
"""

from __future__ import annotations

from okr_mappings.lint.finding import Finding, Severity
from okr_mappings.lint.linter import lint
from okr_mappings.lint.profiles import load_profile

__all__ = ["Finding", "Severity", "lint", "load_profile"]
