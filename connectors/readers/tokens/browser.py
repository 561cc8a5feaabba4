"""A person's consent in a browser: the address to open, and the way its answer comes back.

The vendor sends the browser to an address on this machine that the developer app has been told of; a listener there takes one answer.
Where the browser runs on another machine the person copies the address that it was sent to. `state` proves that the answer belongs
to this question, PKCE that nobody else can use the code.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from connectors.contract import SourceRun
from connectors.errors import CredentialError, SettingError
from connectors.readers.tokens.grant import Grant
from connectors.readers.tokens.oauth import App, consent_address, exchange, fresh_secret
from connectors.readers.tokens.store import TokenStore
from connectors.readers.web import Web

PORT = 8765
_DONE = b"<!DOCTYPE html><title>okr</title><p>Done. You can close this page and go back to the terminal.</p>"


class Question:
    """One consent that is being asked for."""

    def __init__(self, app: App, redirect: str, web: Web, run: SourceRun) -> None:
        self._app = app
        self._redirect = redirect
        self._web = web
        self._run = run
        self._state, self._verifier = fresh_secret(), fresh_secret()

    @property
    def address(self) -> str:
        """What the person opens."""
        return consent_address(self._app, self._redirect, self._state, self._verifier)

    @property
    def redirect(self) -> str:
        """Where the browser is sent afterwards; the developer app must know it, letter by letter."""
        return self._redirect

    def answered(self, address: str) -> Mapping[str, str]:
        """The settings that the address brings which the browser was sent to; what belongs to them is stored already."""
        grant = self.granted(address)
        TokenStore(self._run.tokens_dir).write(self._app.source, grant)
        if grant.refresh_token:
            return {"refresh_token": grant.refresh_token}
        return {"access_token": grant.access_token}

    def granted(self, address: str) -> Grant:
        """CredentialError when the person said no; SettingError when the address is not the answer."""
        said = {name: values[-1] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
        if "error" in said:
            words = said.get("error_description") or said["error"]
            raise CredentialError(f"{self._app.source}: the consent was not given ({words[:200]}). Nothing was stored.")
        if said.get("state") != self._state or "code" not in said:
            raise SettingError(
                f"{self._app.source}: that is not the answer to this question. Copy the whole address that the browser was sent to: it "
                f"begins with {self._redirect} and has a code."
            )
        return exchange(self._app, self._web, self._run, said["code"], self._redirect, self._verifier)


class Listener:
    """Takes one answer on the loopback address; use with `with`."""

    def __init__(self, port: int = PORT) -> None:
        self._came = threading.Event()
        self._address = ""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if "?" in self.path:  # a browser also asks for an icon
                    listener._address = self.path
                    listener._came.set()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(_DONE)))
                self.end_headers()
                self.wfile.write(_DONE)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """The address has a code in it."""

        try:
            self._server = HTTPServer(("127.0.0.1", port), Handler)
        except OSError as problem:
            raise SettingError(
                f"port {port} of this machine is taken ({problem.strerror}). Close what uses it, or paste the address: --paste."
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, seconds: float) -> str:
        """The address that the browser was sent to; SettingError when nobody came."""
        if not self._came.wait(seconds):
            raise SettingError(
                "nobody consented in time. Try again; with --paste the browser may be on another machine."
            )
        return self._address
