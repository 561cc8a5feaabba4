"""Which address is answered by whom, and how an answer travels.

A handler is a plain function; it runs in a thread, once per publication and question however many ask at the same moment, and its answer
is kept until the next publication is shown.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pipelines import ledger_log, source_log
from pipelines.languages import LANGUAGES, marked, say, speaking, wording
from pipelines.report.overdue import overdue_line
from pipelines.serve import ledgers, metrics, openapi, pages, tables, workshop
from pipelines.serve.access import COOKIE, Door, Viewer
from pipelines.serve.advising import Advising
from pipelines.serve.answer import HTML, JSON, PROBLEM, Answer, takes_gzip
from pipelines.serve.asking import Asking
from pipelines.serve.assets import page_stylesheet, stylesheet_address
from pipelines.serve.guard import OPEN, Headers, check_name
from pipelines.serve.problem import Problem
from pipelines.serve.publication import Publication
from pipelines.serve.settings import ServeSettings
from pipelines.serve.shelf import GONE, Shelf
from pipelines.serve.tongue import COOKIE as LANGUAGE_COOKIE
from pipelines.serve.tongue import COOKIE_SECONDS, PARAMETER, is_page, spoken, unknown
from pipelines.settings import Settings

Handler = Callable[[Asking], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]
LONGEST_FORM = 4_096

PAGES: dict[str, Handler] = {
    "/": pages.overview,
    "/key-results/{key_result_id}": pages.key_result,
    "/report.html": pages.whole_report,
    "/reports": pages.meeting_list,
    "/reports/{file}": pages.meeting_page,
    "/api": openapi.for_people,
    "/metrics": metrics.metrics,
    "/api/v1/openapi.json": openapi.described,
    "/api/v1/key-results/{key_result_id}": tables.key_result,
    "/api/v1/key-results/{key_result_id}/{part}": tables.of_key_result,
    "/api/v1/{table}": tables.table,
}
# what changes without a publication, whenever the file does
FRESH: dict[str, tuple[Handler, str]] = {
    "/sources": (ledgers.sources, source_log.FILE),
    "/runs": (ledgers.runs, ledger_log.FILE),
}
# made anew before a publication is shown, in the languages in which somebody has read them
SLOW: dict[str, Handler] = {"/": pages.overview, "/reports": pages.meeting_list, "/report.html": pages.whole_report}


class Site:
    """Everything that answering needs: settings, door, shelf, and the clock. `early`: look at the mappings before anybody asks."""

    def __init__(self, settings: Settings, bound_to: str, now: Callable[[], datetime], *, early: bool = False) -> None:
        self.settings = settings
        self.serve: ServeSettings = settings.serve
        self.bound_to = bound_to
        self.now = now
        self._early = early
        self.door = Door(settings.serve)
        self.shelf = Shelf(settings, warm=self._warm)
        self.advising = Advising(settings)
        self._read: set[tuple[str, str]] = set()
        self._making: dict[object, asyncio.Task[Answer]] = {}

    def application(self) -> Starlette:
        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            self.shelf.start()
            yield
            self.shelf.stop()
            workshop.close()
            self.advising.stop()

        routes = [
            Route("/assets/okr.css", self._guarded(self._stylesheet)),
            Route("/login", self._guarded(self._login), methods=["GET", "POST"]),
            Route("/logout", self._guarded(self._logout), methods=["POST"]),
            Route("/pulse", self._guarded(self._pulse)),
            Route("/api/v1/health", self._guarded(self._health)),
            Route("/api/v1/readiness", self._guarded(self._readiness)),
            Route("/lint", self._guarded(self._answering(partial(ledgers.lint, self.advising), self.advising.state))),
            *(
                Route(address, self._guarded(self._answering(each, partial(self._state, file))))
                for address, (each, file) in FRESH.items()
            ),
            *(Route(address, self._guarded(self._answering(each))) for address, each in PAGES.items()),
        ]
        application = Starlette(
            routes=routes,
            lifespan=lifespan,
            exception_handlers={HTTPException: self._refused, Exception: self._failed},  # type: ignore[dict-item]
        )
        application.router.redirect_slashes = False
        application.add_middleware(Headers)
        return application

    # who may ask

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            asked = request.query_params.getlist(PARAMETER)
            try:
                request.state.language = self._language(request)
                check_name(request.headers.get("host", ""), self.serve, self.bound_to)
                viewer = self.door.viewer(request.headers, request.cookies, self.now())
                if viewer is None and request.url.path not in OPEN:
                    return self._needs_token(request)
                request.state.viewer = viewer or Viewer("nobody", frozenset())
                response = await endpoint(request)
                if asked and is_page(request.url.path):
                    _remember(request, response)
                return response
            except Problem as problem:
                return self._problem(request, problem)

        return guarded

    def _needs_token(self, request: Request) -> Response:
        """People are sent to the form, programs get told."""
        if _is_page(request) and "authorization" not in request.headers:
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)
        headers = {"www-authenticate": 'Bearer realm="okr", Basic realm="okr", charset="UTF-8"'}
        detail = (
            "Send `Authorization: Bearer <token>`, or HTTP Basic with the token as password. `okr token` makes one."
        )
        raise Problem(401, detail, (), headers)

    # answers

    def _answering(self, handler: Handler, state: Callable[[Publication], int] = lambda _: 0) -> Endpoint:
        """Answers are kept per publication, and per state of what else they are made from, where there is something."""

        async def endpoint(request: Request) -> Response:
            publication = self.shelf.current
            if publication is None:
                raise Problem(503, self._nothing_yet(request), (), {"retry-after": "10"})
            asking = self._asking(request, publication)
            if (path := _slow(request.url.path)) in SLOW:
                self._read = {*self._read, (path, asking.language)}
            name = asking.viewer.name if asking.viewer.signed_in else ""
            query = tuple((key, tuple(values)) for key, values in sorted(asking.query.items()))
            whose = (asking.viewer.teams, name, asking.language)
            key = (request.url.path, query, whose, asking.notices, state(publication))
            known = publication.kept.get(key)
            return _sent(request, known or await self._made(publication, key, lambda: _spoken(handler, asking)))

        return endpoint

    def _asking(self, request: Request, publication: Publication) -> Asking:
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(request.url.query, max_num_fields=60):
            query.setdefault(name, []).append(value.strip())
        if is_page(request.url.path) and (strange := unknown(query.pop(PARAMETER, ()))):
            with speaking(request.state.language):
                known = ", ".join(LANGUAGES)
                error = "language: " + say(
                    "%(text)s is not spoken here. Known: %(known)s.", text=repr(strange), known=known
                )
                raise Problem(400, error, [error])
        path = {name: str(value) for name, value in request.path_params.items()}
        viewer, address, language = request.state.viewer, request.url.path, request.state.language
        return Asking(publication, viewer, address, path, query, self._notices(publication, language), language)

    def _language(self, request: Request) -> str:
        asked = request.query_params.getlist(PARAMETER)
        return spoken(request.url.path, asked, request.cookies, request.headers, self.settings.language)

    def _notices(self, publication: Publication, language: str) -> tuple[str, ...]:
        with speaking(language):
            late = overdue_line(publication.main, self.now()) if not publication.main.overdue else ""
            trouble = say(self.shelf.trouble) if self.shelf.trouble == GONE else self.shelf.trouble
        return tuple(each for each in (late, trouble) if each)

    def _state(self, file: str, _: Publication) -> int:
        """0 where there is no such file."""
        try:
            return (self.settings.feeds_dir / file).stat().st_mtime_ns
        except OSError:
            return 0

    async def _made(self, publication: Publication, key: object, make: Callable[[], Answer]) -> Answer:
        """Once for all who ask for the same thing at the same time."""
        whose = (id(publication), key)
        task = self._making.get(whose)
        if task is None:
            task = asyncio.ensure_future(run_in_threadpool(_complete, make))
            self._making[whose] = task
            task.add_done_callback(lambda _: self._making.pop(whose, None))
        answer = await asyncio.shield(task)
        publication.kept.put(key, answer)
        return answer

    def _warm(self, publication: Publication) -> None:
        """What everybody asks for first is there before the publication is shown, and what takes long and was asked for before."""
        _ = publication.loaded
        if self._early:
            self.advising.begin(publication)
        for path, language in [("/", self.settings.language), *(self._read - {("/", self.settings.language)})]:
            if self.door.is_open:
                notices = self._notices(publication, language)
                asking = Asking(publication, Viewer("everybody"), path, {}, {}, notices, language)
                key = (path, (), (None, "", language), asking.notices, 0)
                publication.kept.put(key, _complete(partial(_spoken, SLOW[path], asking)))

    def _nothing_yet(self, request: Request) -> str:
        nothing = marked(
            "%(folder)s has no published numbers yet. %(run)s makes them (%(demo)s for an example); "
            "this page shows them as soon as they are there."
        )
        with speaking(request.state.language):
            told = say(nothing, folder=self.settings.data_dir, run="`okr run`", demo="`okr demo`")
        return self.shelf.trouble or told

    # small things

    async def _stylesheet(self, request: Request) -> Response:
        return _sent(
            request, Answer(page_stylesheet(), "text/css; charset=utf-8"), "public, max-age=31536000, immutable"
        )

    async def _pulse(self, request: Request) -> Response:
        publication = self.shelf.current
        if publication is None:
            raise Problem(503, self._nothing_yet(request))
        asking = self._asking(request, publication)
        with speaking(asking.language):
            words = say("Renewed: numbers as of %(day)s.", day=wording().full_day(publication.main.as_of))
        return _sent(request, Answer(json.dumps({"pulse": asking.pulse, "words": words}).encode(), JSON))

    async def _health(self, request: Request) -> Response:
        return _sent(request, Answer(b'{"status": "ok"}', JSON))

    async def _readiness(self, request: Request) -> Response:
        if self.shelf.current is None:
            raise Problem(503, "Nothing is published yet.", (), {"retry-after": "10"})
        return _sent(request, Answer(b'{"status": "ready"}', JSON))

    async def _login(self, request: Request) -> Response:
        wanted = _inside(request.query_params.get("next", "/"))
        if self.door.is_open:
            return RedirectResponse("/", 303)
        if request.method != "POST":
            return _sent(request, self._message(request, marked("Sign in"), login=True))
        _same_site(request)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LONGEST_FORM:
                raise Problem(413, marked("That is no token."))
        token = next(iter(parse_qs(body.decode("utf-8", "replace")).get("token", [])), "").strip()
        viewer = self.door.of_token(token)
        if viewer is None:
            return _sent(
                request,
                self._message(
                    request, marked("Sign in"), login=True, detail=marked("That token is not known here."), status=401
                ),
            )
        content, seconds = self.door.session(viewer, self.now())
        response = RedirectResponse(wanted, 303)
        secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
        response.set_cookie(COOKIE, content, max_age=seconds, httponly=True, samesite="strict", secure=secure)
        return response

    async def _logout(self, request: Request) -> Response:
        _same_site(request)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    # what went wrong

    def _problem(self, request: Request, problem: Problem) -> Response:
        if not _is_page(request):
            answer = Answer(problem.as_json(request.url.path), PROBLEM, problem.status, problem.headers)
        else:
            answer = self._message(
                request,
                problem.plain_title,
                detail=problem.detail,
                status=problem.status,
                errors=problem.errors,
                headers=problem.headers,
            )
        return _sent(request, answer)

    async def _refused(self, request: Request, error: HTTPException) -> Response:
        detail = {404: marked("There is no such page."), 405: marked("Only GET and HEAD are answered here.")}.get(
            error.status_code, ""
        )
        return self._problem(request, Problem(error.status_code, detail, (), dict(error.headers or {})))

    async def _failed(self, request: Request, error: Exception) -> Response:
        """The log has the stack trace; a reader gets no inner detail."""
        return self._problem(request, Problem(500, marked("This is a defect; the server's log says more.")))

    def _message(
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
        with speaking(getattr(request.state, "language", None) or self._language(request)):
            content |= {"title": say(title), "detail": _said(detail), "language": wording().code}
            text = pages.environment().get_template("message.html.j2").render(content)
        return Answer(text.encode(), HTML, status, headers or {})


def _complete(make: Callable[[], Answer]) -> Answer:
    """With its ETag and its compressed form, in the thread that made it."""
    answer = make()
    _ = answer.etag, answer.compressed
    return answer


def _spoken(handler: Handler, asking: Asking) -> Answer:
    with speaking(asking.language):
        return handler(asking)


def _slow(path: str) -> str:
    """The pages for meetings are made together."""
    return "/reports" if path.startswith("/reports/") else path


def _said(detail: str) -> str:
    """A detail may quote anything, so only one without a percent sign can be a message as it stands."""
    return detail if "%" in detail else say(detail)


def _remember(request: Request, response: Response) -> None:
    """The choice of a language, for a year; it says nothing about anybody."""
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    response.set_cookie(
        LANGUAGE_COOKIE,
        request.state.language,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def _is_page(request: Request) -> bool:
    path = request.url.path
    return not path.startswith("/api/") and path not in ("/metrics", "/pulse")


def _sent(request: Request, answer: Answer, keep: str = "private, no-cache") -> Response:
    headers = {**answer.headers, "cache-control": keep if answer.status == 200 else "no-store"}
    if answer.status == 200:
        headers["etag"] = answer.etag
        if answer.is_known(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
    body = answer.body
    if answer.compressed is not None and takes_gzip(request.headers.get("accept-encoding", "")):
        body, headers["content-encoding"] = answer.compressed, "gzip"
    headers["content-length"] = str(len(body))
    headers["content-type"] = answer.kind
    return Response(b"" if request.method == "HEAD" else body, answer.status, headers)


def _inside(address: str) -> str:
    """An address of ours; anything that would lead elsewhere becomes the overview."""
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return address if inside and address.isprintable() and "\\" not in address else "/"


def _same_site(request: Request) -> None:
    """A form of somebody else's page may not sign anybody in or out."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, marked("This form must be sent from its own page."))
    origin = request.headers.get("origin", "")
    if origin and origin != "null" and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
        raise Problem(403, marked("This form must be sent from its own page."))
