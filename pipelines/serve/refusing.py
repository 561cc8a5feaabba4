"""What is said where there is no answer: a page for people, RFC 9457 for programs, in the reader's language where we have the words."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pipelines.languages import marked, say, speaking, wording
from pipelines.serve import pages
from pipelines.serve.answer import HTML, PROBLEM, Answer
from pipelines.serve.assets import stylesheet_address
from pipelines.serve.problem import Problem
from pipelines.serve.sending import is_for_people, sent
from pipelines.serve.tongue import PARAMETER, spoken


def language_of(request: Request, installed: str) -> str:
    """A code of LANGUAGES."""
    asked = request.query_params.getlist(PARAMETER)
    return spoken(request.url.path, asked, request.cookies, request.headers, installed)


class Refusing:
    """`installed` is the installation's language."""

    def __init__(self, installed: str) -> None:
        self._installed = installed

    def problem(self, request: Request, problem: Problem) -> Response:
        if not is_for_people(request):
            answer = Answer(problem.as_json(request.url.path), PROBLEM, problem.status, problem.headers)
        else:
            answer = self.message(
                request,
                problem.plain_title,
                detail=problem.detail,
                status=problem.status,
                errors=problem.errors,
                headers=problem.headers,
            )
        return sent(request, answer)

    async def refused(self, request: Request, error: Exception) -> Response:
        """No such address, or no such method."""
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for these only
        detail = {404: marked("There is no such page."), 405: marked("Only GET and HEAD are answered here.")}.get(
            error.status_code, ""
        )
        return self.problem(request, Problem(error.status_code, detail, (), dict(error.headers or {})))

    async def failed(self, request: Request, error: Exception) -> Response:
        """The log has the stack trace; a reader gets no inner detail."""
        return self.problem(request, Problem(500, marked("This is a defect; the server's log says more.")))

    def message(
        self,
        request: Request,
        title: str,
        *,
        detail: str = "",
        status: int = 200,
        login: bool = False,
        errors: object = (),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Title and detail are said in the reader's language where they are messages of ours."""
        content = {"login": login, "errors": errors, "again": status == 503, "style": stylesheet_address()}
        with speaking(getattr(request.state, "language", None) or language_of(request, self._installed)):
            content |= {"title": say(title), "detail": _said(detail), "language": wording().code}
            text = pages.environment().get_template("message.html.j2").render(content)
        return Answer(text.encode(), HTML, status, headers or {})


def _said(detail: str) -> str:
    """A detail may quote anything, so only one without a percent sign can be a message as it stands."""
    return detail if "%" in detail else say(detail)
