"""One call to a vendor over HTTP: with a timeout, patiently, as bytes, and with every failure named for what to do.

No redirect is followed: an API that redirects sends one to a login page. What may not be shown (tokens, client secrets) is blanked
out of the vendor's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import orjson
import requests

from connectors.contract import SourceRun
from connectors.errors import ConnectorError, ContractError, RetriableError
from connectors.readers.patience import UnreadableError, asked_wait, patiently
from connectors.readers.settings import environment_name

CONNECT_SECONDS = 10.0
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Reply:
    """An answer. `where` begins every message: source, status, path."""

    source: str
    status: int
    path: str
    headers: Mapping[str, str]
    body: bytes
    secrets: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        return f"{self.source}: {self.status} from {self.path}"

    @property
    def content(self) -> dict[str, Any]:
        """The JSON object, or nothing."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}

    def quoted(self, words: object) -> str:
        """The vendor's own words, short and without a secret."""
        text = " ".join(str(words or "").split())[:200]
        for secret in filter(None, self.secrets):
            text = text.replace(secret, "***")
        return f' ("{text}")' if text else ""

    @property
    def asked_wait(self) -> float | None:
        return asked_wait(self.headers)

    def moment(self, otherwise: datetime) -> datetime:
        """The vendor's clock."""
        text = next((value for name, value in self.headers.items() if name.lower() == "date"), "")
        return parsedate_to_datetime(text).astimezone(UTC) if text else otherwise


Failure = Callable[[Reply], ConnectorError]


class Web:
    """One vendor during one run. `api_base` is set where something else answers in its place, for all of its addresses."""

    def __init__(self, source: str, api_base: str, run: SourceRun) -> None:
        self._source = source
        self._api_base = api_base.rstrip("/")
        self._run = run
        self._session = requests.Session()
        if api_base:
            self._session.trust_env = False  # a proxy for the vendor is none for this machine

    def get(
        self,
        base: str,
        path: str,
        failure: Failure,
        read: Callable[[bytes], Answer],
        *,
        headers: Mapping[str, str],
        secrets: tuple[str, ...] = (),
    ) -> Answer:
        """What `read` makes of the body of a 200; what it finds unreadable is asked for again. `path` is sent as it is."""
        return patiently(
            lambda: read(self._once("GET", base + path, failure, headers, None, secrets).body), self._run.wait
        )

    def document(
        self, base: str, path: str, failure: Failure, *, headers: Mapping[str, str], secrets: tuple[str, ...] = ()
    ) -> Reply:
        """The reply itself, where its headers are wanted; its body is a whole JSON object."""
        return patiently(
            lambda: _whole(self._once("GET", base + path, failure, headers, None, secrets)), self._run.wait
        )

    def post(
        self,
        base: str,
        path: str,
        failure: Failure,
        read: Callable[[bytes], Answer],
        *,
        form: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        secrets: tuple[str, ...] = (),
    ) -> Answer:
        """For token endpoints: not counted among the requests, which pay for data."""
        sent = headers or {}
        return patiently(
            lambda: read(self._once("POST", base + path, failure, sent, form, secrets).body), self._run.wait
        )

    def _once(
        self,
        method: str,
        address: str,
        failure: Failure,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
        secrets: tuple[str, ...],
    ) -> Reply:
        _, _, rest = address.partition("://")
        path = "/" + rest.partition("/")[2]
        shown = path.partition("?")[0]
        if form is None:
            self._run.requests += 1
        try:
            answer = self._session.request(
                method,
                self._api_base + path if self._api_base else address,
                headers=dict(headers),
                data=form,
                timeout=(CONNECT_SECONDS, self._run.answer_seconds),
                allow_redirects=False,
            )
        except requests.RequestException as problem:
            raise RetriableError(
                f"{self._source}: no complete answer from {shown} ({type(problem).__name__}). "
                f"Check the network and {environment_name(self._source, 'api_base')}; the next run reads again."
            ) from None
        reply = Reply(self._source, answer.status_code, shown, answer.headers, answer.content, secrets)
        if answer.status_code == 200:
            return reply
        raise _named(reply, failure)


def _whole(reply: Reply) -> Reply:
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        beginning = repr(reply.body[:40].decode("utf-8", "replace")) if reply.body.strip() else "nothing at all"
        raise UnreadableError(
            f"{reply.source}: {reply.path} answered 200, but not with JSON: it begins with {beginning}."
        )
    return reply


def _named(reply: Reply, failure: Failure) -> ConnectorError:
    if 300 <= reply.status < 400:
        return ContractError(f"{reply.where}: sent elsewhere instead of answered. Nothing was loaded.")
    return failure(reply)


def usual(reply: Reply, words: object, *, pause: float | None = None) -> ConnectorError:
    """What most vendors mean by the statuses that are not about who asks; `pause` is the vendor's own way to say how long."""
    where = f"{reply.where}{reply.quoted(words)}"
    if reply.status == 429:
        wait = reply.asked_wait if reply.asked_wait is not None else pause
        return RetriableError(f"{where}. Too many calls; the next run reads again.", retry_after=wait)
    if reply.status >= 500 or reply.status == 408:
        return RetriableError(f"{where}. The vendor has a problem of its own; the next run reads again.")
    return ContractError(f"{where}. A request that used to be right is refused; nothing was loaded.")
