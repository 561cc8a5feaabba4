"""Stands before every address: which name was asked for, who asks, and what every answer carries.

On a loopback address only names of this machine are served. Otherwise a page of a stranger whose name suddenly points to 127.0.0.1 (DNS
rebinding) could read the numbers through the browser of somebody who sits here.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from typing import TYPE_CHECKING

from pipelines.languages import marked
from pipelines.serve.assets import SCRIPT
from pipelines.serve.problem import Problem
from pipelines.serve.settings import ServeSettings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# these say nothing that anybody may not know, and a probe has no token
OPEN = frozenset(("/api/v1/health", "/api/v1/readiness", "/login", "/assets/okr.css"))
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'self'; script-src 'sha256-{_SCRIPT_HASH}'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"vary", b"Accept-Encoding, Accept-Language, Authorization, Cookie"),
)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost" or host.lower().endswith(".localhost")


def is_served(host_header: str, settings: ServeSettings, bound_to: str) -> bool:
    """Names of this machine always; `allowed_hosts` besides; any name where we listen to others and none is listed."""
    name = _name_of(host_header)
    if is_loopback(name) or name in {each.lower() for each in settings.allowed_hosts}:
        return True
    return not is_loopback(bound_to) and not settings.allowed_hosts and bool(name)


def check_name(host_header: str, settings: ServeSettings, bound_to: str) -> None:
    """Raises Problem."""
    if not is_served(host_header, settings, bound_to):
        raise Problem(
            421, marked("This server is reached as localhost or 127.0.0.1. For another name set serve.allowed_hosts.")
        )


def _name_of(host_header: str) -> str:
    """Without the port: `[::1]:8420` is `::1`."""
    host = host_header.strip().lower()
    if host.startswith("["):
        name, _, port = host[1:].partition("]")
        return name if port == "" or port.startswith(":") else host
    return host.partition(":")[0].rstrip(".")


class Headers:
    """Adds to every answer what a browser must know, also to the ones that failed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in HEADERS if each[0] not in present)]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
