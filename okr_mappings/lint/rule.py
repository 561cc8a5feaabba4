"""What a rule is: a small function over one cycle, and everything `--explain` says about it.

A rule's function says what is wrong with which objective or key result; severity and advice belong to the rule. The adapters below turn
a function over one objective, one key result or one measured key result into one over the whole cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from okr_mappings.lint.facts import Facts
from okr_mappings.lint.finding import Severity
from okr_mappings.mappings import CyclePlan, KeyResult, Mappings, Objective

# abbreviations that need no definition; a profile may add to them
EVERYBODY_KNOWS = frozenset(
    ("OKR", "OKRS", "KPI", "CEO", "CMO", "CFO", "CTO", "CRM", "ERP", "API", "PR", "HR", "IT", "EU", "US", "UK", "USA")
) | frozenset(("EUR", "USD", "GBP", "HUF", "FAQ", "PDF", "SMS", "TV"))


@dataclass(frozen=True, slots=True)
class Scene:
    """One cycle as the rules see it. `facts` are by key result id, and empty without a warehouse; `terms` need no definition."""

    mappings: Mappings
    plan: CyclePlan
    facts: Mapping[str, Facts] = field(default_factory=dict)
    terms: frozenset[str] = EVERYBODY_KNOWS


Thing = Objective | KeyResult
Hits = Iterator[tuple[Thing, str]]
Check = Callable[[Scene], Hits]


@dataclass(frozen=True, slots=True)
class Rule:
    """`severity` is that of the profile `default`. `needs_data`: silent without facts. `good` and `bad` are examples."""

    id: str
    severity: Severity
    check: Check
    advice: str
    why: str
    source: str
    bad: str
    good: str
    needs_data: bool = False


def per_objective(check: Callable[[Objective], str]) -> Check:
    """A rule that looks at one objective and says what is wrong with it, or nothing."""

    def over_the_cycle(scene: Scene) -> Hits:
        return ((each, what) for each in scene.plan.objectives if (what := check(each)))

    return over_the_cycle


def per_key_result(check: Callable[[KeyResult], str]) -> Check:
    """A rule that looks at one key result and says what is wrong with it, or nothing."""

    def over_the_cycle(scene: Scene) -> Hits:
        return ((each, what) for each in scene.plan.key_results if (what := check(each)))

    return over_the_cycle


def measured(check: Callable[[KeyResult, Facts], str]) -> Check:
    """A rule that looks at one key result beside its numbers."""

    def over_the_cycle(scene: Scene) -> Hits:
        known = ((each, scene.facts[each.id]) for each in scene.plan.key_results if each.id in scene.facts)
        return ((each, what) for each, facts in known if (what := check(each, facts)))

    return over_the_cycle
