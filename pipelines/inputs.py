"""Hand-kept numbers out of people's own spreadsheets, taken over at the start of every run: `[inputs.<name>]` in okr.toml.

A row is (key_result, date, value, note, author). What is new or changed since the last look is added to the check-in file of its cycle,
as `okr check-in` would: nothing there is ever changed, so a correction leaves what it corrects, and a row that is taken away in the
sheet leaves its value. Remembered is what the sheet said (`inputs.json` in the data folder), not what the file says: a value that was
corrected with `okr check-in` since is not undone by the sheet that still has the old one. Without that memory, values that the file
knows already are no news.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.errors import ConnectorError
from connectors.spreadsheets.inputs import SheetRow, excel_rows, google_calls, google_rows
from okr_mappings.check_ins import HEADINGS, Refused
from pipelines import clock
from pipelines.check_in import Entered, append, checked_now, entry_of
from pipelines.loaded import Loaded
from pipelines.settings import InputSettings, Settings
from warehouse.atomic_files import write_file

MEMORY = "inputs.json"
_NEEDED = HEADINGS[:3]
_SHOWN = 5
_Values = list[list[str]]


@dataclass(frozen=True)
class InputResult:
    """How one sheet went: rows that stand, rows that are news, rows that were refused with their cells."""

    name: str
    rows: int = 0
    news: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    error: str = ""

    @property
    def line(self) -> str:
        """For the line of the step."""
        if self.error:
            return f"inputs.{self.name} FAILED"
        aside = f", {len(self.refused)} refused" if self.refused else ""
        return f"inputs.{self.name} {self.rows} rows, {len(self.news)} new or changed{aside}"

    @property
    def problems(self) -> tuple[str, ...]:
        """What a person should look at."""
        told = (self.error,) if self.error else (*self.refused, *self.remarks)
        return tuple(f"inputs.{self.name}: {each}" for each in told)


@dataclass
class _Sheet:
    """One sheet under way; the memory maps `<key result> <day>` to the values that the sheet had for it, in their order."""

    name: str
    settings: InputSettings
    before: dict[str, _Values] | None
    after: dict[str, _Values] = field(default_factory=dict)
    news: list[Entered] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    rows: int = 0


def take_over(settings: Settings, loaded: Loaded, now: datetime) -> tuple[InputResult, ...]:
    """One result per sheet; one that cannot be read stops neither the others nor the run."""
    return tuple(_take_over(settings, name, loaded, now) for name in settings.inputs)


def look(name: str, given: InputSettings) -> str:
    """What is wrong with the settings, without a call; empty when nothing is."""
    try:
        if given.workbook is None:
            google_calls(given.spreadsheet, given.service_account_file, setting=_setting(name), api_base=given.api_base)
        elif not given.workbook.is_file():
            return f"inputs.{name}: there is no file {given.workbook}."
    except ConnectorError as error:
        return f"inputs.{name}: {error}"
    return ""


def _take_over(settings: Settings, name: str, loaded: Loaded, now: datetime) -> InputResult:
    given = settings.inputs[name]
    path = settings.data_dir / MEMORY
    memory = _memory(path)
    sheet = _Sheet(name, given, memory.get(name))
    try:
        for row in _rows(name, given):
            _look_at(sheet, row, loaded, now)
        _find_news(sheet)
        append(settings, sheet.news, now)
        memory[name] = sheet.after
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, (json.dumps(memory, ensure_ascii=False, indent=1) + "\n").encode())
    except ConnectorError as error:
        return InputResult(name, error=f"{error} What it said before stays.")
    except OSError as error:
        return InputResult(name, error=f"its rows cannot be written down: {error}. The next run tries again.")
    told = tuple(each.told for each in sheet.news)
    return InputResult(name, sheet.rows, told, tuple(sheet.refused), tuple(sheet.remarks))


def _rows(name: str, given: InputSettings) -> list[SheetRow]:
    if given.workbook is not None:
        return excel_rows(given.workbook, given.tab, _NEEDED)
    return google_rows(
        given.spreadsheet,
        given.service_account_file,
        given.tab,
        _NEEDED,
        setting=_setting(name),
        api_base=given.api_base,
    )


def _setting(name: str) -> str:
    return f"service_account_file under [inputs.{name}]"


def _look_at(sheet: _Sheet, row: SheetRow, loaded: Loaded, now: datetime) -> None:
    """Into `after` with its place in the order, or among the refused."""
    if not row.cells.get("value"):
        return  # still to come
    today = clock.today(now, loaded.mappings.company.time_zone)
    found = checked_now(entry_of(row, sheet.settings.author or _label(sheet)), loaded, today)
    if isinstance(found, Refused):
        sheet.refused.append(f"{_label(sheet)}, {sheet.settings.tab}!{row.place(found.heading)}: {found.why}")
        return
    sheet.rows += 1
    sheet.after.setdefault(_key(found), []).append(_value(found))
    sheet.news.append(found)


def _find_news(sheet: _Sheet) -> None:
    """Of all rows that are right, those whose key result and day the sheet now tells another way."""
    before = sheet.before or {}
    rows: dict[str, list[Entered]] = {}
    for each in sheet.news:
        rows.setdefault(_key(each), []).append(each)
    sheet.news = [
        each
        for key, found in rows.items()
        if sheet.after[key] != before.get(key)
        for each in _unknown(found, before.get(key))
    ]
    if gone := sorted(before.keys() - sheet.after.keys()):
        shown = ", ".join(gone[:_SHOWN]) + (f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else "")
        sheet.remarks.append(
            f"taken away from the sheet or no longer right, but kept: {shown}. To correct a value, enter another one."
        )


def _unknown(found: Sequence[Entered], before: _Values | None) -> Sequence[Entered]:
    """Without what both had at the beginning, and without what the check-in file already has (after a kill, or a lost memory)."""
    known = before or []
    same = 0
    while same < min(len(known), len(found)) and known[same] == _value(found[same]):
        same += 1
    rest = found[same:]
    if rest and _stands(rest, known_before=before is not None):
        return ()
    return rest


def _stands(rest: Sequence[Entered], *, known_before: bool) -> bool:
    """The latest check-in of the day is what the sheet ends with; or it was, before somebody corrected it."""
    latest, last = rest[-1].before, rest[-1].check_in
    if latest is None:
        return False
    if (latest.value, latest.note, latest.author) == (last.value, last.note, last.author):
        return True
    return not known_before and all(each.check_in.value in latest.corrects for each in rest)


def _label(sheet: _Sheet) -> str:
    return sheet.settings.workbook.name if sheet.settings.workbook is not None else f"Google Sheet {sheet.name}"


def _key(entered: Entered) -> str:
    return f"{entered.key_result.id} {entered.check_in.day}"


def _value(entered: Entered) -> list[str]:
    check = entered.check_in
    return [f"{check.value:.15g}", check.note, check.author]


def _memory(path: Path) -> dict[str, Any]:
    """Empty where it is lost or spoilt: then values that stand in the check-in file are no news."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
