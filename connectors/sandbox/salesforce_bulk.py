"""Bulk API 2.0 query jobs: a job is made, is looked at until it is done, and its result is fetched as CSV page by page."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.sandbox.answer import Answer, Request, json_answer
from connectors.sandbox.company.moments import from_ms
from connectors.sandbox.salesforce_errors import refuse

MOST_RECORDS = 100_000


@dataclass(slots=True)
class Job:
    """`looks` counts how often its state was asked for."""

    id: str
    operation: str
    fields: tuple[str, ...]
    kinds: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    object_name: str
    looks: int = 0
    problem: str = ""


class BulkJobs:
    """`looks_until_done` answers are UploadComplete or InProgress before JobComplete; with `problem` every job fails with it.

    `page_size` caps what a result page holds, as Salesforce does for wide rows; `refused` objects cannot be read in bulk.
    """

    def __init__(
        self, select: Callable[[str, bool], tuple[str, tuple[str, ...], Mapping[str, str], Sequence[Any]]]
    ) -> None:
        self._select = select
        self._jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)
        self.looks_until_done = 2
        self.problem = ""
        self.page_size = MOST_RECORDS
        self.refused: set[str] = set()

    def answer(self, request: Request, parts: Sequence[str]) -> Answer:
        match (request.method, *parts):
            case ("POST",):
                return self._create(orjson.loads(request.body))
            case ("GET", job_id):
                return json_answer(self._looked_at(self._job(job_id)))
            case ("GET", job_id, "results"):
                return self._results(self._job(job_id), request.query)
        raise refuse("NOT_FOUND", "The requested resource does not exist", status=404)

    def _create(self, asked: Mapping[str, Any]) -> Answer:
        if asked.get("operation") not in ("query", "queryAll") or asked.get("columnDelimiter", "COMMA") != "COMMA":
            raise refuse("INVALIDJOB", "the sandbox knows query jobs with commas only")
        name, fields, kinds, rows = self._select(asked["query"], asked["operation"] == "queryAll")
        if name in self.refused:
            raise refuse("INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")
        job = Job(
            f"750R{next(self._numbers):011d}AAA", asked["operation"], fields, kinds, rows, name, problem=self.problem
        )
        self._jobs[job.id] = job
        return json_answer(self._shown(job, "UploadComplete"))

    def _looked_at(self, job: Job) -> dict[str, Any]:
        job.looks += 1
        if job.looks <= self.looks_until_done:
            return self._shown(job, "UploadComplete" if job.looks == 1 else "InProgress")
        if job.problem:
            return self._shown(job, "Failed") | {"errorMessage": job.problem}
        return self._shown(job, "JobComplete") | {"numberRecordsProcessed": len(job.rows)}

    def _shown(self, job: Job, state: str) -> dict[str, Any]:
        shown = {"id": job.id, "operation": job.operation, "object": job.object_name, "state": state}
        return shown | {"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}

    def _job(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            raise refuse("NOT_FOUND", "The requested resource does not exist", status=404)
        return self._jobs[job_id]

    def _results(self, job: Job, query: Mapping[str, str]) -> Answer:
        if job.looks <= self.looks_until_done:
            raise refuse("INVALIDJOBSTATE", "The job is not complete.")
        begin = int(query.get("locator") or 0)
        size = min(int(query.get("maxRecords") or MOST_RECORDS), self.page_size)
        page = job.rows[begin : begin + size]
        following = "null" if begin + size >= len(job.rows) else str(begin + size)
        headers = {"Sforce-Locator": following, "Sforce-NumberOfRecords": str(len(page))}
        return Answer(200, _csv(job, page), headers, content_type="text/csv;charset=UTF-8")


def _csv(job: Job, rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(job.fields)
    for row in rows:
        writer.writerow([_cell(row.get(name), job.kinds[name]) for name in job.fields])
    return text.getvalue().encode()


def _cell(value: Any, kind: str) -> str:
    """Null is nothing; moments end in Z, where REST has +0000; small numbers get an exponent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "datetime":
        return from_ms(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, float):
        return (
            f"{value:.0e}".replace("e-0", "e-")
            if 0 < abs(value) < 0.01 and value == float(f"{value:.0e}")
            else repr(value)
        )
    return str(value)
