"""House style: what can be computed and is still no good key result. Section 9 of the semantics, as far as it needs no warehouse.

Loading refuses what cannot be computed; these findings advise. Each rule has an id, and a profile says how severe it is: in `default`
the literature's limits, in `strict` every warning is an error, in `relaxed` only errors and warnings remain. An abbreviation is defined
when the key result names a metric, whose definition in words then stands in the report.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from okr_mappings.mappings import CyclePlan, KeyResult, Mappings, Objective
from okr_mappings.words import Kind


class Severity(StrEnum):
    """How much a finding matters; only an error should stop anybody."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of advice. `path` is relative to the mapping folder, `line` counts from 1."""

    rule: str
    severity: Severity
    path: str
    line: int
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity} {self.rule}: {self.what} {self.advice}"


PROFILES: dict[str, dict[Severity, Severity | None]] = {
    "default": {},
    "strict": {Severity.WARNING: Severity.ERROR},
    "relaxed": {Severity.HINT: None},
}

# words that say what is done, not what becomes true
_ACTIVITY = re.compile(
    r"^(launch|relaunch|send|hold|train|run|write|publish|make|do|organi[sz]e|build|implement|introduce|conduct|survey)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d|%")
_ABBREVIATION = re.compile(r"\b[A-Z]{2,}s?\b")  # MQLs, CRM
_EVERYBODY_KNOWS = {"OKR", "OKRS", "CEO", "CMO", "CFO", "CRM", "EU", "US", "UK", "B2B", "EUR", "USD", "GBP", "HUF"}


def lint(mappings: Mappings, profile: str = "default") -> tuple[Finding, ...]:
    """Findings in the order of the files. Raises KeyError for a profile that does not exist."""
    changes = PROFILES[profile]
    found: list[Finding] = []
    for plan in mappings.cycles:
        for finding in _findings(plan, mappings):
            severity = changes.get(finding.severity, finding.severity)
            if severity is not None:
                found.append(_with_severity(finding, severity))
    return tuple(sorted(found, key=lambda finding: (finding.path, finding.line, finding.rule)))


def _with_severity(finding: Finding, severity: Severity) -> Finding:
    return Finding(finding.rule, severity, finding.path, finding.line, finding.what, finding.advice)


def _findings(plan: CyclePlan, mappings: Mappings) -> Iterator[Finding]:
    yield from _objectives_per_team(plan)
    yield from _same_number_twice(plan)
    yield from _supports_nothing(plan, mappings)
    for objective in plan.objectives:
        yield from _key_results_per_objective(objective)
        yield from _objective_is_qualitative(objective)
        for key_result in objective.key_results:
            yield from _activity(key_result)
            yield from _owner(key_result)
            yield from _source_link(key_result)
            yield from _undefined_terms(key_result)


def _objectives_per_team(plan: CyclePlan) -> Iterator[Finding]:
    """Three to five per team and cycle: a warning above five, an error from eight."""
    for team, count in Counter(objective.team_id for objective in plan.objectives).items():
        if count > 5:
            last = [objective for objective in plan.objectives if objective.team_id == team][-1]
            severity = Severity.ERROR if count >= 8 else Severity.WARNING
            what = f"Team `{team}` has {count} objectives in {plan.cycle.label}."
            yield Finding(
                "too-many-objectives", severity, last.path, last.line, what, "Keep the three to five that matter most."
            )


def _key_results_per_objective(objective: Objective) -> Iterator[Finding]:
    count = len(objective.key_results)
    if count > 5:
        what = f"`{objective.id}` has {count} key results."
        yield _about(
            objective,
            "too-many-key-results",
            Severity.WARNING,
            what,
            "Keep three to five; the others are metrics to watch.",
        )
    elif count < 2:
        what = f"`{objective.id}` has {count or 'no'} key result{'' if count == 1 else 's'}."
        yield _about(
            objective,
            "too-few-key-results",
            Severity.HINT,
            what,
            "Two or three numbers show an objective from several sides.",
        )


def _objective_is_qualitative(objective: Objective) -> Iterator[Finding]:
    """B6 and B7 of the examples."""
    if _NUMBER.search(objective.title):
        what = f"“{objective.title}” has a number in it."
        yield _about(
            objective,
            "number-in-objective",
            Severity.WARNING,
            what,
            "Say what becomes true; the numbers are its key results.",
        )
    elif len(objective.title.split()) < 3:
        what = f"“{objective.title}” does not say what is to be achieved."
        yield _about(
            objective,
            "objective-says-nothing",
            Severity.WARNING,
            what,
            "Say what will be different when it is reached.",
        )


def _activity(key_result: KeyResult) -> Iterator[Finding]:
    """B4 and K12: a task, fine as a milestone."""
    match = _ACTIVITY.match(key_result.title)
    if match:
        severity = Severity.HINT if key_result.kind is Kind.MILESTONE else Severity.WARNING
        what = f"“{key_result.title}” is something to do (“{match[0].lower()}”), not something that becomes true."
        yield _about(key_result, "activity", severity, what, "Ask what it is good for, and count that.")


def _owner(key_result: KeyResult) -> Iterator[Finding]:
    if not key_result.owners:
        what = f"`{key_result.id}` has no owner."
        yield _about(key_result, "no-owner", Severity.WARNING, what, "Write `owner:` here or at the objective.")


def _source_link(key_result: KeyResult) -> Iterator[Finding]:
    linked = key_result.source_link or (key_result.metric is not None and key_result.metric.source_link)
    if not linked and not key_result.by_hand:
        what = f"`{key_result.id}` does not say where its number can be seen."
        yield _about(
            key_result, "no-source-link", Severity.HINT, what, "Write `source_link:` with the address of the view."
        )


def _undefined_terms(key_result: KeyResult) -> Iterator[Finding]:
    if key_result.metric is not None:
        return
    terms = [term for term in _ABBREVIATION.findall(key_result.title) if term.upper() not in _EVERYBODY_KNOWS]
    for term in dict.fromkeys(terms):
        what = f"“{term}” is defined nowhere."
        yield _about(
            key_result,
            "undefined-term",
            Severity.WARNING,
            what,
            "Spell it out, or use a metric whose definition says what it is.",
        )


def _same_number_twice(plan: CyclePlan) -> Iterator[Finding]:
    first: dict[tuple[object, ...], KeyResult] = {}
    for key_result in plan.key_results:
        if key_result.metric is None:
            continue
        number = (key_result.metric.name, key_result.filters, key_result.every, key_result.window_days)
        other = first.setdefault(number, key_result)
        if other is not key_result:
            what = f"`{key_result.id}` is the same number as `{other.id}`: {key_result.metric.name}."
            yield _about(
                key_result,
                "same-number-twice",
                Severity.WARNING,
                what,
                "Keep one, and let its objective support the other.",
            )


def _supports_nothing(plan: CyclePlan, mappings: Mappings) -> Iterator[Finding]:
    """An objective of a team that has a team above it, while that team has objectives to support."""
    parents = {team.id: team.parent for team in mappings.company.teams}
    busy = {objective.team_id for objective in plan.objectives}
    for objective in plan.objectives:
        if parents.get(objective.team_id) in busy and not objective.supports:
            what = f"`{objective.id}` supports no other objective."
            yield _about(
                objective,
                "supports-nothing",
                Severity.WARNING,
                what,
                "Write `supports:` with the objective it is good for.",
            )


def _about(thing: Objective | KeyResult, rule: str, severity: Severity, what: str, advice: str) -> Finding:
    return Finding(rule, severity, thing.path, thing.line, what, advice)
