"""What a key result means, as plain content with a name: to date a change of it, and to ask an old one again.

Two names. The definition's own changes with anything a reader would call a change: target, baseline, weight, filters, SQL, kind. Its
`value_hash` changes only with what the number depends on: two values under different value hashes may not be compared as the same
thing restated. SQL counts by what it says: a comment is no change. Check-ins, finished steps, notes, titles and owners are no part of
either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from okr_mappings.calendar import Cycle
from okr_mappings.document import Plain, to_plain
from okr_mappings.identity import content_hash, sql_hash
from okr_mappings.mappings import KeyResult

_OF_THE_VALUE = ("kind", "metric", "sql", "filters", "window_days", "every", "cycle", "by_hand")
Content = Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Definition:
    """The content, and its two names."""

    content: dict[str, Plain]
    definition_hash: str
    value_hash: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a definition, before and after, as text for people."""

    field: str
    old: str
    new: str


def definition(key_result: KeyResult, cycle: Cycle, sql: str) -> Definition:
    """`sql` is the metric's text, or the key result's own."""
    content: dict[str, Plain] = {
        "kind": key_result.kind.value,
        "metric": key_result.metric_name,
        "sql": sql,
        "filters": to_plain(key_result.filters),
        "window_days": key_result.window_days,
        "every": to_plain(key_result.every),
        "cycle": [cycle.id, cycle.start.isoformat(), cycle.end.isoformat()],
        "by_hand": key_result.by_hand,
        "unit": key_result.unit,
        "better": key_result.better.value,
        "baseline": to_plain(key_result.baseline),
        "target": to_plain(key_result.target),
        "bounds": to_plain(key_result.bounds),
        "tolerance": key_result.tolerance,
        "expected": to_plain(key_result.expected),
        "thresholds": to_plain(key_result.thresholds),
        "min_n": key_result.min_n,
        "weight": key_result.weight,
        "steps": [[step.id, step.due.isoformat()] for step in key_result.steps],
    }
    named = {**content, "sql": sql_hash(sql)}
    return Definition(content, content_hash(named), content_hash({name: named[name] for name in _OF_THE_VALUE}))


def field_changes(old: Content, new: Content) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order of `definition`; a field that one side does not know yet is no change."""
    return tuple(
        FieldChange(name, in_words(name, old[name]), in_words(name, new[name]))
        for name in new
        if name in old and _differs(name, old[name], new[name])
    )


def _differs(name: str, old: Plain, new: Plain) -> bool:
    return sql_hash(str(old)) != sql_hash(str(new)) if name == "sql" else old != new


def in_words(name: str, value: Plain) -> str:
    """A field's value as its file has it, on one line."""
    if value is None or value in ("", []):
        return "none"
    match name:
        case "target":
            return str(cast("dict[str, Plain]", value)["text"])
        case "baseline":
            given = cast("dict[str, Plain]", value)
            number = cast("float | None", given["number"])
            return str(given["source"]) if number is None else f"{number:g}"
        case "bounds":
            given = cast("dict[str, Plain]", value)
            words = {"at_least": "at least", "at_most": "at most"}
            return ", ".join(f"{words[side]} {bound:g}" for side, bound in given.items() if isinstance(bound, float))
        case "filters":
            pairs = cast("list[tuple[str, list[Plain]]]", value)
            return "; ".join(f"{column} = {', '.join(str(each) for each in values)}" for column, values in pairs)
        case _:
            return _plainly(value)


def _plainly(value: Plain) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plainly(item)}" for key, item in value.items() if item not in (None, []))
    if isinstance(value, list):
        return ", ".join(_plainly(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())
