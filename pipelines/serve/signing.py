"""Signing in and out: the form for a token, and the cookie that stands for it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipelines.languages import marked
from pipelines.serve.access import COOKIE, Door
from pipelines.serve.problem import Problem
from pipelines.serve.refusing import Refusing
from pipelines.serve.sending import is_for_people, is_secure, sent

LONGEST_FORM = 4_096


class Signing:
    def __init__(self, door: Door, refusing: Refusing, now: Callable[[], datetime]) -> None:
        self._door = door
        self._refusing = refusing
        self._now = now

    async def login(self, request: Request) -> Response:
        wanted = _inside(request.query_params.get("next", "/"))
        if self._door.is_open:
            return RedirectResponse("/", 303)
        if request.method != "POST":
            return sent(request, self._refusing.message(request, marked("Sign in"), login=True))
        _same_site(request)
        viewer = self._door.of_token(await _token(request))
        if viewer is None:
            unknown = marked("That token is not known here.")
            return sent(
                request, self._refusing.message(request, marked("Sign in"), login=True, detail=unknown, status=401)
            )
        content, seconds = self._door.session(viewer, self._now())
        response = RedirectResponse(wanted, 303)
        response.set_cookie(
            COOKIE, content, max_age=seconds, httponly=True, samesite="strict", secure=is_secure(request)
        )
        return response

    async def logout(self, request: Request) -> Response:
        _same_site(request)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response


def needs_token(request: Request) -> Response:
    """People are sent to the form; programs get told, by a Problem."""
    if is_for_people(request) and "authorization" not in request.headers:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)
    headers = {"www-authenticate": 'Bearer realm="okr", Basic realm="okr", charset="UTF-8"'}
    detail = "Send `Authorization: Bearer <token>`, or HTTP Basic with the token as password. `okr token` makes one."
    raise Problem(401, detail, (), headers)


async def _token(request: Request) -> str:
    """From the form. Raises Problem for more than a form can hold."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise Problem(413, marked("That is no token."))
    return next(iter(parse_qs(body.decode("utf-8", "replace")).get("token", [])), "").strip()


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
