"""Values kept by hand in a file of their own: `check_ins/<cycle>.csv`, one line per check-in, only ever added to.

    key_result,date,value,note,author,entered_at
    customer-interviews,2026-11-20,6,One more call.,Dóra Lukács,2026-11-20T16:02:11+00:00

A later line about the same key result and day corrects the earlier one, which stays: both values are shown. So does a line here correct
a check-in that stands in the cycle file. People may write the file with a text editor or a spreadsheet program; `okr check-in` does it
for them, and checks first what is checked here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from okr_mappings.errors import Problem
from okr_mappings.goals import parse_number
from okr_mappings.mappings import CheckIn, CyclePlan, KeyResult
from okr_mappings.suggest import nearest

FOLDER = "check_ins"
HEADINGS = ("key_result", "date", "value", "note", "author", "entered_at")
_NEEDED = HEADINGS[:3]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the file, its words as they stand there."""

    line: int
    key_result: str
    date: str
    value: str
    note: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line is none, and under which heading the trouble stands."""

    heading: str
    why: str


def check_in_file(folder: Path, cycle_id: str) -> Path:
    return folder / f"{cycle_id}.csv"


def with_check_ins(plan: CyclePlan, folder: Path) -> tuple[CyclePlan, list[Problem]]:
    """The plan with what its file holds; nothing changes where there is none."""
    path = check_in_file(folder, plan.cycle.id)
    if not path.exists():
        return plan, []
    entries, problems = _entries(path)
    known = {each.id: each for each in plan.key_results}
    found: dict[str, list[CheckIn]] = {}
    for entry in entries:
        check_in = checked(entry, known, plan)
        if isinstance(check_in, Refused):
            problems.append(Problem(str(path), entry.line, check_in.why))
        else:
            found.setdefault(entry.key_result, []).append(check_in)
    objectives = tuple(
        replace(objective, key_results=tuple(_merged(each, found.get(each.id, ())) for each in objective.key_results))
        for objective in plan.objectives
    )
    return replace(plan, objectives=objectives), problems


def checked(entry: Entry, known: dict[str, KeyResult], plan: CyclePlan) -> CheckIn | Refused:
    """The check-in, or what is wrong with it."""
    key_result = known.get(entry.key_result)
    if key_result is None:
        why = f"There is no key result `{entry.key_result}` in {plan.cycle.id}. {nearest(entry.key_result, known)}"
        return Refused("key_result", why.strip())
    if not key_result.by_hand or key_result.steps:
        fed = "named steps: set `done:` in its mapping" if key_result.steps else "a metric"
        return Refused("key_result", f"`{entry.key_result}` is not kept by check-ins, it comes from {fed}.")
    try:
        day = date.fromisoformat(entry.date.strip())
    except ValueError:
        return Refused("date", f"`{entry.date}` is not a day. Write it as 2026-11-20.")
    if not plan.cycle.start <= day <= plan.cycle.end:
        return Refused("date", f"{day} lies outside {plan.cycle.id} ({plan.cycle.start} to {plan.cycle.end}).")
    value = parse_number(entry.value.strip(), key_result.unit)
    if value is None:
        return Refused("value", f"`{entry.value}` is not a number of {key_result.unit or 'anything'}.")
    return CheckIn(day, value, entry.note.strip(), entry.author.strip())


def _entries(path: Path) -> tuple[list[Entry], list[Problem]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        return [], [Problem(str(path), 1, f"The file cannot be read: {problem}.", "Save it as CSV in UTF-8.")]
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if missing := [name for name in _NEEDED if name not in (reader.fieldnames or ())]:
        what = f"The first line lacks {', '.join(missing)}."
        return [], [Problem(str(path), 1, what, f"It should be {','.join(HEADINGS)}.")]
    entries = [
        Entry(reader.line_num, *(str(row.get(name) or "") for name in HEADINGS[:5]))
        for row in reader
        if any(str(value or "").strip() for value in row.values())
    ]
    return entries, []


def _merged(key_result: KeyResult, entered: Sequence[CheckIn]) -> KeyResult:
    if not entered:
        return key_result
    return replace(key_result, check_ins=tuple(latest((*key_result.check_ins, *entered))))


def latest(check_ins: Iterable[CheckIn]) -> list[CheckIn]:
    """One per day, in order; each with the values that it corrects."""
    by_day: dict[date, CheckIn] = {}
    for each in check_ins:
        before = by_day.get(each.day)
        by_day[each.day] = each if before is None else replace(each, corrects=(*before.corrects, before.value))
    return [by_day[day] for day in sorted(by_day)]
