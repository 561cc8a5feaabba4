"""The pages about numbers: the overview and one key result. Templates and drawings are the report's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import ParamSpec, TypeVar
from urllib.parse import quote, urlencode

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from okr_mappings.snapshot import NOT_RECONSTRUCTABLE, OBSERVED, RECONSTRUCTED, Snapshot
from pipelines.languages import marked, say, wording
from pipelines.report import report
from pipelines.report.dates import full_day as format_day
from pipelines.report.key_result import Row, row, safe_link, said
from pipelines.report.meetings import MEETINGS, folder
from pipelines.serve.answer import HTML, Answer
from pipelines.serve.asking import FILTERS, Asking
from pipelines.serve.assets import SCRIPT, stylesheet_address
from pipelines.serve.evidence import evidence_of, words_on
from pipelines.serve.problem import Problem
from pipelines.serve.scope import visible
from pipelines.serve.tongue import choices
from pipelines.serve.workshop import WorkshopError, apart
from warehouse import definition_store, snapshot_store
from warehouse.evidence import Evidence

MENU = (
    ("/", marked("Overview")),
    ("/reports", marked("Meetings")),
    ("/sources", marked("Sources")),
    ("/runs", marked("Runs and deliveries")),
    ("/lint", marked("Lint")),
    ("/report.html", marked("Report")),
    ("/api", "API"),
)
FILTER_LABELS = {
    "team": marked("Team"),
    "owner": marked("Owner"),
    "status": marked("Status"),
    "source": marked("Source"),
}
OBSERVATION_WORDS = {
    RECONSTRUCTED: marked("reconstructed"),
    NOT_RECONSTRUCTABLE: marked("not reconstructable"),
}
ROWS_SHOWN = 25
MADE_IN_PLACE = 150
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Link:
    address: str
    words: str
    current: bool = False

    @property
    def name(self) -> str:
        return self.words


@cache
def environment() -> Environment:
    """The report's, with the dashboard's templates before its own."""
    loader = ChoiceLoader([PackageLoader("pipelines.serve"), PackageLoader("pipelines.report")])
    return report.environment().overlay(loader=loader)


def page(asking: Asking, template: str, title: str, content: Mapping[str, object], *, status: int = 200) -> Answer:
    """An HTML page in the dashboard's frame."""
    text = (
        environment()
        .get_template(template)
        .render({**content, "title": title, "language": wording().code, "frame": _frame(asking)})
    )
    return Answer(text.encode(), HTML, status)


def _frame(asking: Asking) -> dict[str, object]:
    menu = [Link(address, say(name), asking.address == address) for address, name in MENU]
    return {
        "style": stylesheet_address(),
        "script": SCRIPT,
        "pages": menu,
        "company": asking.publication.main.company,
        "pulse": asking.pulse,
        "signed_in": asking.viewer.name if asking.viewer.signed_in else "",
        "notices": asking.notices,
        "languages": choices(asking.query, asking.language),
    }


def overview(asking: Asking) -> Answer:
    asking.allow(*FILTERS, "as_of", "cycle")
    document, everything = asking.document, asking.everything
    days = asking.days
    place = days.index(document.as_of) if document.as_of in days else len(days) - 1
    content = {
        **report.content(document, _drawn(asking)),
        "asked": {"q": asking.filters.words, "as_of": document.as_of},
        "selects": [
            {"name": name, "label": say(FILTER_LABELS[name]), "choices": listed, "chosen": asking.query.get(name, ())}
            for name, listed in asking.choices.items()
        ],
        "cycles": [(each.cycle_id, each.cycle_label) for each in asking.publication.documents.values()],
        "first_day": days[0],
        "last_day": days[-1],
        "earlier": _to_day(asking, "/", days[place - 1]) if place > 0 else None,
        "later": _to_day(asking, "/", days[place + 1]) if place + 1 < len(days) else None,
        "filtered": bool(asking.filters),
        "shown": _shown(len(document.key_results), len(everything.key_results)),
        "unfiltered": "/" + _query(asking, without=FILTERS),
        "link_to": lambda each: address_of(asking, each),
    }
    return page(asking, "overview.html.j2", document.cycle_label, content)


def _shown(some: int, total: int) -> str:
    return say("%(some)s of %(total)s key results shown", some=wording().whole(some), total=wording().whole(total))


def _drawn(asking: Asking) -> Mapping[str, Row]:
    """The rows of the newest day are drawn once for all filters and viewers: each is of one key result, whoever else is shown."""
    publication, cycle_id = asking.publication, asking.cycle_id
    whole = publication.documents[cycle_id]
    if asking.everything.as_of != whole.as_of:
        return report.rows_of(asking.document, closed=True)
    return publication.once(f"rows {asking.language} {cycle_id}", lambda: report.rows_of(whole, closed=True))  # type: ignore[return-value]


def address_of(asking: Asking, key_result: Snapshot) -> str:
    """Its page, in the same cycle and as of the same day."""
    return f"/key-results/{quote(key_result.key_result_id, safe='')}{_query(asking, without=FILTERS)}"


def _to_day(asking: Asking, address: str, day: date) -> Link:
    last = day == asking.days[-1]
    return Link(address + _query(asking, as_of="" if last else str(day)), format_day(day))


def _query(asking: Asking, *, without: tuple[str, ...] = (), **changes: str) -> str:
    """The question's own parameters with some left out or changed."""
    kept = {name: list(values) for name, values in asking.query.items() if name not in without and name not in changes}
    kept.update({name: [value] for name, value in changes.items() if value})
    return f"?{urlencode(kept, doseq=True)}" if kept else ""


def key_result(asking: Asking) -> Answer:
    asking.allow("as_of", "cycle")
    found, document = asking.key_result(), asking.everything
    days = asking.days
    place = days.index(found.as_of) if found.as_of in days else len(days) - 1
    address = f"/key-results/{quote(found.key_result_id, safe='')}"
    titles = {each.objective_id: each.title for each in document.objectives}
    proof, why_not = _proof(asking, found)
    content = {
        "row": row(found, report.anchor_of("kr", found.key_result_id, set()), document),
        "home": "/" + _query(asking),
        "team": {each.team_id: each.name for each in document.teams}.get(found.team_id, found.team_id),
        "objective": titles.get(found.objective_id, found.objective_id),
        "as_of": format_day(found.as_of),
        "earlier": _to_day(asking, address, days[place - 1]) if place > 0 else None,
        "later": _to_day(asking, address, days[place + 1]) if place + 1 < len(days) else None,
        "newest": address + _query(asking, without=("as_of",)),
        "days": _days(asking, found, address),
        "files": f"/api/v1{address}",
        "files_query": _query(asking),
        "changes": _changes(asking, found),
        "evidence": proof,
        "no_evidence": why_not,
    }
    return page(asking, "key_result_page.html.j2", found.title, content)


def _days(asking: Asking, found: Snapshot, address: str) -> list[dict[str, str]]:
    """Newest first: what is known now beside what was reported."""
    points = {each.day: each.value for each in asking.everything.history.get(found.key_result_id, ())}
    said = {each.as_of: each for each in reports_of(asking, found)}
    listed = []
    for day in sorted({*points, *said}, reverse=True):
        then = said.get(day)
        value = points.get(day, then.value if then else None)
        moved = then is not None and then.value is not None and value is not None and then.value != value
        listed.append({
            "words": format_day(day),
            "address": address + _query(asking, as_of=str(day)) if then else "",
            "value": wording().value(value, found.unit),
            "reported": wording().value(then.value, then.unit) if then else "",
            "status": wording().status(then.status) if then else "",
            "status_class": then.status.value if then else "",
            "note": "; ".join(_day_notes(then, moved=moved)) if then else "",
        })  # fmt: skip
    return listed


def _day_notes(then: Snapshot, *, moved: bool) -> list[str]:
    found = [say("restated")] if moved else []
    found += [say("provisional")] if then.provisional else []
    return found + ([said(OBSERVATION_WORDS, then.observation)] if then.observation != OBSERVED else [])


def reports_of(asking: Asking, found: Snapshot) -> list[Snapshot]:
    """What was reported up to the day asked for, as far as this viewer may see it: it may have been another team's before."""
    if asking.publication.copy is None:
        return [found]
    with asking.publication.copy.cursor() as con:
        stored = snapshot_store.history(con, found.cycle_id, found.key_result_id)
    teams = asking.viewer.teams
    return [each for each in stored if each.as_of <= found.as_of and (teams is None or each.team_id in teams)]


def _changes(asking: Asking, found: Snapshot) -> list[dict[str, str]]:
    """By day; of a viewer of some teams only those from when it was theirs, of which the first report tells."""
    if asking.publication.copy is None:
        return []
    first = min((each.as_of for each in reports_of(asking, found)), default=found.as_of)
    with asking.publication.copy.cursor() as con:
        stored = definition_store.definition_changes(con, found.cycle_id, found.key_result_id)
    return [
        {"since": format_day(each.as_of), "field": each.field.replace("_", " "), "old": each.old, "new": each.new}
        for each in stored
        if first <= each.as_of <= found.as_of
    ]


def _proof(asking: Asking, found: Snapshot) -> tuple[dict[str, object] | None, str]:
    try:
        proof = evidence_of(asking, found, ROWS_SHOWN)
    except Problem as problem:
        return None, problem.detail
    few = len(proof.rows) < proof.total_rows
    first = " " + say("The first %(count)s:", count=wording().whole(len(proof.rows))) if few else ""
    return {"words": words_on(proof, found) + first, "columns": proof.columns, "rows": _cells(proof)}, ""


def _cells(proof: Evidence) -> list[list[dict[str, object]]]:
    return [
        [
            {
                "text": "" if cell is None else f"{cell:,}" if _is_number(cell) else str(cell),
                "number": _is_number(cell),
                "link": safe_link(cell) if isinstance(cell, str) else None,
            }
            for cell in cells
        ]
        for cells in proof.rows
    ]


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def whole_report(asking: Asking) -> Answer:
    """The single-file report, of what this viewer may see: to keep, to print, to send."""
    asking.allow(*FILTERS, "as_of", "cycle")
    return _file(_made(asking, report.render, asking.document, asking.language))


def meeting_list(asking: Asking) -> Answer:
    asking.allow()
    found = meeting_pages(asking)
    named = {file: page_title(text) for file, text in found.items()}
    groups = [
        (words, [Link(f"/reports/{file}", name) for file, name in named.items() if kind == file.partition("-")[0]])
        for words, kind in ((say("Teams"), "team"), (say("People"), "person"))
    ]
    meetings = [Link(f"/reports/{each}.html", named[f"{each}.html"]) for each in MEETINGS]
    return page(asking, "meetings.html.j2", say("Meetings"), {"groups": [(say("For meetings"), meetings), *groups]})


def page_title(text: str) -> str:
    """Of one of our own pages: what stands in its first heading."""
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL)
    return Markup(heading[1]).striptags() if heading else ""  # noqa: S704 - plain text comes out, which is escaped again


def meeting_page(asking: Asking) -> Answer:
    """The pages that `publish` leaves in `reports/`, of what this viewer may see; their links lead back here."""
    asking.allow()
    found = meeting_pages(asking)
    if asking.path["file"] not in found:
        raise Problem(404, say("There is no such page. %(address)s lists them.", address="/reports"))
    return _file(found[asking.path["file"]])


def meeting_pages(asking: Asking) -> dict[str, str]:
    """By file name; made once for all who see the same teams."""
    teams = asking.viewer.teams
    language = asking.language
    name = f"reports {language} {'*' if teams is None else sorted(teams)}"
    shown = visible(asking.publication.main, teams)
    return asking.publication.once(name, lambda: _made(asking, folder, shown, language, "/"))  # type: ignore[return-value]


def _made(asking: Asking, make: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
    """What takes seconds for many key results is not made in the process that has to answer everybody else meanwhile."""
    if len(asking.document.key_results) <= MADE_IN_PLACE:
        return make(*given, **named)
    try:
        return apart(make, *given, **named)
    except WorkshopError:
        return make(*given, **named)


def _file(text: str) -> Answer:
    """A page that carries its stylesheet, under the policy that lets in just that."""
    policy = f"{report.content_policy(report.stylesheet())}; frame-ancestors 'none'"
    return Answer(text.encode(), HTML, 200, {"content-security-policy": policy})
