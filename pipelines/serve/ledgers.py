"""The pages about the machinery: how the sources stand, what ran, what was delivered, and what lint advises.

Runs and deliveries come from the file that every run leaves at its end, or, where an older version ran last, from the published copy:
opening the warehouse itself would hold up a run that wants to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from okr_mappings.lint import Finding
from pipelines.languages import marked, say, wording
from pipelines.ledger_log import Ledger, ledger_of, read_ledger
from pipelines.lint import Advice
from pipelines.report.dates import full_day, moment, through
from pipelines.report.key_result import STATE_WORDS, said
from pipelines.runs import Line
from pipelines.serve.advising import Advising, Found
from pipelines.serve.answer import Answer
from pipelines.serve.asking import Asking
from pipelines.serve.pages import page
from pipelines.source_status import SourceLine, source_report
from warehouse.delivery_log import StoredDelivery
from warehouse.okr_schema import keeps_slots

MOST_DELIVERIES = 120
SOURCE_WORDS = {**STATE_WORDS, "not judged": marked("not judged")}
RUN_WORDS = {
    "running": marked("running"),
    "published": marked("published"),
    "succeeded": marked("succeeded"),
    "failed": marked("failed"),
    "killed": marked("killed"),
    "crashed": marked("crashed"),
    "skipped": marked("skipped"),
    "not needed": marked("not needed"),
    "done": marked("done"),
}
DELIVERY_WORDS = {
    "sent": marked("delivered"),
    "retriable": marked("to be tried again"),
    "permanent": marked("refused"),
    "superseded": marked("replaced by newer"),
    "pending": marked("waiting"),
}
SEVERITY_WORDS = {"error": marked("error"), "warning": marked("warning"), "hint": marked("hint")}


def sources(asking: Asking) -> Answer:
    asking.allow()
    report = source_report(asking.publication.settings.data_dir)
    seen = {each.source for each in asking.everything.sources}
    lines = [each for each in report.lines if asking.viewer.sees_all or each.source in seen]
    behind = {each.source: 0 for each in lines}
    for source in (source.source for each in asking.everything.key_results for source in each.sources):
        behind[source] = behind.get(source, 0) + 1
    rows = [_source(each, asking, behind[each.source]) for each in lines]
    return page(asking, "sources.html.j2", say("Sources"), {"sources": rows, "as_of": _day(report.as_of)})


def _day(text: str | None) -> str:
    return full_day(date.fromisoformat(text)) if text else "–"


def _source(line: SourceLine, asking: Asking, behind: int) -> dict[str, object]:
    def local(text: str | None) -> str:
        if not text or "T" not in text:
            return text or "–"
        return through(datetime.fromisoformat(text), asking.publication.main.time_zone)

    return {
        "name": line.source,
        "state": line.state,
        "word": said(SOURCE_WORDS, line.state),
        "through": local(line.data_through),
        "success": local(line.last_success_at),
        "tried": local(line.last_try_at),
        "failed": line.last_try_ok is False,
        "rows": "" if line.rows is None else wording().whole(line.rows),
        "requests": "" if line.requests is None else wording().whole(line.requests),
        "behind": behind,
        "notes": [each for each in (line.error, *line.notes) if each],
    }


def runs(asking: Asking) -> Answer:
    asking.allow()
    publication = asking.publication
    ledger = read_ledger(publication.settings.feeds_dir) or _published_ledger(asking)
    key_results = {
        (document.cycle_id, each.key_result_id)
        for document in publication.documents.values()
        for each in document.key_results
        if asking.viewer.teams is None or each.team_id in asking.viewer.teams
    }
    deliveries = [
        each
        for each in ledger.deliveries
        if asking.viewer.sees_all or (each.cycle_id, each.key_result_id) in key_results
    ]
    content = {
        "runs": [_run(each, asking) for each in ledger.runs],
        "deliveries": [_delivery(each, asking) for each in deliveries[:MOST_DELIVERIES]],
        "more": max(len(deliveries) - MOST_DELIVERIES, 0),
        "counts": [
            (
                tracker,
                ", ".join(
                    f"{wording().whole(number)} {said(DELIVERY_WORDS, state)}" for state, number in states.items()
                ),
            )
            for tracker, states in (ledger.counts if asking.viewer.sees_all else {}).items()
        ],
    }
    return page(asking, "runs.html.j2", say("Runs and deliveries"), content)


def _published_ledger(asking: Asking) -> Ledger:
    copy = asking.publication.copy
    if copy is None:
        return Ledger((), (), {})
    with copy.cursor() as con:
        return ledger_of(con) if keeps_slots(con) else Ledger((), (), {})


def _run(line: Line, asking: Asking) -> dict[str, str]:
    """What a run says of itself may name key results of any team."""
    publishing = line.run_id == asking.publication.main.run_id and line.state == "running"
    note = say("published these numbers and goes on") if publishing else line.note
    return {
        "started": _local(line.started_at, asking),
        "command": line.command,
        "schedule": line.schedule or "",
        "slot": _local(line.slot, asking),
        "as_of": line.as_of or "",
        "took": "" if line.seconds is None else say("%(seconds)s s", seconds=wording().decimal(line.seconds, 1)),
        "state": said(RUN_WORDS, "published" if publishing else line.state),
        "bad": "bad" if line.state in ("failed", "killed", "crashed") else "",
        "code": "" if line.exit_code is None else str(line.exit_code),
        "note": note if publishing or asking.viewer.sees_all else "",
    }


def _delivery(each: StoredDelivery, asking: Asking) -> dict[str, str]:
    return {
        "when": _local(each.updated_at, asking),
        "tracker": each.tracker,
        "key_result": each.key_result_id,
        "as_of": str(each.as_of),
        "state": said(DELIVERY_WORDS, each.state),
        "bad": "bad" if each.state in ("retriable", "permanent") else "",
        "tries": str(each.attempts),
        "next": _local(each.next_attempt_at, asking),
        "error": each.last_error if asking.viewer.sees_all else "",
    }


def _local(at: datetime | None, asking: Asking) -> str:
    return moment(at, asking.publication.main.time_zone) if at else ""


def lint(advising: Advising, asking: Asking) -> Answer:
    asking.allow()
    found = advising.of(asking.publication, exactly=not asking.viewer.sees_all)
    if found is None:
        soon = say("The mappings are being looked at. This page shows the findings as soon as they are there.")
        empty = {"trouble": soon, "findings": [], "note": "", "profile": ""}
        return replace(page(asking, "lint.html.j2", say("Lint"), empty), headers={"refresh": "3"})
    advice = found.advice
    content = {
        "trouble": _trouble(found, asking),
        "findings": [] if advice is None else [_finding(each) for each in _of_viewer(advice, asking)],
        "note": "" if advice is None else _data_note(advice),
        "profile": "" if advice is None else advice.profile.name,
    }
    return page(asking, "lint.html.j2", say("Lint"), content)


def _trouble(found: Found, asking: Asking) -> str:
    if not found.trouble or asking.viewer.sees_all:
        return found.trouble
    return say("The mappings cannot be loaded just now. See %(command)s.", command="`okr check`")


def _data_note(advice: Advice) -> str:
    """Why the numbers could not be looked at is said in English."""
    if advice.as_of is None:
        return say("Without numbers: %(why)s", why=advice.why_not)
    return say("Numbers as of %(day)s.", day=full_day(advice.as_of))


def _of_viewer(advice: Advice, asking: Asking) -> Iterable[Finding]:
    """Of a viewer of some teams: what is about theirs and names nothing of the others."""
    if asking.viewer.teams is None:
        return advice.findings
    shown, all_of_it = asking.everything, asking.publication.documents[asking.cycle_id]
    mine = {*(each.key_result_id for each in shown.key_results), *(each.objective_id for each in shown.objectives)}
    named = {text for each in all_of_it.key_results for text in (each.key_result_id, each.title)}
    named |= {text for each in all_of_it.objectives for text in (each.objective_id, each.title)}
    named -= mine | {each.title for each in shown.key_results} | {each.title for each in shown.objectives}
    hidden = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in sorted(named) if each) or r"(?!)")
    return [
        each
        for each in advice.findings
        if each.about in mine
        and each.cycle_id in ("", asking.cycle_id)
        and not hidden.search(f"{each.what} {each.advice}")
    ]


def _finding(each: Finding) -> dict[str, str]:
    return {
        "severity": each.severity.value,
        "severity_word": said(SEVERITY_WORDS, each.severity.value),
        "rule": each.rule,
        "where": f"{each.path}:{each.line}",
        "about": each.about,
        "what": each.what,
        "advice": each.advice,
    }
