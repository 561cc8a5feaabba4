"""A receiver of webhooks on this machine: checks every signature with the public library, and misbehaves when told to."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH = "/hooks/8f2e77c1-credential"


@dataclass(frozen=True)
class Message:
    """One POST as it came, and when."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content


Behaviour = Callable[["_Handler"], None]


@dataclass
class Receiver:
    """Counts calls, keeps what was genuine, and remembers ids like a good receiver does."""

    secret: str = SECRET
    calls: int = 0
    connections: int = 0
    forged: int = 0
    accepted: list[Message] = field(default_factory=list)
    by_id: dict[str, Message] = field(default_factory=dict)
    behaviours: deque[Behaviour] = field(default_factory=deque)
    always: Behaviour | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def take(self, message: Message) -> bool:
        """Whether the message is genuine."""
        try:
            Webhook(self.secret).verify(message.body, dict(message.headers))
        except (WebhookVerificationError, ValueError):
            self.forged += 1
            return False
        self.accepted.append(message)
        self.by_id.setdefault(message.message_id, message)
        return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    receiver: Receiver

    def setup(self) -> None:
        super().setup()
        self.receiver.connections += 1

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        message = Message({name.lower(): value for name, value in self.headers.items()}, self.rfile.read(length))
        self.receiver.calls += 1
        behaviour = self.receiver.always or (self.receiver.behaviours.popleft() if self.receiver.behaviours else None)
        if behaviour is not None:
            behaviour(self)
            return
        self.answer(204 if self.receiver.take(message) else 401)

    def answer(self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Tests are quiet."""


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Behaviour:
    return lambda handler: handler.answer(code, headers, body)


def late(seconds: float) -> Behaviour:
    """Accept, after so long."""

    def behave(handler: _Handler) -> None:
        time.sleep(seconds)
        handler.answer(204)

    return behave


def reset(handler: _Handler) -> None:
    """Cut the connection with RST instead of answering."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def silent(seconds: float) -> Behaviour:
    """Say nothing at all for so long."""

    def behave(handler: _Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return behave


def dripping_headers(pause: float, times: int) -> Behaviour:
    """A byte now and then, so that no single read ever times out."""

    def behave(handler: _Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
        for _ in range(times):
            time.sleep(pause)
            with contextlib.suppress(OSError):
                handler.wfile.write(b"x")

    return behave


def endless_body(handler: _Handler) -> None:
    """200, and then as many bytes as the other side will read, up to 200 MB."""
    handler.close_connection = True
    handler.send_response(200)
    handler.end_headers()
    chunk = b"x" * 65_536
    with contextlib.suppress(OSError):
        for _ in range(3_200):
            handler.wfile.write(chunk)


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def settings(receiver: Receiver, **changes: str) -> dict[str, str]:
    """The webhook's settings for this receiver."""
    return {
        "url": receiver.url,
        "secret": receiver.secret,
        "allow_http": "true",
        "allow_private_networks": "127.0.0.0/8",
        **changes,
    }
