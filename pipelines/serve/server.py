"""`okr serve`: listens until it is told to stop. `okr token`: makes a token.

SIGTERM and Ctrl-C: no new questions are taken, those under way are answered, and the process ends with 0.
"""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable, Sequence

from pipelines import clock
from pipelines.errors import SettingsError
from pipelines.serve.access import hash_of, new_token
from pipelines.serve.guard import is_loopback
from pipelines.settings import Settings

STOP_SECONDS = 5


def serve(settings: Settings, host: str | None, port: int | None, say: Callable[[str], None]) -> int:
    """Blocks. Raises SettingsError for an address that cannot or must not be listened on."""
    import uvicorn

    from pipelines.serve.app import Site

    bound_to, wanted = host or settings.serve.host, settings.serve.port if port is None else port
    _check(settings, bound_to)
    listening = _listen(bound_to, wanted)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises it again after it has stopped, and we end with 0
    site = Site(settings, bound_to, clock.now, early=True)
    config = uvicorn.Config(
        site.application(),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=STOP_SECONDS,
        lifespan="on",
        ws="none",
    )
    for line in _welcome(settings, bound_to, listening.getsockname()[1]):
        say(line)
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    say("Stopped.")
    return 0 if server.started else 3


def _check(settings: Settings, host: str) -> None:
    """Who can be reached by others must ask for a token."""
    if settings.serve.tokens:
        return
    make = "Make one with `okr token NAME` and put what it prints into okr.toml."
    if not is_loopback(host):
        raise SettingsError(
            f"{host}: others than this machine could read the numbers there, so it needs a token. {make}"
        )
    if settings.serve.allowed_hosts:
        names = ", ".join(settings.serve.allowed_hosts)
        raise SettingsError(
            f"serve.allowed_hosts names {names}: others could read the numbers there, so it needs a token. {make}"
        )


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError as error:
        raise SettingsError(_why_not(host, port, error)) from error
    return listening


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        taken = f"port {port} of {host} is taken, perhaps by another `okr serve`."
        return f"{taken} End that, or choose another: --port {port + 1}, or --port 0 for any."
    if error.errno == errno.EACCES:
        return f"port {port} of {host} may not be listened on (ports below 1024 belong to the system). Try --port 8420."
    return f"{host}:{port} cannot be listened on: {error.strerror or error}. Check --host, or serve.host in okr.toml."


def _welcome(settings: Settings, host: str, port: int) -> Sequence[str]:
    shown = f"[{host}]" if ":" in host else host
    lines = [f"Serving {settings.data_dir} at http://{shown}:{port}/  (API at /api; stop with Ctrl-C)"]
    if not settings.published_path.exists():
        lines.append("Nothing is published yet: `okr run` makes the numbers, and they show as soon as they are there.")
    if settings.serve.tokens:
        lines.append(f"Readers need a token: {', '.join(sorted(settings.serve.tokens))}.")
    if not is_loopback(host):
        lines.append("Tokens travel as they are: put a proxy with TLS before it.")
    return lines


def token_lines(name: str, teams: Sequence[str]) -> str:
    """A new token, which is shown this once, and what to put into okr.toml."""
    token = new_token()
    sees = f"\nteams = [{', '.join(_quoted(each) for each in teams)}]" if teams else ""
    return (
        f"The token of {name}, shown this once:\n\n  {token}\n\n"
        f"Put this into okr.toml; it does not tell the token:\n\n"
        f'[serve.tokens.{_quoted(name)}]\nsha256 = "{hash_of(token)}"{sees}'
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
