"""The pages for three meetings, for a team and for a person, from one document: by themselves, or as a folder of linked pages.

A page by itself carries the details of its key results; in the folder they are those of the report beside it. The drawings of a key
result are made once for all pages.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from okr_mappings.snapshot import ProgressDocument
from pipelines.languages import DEFAULT, marked, say, speaking, wording
from pipelines.report import monthly, quarterly, weekly
from pipelines.report.dates import day_range, full_day, moment
from pipelines.report.key_result import Row
from pipelines.report.narrow import of_person, of_team, people, teams_with_content
from pipelines.report.outline import elapsed, headline, outline
from pipelines.report.overdue import overdue_line_of
from pipelines.report.report import (
    content_policy,
    environment,
    rows_of,
    shared_queries,
    stack_of,
    stylesheet,
    team_blocks,
)

WEEKLY, MONTHLY, QUARTERLY = "weekly", "monthly", "quarterly"
MEETINGS = (WEEKLY, MONTHLY, QUARTERLY)
HEADINGS = {
    WEEKLY: marked("The week"),
    MONTHLY: marked("The month"),
    QUARTERLY: marked("The cycle in review"),
}
REPORT = "../report.html"


@dataclass(frozen=True, slots=True)
class Link:
    name: str
    address: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a page stands: `links` leads to the details of key results (empty: on the page), `pages` to the others."""

    links: str = ""
    pages: tuple[Link, ...] = ()
    who: str = ""
    heading: str = ""


def meeting_page(document: ProgressDocument, meeting: str, language: str = DEFAULT, who: str = "") -> str:
    """One of MEETINGS as a file of its own."""
    with speaking(language):
        return _meeting(document, meeting, rows_of(document), Frame(who=who))


def folder(document: ProgressDocument, language: str = DEFAULT, report: str = REPORT) -> dict[str, str]:
    """Every page by its file name; they lie beside each other, `report` is where the report lies from there."""
    with speaking(language):
        rows = rows_of(document)
        teams = _named("team", {team.team_id: team.name for team in teams_with_content(document)})
        persons = _named("person", {name: name for name in people(document)})
        found = {}
        for meeting in MEETINGS:
            frame = Frame(report, _links(f"{meeting}.html", teams, persons, report))
            found[f"{meeting}.html"] = _meeting(document, meeting, rows, frame)
        for file, (team_id, name) in teams.items():
            frame = Frame(report, _links(file, teams, {}, report), heading=name)
            found[file] = _narrow(of_team(document, team_id), rows, frame)
        for file, (person, name) in persons.items():
            frame = Frame(report, _links(file, {}, persons, report), heading=name)
            found[file] = _narrow(of_person(document, person), rows, frame)
        return found


def _links(
    current: str, teams: Mapping[str, tuple[str, str]], persons: Mapping[str, tuple[str, str]], report: str
) -> tuple[Link, ...]:
    """Teams know the teams, people the people: a list of everything would be a page of its own."""
    meetings = {f"{meeting}.html": say(HEADINGS[meeting]) for meeting in MEETINGS}
    others = {file: name for file, (_, name) in (*teams.items(), *persons.items())}
    return (
        Link(say("The report"), report),
        *(Link(name, file, current=file == current) for file, name in {**meetings, **others}.items()),
    )


def _named(prefix: str, names: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """File name -> (id, name); files are made of plain letters, and stay the same from day to day."""
    found: dict[str, tuple[str, str]] = {}
    for identity, name in names.items():
        file = f"{prefix}-{plain(identity)}.html"
        if file in found:
            file = f"{prefix}-{plain(identity)}-{_digest(identity)}.html"
        found[file] = (identity, name)
    return found


def plain(text: str) -> str:
    """`Anna Kovács` -> `anna-kovacs`; what has no Latin letters gets the first digits of its hash instead."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60] or _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _meeting(document: ProgressDocument, meeting: str, rows: Mapping[str, Row], frame: Frame) -> str:
    content, summary, mentioned = _CONTENTS[meeting](document, rows)
    shared = _shared(document, frame, say(HEADINGS[meeting]), summary)
    details = [] if frame.links else mentioned
    used = {each.shared_sql for each in details}
    queries = [each for each in shared_queries(document.key_results) if each.anchor in used]
    return (
        environment()
        .get_template(f"{meeting}.html.j2")
        .render({**shared, **content, "details": details, "queries": queries})
    )


def _shared(document: ProgressDocument, frame: Frame, heading: str, summary: str) -> dict[str, object]:
    style, cycle = stylesheet(), elapsed(document)
    return {
        "document": document,
        "overdue": overdue_line_of(document),
        "language": wording().code,
        "style": style,
        "policy": content_policy(style),
        "heading": heading,
        "who": frame.who,
        "summary": summary,
        "headline": headline(document),
        "stack": stack_of(document.key_results) if document.key_results else "",
        "cycle": cycle,
        "share": wording().share(cycle.share),
        "days": day_range(document.cycle_start, document.cycle_end),
        "as_of": full_day(document.as_of),
        "published": moment(document.published_at, document.time_zone),
        "links": frame.links,
        "pages": frame.pages,
    }


_Content = tuple[dict[str, object], str, list[Row]]


def _weekly(document: ProgressDocument, rows: Mapping[str, Row]) -> _Content:
    teams = weekly.weeks(document, rows)
    shown = [
        *(move.row for team in teams for move in team.moved),
        *(remark.row for team in teams for remark in (*team.stuck, *team.unknown, *team.due)),
    ]
    return {"teams": teams}, weekly.summary(teams), _once(shown)


def _monthly(document: ProgressDocument, rows: Mapping[str, Row]) -> _Content:
    stacks = {team.team_id: stack_of(team.key_results) for team in outline(document)}
    slow, moved = monthly.bottlenecks(document, rows), monthly.changed(document, rows)
    restated = monthly.restated(document, rows)
    content: dict[str, object] = {
        "standings": monthly.standings(document, stacks),
        "bottlenecks": slow,
        "changed": moved,
        "restated_lines": restated,
    }
    shown = [*(each.row for each in slow if each.row), *(each.row for each in moved), *(each.row for each in restated)]
    return content, headline(document), _once(shown)


def _quarterly(document: ProgressDocument, rows: Mapping[str, Row]) -> _Content:
    written = [each.lessons for each in document.objectives] + [row.background.lessons for row in rows.values()]
    over = document.as_of >= document.cycle_end
    content = {"branches": quarterly.tree(document, rows), "no_lessons": over and not any(written)}
    return content, quarterly.summary(document), [rows[each.key_result_id] for each in document.key_results]


_CONTENTS = {WEEKLY: _weekly, MONTHLY: _monthly, QUARTERLY: _quarterly}


def _once(rows: list[Row]) -> list[Row]:
    return list({row.anchor: row for row in rows}.values())


def _narrow(document: ProgressDocument, rows: Mapping[str, Row], frame: Frame) -> str:
    due = [
        weekly.Remark(rows[each.key_result_id], text)
        for each in document.key_results
        for text in weekly.dues(each, rows[each.key_result_id])
    ]
    shared = _shared(document, frame, frame.heading, headline(document))
    content = {"blocks": team_blocks(document, rows), "due": due, "details": [], "headline": ""}
    return environment().get_template("narrow.html.j2").render({**shared, **content})
