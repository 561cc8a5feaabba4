"""The page: one HTML file without scripts, without anything fetched, under a content security policy that would refuse both.

The stylesheet is the only thing the policy lets in, by its hash; so nothing may carry a `style` attribute, and widths of bars are
SVG attributes. Everything from a document passes through the template engine's escaping.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from okr_mappings.snapshot import ObjectiveProgress, ProgressDocument, Snapshot
from okr_mappings.words import Status
from pipelines.languages import DEFAULT, count, say, speaking, wording
from pipelines.report.charts import bar, stacked
from pipelines.report.dates import day_range, full_day, moment, through
from pipelines.report.figures import usable
from pipelines.report.key_result import Row, SourceRow, row, source_row
from pipelines.report.outline import (
    READING_ORDER,
    ObjectiveGroup,
    concerns,
    counted,
    elapsed,
    headline,
    lead,
    listed,
    needing_attention,
    outline,
    restated_days,
    tally,
)
from pipelines.report.overdue import next_numbers, overdue_line_of

MOST_ATTENTION = 6
MOST_ALIKE = 5
MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class Query:
    """SQL that stands once for many key results, under the names of their metrics."""

    anchor: str
    sql: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectiveBlock:
    objective: ObjectiveProgress | None
    title: str
    score: str
    bar: Markup
    status: str
    counted: str
    supports: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class TeamBlock:
    name: str
    anchor: str
    summary: str
    stack: Markup
    objectives: tuple[ObjectiveBlock, ...]


@dataclass(frozen=True, slots=True)
class ConcernLine:
    source: SourceRow
    affected: tuple[Row, ...]
    more: int


def render(document: ProgressDocument, language: str = DEFAULT) -> str:
    with speaking(language):
        return environment().get_template("report.html.j2").render(content(document))


def restated_line(document: ProgressDocument) -> str:
    """`3 days restated`; empty while all that was reported still stands."""
    days = restated_days(document)
    return count("%(count)s day restated", "%(count)s days restated", days) if days else ""


def content(document: ProgressDocument, drawn: Mapping[str, Row] | None = None) -> dict[str, object]:
    """Everything that `report.html.j2` shows; the dashboard renders the same with its own frame, from rows that it has `drawn`."""
    rows = rows_of(document) if drawn is None else drawn
    style = stylesheet()
    return {
        "document": document,
        "language": wording().code,
        "restated": restated_line(document),
        "style": style,
        "policy": content_policy(style),
        "cycle": elapsed(document),
        "share": wording().share(elapsed(document).share),
        "days": day_range(document.cycle_start, document.cycle_end),
        "as_of": full_day(document.as_of),
        "published": moment(document.published_at, document.time_zone),
        "complete": _complete_through(document),
        "next_numbers": next_numbers(document),
        "headline": headline(document),
        "overdue": overdue_line_of(document),
        "lead": lead(document),
        "counts": [
            (status, wording().status(status), wording().whole(number))
            for status, number in tally(document.key_results).items()
        ],
        "stack": stack_of(document.key_results),
        "attention": [rows[k.key_result_id] for k in needing_attention(document)[:MOST_ATTENTION]],
        "attention_more": max(len(needing_attention(document)) - MOST_ATTENTION, 0),
        "concerns": _concerns(document, rows),
        "teams": team_blocks(document, rows),
        "queries": shared_queries(document.key_results),
        "sources": [source_row(source, document.time_zone) for source in document.sources],
        "statuses": [(status, wording().status(status)) for status in READING_ORDER],
    }


@cache
def environment() -> Environment:
    """Its globals `_` and `say_count` say things in the language being spoken, so one environment serves all of them."""
    found = Environment(
        loader=PackageLoader("pipelines.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update({"_": say, "say_count": count})
    return found


@cache
def stylesheet() -> str:
    """The stylesheet without its comments and indentation: it travels in every report."""
    source = files("pipelines.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    without_comments = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", without_comments).strip()


def content_policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def rows_of(document: ProgressDocument, *, closed: bool = False) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    taken: set[str] = set()
    shared = {query.sql: query.anchor for query in shared_queries(document.key_results)}
    for key_result in document.key_results:
        anchor = anchor_of("kr", key_result.key_result_id, taken)
        made = row(key_result, anchor, document, closed=closed)
        rows[key_result.key_result_id] = replace(made, shared_sql=shared.get(key_result.sql or "", ""))
    return rows


def shared_queries(key_results: Iterable[Snapshot]) -> list[Query]:
    """SQL that more than MOST_ALIKE key results have, word by word."""
    names: dict[str, list[str]] = {}
    for each in key_results:
        if each.sql:
            names.setdefault(each.sql, []).append(each.metric or each.key_result_id)
    often = [(sql, users) for sql, users in names.items() if len(users) > MOST_ALIKE]
    return [Query(f"sql-{place}", sql, _first_names(users)) for place, (sql, users) in enumerate(often, 1)]


def _first_names(users: list[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(users))
    return found if len(found) <= MOST_NAMES else (*found[:MOST_NAMES], "…")


def anchor_of(prefix: str, identity: str, taken: set[str]) -> str:
    """A fragment made of plain letters, stable from day to day, numbered where two would meet."""
    plain = f"{prefix}-" + (re.sub(r"[^A-Za-z0-9_-]+", "-", identity).strip("-") or "x")
    anchor, number = plain, 2
    while anchor in taken:
        anchor, number = f"{plain}-{number}", number + 1
    taken.add(anchor)
    return anchor


def _complete_through(document: ProgressDocument) -> str:
    """The moment up to which every source is known: the oldest of them."""
    if not document.sources:
        return ""
    known = [source.data_through for source in document.sources if source.data_through is not None]
    return (
        through(min(known), document.time_zone)
        if len(known) == len(document.sources)
        else say("not all sources loaded")
    )


def _concerns(document: ProgressDocument, rows: Mapping[str, Row]) -> list[ConcernLine]:
    return [
        ConcernLine(
            source_row(concern.source, document.time_zone),
            tuple(rows[k.key_result_id] for k in concern.key_results[:MOST_ATTENTION]),
            max(len(concern.key_results) - MOST_ATTENTION, 0),
        )
        for concern in concerns(document)
    ]


def team_blocks(document: ProgressDocument, rows: Mapping[str, Row]) -> list[TeamBlock]:
    titles = {objective.objective_id: objective.title for objective in document.objectives}
    taken: set[str] = set()
    return [
        TeamBlock(
            name=team.name,
            anchor=anchor_of("team", team.team_id, taken),
            summary=_in_short(team.key_results),
            stack=stack_of(team.key_results),
            objectives=tuple(_objective(group, titles, rows) for group in team.objectives),
        )
        for team in outline(document)
    ]


def _in_short(key_results: tuple[Snapshot, ...]) -> str:
    counts = tally(key_results)
    good = counts.get(Status.ACHIEVED, 0) + counts.get(Status.ON_TRACK, 0)
    if not key_results:
        return say("no key results")
    total = wording().whole(len(key_results))
    return say("%(number)s of %(total)s on track", number=wording().whole(good), total=total)


def stack_of(key_results: Iterable[Snapshot]) -> Markup:
    counts = tally(key_results)
    label = listed([counted(status, number) for status, number in counts.items()]) or say("no key results")
    return stacked([(status.value, number) for status, number in counts.items()], label)


def _objective(group: ObjectiveGroup, titles: dict[str, str], rows: Mapping[str, Row]) -> ObjectiveBlock:
    objective = group.objective
    shown = tuple(rows[key_result.key_result_id] for key_result in group.key_results)
    if objective is None:
        return ObjectiveBlock(None, group.objective_id or say("No objective"), "", Markup(""), "", "", (), shown)
    return ObjectiveBlock(
        objective=objective,
        title=objective.title,
        score=wording().score(objective.score if usable(objective.score) else None),
        bar=bar(objective.score, objective.expected, _score_label(objective)),
        status=wording().status(objective.status),
        counted=say("%(number)s of %(total)s counted", number=objective.counted, total=objective.total),
        supports=tuple(titles.get(parent, parent) for parent in objective.supports),
        rows=shown,
    )


def _score_label(objective: ObjectiveProgress) -> str:
    if objective.score is None:
        return say("No score")
    score = wording().score(objective.score)
    if objective.expected is None:
        return say("Score %(score)s of 1", score=score)
    return say(
        "Score %(score)s of 1; %(expected)s expected by now", score=score, expected=wording().score(objective.expected)
    )
