"""Which sheet belongs to which team: safe, unique names, and sheets that a person renamed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from openpyxl.workbook.workbook import Workbook

from connectors.delivering.workbook import team_sheet
from connectors.delivering.workbook.data_sheets import DATA, HISTORY
from connectors.delivering.workbook.headings import rows_by_key
from connectors.delivering.workbook.pen import LONGEST_TITLE, safe_title
from connectors.delivering.workbook.summary_sheet import SUMMARY
from connectors.delivering.workbook.team_columns import CYCLE, KEY

_RESERVED = (SUMMARY, DATA, HISTORY, "History")  # Excel keeps "History" for itself


def team_titles(teams: Sequence[tuple[str, str]]) -> dict[str, str]:
    """A sheet title per team id, from (team id, name) pairs; the same pairs in any order give the same titles."""
    taken = {title.casefold() for title in _RESERVED}
    titles = {}
    for team_id, name in sorted(teams):
        wanted = safe_title(name) or safe_title(team_id) or "Team"
        ours = wanted.casefold().startswith(f"{SUMMARY} ".casefold())
        titles[team_id] = _free(f"Team {wanted}"[:LONGEST_TITLE] if ours else wanted, taken)
        taken.add(titles[team_id].casefold())
    return titles


def find_sheets(
    workbook: Workbook, titles: Mapping[str, str], keys: Mapping[str, Collection[tuple[str, str]]]
) -> dict[str, str]:
    """The present sheet of each team that has one: by its title, else the one that shows most of the team's key results.

    `keys` are (cycle, key result id) pairs per team.
    """
    present = {title.casefold(): title for title in workbook.sheetnames}
    found = {team: present[title.casefold()] for team, title in titles.items() if title.casefold() in present}
    unclaimed = {
        sheet.title: _keys_on(workbook, sheet.title)
        for sheet in workbook.worksheets
        if sheet.title not in found.values()
    }
    for team in titles:
        if team not in found:
            shown = {title: len(on_sheet & set(keys.get(team, ()))) for title, on_sheet in unclaimed.items()}
            best = max(shown, key=lambda title: shown[title], default=None)
            if best is not None and shown[best]:
                found[team] = best
                del unclaimed[best]
    return found


def _keys_on(workbook: Workbook, title: str) -> set[tuple[str, ...]]:
    headings = team_sheet.team_headings(workbook[title])
    return set(rows_by_key(workbook[title], headings, (CYCLE, KEY))) if headings else set()


def _free(name: str, taken: Collection[str]) -> str:
    number = 1
    title = name
    while title.casefold() in taken:
        number += 1
        suffix = f" ({number})"
        title = name[: LONGEST_TITLE - len(suffix)].rstrip() + suffix
    return title
