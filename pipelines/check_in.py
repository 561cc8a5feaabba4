"""`okr check-in`: one value kept by hand, or all of a sheet, checked and added to the check-in file of its cycle.

The file is only ever added to, under a lock and in one step: two people at once lose nothing, and a correction leaves what it corrects.
"""

from __future__ import annotations

import csv
import getpass
import io
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from connectors.errors import ConnectorError
from connectors.spreadsheets.inputs import SheetRow, excel_rows
from okr_mappings.check_ins import HEADINGS, Entry, Refused, check_in_file, checked
from okr_mappings.display import format_day, format_value
from okr_mappings.errors import MappingError, Problem
from okr_mappings.mappings import CheckIn, CyclePlan, KeyResult
from okr_mappings.suggest import nearest
from pipelines import clock
from pipelines.errors import SettingsError
from pipelines.loaded import Loaded, load_everything
from pipelines.settings import Settings
from warehouse.atomic_files import write_file
from warehouse.run_lock import RunLock

_WAIT = 10.0


@dataclass(frozen=True)
class Entered:
    """One check-in that was taken, and where it went."""

    plan: CyclePlan
    key_result: KeyResult
    check_in: CheckIn
    before: CheckIn | None
    last: CheckIn | None

    @property
    def told(self) -> str:
        """For the person who entered it."""
        unit = self.key_result.unit
        line = f"{self.key_result.id}: {format_value(self.check_in.value, unit)} at the end of {format_day(self.check_in.day)}"
        line += f", by {self.check_in.author}" if self.check_in.author else ""
        if self.before is not None:
            line += f". It corrects {format_value(self.before.value, unit)}, which stays in the file"
        elif self.last is not None and self.last.day < self.check_in.day and self._went_back:
            line += f". That is less than the {format_value(self.last.value, unit)} of {format_day(self.last.day)}: "
            line += "a check-in says how it stands all told, not what was added"
        return line + "."

    @property
    def _went_back(self) -> bool:
        return self.key_result.kind.value == "total" and self.last is not None and self.check_in.value < self.last.value


def check_in(
    settings: Settings, key_result: str, value: str, *, day: date | None, note: str, author: str | None, now: datetime
) -> str:
    """One value. MappingError or SettingsError says what is wrong with it; nothing is written then."""
    loaded = load_everything(settings)
    today = clock.today(now, loaded.mappings.company.time_zone)
    entry = Entry(1, key_result, (day or today).isoformat(), value, note, author or who())
    entered = checked_now(entry, loaded, today)
    if isinstance(entered, Refused):
        raise SettingsError(f"{entered.why} Nothing was written.")
    append(settings, [entered], now)
    return f"{entered.told}\nWritten to {_path(settings, entered)}. The next `okr run` shows it."


def check_in_all(settings: Settings, sheet: Path, name: str, *, author: str | None, now: datetime) -> str:
    """What is new or changed in a workbook's tab; all its rows are right, or nothing is written."""
    loaded = load_everything(settings)
    today = clock.today(now, loaded.mappings.company.time_zone)
    try:
        rows = excel_rows(sheet, name, HEADINGS[:3])
    except ConnectorError as error:
        raise SettingsError(f"{error} Nothing was written.") from None
    entries = [entry_of(row, author or who()) for row in rows if is_entered(row)]
    found = [(entry, checked_now(entry, loaded, today)) for entry in entries]
    problems = [Problem(str(sheet), entry.line, each.why) for entry, each in found if isinstance(each, Refused)]
    if problems:
        raise MappingError(problems)
    news = [each for _, each in found if isinstance(each, Entered) and not _is_known(each)]
    append(settings, news, now)
    lines = [each.told for each in news]
    return "\n".join([*lines, f"{len(news)} of {len(found)} rows were new or changed."])


def who() -> str:
    """As git knows the person, else the machine."""
    git = shutil.which("git")
    if git is not None:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [git, "config", "user.name"], capture_output=True, text=True, timeout=10, check=False
        )
        if name := done.stdout.strip():
            return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def entry_of(row: SheetRow, author: str) -> Entry:
    """A row of a sheet; `author` where the row names none."""
    key_result, day, value, note = (row.cells.get(heading, "") for heading in HEADINGS[:4])
    return Entry(row.number, key_result, day, value, note, row.cells.get("author") or author)


def is_entered(row: SheetRow) -> bool:
    """Rows without a value are still to come."""
    return bool(row.cells.get("value")) and bool(row.cells.get("key_result"))


def checked_now(entry: Entry, loaded: Loaded, today: date) -> Entered | Refused:
    """In the cycle that holds its day, and not in the future."""
    plans = [plan for plan in loaded.mappings.cycles if entry.key_result in {each.id for each in plan.key_results}]
    if not plans:
        every = {each.id for plan in loaded.mappings.cycles for each in plan.key_results}
        why = f"There is no key result `{entry.key_result}`. {nearest(entry.key_result, every)}"
        return Refused("key_result", why.strip())
    plan = next((each for each in plans if _holds(each, entry.date)), plans[-1])
    known = {each.id: each for each in plan.key_results}
    found = checked(entry, known, plan)
    if isinstance(found, Refused):
        return found
    if found.day > today:
        return Refused("date", f"{found.day} is in the future; it is {today}.")
    key_result = known[entry.key_result]
    before = next((each for each in key_result.check_ins if each.day == found.day), None)
    last = next((each for each in reversed(key_result.check_ins) if each.day < found.day), None)
    return Entered(plan, key_result, found, before, last)


def _holds(plan: CyclePlan, day: str) -> bool:
    return plan.cycle.start.isoformat() <= day <= plan.cycle.end.isoformat()


def _is_known(entered: Entered) -> bool:
    before = entered.before
    return before is not None and (before.value, before.note) == (entered.check_in.value, entered.check_in.note)


def _path(settings: Settings, entered: Entered) -> Path:
    return check_in_file(settings.check_ins_dir, entered.plan.cycle.id)


def append(settings: Settings, entered: Sequence[Entered], now: datetime) -> None:
    """At the end of the file of each cycle; what stands there stays."""
    for path in {_path(settings, each): None for each in entered}:
        with RunLock(path.parent, wait_seconds=_WAIT, name=".check_ins.lock"):
            before = path.read_text(encoding="utf-8-sig") if path.exists() else ",".join(HEADINGS) + "\n"
            lines = io.StringIO(newline="")
            headings = next(csv.reader([before.splitlines()[0]]))
            writer = csv.DictWriter(lines, headings, extrasaction="ignore", lineterminator="\n")
            writer.writerows(_line(each, now) for each in entered if _path(settings, each) == path)
            separator = "" if before.endswith("\n") else "\n"
            write_file(path, f"{before}{separator}{lines.getvalue()}".encode())


def _line(entered: Entered, now: datetime) -> dict[str, str]:
    check = entered.check_in
    words = (
        entered.key_result.id,
        check.day.isoformat(),
        f"{check.value:.15g}",
        check.note,
        check.author,
        now.isoformat(),
    )
    return dict(zip(HEADINGS, words, strict=True))
