"""The sandbox: one HTTP server on the loopback address that imitates HubSpot, Salesforce, Google, survey tools and Mailchimp.

It speaks HTTP/1.1 with kept connections and writes its answers by hand, since it must be able to cut, delay and break them.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from connectors.sandbox import control, hubspot_emails, hubspot_settings, mailchimp, surveymonkey, typeform, webhooks
from connectors.sandbox.answer import Answer, Request, html_answer, json_answer
from connectors.sandbox.calls import CallLog
from connectors.sandbox.clock import DEMO_NOW, SandboxClock
from connectors.sandbox.company.company import Company
from connectors.sandbox.faults import Fault, FaultKind, Faults
from connectors.sandbox.ga4 import Ga4Api
from connectors.sandbox.google_keys import ServiceAccount
from connectors.sandbox.google_sheets import PREFIX as SHEETS
from connectors.sandbox.google_sheets import SheetsApi
from connectors.sandbox.hubspot import HubSpotApi
from connectors.sandbox.imap import ImapServer
from connectors.sandbox.salesforce import SalesforceApi
from connectors.sandbox.salesforce_org import SalesforceOrg
from connectors.sandbox.slack import SlackWorkspace
from connectors.sandbox.social import PREFIXES as SOCIAL
from connectors.sandbox.social import SocialNetworks, example_followers, few_followers
from connectors.sandbox.teams import TeamsChannel

HUBSPOT_TOKEN = "pat-eu1-00000000-0000-4000-8000-00005a4db0c5"  # noqa: S105 - opens nothing but the sandbox
GA4_PROPERTY = "330033003"

VENDORS: tuple[tuple[str | tuple[str, ...], str], ...] = (
    (("/crm/", hubspot_emails.PATH, hubspot_settings.ACCOUNT_PATH), "hubspot"),
    ("/v1beta/", "ga4"),
    (SHEETS, "sheets"),
    ("/services/", "salesforce"),
    (("/hooks/slack/", "/slack/"), "slack"),
    ("/hooks/teams/", "teams"),
    (surveymonkey.PREFIX, "surveymonkey"),
    (typeform.PREFIX, "typeform"),
    (mailchimp.PREFIX, "mailchimp"),
    (webhooks.PATH, "webhooks"),
    (SOCIAL, "social"),
)
"""Whose addresses begin how, and the attribute of `Sandbox` that answers them. The first that fits is taken."""


class Sandbox:
    """Serves from `with` or `start()` to `stop()`. Its clock stands still until it is moved. Every call takes `latency` seconds more."""

    def __init__(
        self,
        company: Company | None = None,
        *,
        contacts: int = 4000,
        seed: int = 7,
        now: datetime = DEMO_NOW,
        port: int = 0,
        index_lag_seconds: float = 15.0,
        salesforce: SalesforceOrg | None = None,
        imap_port: int = 0,
    ) -> None:
        self._imap_port = imap_port
        self._example = (contacts, seed) if company is None else None
        self._org = salesforce
        self.company = Company.example(contacts, seed) if company is None else company
        self.clock: SandboxClock = self.company.clock
        self.clock.set(now)
        self.faults = Faults()
        self.calls = CallLog()
        self.latency = 0.0
        self.hubspot_token = HUBSPOT_TOKEN
        self.ga4_property_id = GA4_PROPERTY
        self.service_account = ServiceAccount()
        self.hubspot = HubSpotApi(self.company, HUBSPOT_TOKEN, round(index_lag_seconds * 1000))
        self.ga4 = Ga4Api(self.company, self.service_account, GA4_PROPERTY)
        self.sheets: SheetsApi = SheetsApi(self.service_account)
        self.surveymonkey = surveymonkey.SurveyMonkeyApi(self.company)
        self.typeform = typeform.TypeformApi(self.company)
        self.mailchimp = mailchimp.MailchimpApi(self.company)
        self.webhooks: webhooks.WebhookReceiver = webhooks.WebhookReceiver()
        self.slack: SlackWorkspace = SlackWorkspace()
        self.teams: TeamsChannel = TeamsChannel()
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox", daemon=True)

    @cached_property
    def salesforce(self) -> SalesforceApi:
        """Made when first asked for: the example's part in Salesforce, an empty org beside a company made by hand."""
        org = self._org
        if org is None and self._example is not None:
            from connectors.sandbox.salesforce_company import example_org

            org = example_org(self.company, self._example[1])
        org = org or SalesforceOrg()
        org.clock = self.clock
        return SalesforceApi(org)

    @cached_property
    def social(self) -> SocialNetworks:
        """Made when first asked for: the accounts of the example's old sheet, few followers beside a company made by hand."""
        if self._example is None:
            return few_followers(self.clock, self.company.zone)
        return example_followers(self.company)

    @cached_property
    def imap(self) -> ImapServer:
        """Serves from when it is first asked for: what the company's press agency mailed."""
        from connectors.sandbox.company.agency_mail import fill

        server = ImapServer(port=self._imap_port).start()
        fill(server.mailbox, self.company.files.pr_mentions, self.clock.now().date())
        return server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def survey_settings(self) -> dict[str, str]:
        """What a user of SurveyMonkey, Typeform and Mailchimp sets, without the prefix SOURCES__."""
        return {
            "SURVEYMONKEY__ACCESS_TOKEN": surveymonkey.TOKEN,
            "SURVEYMONKEY__API_BASE": self.url,
            "TYPEFORM__ACCESS_TOKEN": typeform.TOKEN,
            "TYPEFORM__API_BASE": self.url,
            "MAILCHIMP__API_KEY": mailchimp.API_KEY,
            "MAILCHIMP__API_BASE": self.url,
        }

    def service_account_file(self, folder: Path) -> Path:
        """Writes the key of a Google service account that this server accepts."""
        return self.service_account.write(folder)

    def write_files(self, folder: Path, *, mentions: bool = True) -> None:
        """The company's five drop files with their declaration, `files.yml`; without `mentions` where the agency mails them."""
        from connectors.sandbox.company.drop import write_files

        write_files(self.company.files, folder, mentions=mentions)

    def mail_settings(self, folder: Path) -> dict[str, str]:
        """Writes `mail.yml`, and says how the mail source gets at the mailbox."""
        from connectors.sandbox.company.agency_mail import RULES

        rules = folder / "mail.yml"
        rules.write_text(RULES, encoding="utf-8")
        return {**self.imap.settings(), "MAIL__RULES": str(rules)}

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.close_connections()
        self._server.server_close()
        if "imap" in self.__dict__:
            self.imap.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, request: Request) -> Answer:
        """What the vendor in question would say, without faults."""
        for beginning, name in VENDORS:
            if request.path.startswith(beginning):
                found: Answer = getattr(self, name).answer(request)
                return found
        return html_answer(404, "404 Not Found")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Kept connections would hold their threads for ever."""
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error here."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """The call log is enough."""

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_DELETE = do_PUT = do_PATCH = do_GET  # noqa: N815

    def _request(self) -> Request:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, path, query, headers, self.rfile.read(length) if length else b"")

    def _handle(self) -> None:
        request = self._request()
        sandbox = self.server.sandbox
        if request.path.startswith(control.PREFIX):
            self._send(control.answer(sandbox, request))
            return
        with sandbox.calls.under_way():
            self._handle_call(request, sandbox)

    def _handle_call(self, request: Request, sandbox: Sandbox) -> None:
        fault = sandbox.faults.next_for(request)
        if fault is not None and fault.kind == FaultKind.RESET:
            self._record(request, 0, fault)
            self._reset()
            return
        answer = self._answer(request)
        sandbox.faults.remember(request, answer)
        if fault is not None:
            answer = sandbox.faults.spoil(fault, request, answer)
        self._record(request, answer.status, fault)
        if fault is not None and fault.kind == FaultKind.SLOW:
            # Noted before the wait: a client that gave up may be long done when the answer goes out, and count another call.
            threading.Event().wait(fault.seconds)
        elif sandbox.latency:
            threading.Event().wait(sandbox.latency)
        self._send(answer)

    def _answer(self, request: Request) -> Answer:
        """A mistake of the sandbox must not look like a vendor's bad day: its name stands in the answer."""
        try:
            return self.server.sandbox.answer(request)
        except Exception as mistake:  # noqa: BLE001
            return json_answer({"sandbox_mistake": repr(mistake)}, 500)

    def _record(self, request: Request, status: int, fault: Fault | None) -> None:
        target = f"{request.path}?{request.raw_query}" if request.raw_query else request.path
        self.server.sandbox.calls.add(
            request.method, target, request.body, status, None if fault is None else fault.kind
        )

    def _send(self, answer: Answer) -> None:
        promised = len(answer.body) if answer.promised is None else answer.promised
        reason = self.responses.get(answer.status, (str(answer.status),))[0]
        head = [
            f"HTTP/1.1 {answer.status} {reason}",
            f"Date: {self.server.sandbox.clock.http_date()}",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {promised}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
        ]
        self.wfile.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + answer.body)
        self.wfile.flush()
        if promised != len(answer.body):
            self.close_connection = True

    def _reset(self) -> None:
        """Closing with a linger of zero makes the kernel send RST instead of FIN."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
