"""All rules, in the order in which they are documented."""

from __future__ import annotations

from okr_mappings.lint import amounts, measured, structure, wording
from okr_mappings.lint.rule import Rule

RULES: tuple[Rule, ...] = (*structure.RULES, *wording.RULES, *amounts.RULES, *measured.RULES)
BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
