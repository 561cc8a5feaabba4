"""Runs the rules over mappings and sorts what they found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from okr_mappings.lint.facts import Facts
from okr_mappings.lint.finding import Finding, Severity
from okr_mappings.lint.profiles import DEFAULT, Profile, load_profile
from okr_mappings.lint.rule import Scene
from okr_mappings.lint.rules import RULES
from okr_mappings.mappings import CyclePlan, Mappings

# cycle id -> key result id -> what is known of it
FactsByCycle = Mapping[str, Mapping[str, Facts]]


def lint(
    mappings: Mappings, profile: Profile | str = DEFAULT, facts: FactsByCycle | None = None
) -> tuple[Finding, ...]:
    """Findings in the order of the files; data-aware rules are silent about cycles without facts. MappingError for a bad profile."""
    chosen = load_profile(profile) if isinstance(profile, str) else profile
    found = [
        each
        for plan in mappings.cycles
        for each in _findings(plan, mappings, chosen, (facts or {}).get(plan.cycle.id, {}))
    ]
    return tuple(sorted(found, key=lambda finding: (finding.path, finding.line, finding.rule)))


def _findings(plan: CyclePlan, mappings: Mappings, profile: Profile, facts: Mapping[str, Facts]) -> Iterator[Finding]:
    scene = Scene(mappings, plan, facts, profile.terms)
    for rule in RULES:
        severity = profile.severities[rule.id]
        if severity is not Severity.OFF:
            for thing, what in rule.check(scene):
                yield Finding(rule.id, severity, thing.path, thing.line, what, rule.advice, plan.cycle.id, thing.id)
