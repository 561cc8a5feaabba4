"""The two tables of a survey tool, `surveys` and `responses`, and the loading that both tools share.

Only what a score needs is kept of a person: a code in place of the address or customer number. What people wrote is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.errors import ContractError
from connectors.readers.columns import Kind, arrow_schema, dlt_columns
from connectors.readers.merge import replacing_everything, replacing_same
from connectors.readers.state import resource_memory
from connectors.readers.surveys.memory import Memory

RESPONSES = "responses"
RESPONSE_COLUMNS = {
    "id": Kind.TEXT,
    "survey_id": Kind.TEXT,
    "survey": Kind.TEXT,
    "status": Kind.TEXT,
    "collection_mode": Kind.TEXT,
    "answered_at": Kind.MOMENT,
    "modified_at": Kind.MOMENT,
    "score": Kind.INTEGER,
    "respondent": Kind.TEXT,
}
SURVEY_COLUMNS = {
    "id": Kind.TEXT,
    "title": Kind.TEXT,
    "question_id": Kind.TEXT,
    "is_nps": Kind.FLAG,
}
PERSONAL = {RESPONSES: ("respondent",)}

Row = dict[str, Any]
Known = Mapping[str, dict[str, Any]]


class Tool(Protocol):
    """One account of a survey tool during one run."""

    @property
    def source(self) -> str: ...

    @property
    def overlap(self) -> timedelta:
        """So far back before the last load is read again."""
        ...

    @property
    def started(self) -> datetime | None:
        """The vendor's clock at its first answer."""
        ...

    def surveys(self, known: Known) -> dict[str, dict[str, Any]]:
        """Every survey by id: `title`, `question` ('' where it has none on the scale) and what else `responses` needs.

        `known` is what the last load found, for what has not changed since.
        """
        ...

    def responses(self, survey_id: str, survey: dict[str, Any], since: datetime | None) -> Iterator[list[Row]]:
        """Pages of rows with the columns of `responses`; `respondent` in plain text."""
        ...


def resources(tool: Tool, run: SourceRun) -> Iterator[DltResource]:
    """Both tables; nothing is called before they are read."""
    memory = Memory.from_state(resource_memory(RESPONSES))
    fully = memory is None or run.full or memory.is_due_for_everything(run.now)
    reading = _Reading(tool, run, memory)
    yield dlt.resource(
        lambda: reading.survey_rows(),  # noqa: PLW0108 - dlt takes functions, no methods
        name="surveys",
        primary_key=["id"],
        write_disposition=replacing_everything(),
        columns=dlt_columns(SURVEY_COLUMNS),
    )
    yield dlt.resource(
        lambda: reading.response_rows(fully=fully),
        name=RESPONSES,
        primary_key=["id"],
        write_disposition=replacing_everything() if fully else replacing_same(["id"]),
        columns=dlt_columns(RESPONSE_COLUMNS, newest_by="modified_at"),
    )


class _Reading:
    """Both tables rest on one look at the account."""

    def __init__(self, tool: Tool, run: SourceRun, memory: Memory | None) -> None:
        self._tool = tool
        self._run = run
        self._memory = memory

    @cached_property
    def _surveys(self) -> dict[str, dict[str, Any]]:
        known: Known = self._memory.surveys if self._memory else {}
        found = self._tool.surveys(known)
        if known and not found:
            raise ContractError(
                f"{self._tool.source}: lists no survey any more, where there were {len(known)}. Check that the token's user still sees"
                " them. Nothing was loaded."
            )
        for gone in sorted(known.keys() - found.keys()):
            title = known[gone].get("title", gone)
            self._run.warnings.append(
                f"the survey {title!r} is no longer there; its answers go with the next load of everything, at the latest in a week"
            )
        return found

    def survey_rows(self) -> Iterator[Any]:
        rows = [
            {"id": i, "title": each["title"], "question_id": each["question"] or None, "is_nps": bool(each["question"])}
            for i, each in self._surveys.items()
        ]
        yield pa.Table.from_pylist(rows, schema=arrow_schema(SURVEY_COLUMNS))

    def response_rows(self, *, fully: bool) -> Iterator[Any]:
        schema = arrow_schema(RESPONSE_COLUMNS)
        yield schema.empty_table()  # the table is there also when nobody has answered
        surveys, total = self._surveys, 0
        known: Known = self._memory.surveys if self._memory else {}
        for survey_id, survey in surveys.items():
            if not survey["question"]:
                continue
            # a survey that is new here, or whose question became another, has a past too
            again = fully or known.get(survey_id, {}).get("question") != survey["question"]
            since = None if again or self._memory is None else self._memory.through - self._tool.overlap
            for page in self._tool.responses(survey_id, survey, since):
                total += len(page)
                self._run.on_rows(RESPONSES, total, None)
                yield pa.Table.from_pylist([self._coded(row) for row in page], schema=schema)
        self._remember(surveys, fully=fully)

    def _coded(self, row: Row) -> Row:
        return row | {"respondent": self._run.personal.hashed(row["respondent"])}

    def _remember(self, surveys: dict[str, dict[str, Any]], *, fully: bool) -> None:
        through = self._tool.started or self._run.now
        last_fully = through if fully or self._memory is None else self._memory.fully
        dlt.current.resource_state().update(Memory(through, last_fully, surveys).to_state())
        self._run.data_through = through
        self._run.watermark = (through - self._tool.overlap).isoformat()
