"""The rows behind a number, where the settings allow to show them: computed now, by the mapping of now, from the published copy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from okr_mappings.document import Plain, to_plain
from okr_mappings.plan import VALUE, questions
from okr_mappings.snapshot import Snapshot
from pipelines.languages import count, marked, say, wording
from pipelines.serve.asking import Asking
from pipelines.serve.problem import Problem
from warehouse.errors import MetricError
from warehouse.evidence import Cell, Evidence, evidence
from warehouse.feed_tables import DAY, FLAG, MOMENT, NUMBER, TEXT, WHOLE, Column, FeedTable

NOT_SHOWN = marked("This installation does not show the rows behind a number (setting serve.evidence).")


def evidence_of(asking: Asking, snapshot: Snapshot, limit: int) -> Evidence:
    """Raises Problem: 403 where rows are not shown, 404 where there are none."""
    publication = asking.publication
    if not publication.settings.serve.evidence:
        raise Problem(403, say(NOT_SHOWN))
    if publication.copy is None or publication.loaded is None:
        unread = marked(
            "The rows cannot be told just now: the mappings, or the database, cannot be read. See %(command)s."
        )
        raise Problem(404, say(unread, command="`okr check`"))
    loaded = publication.loaded
    plan = next((each for each in loaded.mappings.cycles if each.cycle.id == snapshot.cycle_id), None)
    pairs = plan.pairs() if plan else ()
    found = next((each for each in pairs if each[1].id == snapshot.key_result_id), None)
    if plan is None or found is None or not _may_see(asking, found[0].team_id):
        raise Problem(404, say("The mappings do not have this key result any more, so its rows cannot be told."))
    asked = [each for each in questions(found[1], plan.cycle, snapshot.as_of) if each.role == VALUE]
    if not asked:
        raise Problem(404, say("It is kept by hand: there are no rows behind it."))
    seconds = publication.settings.metric_timeout_seconds
    try:
        with publication.copy.cursor() as con:
            return evidence(con, loaded.catalog, asked[0], limit, seconds=seconds)
    except MetricError as error:
        raise Problem(404, say("The rows behind it cannot be shown: %(error)s", error=error)) from error


def _may_see(asking: Asking, team_id: str) -> bool:
    return asking.viewer.teams is None or team_id in asking.viewer.teams


def words_on(proof: Evidence, snapshot: Snapshot) -> str:
    """Whether the rows are what was reported."""
    rows = count("%(count)s row", "%(count)s rows", proof.total_rows)
    if not proof.equals_value:
        return say("%(rows)s, which do NOT add up to the value.", rows=rows)
    if proof.value != snapshot.value:
        was, now = (wording().value(each, snapshot.unit) for each in (snapshot.value, proof.value))
        return say(
            "%(rows)s, which add up to %(now)s today; %(was)s was reported. The data or the mapping has changed since.",
            rows=rows,
            now=now,
            was=was,
        )
    return say("%(rows)s, which add up to the value.", rows=rows)


def evidence_table(proof: Evidence) -> FeedTable:
    kinds = [_kind([row[place] for row in proof.rows]) for place in range(len(proof.columns))]
    columns = tuple(
        Column(name, kind, "a column of the evidence") for name, kind in zip(proof.columns, kinds, strict=True)
    )
    rows = tuple(
        {name: _plain(cell, kind) for name, cell, kind in zip(proof.columns, row, kinds, strict=True)}
        for row in proof.rows
    )
    return FeedTable("evidence", columns, rows)


def _plain(cell: Cell, kind: str) -> Plain:
    plain = to_plain(cell)
    return plain if plain is None or kind != TEXT or isinstance(plain, str) else str(plain)


def _kind(cells: Sequence[Cell]) -> str:
    """Of what all its cells are; text where they differ."""
    kinds = {_kind_of(cell) for cell in cells if cell is not None}
    if kinds == {WHOLE, NUMBER}:
        return NUMBER
    return kinds.pop() if len(kinds) == 1 else TEXT


def _kind_of(cell: Cell) -> str:
    for kind, name in ((bool, FLAG), (int, WHOLE), (float, NUMBER), (datetime, MOMENT), (date, DAY)):
        if isinstance(cell, kind):
            return name
    return TEXT
