"""Which address is answered by whom.

A handler is a plain function; it runs in a thread, once per publication and question however many ask at the same moment, and its answer
is kept until the next publication is shown.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipelines import ledger_log, source_log
from pipelines.languages import LANGUAGES, marked, say, speaking, wording
from pipelines.report.overdue import overdue_line
from pipelines.serve import ledgers, metrics, openapi, pages, tables, workshop
from pipelines.serve.access import Door, Viewer
from pipelines.serve.advising import Advising
from pipelines.serve.answer import JSON, Answer
from pipelines.serve.asking import Asking
from pipelines.serve.assets import page_stylesheet
from pipelines.serve.guard import OPEN, Headers, check_name
from pipelines.serve.making import Handler, Making, complete, spoken
from pipelines.serve.problem import Problem
from pipelines.serve.publication import Publication
from pipelines.serve.refusing import Refusing, language_of
from pipelines.serve.sending import FOR_GOOD, remember_language, sent
from pipelines.serve.settings import ServeSettings
from pipelines.serve.shelf import GONE, Shelf
from pipelines.serve.signing import Signing, needs_token
from pipelines.serve.tongue import PARAMETER, is_page, unknown
from pipelines.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

Endpoint = Callable[[Request], Awaitable[Response]]
MOST_PARAMETERS = 60

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
# of these only a few at once
LONG = frozenset(("/reports", "/report.html"))


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
        self._making = Making()
        self._refusing = Refusing(settings.language)
        self._signing = Signing(self.door, self._refusing, now)

    def application(self) -> ASGIApp:
        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            self.shelf.start()
            yield
            self.shelf.stop()
            workshop.close()
            self.advising.stop()

        routes = [
            Route("/assets/okr.css", self._guarded(self._stylesheet)),
            Route("/login", self._guarded(self._signing.login), methods=["GET", "POST"]),
            Route("/logout", self._guarded(self._signing.logout), methods=["POST"]),
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
            exception_handlers={HTTPException: self._refusing.refused, Exception: self._refusing.failed},
        )
        application.router.redirect_slashes = False
        return Headers(application)  # around all of it: as a middleware it would not see the answer to a failure

    # who may ask

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            asked = request.query_params.getlist(PARAMETER)
            try:
                request.state.language = language_of(request, self.settings.language)
                check_name(request.headers.get("host", ""), self.serve, self.bound_to)
                viewer = self.door.viewer(request.headers, request.cookies, self.now())
                if viewer is None and request.url.path not in OPEN:
                    return needs_token(request)
                request.state.viewer = viewer or Viewer("nobody", frozenset())
                response = await endpoint(request)
                if asked and is_page(request.url.path):
                    remember_language(request, response)
                return response
            except Problem as problem:
                return self._refusing.problem(request, problem)

        return guarded

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
            answer = publication.kept.get(key) or await self._making.made(
                publication, key, partial(spoken, handler, asking), slow=path in LONG
            )
            return sent(request, answer)

        return endpoint

    def _asking(self, request: Request, publication: Publication) -> Asking:
        query: dict[str, list[str]] = {}
        try:
            given = parse_qsl(request.url.query, max_num_fields=MOST_PARAMETERS)
        except ValueError:
            with speaking(request.state.language):
                count = wording().whole(MOST_PARAMETERS)
                error = say("More than %(count)s parameters were given.", count=count)
            raise Problem(400, error, [error]) from None
        for name, value in given:
            if not name.startswith("_"):  # programs add such against caches; ours would keep an answer for each
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
                publication.kept.put(key, complete(SLOW[path], asking))

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
        return sent(request, Answer(page_stylesheet(), "text/css; charset=utf-8"), FOR_GOOD)

    async def _pulse(self, request: Request) -> Response:
        publication = self.shelf.current
        if publication is None:
            raise Problem(503, self._nothing_yet(request))
        asking = self._asking(request, publication)
        with speaking(asking.language):
            words = say("Renewed: numbers as of %(day)s.", day=wording().full_day(publication.main.as_of))
        return sent(request, Answer(json.dumps({"pulse": asking.pulse, "words": words}).encode(), JSON))

    async def _health(self, request: Request) -> Response:
        return sent(request, Answer(b'{"status": "ok"}', JSON))

    async def _readiness(self, request: Request) -> Response:
        if self.shelf.current is None:
            raise Problem(503, "Nothing is published yet.", (), {"retry-after": "10"})
        return sent(request, Answer(b'{"status": "ready"}', JSON))


def _slow(path: str) -> str:
    """The pages for meetings are made together."""
    return "/reports" if path.startswith("/reports/") else path
