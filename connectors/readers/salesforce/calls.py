"""The calls to Salesforce: each answers fully or raises, none hangs, and a session that ends is renewed once per call.

simple-salesforce 1.12 logs in and sends; more of it is not used. Its own renewal loops without end on describe and does not exist for
Bulk, its retries do not exist, and its Bulk reader takes a cut page for a whole one. So the login and the sending of a request, with its
errors by status, are its part; what is done about them is here.

API_VERSION is 66.0 (Spring '26), said here because the library's default (59.0) is years old: every org has 66.0, and Salesforce keeps a
version for three years at least, so until 2029.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

import orjson
import requests
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.util import call_salesforce

from connectors.contract import SourceRun
from connectors.errors import CredentialError, RetriableError
from connectors.readers.limits import SALESFORCE, Limiter
from connectors.readers.patience import Answer, UnreadableError, patiently
from connectors.readers.salesforce.failures import KEY_SETTING, AbsentError, SessionEndedError, failure
from connectors.readers.salesforce.login import Login

API_VERSION = "66.0"
API_SUNSET = date(2029, 2, 1)
"""Not announced; three years after its release is what Salesforce promises."""
BATCH = 2000
MOST_LOGINS = 24
"""In one run; a session lasts 15 minutes at least, and Salesforce locks users out who log in again and again."""
NEARLY_USED = 0.9

Headers = Mapping[str, str]
Read = Callable[[bytes, Headers], Answer]


class SalesforceCalls:
    """One org during one run, for all threads. `read` turns a body into what the caller wants, and is part of what is tried again."""

    def __init__(self, login: Login, session: requests.Session, run: SourceRun) -> None:
        self._login = login
        self._session = session
        self._run = run
        self.limiter = Limiter(SALESFORCE, run)
        self._opening = Lock()
        self._opened: tuple[str, str] | None = None
        self._answering: tuple[str, str] | None = None
        self._logins = 0
        self._nearly_used = ""
        self.started: datetime | None = None

    def query(self, soql: str, read: Read[Answer], *, everything: bool = True) -> Answer:
        """The first page. `everything`: deleted and archived records too."""
        way = "queryAll" if everything else "query"
        options = {"Sforce-Query-Options": f"batchSize={BATCH}"}
        return self._answer("GET", way, read, params={"q": soql}, headers=options)

    def more(self, address: str, read: Read[Answer]) -> Answer:
        """A further page, at the `nextRecordsUrl` of the one before."""
        return self._answer("GET", address.removeprefix(f"/services/data/v{API_VERSION}/"), read)

    def describe(self, name: str, read: Read[Answer]) -> Answer | None:
        """What the object looks like to this user; None when it is not there for them."""
        try:
            return self._answer("GET", f"sobjects/{name}/describe", read)
        except AbsentError:
            return None

    def create_job(self, soql: str) -> str:
        """Starts a Bulk 2.0 query of everything, deleted and archived records too; the job's id."""
        asked = {"operation": "queryAll", "query": soql, "columnDelimiter": "COMMA", "lineEnding": "LF"}
        return str(self._answer("POST", "jobs/query", _json("id"), data=orjson.dumps(asked))["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        """Its state, and how many records it found."""
        return self._answer("GET", f"jobs/query/{job_id}", _json("state"))

    def results(self, job_id: str, locator: str, most: int, read: Read[Answer]) -> Answer:
        """A page of a finished job; an empty `locator` is the first."""
        params = {"maxRecords": str(most)} | ({"locator": locator} if locator else {})
        return self._answer("GET", f"jobs/query/{job_id}/results", read, params=params, headers={"Accept": "text/csv"})

    def _answer(self, method: str, path: str, read: Read[Answer], **request: Any) -> Answer:
        def once() -> Answer:
            return self._once(method, path, read, request)

        try:
            return patiently(once, self._run.wait)
        except SessionEndedError:
            pass  # `once` has let go of it
        try:
            return patiently(once, self._run.wait)
        except SessionEndedError as problem:
            raise _useless(problem) from problem

    def _once(self, method: str, path: str, read: Read[Answer], request: Mapping[str, Any]) -> Answer:
        opened = self._open()
        token, host = opened
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | dict(
            request.get("headers", {})
        )
        rest = {name: value for name, value in request.items() if name != "headers"}
        url = f"https://{host}/services/data/v{API_VERSION}/{path}"
        try:
            with self.limiter.call():
                response = call_salesforce(url, method, self._session, headers, **rest)
        except SalesforceError as problem:
            found = failure(path, problem.status, problem.content)
            if isinstance(found, SessionEndedError):
                self._let_go(opened, found)
            raise found from None
        except requests.RequestException as problem:
            raise RetriableError(
                f"salesforce: no complete answer from {path} ({type(problem).__name__}). "
                "Check the network and SOURCES__SALESFORCE__DOMAIN; the next run reads again."
            ) from None
        self._answering = opened
        self._note(response.headers)
        return read(response.content, response.headers)

    def _open(self) -> tuple[str, str]:
        with self._opening:
            if self._opened is None:
                self._logins += 1
                if self._logins > MOST_LOGINS:
                    raise CredentialError(
                        f"salesforce: sessions end as soon as they begin ({MOST_LOGINS} logins in one run). Check the session policy of"
                        f" the app behind {KEY_SETTING}."
                    )
                self._opened = self._login.open(self._session)
            return self._opened

    def _let_go(self, ended: tuple[str, str], problem: SessionEndedError) -> None:
        """Another thread may have opened a new session meanwhile; that one stays. A new one that never answered is not replaced."""
        with self._opening:
            if self._logins > 1 and self._opened == ended != self._answering:
                raise _useless(problem) from problem
            if self._opened == ended:
                self._opened = None

    def told(self) -> list[str]:
        """What should be known of the calls of this run."""
        return [self._nearly_used] if self._nearly_used else []

    def _note(self, headers: Headers) -> None:
        """The server's clock at the first answer, and how much of the day's calls is used."""
        if self.started is None:
            date = headers.get("Date")
            self.started = parsedate_to_datetime(date).astimezone(UTC) if date else self._run.now
        used, _, allowed = headers.get("Sforce-Limit-Info", "").partition("api-usage=")[2].partition("/")
        if not self._nearly_used and used.isdigit() and allowed.isdigit() and int(used) > NEARLY_USED * int(allowed):
            self._nearly_used = f"salesforce: {used} of the org's {allowed} calls a day are used."


def _useless(problem: SessionEndedError) -> CredentialError:
    return CredentialError(
        f"{problem}. A new login does not help: check the app behind {KEY_SETTING} and the permissions and IP restrictions of"
        " its user."
    )


def _json(needed: str) -> Callable[[bytes, Headers], dict[str, Any]]:
    def read(body: bytes, _headers: Headers) -> dict[str, Any]:
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            raise UnreadableError("salesforce: jobs/query answered, but not with JSON.") from problem
        if not isinstance(content, dict) or needed not in content:
            raise UnreadableError(f"salesforce: jobs/query answered without `{needed}`.")
        return content

    return read
