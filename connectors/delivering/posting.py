"""Makes one POST to a judged address: pinned, without redirects or proxies, with one deadline for the whole exchange.

httpx's timeout counts per read, so a receiver that sends a byte every ten seconds would hold the run for ever. A watchdog
closes the connection when the deadline is over, whatever was going on.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.delivering.address import Endpoint

TIMEOUT_SECONDS = 15.0
MOST_BYTES_READ = 64 * 1024
_CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})


class DeadlineError(Exception):
    """The receiver did not finish its answer in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is cut."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Poster:
    """Sends to one endpoint over one connection; use it as a context manager."""

    def __init__(self, place: Endpoint, addresses: tuple[str, ...], *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._place = place
        self._addresses = addresses
        self._timeout = timeout
        # the bare transport: no redirects, and none of httpx's log lines, which show the whole URL
        self._transport = httpx.HTTPTransport(trust_env=False)
        self._watchdog = _Watchdog()

    def __enter__(self) -> Poster:
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.close()
        self._transport.close()

    def post(self, content: bytes, headers: Mapping[str, str]) -> Answer:
        """One POST. Raises httpx.HTTPError when there is no answer, DeadlineError when it does not come in time.

        Where a name has several addresses, the next one is tried only when no connection came about.
        """
        for address in self._addresses[:-1]:
            try:
                return self._post_to(address, content, headers)
            except httpx.ConnectError:
                self._addresses = self._addresses[1:]
        return self._post_to(self._addresses[-1], content, headers)

    def _post_to(self, address: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        request = httpx.Request(
            "POST",
            self._place.url.copy_with(host=address),
            content=content,
            headers={"host": self._place.url.netloc.decode("ascii"), "accept-encoding": "identity", **headers},
            extensions={
                "sni_hostname": self._place.host,
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._timeout),
                "trace": self._watchdog.notice,
            },
        )
        with self._watchdog.watch(self._timeout):
            response = self._transport.handle_request(request)
            try:
                return Answer(response.status_code, response.headers, _beginning(response))
            finally:
                response.close()


def _beginning(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= MOST_BYTES_READ:
            break
    return body[:MOST_BYTES_READ]


class _Watchdog:
    """Knows the open connection and shuts it down when the deadline passes.

    One thread for all exchanges, since starting one for each takes longer than a quick exchange. It sleeps until the deadline it saw, and
    is not woken for later ones; all have the same length, so none comes earlier.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._bit = False
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._idle = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def notice(self, event: str, info: dict[str, Any]) -> None:
        if event in _CONNECTED:
            self._socket = info["return_value"].get_extra_info("socket")

    @contextlib.contextmanager
    def watch(self, seconds: float) -> Iterator[None]:
        self._begin(time.monotonic() + seconds)
        try:
            yield
        except httpx.HTTPError as error:
            if self._bit:
                raise DeadlineError from error
            raise
        finally:
            with self._changed:
                self._deadline = None
        if self._bit:
            raise DeadlineError

    def _begin(self, deadline: float) -> None:
        with self._changed:
            self._bit, self._deadline = False, deadline
            if self._thread is None:
                self._thread = threading.Thread(target=self._guard, name="watchdog", daemon=True)
                self._thread.start()
            elif self._idle:
                self._changed.notify()

    def _guard(self) -> None:
        with self._changed:
            while not self._closed:
                left = None if self._deadline is None else self._deadline - time.monotonic()
                if left is not None and left <= 0:
                    self._deadline = None
                    self._bite()
                    continue
                self._idle = left is None
                self._changed.wait(left)

    def _bite(self) -> None:
        self._bit = True
        if self._socket is not None:
            with contextlib.suppress(OSError):  # already closed by the other side
                # not SSLSocket.shutdown, which would let the reading thread go on in the clear
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
