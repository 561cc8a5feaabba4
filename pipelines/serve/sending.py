"""How an answer travels: compressed, or not at all where the asker holds it, with what a browser may keep of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from pipelines.serve.answer import Answer, takes_gzip
from pipelines.serve.tongue import COOKIE, COOKIE_SECONDS

FOR_GOOD = "public, max-age=31536000, immutable"


def sent(request: Request, answer: Answer, keep: str = "private, no-cache") -> Response:
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


def is_for_people(request: Request) -> bool:
    """Whether what goes wrong is told by a page, and who has no token is sent to the form."""
    path = request.url.path
    return not path.startswith("/api/") and path not in ("/metrics", "/pulse")


def is_secure(request: Request) -> bool:
    """Whether the browser came over TLS, by what a proxy says."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"


def remember_language(request: Request, response: Response) -> None:
    """The choice of a language, for a year; it says nothing about anybody."""
    response.set_cookie(
        COOKIE,
        request.state.language,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )
