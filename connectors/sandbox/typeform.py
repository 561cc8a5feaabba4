"""Typeform as far as reading goes: /forms, a form's definition, and its responses, newest first with a `before` token.

An answer reaches the list some minutes after it was given (`late_minutes`), under the moment at which it was given.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.answer import Answer, Request, VendorError, json_answer
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.moments import from_ms, to_ms
from connectors.sandbox.company.surveys import COMPLETED, Question, Response, Survey

PREFIX = "/forms"
TOKEN = "tfp_5A4DB0C5brightwaternumbers"  # noqa: S105 - opens nothing but the sandbox


class TypeformApi:
    """`page_limit` is the most a page may hold."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.page_limit, self.late_minutes = 1000, 10

    def answer(self, request: Request) -> Answer:
        if request.bearer != TOKEN:
            return error(403, "AUTHENTICATION_FAILED", "Authentication credentials not found on the Request Headers")
        try:
            with self._company.lock:
                return self._route(request)
        except VendorError as refused:
            return refused.answer

    def _route(self, request: Request) -> Answer:
        forms = self._company.typeform.surveys
        match [part for part in request.path.removeprefix(PREFIX).split("/") if part]:
            case []:
                return self._forms(request)
            case [form_id] if form_id in forms:
                return json_answer(_definition(forms[form_id]))
            case [form_id, "responses"] if form_id in forms:
                return self._responses(request, forms[form_id])
        raise VendorError(error(404, "FORM_NOT_FOUND", "Non existing form with uid"))

    def _forms(self, request: Request) -> Answer:
        size, page = int(request.query.get("page_size", "10")), int(request.query.get("page", "1"))
        size = min(size, 200)
        every = [
            {"id": form.id, "title": form.title, "last_updated_at": _written(form.modified_ms)}
            for form in self._company.typeform.surveys.values()
        ]
        shown = every[(page - 1) * size : page * size]
        return json_answer({"total_items": len(every), "page_count": -(-len(every) // size), "items": shown})

    def _responses(self, request: Request, form: Survey) -> Answer:
        query = request.query
        if "sort" in query and ("before" in query or "after" in query):
            raise VendorError(error(400, "VALIDATION_ERROR", "can't use sort together with before or after"))
        found = self._chosen(query, form)
        total = len(found)
        if "before" in query:
            place = next((n for n, each in enumerate(found) if each.id == query["before"]), None)
            if place is None:
                raise VendorError(error(400, "VALIDATION_ERROR", "before is not a valid token"))
            found = found[place + 1 :]
        size = min(self.page_limit, int(query.get("page_size", "25")))
        shown = [_response(each, form) for each in found[:size]]
        return json_answer({"total_items": total, "page_count": -(-total // size), "items": shown})

    def _chosen(self, query: dict[str, str], form: Survey) -> list[Response]:
        """Newest first; since and until are both included."""
        begin = to_ms(query["since"].replace("Z", "+00:00")) if "since" in query else 0
        end = self._company.clock.now_ms() - self.late_minutes * 60_000
        kinds = query.get("response_type", COMPLETED).split(",")
        found = [
            r
            for r in self._company.typeform.of(form.id)
            if begin <= r.changed_ms and r.answered_ms <= end and r.status in kinds
        ]
        return sorted(found, key=lambda r: (r.answered_ms, r.id), reverse=True)


def error(status: int, code: str, description: str) -> Answer:
    """The shape of every refusal."""
    return json_answer({"code": code, "description": description}, status)


def spoilt(kind: str, *, message: str) -> Answer | None:
    match kind:
        case "401":
            return error(401, "AUTHENTICATION_FAILED", "Invalid or missing access token")
        case "403":
            return error(403, "FORBIDDEN", message or "Insufficient scope")
        case "429":
            return error(429, "TOO_MANY_REQUESTS", "You've exceeded the number of requests per second")
        case "200_error":
            return error(200, "INTERNAL_ERROR", message or "Something went wrong")
    return None


def _definition(form: Survey) -> dict[str, Any]:
    fields = [_field(question) for question in form.questions]
    why = {"id": f"{form.id}why", "ref": "why", "type": "long_text", "title": "Why?", "properties": {}}
    return {
        "id": form.id,
        "title": form.title,
        "last_updated_at": _written(form.modified_ms),
        "fields": [*fields, why],
        "hidden": ["email"],
    }


def _field(question: Question) -> dict[str, Any]:
    steps = len(question.labels) - question.start_at_one
    return {
        "id": f"id{question.id}",
        "ref": question.id,
        "type": question.kind,
        "title": "How likely are you to recommend us?",
        "properties": {"steps": steps, "start_at_one": question.start_at_one},
    }


def _response(response: Response, form: Survey) -> dict[str, Any]:
    asked = next((q for q in form.questions if q.id == response.question_id), None)
    asked = asked or (form.questions[0] if form.questions else None)
    answers: list[dict[str, Any]] = []
    if asked is not None and response.score is not None:
        place = {"id": f"id{asked.id}", "ref": asked.id, "type": asked.kind}
        answers = [{"field": place, "type": "number", "number": response.score}]
    return {
        "token": response.id,
        "response_id": response.id,
        "landed_at": _written(response.answered_ms - 60_000),
        "submitted_at": _written(response.changed_ms),
        "hidden": {"email": response.respondent} if response.respondent else {},
        "answers": answers,
    }


def _written(ms: int) -> str:
    return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%SZ")
